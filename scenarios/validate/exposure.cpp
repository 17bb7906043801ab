/// \file exposure.cpp
/// Mirrors and feature flags: whom they name, shares that add up, and steps that change something.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

template <class T>
std::vector<std::string> names_of(const NamedMap<T>& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.name);
  return names;
}

// ---- mirrors ---------------------------------------------------------------------------------

const App* check_mirrored(const Context& c, const std::string& name, const std::string& path) {
  if (name.empty()) return nullptr;
  const App* app = c.app(name);
  if (app == nullptr) {
    c.unknown(path, NameKind::app, name);
  } else if (app->kind != AppKind::http) {
    c.problem(path, fmt::format("{} is not of kind http", quoted(name)),
              "only http requests can be copied: a router understands no others");
  }
  return app;
}

void check_mirror(const Context& c, const std::string& name, const Mirror& mirror) {
  const std::string path = "mirrors." + name;
  const App* from = check_mirrored(c, mirror.from, path + ".from");
  const App* to = check_mirrored(c, mirror.to, path + ".to");
  if (mirror.at) check_at(c, *mirror.at, path + ".at");
  if (mirror.length && *mirror.length <= Duration{0}) {
    c.problem(path + ".for", "must be more than 0", "remove it for a mirror that lasts to the end");
  }
  if (from == nullptr || to == nullptr) return;
  if (from == to) {
    c.problem(path + ".to", fmt::format("{} would mirror itself", mirror.to),
              "mirror to another app");
    return;
  }
  if (to->endpoints.empty()) return;
  for (const auto& endpoint : from->endpoints) {
    if (to->endpoints.find(endpoint.name) != nullptr) continue;
    c.problem(path + ".to",
              fmt::format("{} has no endpoint {} for the copies of {}.{}", mirror.to,
                          quoted(endpoint.name), mirror.from, endpoint.name),
              fmt::format("add it to apps.{}.endpoints", mirror.to));
  }
}

// ---- flags -----------------------------------------------------------------------------------

void check_variant(const Context& c, const Flag& flag, const std::string& name,
                   const std::string& path) {
  if (name.empty() || flag.variants.find(name) != nullptr) return;
  c.problem(path, fmt::format("no variant is named {}", quoted(name)),
            suggestion(name, names_of(flag.variants), "add it to variants"));
}

/// Exactly: the shares decide who has which variant.
void check_fractional(const Context& c, const Flag& flag, const NamedMap<Ratio>& shares,
                      const std::string& path) {
  if (shares.empty()) return;
  constexpr std::int64_t kFinest = 1'000'000;
  std::int64_t common = 1;
  for (const auto& share : shares) {
    if (flag.variants.find(share.name) == nullptr) {
      c.problem(share.at, fmt::format("{}.{}", path, share.name),
                fmt::format("no variant is named {}", quoted(share.name)),
                suggestion(share.name, names_of(flag.variants), "add it to variants"));
    }
    common = common > kFinest ? common : std::lcm(common, share.value.den);
  }
  if (common > kFinest) {
    c.problem(path, "the shares are finer than a millionth", "round them to 0.0001%");
    return;
  }
  std::int64_t total = 0;
  for (const auto& share : shares) total += share.value.num * (common / share.value.den);
  if (total == common) return;
  const double percent = 100 * static_cast<double>(total) / static_cast<double>(common);
  c.problem(path, fmt::format("the shares add up to {}%", format_number(percent)),
            "make them add up to 100%");
}

void check_step(const Context& c, const Flag& flag, const FlagStep& step, const std::string& path) {
  check_at(c, step.at, path + ".at");
  check_variant(c, flag, step.default_variant, path + ".default_variant");
  check_fractional(c, flag, step.fractional, path + ".fractional");
  if (!step.state && step.default_variant.empty() && step.fractional.empty()) {
    c.problem(path, "the step changes nothing", "state fractional, default_variant or state");
  }
  if (!step.default_variant.empty() && !step.fractional.empty()) {
    c.problem(path + ".default_variant", "fractional leaves nobody to the default variant",
              "keep one of them");
  }
  const bool ramp = step.flips > 1 || step.over > Duration{0};
  if (ramp && step.fractional.empty()) {
    c.problem(path, "only shares can be reached in parts", "add fractional");
  } else if (ramp && (step.flips < 2 || step.over <= Duration{0})) {
    c.problem(path, "a ramp needs both over and flips", "write over: 10min and flips: 5");
  }
}

void check_names(const Context& c, const Flag& flag, const std::string& path) {
  const App* app = c.app(flag.app);
  if (app == nullptr && !flag.app.empty()) c.unknown(path + ".app", NameKind::app, flag.app);
  for (std::size_t i = 0; app != nullptr && i < flag.endpoints.size(); ++i) {
    if (app->endpoints.find(flag.endpoints[i]) != nullptr) continue;
    c.problem(fmt::format("{}.endpoints[{}]", path, i),
              fmt::format("{} has no endpoint {}", flag.app, quoted(flag.endpoints[i])),
              suggestion(flag.endpoints[i], names_of(app->endpoints), "remove endpoints"));
  }
  if (flag.source.empty()) return;
  const Dependency* source = c.dependency(flag.source);
  if (source == nullptr) {
    c.unknown(path + ".source", NameKind::dependency, flag.source);
  } else if (source->kind == DependencyKind::queue) {
    c.problem(path + ".source", fmt::format("{} is a queue", quoted(flag.source)),
              "name a dependency of another kind");
  }
}

void check_flag(const Context& c, const std::string& name, const Flag& flag) {
  const std::string path = "flags." + name;
  check_names(c, flag, path);
  check_variant(c, flag, flag.default_variant, path + ".default_variant");
  check_variant(c, flag, flag.fallback, path + ".fallback");
  check_fractional(c, flag, flag.fractional, path + ".fractional");
  for (const auto& variant : flag.variants) {
    check_call_list(c, variant.value.calls,
                    fmt::format("{}.variants.{}.calls", path, variant.name));
  }
  if (flag.poll_every && *flag.poll_every <= Duration{0}) {
    c.problem(path + ".poll_every", "must be more than 0",
              "remove it where instances are told at once");
  }
  if (flag.retry_every <= Duration{0}) {
    c.problem(path + ".retry_every", "must be more than 0", "state a duration such as 1s");
  }
  for (const auto& step : flag.steps) {
    check_step(c, flag, step.value, fmt::format("{}.steps.{}", path, step.name));
  }
}

/// A request keeps which variants it got in sixteen bits.
void check_combinations(const Context& c, const std::string& app) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint16_t>::max();
  std::size_t combinations = 1;
  for (const auto& flag : c.scenario.flags) {
    if (flag.value.app != app || combinations > kMost) continue;
    combinations *= flag.value.variants.size() + 1;
    if (combinations <= kMost) continue;
    c.problem(flag.at, "flags." + flag.name,
              fmt::format("the flags of {} have more than {} combinations of variants", app, kMost),
              "use fewer flags or variants");
  }
}

}  // namespace

void check_mirrors(const Context& c) {
  for (const auto& mirror : c.scenario.mirrors) {
    if (c.problems.full()) return;
    check_mirror(c, mirror.name, mirror.value);
  }
}

void check_flags(const Context& c) {
  for (const auto& flag : c.scenario.flags) {
    if (c.problems.full()) return;
    check_flag(c, flag.name, flag.value);
  }
  for (const auto& app : c.scenario.apps) check_combinations(c, app.name);
}

}  // namespace leapday::loading
