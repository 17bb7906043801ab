/// \file expressions.cpp
/// Times, anchors, conditions and expectations against what the scenario has.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "leapday/fault.hpp"
#include "leapday/leap_seconds.hpp"
#include "leapday/metric.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

std::string_view unit_name(Quantity::Kind kind) {
  switch (kind) {
    case Quantity::Kind::duration:
      return "a duration";
    case Quantity::Kind::percent:
      return "a percentage";
    case Quantity::Kind::rate:
      return "a rate";
    case Quantity::Kind::size:
      return "a size";
    case Quantity::Kind::number:
      break;
  }
  return "a plain number";
}

std::string_view unit_example(Quantity::Kind kind) {
  switch (kind) {
    case Quantity::Kind::duration:
      return "200ms";
    case Quantity::Kind::percent:
      return "99.9%";
    case Quantity::Kind::rate:
      return "100/s";
    case Quantity::Kind::size:
      return "512MiB";
    case Quantity::Kind::number:
      break;
  }
  return "10";
}

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    if (space > 0) out.emplace_back(words.substr(0, space));
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return out;
}

/// `shop.checkout` or `shoppers.checkout`.
std::vector<std::string> endpoint_subject(const Context& c, const Entity& e, const Named& named,
                                          const std::string& path) {
  const App* app = nullptr;
  if (named.kind == NameKind::flag) {
    const auto& variants = c.scenario.flags.entries[named.index].value.variants;
    if (variants.find(e.part) != nullptr) return {"endpoint"};
    std::vector<std::string> known;
    for (const auto& variant : variants) known.push_back(variant.name);
    c.problem(e.at, path, fmt::format("{} has no variant {}", e.name, quoted(e.part)),
              suggestion(e.part, known));
    return {};
  }
  if (named.kind == NameKind::app) {
    app = &c.scenario.apps.entries[named.index].value;
  } else if (named.kind == NameKind::load) {
    app = c.app(c.scenario.loads.entries[named.index].value.to);
    if (app == nullptr) return {};  // reported at the load
  } else {
    c.problem(e.at, path, fmt::format("{} has no endpoints", e.name), "write its name alone");
    return {};
  }
  if (app->endpoints.find(e.part) != nullptr) return {"endpoint"};
  std::vector<std::string> known;
  for (const auto& endpoint : app->endpoints) known.push_back(endpoint.name);
  c.problem(e.at, path, fmt::format("{} has no endpoint {}", e.name, quoted(e.part)),
            suggestion(e.part, known, "write its name alone"));
  return {};
}

/// `shop@v2`.
std::vector<std::string> release_subject(const Context& c, const Entity& e, const Named& named,
                                         const std::string& path) {
  if (named.kind != NameKind::app) {
    c.problem(e.at, path, fmt::format("{} has no releases", e.name), "only apps have releases");
    return {};
  }
  if (!e.part.empty() || e.index) {
    c.problem(e.at, path, "endpoints and instances are not told apart by release",
              fmt::format("write {}@{}", e.name, e.release));
    return {};
  }
  const App& app = c.scenario.apps.entries[named.index].value;
  if (app.kind != AppKind::http && app.kind != AppKind::tcp) {
    c.problem(e.at, path, fmt::format("{} gets no requests from routers", e.name),
              fmt::format("write {}", e.name));
    return {};
  }
  if (app.releases.find(e.release) != nullptr) return {"release"};
  std::vector<std::string> known;
  for (const auto& release : app.releases) known.push_back(release.name);
  c.problem(e.at, path, fmt::format("{} has no release {}", e.name, quoted(e.release)),
            suggestion(e.release, known, fmt::format("add it to apps.{}.releases", e.name)));
  return {};
}

std::vector<std::string> dependency_subjects(DependencyKind kind) {
  switch (kind) {
    case DependencyKind::queue:
      return {"queue", "dependency"};
    case DependencyKind::database:
      return {"database", "dependency"};
    case DependencyKind::cache:
      return {"cache", "dependency"};
    case DependencyKind::external:
      break;
  }
  return {"dependency"};
}

