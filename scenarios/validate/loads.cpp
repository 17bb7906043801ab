/// \file loads.cpp
/// Who sends what: one source of requests per load, phases without gaps, a mix that adds up.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <cmath>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

/// An app that begins with no instance serves nobody until a deployment brings some.
void warn_of_nobody(const Context& c, const std::string& load, const std::string& to,
                    const App& app) {
  if (Context::instances(app) > 0) return;
  for (const auto& deployment : c.scenario.deployments) {
    if (deployment.value.app != to) continue;
    if (Context::instances(app, app.releases.find(deployment.value.release)) > 0) return;
  }
  c.scenario.warnings.push_back(
      fmt::format("{} sends requests to {}, which has no instance and no deployment that brings "
                  "one: all of them fail",
                  load, to));
}

void check_source(const Context& c, const Load& load, const Document* node,
                  const std::string& path) {
  std::vector<std::string> stated;
  for (const std::string_view key : {"rate", "phases", "closed", "trace"}) {
    if (node != nullptr && node->find(key) != nullptr) stated.emplace_back(key);
  }
  if (stated.empty()) {
    c.problem(path, "nothing states when requests are sent",
              "add one of rate, phases, closed and trace");
  } else if (stated.size() > 1) {
    c.problem(path + "." + stated[1], fmt::format("{} exclude each other", listed(stated)),
              "keep one of them");
  }
  if (load.stop && *load.stop <= Duration{0}) {
    c.problem(path + ".stop", "the load stops before it begins", "state a later time");
  }
}

void check_phases(const Context& c, const Load& load, const Document* node,
                  const std::string& path) {
  const Document* list = node != nullptr ? node->find("phases") : nullptr;
  if (list == nullptr || list->kind != Document::Kind::sequence) return;
  if (load.phases.empty()) c.problem(path + ".phases", "the list is empty", "add a phase");
  Duration total{};
  for (std::size_t i = 0; i < load.phases.size(); ++i) {
    const Phase& phase = load.phases[i];
    const std::string here = fmt::format("{}.phases[{}]", path, i);
    const int forms = (phase.rate ? 1 : 0) + (phase.ramp_to ? 1 : 0) + (phase.sinusoid ? 1 : 0);
    if (forms != 1) {
      c.problem(list->items[i].at, here,
                forms == 0 ? "the phase has no rate" : "the phase has several rates",
                "state exactly one of rate, ramp_to and sinusoid");
    }
    if (!phase.length && i + 1 < load.phases.size()) {
      c.problem(list->items[i].at, here, "only the last phase may run to the end",
                "add for: 10min");
    }
    if (!phase.length && phase.ramp_to) {
      c.problem(list->items[i].at, here, "a ramp needs a length", "add for: 10min");
    }
    if (phase.length && *phase.length <= Duration{0}) {
      c.problem(here + ".for", "must be more than 0", "state a duration such as 10min");
    }
    if (phase.sinusoid && phase.sinusoid->period <= Duration{0}) {
      c.problem(here + ".sinusoid.period", "must be more than 0", "state a period such as 1d");
    }
    if (total >= c.scenario.run.duration && c.scenario.run.duration > Duration{0}) {
      c.problem(
          list->items[i].at, here,
          fmt::format("the phase begins at {}, after the end of the run", format_duration(total)),
          "shorten the phases before it, or lengthen run.duration");
      return;
    }
    total += phase.length.value_or(Duration{0});
  }
}

void check_mix(const Context& c, const Load& load, const App& app, const std::string& path) {
  std::vector<std::string> known;
  for (const auto& endpoint : app.endpoints) known.push_back(endpoint.name);
  const auto check = [&](const std::string& name, const SourceLocation& at,
                         const std::string& here) {
    if (name.empty() || app.endpoints.find(name) != nullptr) return;
    c.problem(at, here, fmt::format("{} has no endpoint {}", load.to, quoted(name)),
              suggestion(name, known, "the app has no endpoints: remove it"));
  };
  if (!load.endpoint.empty()) check(load.endpoint, c.at(path + ".endpoint"), path + ".endpoint");
  if (load.mix.empty()) return;
  double total = 0;
  for (const auto& part : load.mix) {
    check(part.name, part.at, fmt::format("{}.mix.{}", path, part.name));
    total += part.value.value();
  }
  if (std::abs(total - 1) > 1e-9) {
    c.problem(
        path + ".mix",
        fmt::format("the shares add up to {}%", format_number(std::round(total * 1e11) / 1e9)),
        "make them add up to 100%");
  }
  if (!load.endpoint.empty()) {
    c.problem(path + ".endpoint", "mix and endpoint exclude each other", "keep one of them");
  }
}

}  // namespace

void check_loads(const Context& c) {
  for (std::size_t i = 0; i < c.scenario.loads.size() && !c.problems.full(); ++i) {
    const auto& [name, at, load] = c.scenario.loads.entries[i];
    const std::string path = "load." + name;
    const Document* node = c.entry("load", i);
    check_source(c, load, node, path);
    check_phases(c, load, node, path);
    if (load.users > 0 && load.closed) {
      c.problem(path + ".users", "the clients of a closed loop are its users",
                "remove it, and state closed.clients");
    }
    if (load.to.empty()) continue;
    const App* app = c.app(load.to);
    if (app == nullptr) {
      c.unknown(path + ".to", NameKind::app, load.to);
      continue;
    }
    if (app->kind == AppKind::worker || app->kind == AppKind::job) {
      c.problem(path + ".to",
                fmt::format("{} takes no requests: it is a {}", quoted(load.to),
                            app->kind == AppKind::job ? "job" : "worker"),
                "send them to an app of kind http or tcp");
    }
    check_mix(c, load, *app, path);
    warn_of_nobody(c, name, load.to, *app);
  }
}

}  // namespace leapday::loading
