/// \file schedule.cpp
/// Deployments, faults and objectives, and circles among their anchors. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "leapday/fault.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

const Anchor* anchor_of(const At& at) {
  const Instant* instant = std::get_if<Instant>(&at.what);
  return instant != nullptr && instant->anchor ? &*instant->anchor : nullptr;
}

/// Follows anchors from one fault or deployment to the next; a circle never begins.
void check_circles(const Context& c) {
  std::map<std::string, std::pair<const At*, std::string>, std::less<>> steps;
  for (const auto& d : c.scenario.deployments)
    steps[d.name] = {&d.value.at, "deployments." + d.name + ".at"};
  for (const auto& f : c.scenario.faults) steps[f.name] = {&f.value.at, "faults." + f.name + ".at"};
  for (const auto& m : c.scenario.mirrors) {
    if (m.value.at) steps[m.name] = {&*m.value.at, "mirrors." + m.name + ".at"};
  }
  for (const auto& flag : c.scenario.flags) {
    for (const auto& step : flag.value.steps) {
      steps[step.name] = {&step.value.at,
                          fmt::format("flags.{}.steps.{}.at", flag.name, step.name)};
    }
  }
  std::map<std::string, int, std::less<>> state;  // 1 on this walk, 2 done
  for (const auto& [start, step] : steps) {
    std::vector<std::string> walk;
    std::string at = start;
    while (steps.contains(at) && state[at] == 0) {
      state[at] = 1;
      walk.push_back(at);
      const Anchor* anchor = anchor_of(*steps[at].first);
      if (anchor == nullptr) break;
      at = anchor->name;
    }
    if (!walk.empty() && state[at] == 1 && anchor_of(*steps[walk.back()].first) != nullptr) {
      const auto first = std::find(walk.begin(), walk.end(), at);
      if (first != walk.end()) {
        std::vector<std::string> circle(first, walk.end());
        c.problem(steps[at].first->at, steps[at].second,
                  circle.size() == 1 ? fmt::format("{} waits for itself", at)
                                     : fmt::format("{} wait for each other", listed(circle)),
                  "give one of them a time");
      }
    }
    for (const std::string& name : walk) state[name] = 2;
  }
}

void check_deployment(const Context& c, const std::string& name, const Deployment& deployment) {
  const std::string path = "deployments." + name;
  check_at(c, deployment.at, path + ".at");
  const App* app = c.app(deployment.app);
  if (app == nullptr) {
    if (!deployment.app.empty()) c.unknown(path + ".app", NameKind::app, deployment.app);
  } else if (!deployment.release.empty() && app->releases.find(deployment.release) == nullptr) {
    std::vector<std::string> known;
    for (const auto& release : app->releases) known.push_back(release.name);
    c.problem(path + ".release",
              fmt::format("{} has no release {}", deployment.app, quoted(deployment.release)),
              suggestion(deployment.release, known,
                         fmt::format("add it to apps.{}.releases", deployment.app)));
  }
  if (deployment.max_in_flight && (deployment.max_surge || deployment.max_unavailable)) {
    c.problem(path + ".max_in_flight", "max_in_flight excludes max_surge and max_unavailable",
              "state the platform's own one");
  }
  if (deployment.max_surge && deployment.max_unavailable && deployment.max_surge->is_zero() &&
      deployment.max_unavailable->is_zero()) {
    c.problem(path + ".max_unavailable", "with no surge and nothing unavailable it cannot begin",
              "allow one of them");
  }
  if (deployment.gate) {
    check_condition(c, deployment.gate->condition, path + ".gate.condition");
    if (deployment.gate->within <= deployment.gate->hold) {
      c.problem(path + ".gate.within", "is not longer than `for`, so the gate can never open",
                "make it longer");
    }
    if (!deployment.rollback) {
      c.scenario.warnings.push_back(fmt::format(
          "deployment {} stops half-way and stays so when its gate fails: state rollback: true to "
          "return to the old release",
          name));
    }
  }
}

void check_fault(const Context& c, const std::string& name, const FaultSpec& fault) {
  const std::string path = "faults." + name;
  check_at(c, fault.at, path + ".at");
  if (fault.length && *fault.length <= Duration{0}) {
    c.problem(path + ".for", "must be more than 0", "remove it for a fault that lasts to the end");
  }
  const bool condition = std::holds_alternative<At::When>(fault.at.what);
  if (fault.repeat && !condition) {
    c.problem(path + ".repeat", "only a condition (`when`) can fire again", "remove it");
  }
  if (fault.repeat && !fault.length && fault.prototype != nullptr && !fault.prototype->one_shot()) {
    c.problem(path + ".repeat", "a fault without `for` never ends, so it cannot begin again",
              "add for: 1min");
  }
  if (fault.prototype == nullptr) return;
  if (fault.length && fault.prototype->one_shot()) {
    c.problem(path + ".for", fmt::format("{} is over as soon as it began", fault.kind),
              "remove it");
  }
  check_target(c, fault, path);
}

}  // namespace

void check_deployments(const Context& c) {
  for (const auto& d : c.scenario.deployments) {
    if (c.problems.full()) return;
    check_deployment(c, d.name, d.value);
  }
}

void check_faults(const Context& c) {
  for (const auto& f : c.scenario.faults) {
    if (c.problems.full()) return;
    check_fault(c, f.name, f.value);
  }
  check_circles(c);
}

void check_objectives(const Context& c) {
  for (const auto& [name, at, objective] : c.scenario.objectives) {
    if (c.problems.full()) return;
    const std::string path = fmt::format("objectives.{}.of", name);
    if (objective.of.name.empty()) continue;
    const Named* load = c.names.find(objective.of.name, NameKind::load);
    if (load == nullptr) {
      c.unknown(path, NameKind::load, objective.of.name);
      continue;
    }
    if (objective.of.index) {
      c.problem(path, "a load has no instances", "write shoppers or shoppers.browse");
    }
    if (objective.period <= Duration{0}) {
      c.problem(fmt::format("objectives.{}.period", name), "must be more than 0", "write 30d");
    }
    const std::string& to = c.scenario.loads.entries[load->index].value.to;
    const App* app = c.app(to);
    if (objective.of.part.empty() || app == nullptr ||
        app->endpoints.find(objective.of.part) != nullptr)
      continue;
    std::vector<std::string> known;
    for (const auto& endpoint : app->endpoints) known.push_back(endpoint.name);
    c.problem(path, fmt::format("{} has no endpoint {}", to, quoted(objective.of.part)),
              suggestion(objective.of.part, known));
  }
}

}  // namespace leapday::loading