/// What a metric may be asked of, in the words of Metric::subjects(); empty after a problem.
std::vector<std::string> subjects_of(const Context& c, const Entity& e, const std::string& path) {
  const auto fail = [&](std::string message, std::string fix) {
    c.problem(e.at, path, std::move(message), std::move(fix));
    return std::vector<std::string>{};
  };
  if (e.name == "hosts" && e.part.empty() && !e.index) return {"hosts"};
  const Named* named = c.names.find(e.name);
  if (named == nullptr && e.name == "total" && e.part.empty() && !e.index) return {"total"};
  if (named == nullptr) {
    const auto known =
        c.names.of_kinds({NameKind::app, NameKind::load, NameKind::dependency, NameKind::deployment,
                          NameKind::objective, NameKind::zone, NameKind::flag});
    return fail(fmt::format("nothing is named {}", quoted(e.name)), suggestion(e.name, known));
  }
  const bool is_app = named->kind == NameKind::app;
  if (!e.release.empty()) return release_subject(c, e, *named, path);
  if (e.index) {
    if (!is_app)
      return fail(fmt::format("{} has no instances", e.name), "only apps have instances");
    const App& app = c.scenario.apps.entries[named->index].value;
    if (*e.index >= Context::instances(app)) {
      return fail(fmt::format("{} has {} instances", e.name, Context::instances(app)),
                  fmt::format("they count from {}/0", e.name));
    }
    return {"instance"};
  }
  if (!e.part.empty()) return endpoint_subject(c, e, *named, path);
  switch (named->kind) {
    case NameKind::app:
      return {"app"};
    case NameKind::load:
      return {"load"};
    case NameKind::dependency:
      return dependency_subjects(c.scenario.dependencies.entries[named->index].value.kind);
    case NameKind::deployment:
      return {"deployment"};
    case NameKind::objective:
      return {"objective"};
    case NameKind::zone:
      return {"zone"};
    case NameKind::flag:
      return fail(fmt::format("{} is a flag: its variants are measured", e.name),
                  fmt::format("write {}.{}", e.name,
                              c.scenario.flags.entries[named->index].value.default_variant));
    case NameKind::region:
      return {"region"};
    case NameKind::cloud:
      return {"cloud"};
    case NameKind::renewer:
      return {"renewer"};
    case NameKind::monitor:
      return {"monitor"};
    default:
      return fail(fmt::format("{} is {}: nothing is measured of it", e.name,
                              with_article(to_string(named->kind))),
                  "name an app, load, dependency, deployment or objective");
  }
}

bool percentile_in_range(std::string_view written) {
  double value = 0;
  const char* last = written.data() + written.size();
  const auto [end, error] = std::from_chars(written.data() + 1, last, value);
  return error == std::errc{} && end == last && value > 0 && value < 100;
}

const Metric* check_call(const Context& c, const MetricCall& call, const std::string& path) {
  if (call.metric.empty()) return nullptr;  // the expression did not parse
  const Metric* metric = c.registry.metric(call.metric);
  if (metric == nullptr || (metric->name() == "p" && !percentile_in_range(call.metric))) {
    std::vector<std::string> known;
    for (const auto& one : c.registry.metrics()) {
      known.push_back(one->name() == "p" ? "p99" : std::string(one->name()));
    }
    c.problem(call.at, path, fmt::format("no metric is named {}", quoted(call.metric)),
              metric != nullptr ? "percentiles lie between p0 and p100, such as p99.9"
                                : suggestion(call.metric, known));
    return nullptr;
  }
  const std::vector<std::string> subjects = subjects_of(c, call.entity, path);
  const std::vector<std::string> allowed = split(metric->subjects());
  const bool fits = std::any_of(subjects.begin(), subjects.end(), [&](const std::string& subject) {
    return std::find(allowed.begin(), allowed.end(), subject) != allowed.end();
  });
  if (!subjects.empty() && !fits) {
    c.problem(call.entity.at, path,
              fmt::format("{} cannot be asked of {}, which is {}", call.metric, call.entity.text(),
                          with_article(subjects.front())),
              "ask it of " + listed(allowed, "or"));
  }
  return metric;
}

