/// \file schedule.cpp
/// Faults and objectives, and circles among anchors. Why: see validate.hpp.
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
