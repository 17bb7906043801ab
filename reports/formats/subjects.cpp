/// \file subjects.cpp
/// Follows loads to apps, and apps along their calls.
#include "reports/formats/subjects.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday {

namespace {

void add(std::vector<std::string>& names, const std::string& name) {
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(name);
}

void add_calls(std::vector<std::string>& names, const std::vector<CallSpec>& calls) {
  for (const CallSpec& call : calls) {
    add(names, call.to);
    add_calls(names, call.parallel);
  }
}

}  // namespace

std::string_view owner_of(std::string_view subject) {
  return subject.substr(0, subject.find_first_of("/.@"));
}

std::vector<std::string> apps_behind(const Scenario& scenario, const Entity& entity) {
  std::vector<std::string> names;
  if (const Objective* objective = scenario.objectives.find(entity.name)) {
    return apps_behind(scenario, objective->of);
  }
  if (const Load* load = scenario.loads.find(entity.name)) {
    add(names, load->to);
  } else if (const Deployment* deployment = scenario.deployments.find(entity.name)) {
    add(names, deployment->app);
  } else if (const Flag* flag = scenario.flags.find(entity.name)) {
    add(names, flag->app);
  } else if (scenario.apps.find(entity.name) != nullptr ||
             scenario.dependencies.find(entity.name) != nullptr) {
    add(names, entity.name);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {  // grows while it is walked
    if (const App* app = scenario.apps.find(names[i])) {
      add_calls(names, app->calls);
      for (const auto& endpoint : app->endpoints) add_calls(names, endpoint.value.calls);
      for (const auto& flag : scenario.flags) {
        if (scenario.apps.find(flag.value.app) != app) continue;
        for (const auto& variant : flag.value.variants) add_calls(names, variant.value.calls);
      }
    } else if (const Dependency* dependency = scenario.dependencies.find(names[i])) {
      add(names, dependency->backed_by);
    }
  }
  return names;
}

std::string unstable_reason(const Scenario& scenario, const Record& record, const Entity& entity) {
  const std::vector<std::string> apps = apps_behind(scenario, entity);
  for (const Stability& stability : record.stability) {
    if (stability.stable) continue;
    if (std::find(apps.begin(), apps.end(), stability.app) == apps.end()) continue;
    if (stability.offered_load >= 1) {
      return fmt::format("unstable: offered load {:.2f} >= 1", stability.offered_load);
    }
    return fmt::format("unstable: the backlog kept growing (offered load {:.2f})",
                       stability.offered_load);
  }
  return {};
}

}  // namespace leapday
