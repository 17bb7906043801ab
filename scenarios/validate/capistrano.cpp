/// \file capistrano.cpp
/// What a deployment by Capistrano may state, and what only others may. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_steps(const Context& c, const std::string& path, const Capistrano& capistrano) {
  std::vector<std::string> known;
  for (const auto* list : {&kCapistranoDeploy, &kCapistranoRollback}) {
    for (const std::string_view name : *list) {
      if (std::find(known.begin(), known.end(), name) == known.end()) known.emplace_back(name);
    }
  }
  for (const auto& step : capistrano.steps) {
    if (std::find(known.begin(), known.end(), step.name) != known.end()) continue;
    c.problem(step.at, fmt::format("{}.steps.{}", path, step.name),
              fmt::format("no step is named {}", quoted(step.name)), suggestion(step.name, known));
  }
}

/// It knows nothing of instances that come and go.
void check_foreign_keys(const Context& c, const std::string& path, const Deployment& deployment) {
  const auto refuse = [&](bool stated, std::string_view key) {
    if (!stated) return;
    c.problem(fmt::format("{}.{}", path, key),
              "Capistrano changes files on every host at once and knows no such thing",
              "remove it, or use another strategy");
  };
  refuse(deployment.gate.has_value(), "gate");
  refuse(deployment.progress_deadline.has_value(), "progress_deadline");
  refuse(deployment.staging.has_value(), "staging");
  refuse(deployment.migration.has_value(), "migration");
}

}  // namespace

void check_capistrano(const Context& c) {
  for (const auto& [name, at, deployment] : c.scenario.deployments) {
    if (c.problems.full()) return;
    const std::string path = "deployments." + name;
    if (deployment.strategy != Strategy::capistrano) {
      if (deployment.capistrano) {
        c.problem(path + ".capistrano", "these are settings of another strategy",
                  "add strategy: capistrano");
      }
      continue;
    }
    check_foreign_keys(c, path, deployment);
    const App* app = c.app(deployment.app);
    if (app != nullptr && app->image_size.count > 0) {
      c.problem("apps." + deployment.app + ".image_size",
                fmt::format("{} brings files to its hosts, not images", name),
                "remove it, or use another strategy");
    }
    if (deployment.capistrano) check_steps(c, path + ".capistrano", *deployment.capistrano);
    for (const auto& other : c.scenario.deployments) {
      if (other.value.app != deployment.app || other.value.strategy == Strategy::capistrano) {
        continue;
      }
      c.problem(path + ".strategy",
                fmt::format("{} replaces instances of {} instead of their files", other.name,
                            deployment.app),
                "deploy an app in one way");
    }
  }
}

}  // namespace leapday::loading