/// A moment relative to t=0; nothing for anchors.
std::optional<Duration> fixed_offset(const Context& c, const Instant& instant) {
  if (instant.anchor) return std::nullopt;
  if (!instant.wall) return instant.offset;
  const RunSpec& run = c.scenario.run;
  const Duration to = true_time_between(run.start, *instant.wall, run.leap_seconds);
  const __int128 total = static_cast<__int128>(to.count()) + instant.offset.count();
  constexpr __int128 kFar = static_cast<__int128>(1) << 62;
  return Duration{static_cast<std::int64_t>(total > kFar ? kFar : total < -kFar ? -kFar : total)};
}

bool is_span(const Named& named) {
  return named.kind == NameKind::phase || named.kind == NameKind::deployment ||
         named.kind == NameKind::fault || named.kind == NameKind::mirror ||
         named.kind == NameKind::flag_step;
}

void unknown_span(const Context& c, std::string_view name, const SourceLocation& at,
                  const std::string& path) {
  const Named* other = c.names.find(name);
  const auto known = c.names.of_kinds({NameKind::phase, NameKind::deployment, NameKind::fault,
                                       NameKind::mirror, NameKind::flag_step});
  c.problem(at, path,
            other != nullptr
                ? fmt::format("{} is {}: it has no begin and end", name,
                              with_article(to_string(other->kind)))
                : fmt::format("no phase, deployment or fault is named {}", quoted(name)),
            suggestion(name, known, "the scenario has none"));
}

void check_window(const Context& c, Duration window, const SourceLocation& at,
                  const std::string& path) {
  if (c.scenario.run.duration > Duration{0} && window > c.scenario.run.duration) {
    c.problem(at, path, fmt::format("{} is longer than the run", format_duration(window)),
              "shorten it, or lengthen run.duration");
  }
}

/// The events of a span that anchors may name.
std::vector<std::string> moments_of(const Context& c, const Named& span) {
  std::vector<std::string> events{"begin", "end"};
  if (span.kind == NameKind::flag_step) events.emplace_back("done");
  if (span.kind != NameKind::deployment) return events;
  const Deployment& of = c.scenario.deployments.entries[span.index].value;
  events.insert(events.end(), {"done", "failed", "rolled_back"});
  if (of.strategy == Strategy::canary) events.emplace_back("paused");
  if (of.strategy == Strategy::blue_green) events.emplace_back("switched");
  if (of.staging) events.emplace_back("staged");
  if (of.migration) events.emplace_back("migrated");
  return events;
}

}  // namespace

void check_anchor(const Context& c, const Anchor& anchor, const SourceLocation& at,
                  const std::string& path) {
  const Named* named = c.names.find(anchor.name);
  if (named == nullptr || !is_span(*named)) return unknown_span(c, anchor.name, at, path);
  const std::vector<std::string> events = moments_of(c, *named);
  if (std::find(events.begin(), events.end(), anchor.event) == events.end()) {
    return c.problem(
        at, path,
        fmt::format("a {} has no moment {}", to_string(named->kind), quoted(anchor.event)),
        suggestion(anchor.event, events));
  }
  if ((anchor.percent || anchor.argument) && anchor.event != "done") {
    c.problem(at, path, fmt::format("{} takes no amount", anchor.event),
              fmt::format("write {}.{}", anchor.name, anchor.event));
  }
  if ((anchor.percent && anchor.percent->is_zero()) || (anchor.argument && *anchor.argument < 1)) {
    c.problem(at, path, "nothing is done at the beginning",
              fmt::format("write {}.begin", anchor.name));
  }
  if (named->kind == NameKind::fault) {
    const FaultSpec& fault = c.scenario.faults.entries[named->index].value;
    const bool one_shot = fault.prototype != nullptr && fault.prototype->one_shot();
    if (anchor.event == "end" && !fault.length && !one_shot) {
      c.problem(at, path, fmt::format("{} never ends: it has no `for`", anchor.name),
                fmt::format("add faults.{}.for", anchor.name));
    }
    if (anchor.occurrence > 1 && !fault.repeat) {
      c.problem(at, path, fmt::format("{} happens once", anchor.name),
                "remove the @, or set repeat: true");
    }
  } else if (anchor.occurrence > 1 && anchor.event != "paused") {
    c.problem(at, path, fmt::format("{} happens once", anchor.name), "remove the @");
  } else if (named->kind == NameKind::mirror && anchor.event == "end" &&
             !c.scenario.mirrors.entries[named->index].value.length) {
    c.problem(at, path, fmt::format("{} never ends: it has no `for`", anchor.name),
              fmt::format("add mirrors.{}.for", anchor.name));
  }
}

void check_instant(const Context& c, const Instant& instant, const SourceLocation& at,
                   const std::string& path) {
  if (instant.anchor) return check_anchor(c, *instant.anchor, at, path);
  const Duration offset = *fixed_offset(c, instant);
  if (offset < Duration{0}) {
    c.problem(at, path, "this is before the run begins",
              fmt::format("the run starts at {}", format_timestamp(c.scenario.run.start)));
  } else if (c.scenario.run.duration > Duration{0} && offset > c.scenario.run.duration) {
    c.problem(at, path, "this is after the end of the run",
              fmt::format("the run ends after {}", format_duration(c.scenario.run.duration)));
  }
}

void check_at(const Context& c, const At& at, const std::string& path) {
  if (at.text.empty()) return;  // it did not parse
  if (const Instant* instant = std::get_if<Instant>(&at.what)) {
    check_instant(c, *instant, at.at, path);
    const auto offset = fixed_offset(c, *instant);
    if (offset && *offset == c.scenario.run.duration && *offset > Duration{0}) {
      c.problem(at.at, path, "this is the very end of the run", "begin earlier");
    }
    return;
  }
  const At::When& when = std::get<At::When>(at.what);
  check_condition(c, when.condition, path);
  check_window(c, when.hold, at.at, path);
}

namespace {

std::string_view sign_of(CompareOp op) {
  switch (op) {
    case CompareOp::le:
      return "<=";
    case CompareOp::lt:
      return "<";
    case CompareOp::ge:
      return ">=";
    case CompareOp::gt:
      return ">";
    case CompareOp::eq:
      return "==";
    case CompareOp::ne:
      return "!=";
  }
  return "";
}

/// A comparison that holds whatever happens, or never, tells nothing.
void check_bound(const Context& c, const Comparison& comparison, const Metric& metric,
                 const std::string& path) {
  const Bound& bound = comparison.bound;
  if (bound.reference != Bound::Reference::none || !bound.quantity) return;
  const Quantity& quantity = *bound.quantity;
  const double value = quantity.value, most = metric.largest();
  const CompareOp op = comparison.op;
  const auto either = [op](CompareOp a, CompareOp b) { return op == a || op == b; };
  const bool out = value > most;  // no bound is below 0
  const bool always = (op == CompareOp::ge && value == 0) ||
                      (op == CompareOp::le && value == most) ||
                      (out && (either(CompareOp::lt, CompareOp::le) || op == CompareOp::ne));
  const bool never = (op == CompareOp::lt && value == 0) ||
                     (op == CompareOp::gt && value == most) ||
                     (out && (either(CompareOp::gt, CompareOp::ge) || op == CompareOp::eq));
  if (!always && !never) return;
  const bool low = value == 0;
  const std::string limit = metric.unit() == Quantity::Kind::percent ? low ? "0%" : "100%"
                            : low                                    ? "0"
                                                                     : format_number(most);
  c.problem(comparison.call.at, path,
            fmt::format("`{} {} {}` {} holds: {} is never {} than {}", comparison.call.text(),
                        sign_of(op), quantity.text, always ? "always" : "never",
                        comparison.call.metric, low ? "less" : "more", limit),
            low   ? "compare with more than 0, or use > 0 or == 0"
            : out ? "compare with " + limit + " or less"
                  : "compare with less than " + limit);
}

/// `p99(shop@v2) <= 110% of p99(shop@v1)`.
bool check_other(const Context& c, const Comparison& comparison, const Metric& metric,
                 const std::string& path) {
  const MetricCall& other = *comparison.bound.other;
  const Metric* against = check_call(c, other, path);
  if (against == nullptr) return false;
  if (against->unit() != metric.unit()) {
    c.problem(other.at, path,
              fmt::format("{} is {}, but {} is {}", comparison.call.metric,
                          unit_name(metric.unit()), other.metric, unit_name(against->unit())),
              "compare what is measured in the same unit");
    return false;
  }
  if (metric.is_state() || against->is_state()) {
    c.problem(other.at, path, "states such as ready(shop) are compared with numbers only",
              "write a number");
    return false;
  }
  if (comparison.call.text() == other.text() && comparison.bound.factor == 1 &&
      !comparison.bound.quantity) {
    c.problem(other.at, path, "this compares a figure with itself", "name another subject");
    return false;
  }
  return true;
}

}  // namespace

void check_comparison(const Context& c, const Comparison& comparison, const std::string& path) {
  const Metric* metric = check_call(c, comparison.call, path);
  if (metric == nullptr) return;
  if (comparison.bound.other && !check_other(c, comparison, *metric, path)) return;
  const auto& quantity = comparison.bound.quantity;
  if (quantity && quantity->kind != metric->unit()) {
    c.problem(comparison.call.at, path,
              fmt::format("{} is {}, but {} is {}", comparison.call.metric,
                          unit_name(metric->unit()), quantity->text, unit_name(quantity->kind)),
              fmt::format("compare it with {} such as {}", unit_name(metric->unit()),
                          unit_example(metric->unit())));
  } else {
    check_bound(c, comparison, *metric, path);
  }
  if (comparison.over) check_window(c, *comparison.over, comparison.call.at, path);
}

void check_condition(const Context& c, const Condition& condition, const std::string& path) {
  switch (condition.kind) {
    case Condition::Kind::comparison:
      return check_comparison(c, condition.comparison, path);
    case Condition::Kind::call:
      check_call(c, condition.comparison.call, path);
      return;
    default:
      for (const Condition& operand : condition.operands) check_condition(c, operand, path);
  }
}

void check_expectations(const Context& c) {
  for (const auto& [name, at, expectation] : c.scenario.expectations) {
    if (c.problems.full()) return;           // each further one would cost a look at every name
    if (expectation.text.empty()) continue;  // it did not parse
    const std::string path = "expect." + name;
    if (expectation.kind == Expectation::Kind::comparison) {
      check_comparison(c, expectation.comparison, path);
      if (expectation.window) check_window(c, *expectation.window, expectation.at, path);
      if (expectation.share.is_zero()) {
        c.problem(expectation.at, path, "0% of the windows always hold", "ask for more than 0%");
      }
    } else {
      check_condition(c, expectation.condition, path);
    }
    if (expectation.after) check_anchor(c, *expectation.after, expectation.at, path);
    for (const Scope& scope : expectation.scopes) {
      if (scope.kind == Scope::Kind::after || scope.kind == Scope::Kind::until) {
        check_instant(c, scope.instant, expectation.at, path);
        continue;
      }
      const Named* span = c.names.find(scope.span);
      if (span == nullptr || !is_span(*span)) unknown_span(c, scope.span, expectation.at, path);
    }
  }
}

}  // namespace leapday::loading
