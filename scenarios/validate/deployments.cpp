/// \file deployments.cpp
/// Deployments: what each strategy takes, a canary's steps, gates, analyses and migrations.
/// Why: a key that belongs to another strategy would be ignored, and the rehearsal would be of
/// something else than its author meant.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

std::string name_of(Strategy strategy) {
  return std::string(choices_of(strategy)[static_cast<std::size_t>(strategy)].name);
}

/// A key, whether it is stated, and the strategies that know it.
struct OwnKey {
  const char* name;
  bool stated;
  std::vector<Strategy> of;
};

std::vector<OwnKey> own_keys(const Deployment& d) {
  const std::vector<Strategy> stepwise{Strategy::rolling, Strategy::canary};
  return {{"max_in_flight", d.max_in_flight.has_value(), stepwise},
          {"max_surge", d.max_surge.has_value(), stepwise},
          {"max_unavailable", d.max_unavailable.has_value(), stepwise},
          {"steps", !d.steps.empty(), {Strategy::canary}},
          {"continue", d.resume.has_value(), {Strategy::canary}},
          {"keep_old", d.keep_old.has_value(), {Strategy::blue_green}},
          {"analysis", d.analysis.has_value(), {Strategy::canary, Strategy::blue_green}}};
}

class DeploymentCheck {
 public:
  DeploymentCheck(const Context& c, const std::string& name, const Deployment& deployment)
      : c_(c), name_(name), d_(deployment), path_("deployments." + name) {}

  void check() {
    check_at(c_, d_.at, path_ + ".at");
    app();
    strategy();
    limits();
    if (d_.strategy == Strategy::canary) steps();
    if (d_.gate) gate();
    if (d_.analysis) analysis();
    if (d_.migration) migration();
  }

 private:
  void problem(const std::string& key, std::string message, std::string fix) const {
    c_.problem(path_ + "." + key, std::move(message), std::move(fix));
  }
  void warn(std::string message) const { c_.scenario.warnings.push_back(std::move(message)); }

  void app() {
    const App* app = c_.app(d_.app);
    if (app == nullptr) {
      if (!d_.app.empty()) c_.unknown(path_ + ".app", NameKind::app, d_.app);
      return;
    }
    if (d_.strategy == Strategy::blue_green && app->kind != AppKind::http &&
        app->kind != AppKind::tcp) {
      problem("strategy",
              fmt::format("{} has no routes that could be switched: both groups would work at once",
                          d_.app),
              "use rolling or recreate");
    }
    if (d_.release.empty() || app->releases.find(d_.release) != nullptr) return;
    std::vector<std::string> known;
    for (const auto& release : app->releases) known.push_back(release.name);
    problem("release", fmt::format("{} has no release {}", d_.app, quoted(d_.release)),
            suggestion(d_.release, known, fmt::format("add it to apps.{}.releases", d_.app)));
  }

  void strategy() const {
    for (const OwnKey& key : own_keys(d_)) {
      if (!key.stated) continue;
      if (std::find(key.of.begin(), key.of.end(), d_.strategy) != key.of.end()) continue;
      std::vector<std::string> names;
      for (const Strategy of : key.of) names.push_back(name_of(of));
      problem(key.name, fmt::format("a {} deployment takes no {}", name_of(d_.strategy), key.name),
              fmt::format("remove it, or write strategy: {}", listed(names, "or")));
    }
  }

  void limits() const {
    if (d_.max_in_flight && (d_.max_surge || d_.max_unavailable)) {
      problem("max_in_flight", "max_in_flight excludes max_surge and max_unavailable",
              "state the platform's own one");
    }
    if (d_.max_surge && d_.max_unavailable && d_.max_surge->is_zero() &&
        d_.max_unavailable->is_zero()) {
      problem("max_unavailable", "with no surge and nothing unavailable it cannot begin",
              "allow one of them");
    }
  }

  void steps() const {
    if (d_.resume && !d_.steps.empty()) {
      problem("continue", "with steps, each of them states when it goes on",
              "write `continue` or `for` into the steps");
    }
    if (d_.resume) resume(*d_.resume, 0, "continue");
    const Ratio* before = nullptr;
    bool last = d_.steps.empty() && !d_.resume;
    for (std::size_t k = 0; k < d_.steps.size(); ++k) {
      const CanaryStep& step = d_.steps[k];
      const std::string key = fmt::format("steps[{}]", k);
      if (step.weight.is_zero()) {
        problem(key + ".weight", "a canary takes some requests", "write at least 1%");
      } else if (before != nullptr && step.weight.value() <= before->value()) {
        problem(key + ".weight", "is not more than that of the step before",
                "let the weights rise");
      }
      before = &step.weight;
      if (step.hold && step.resume) {
        problem(key + ".continue", "a step goes on after `for`, or when somebody says `continue`",
                "remove one of them");
      }
      if (step.resume) resume(*step.resume, k, key + ".continue");
      if (last) {
        problem(key, "the step before never goes on: it has neither `for` nor `continue`",
                fmt::format("add for: 10min to steps[{}]", k - 1));
        return;
      }
      last = !step.hold && !step.resume;
    }
    if (!last) return;
    warn(fmt::format("deployment {} stays paused at its {}: state `continue`, or `for` in a step",
                     name_, d_.steps.empty() ? "canary" : "last step"));
  }

  /// `continue` of the n-th pause, counted from 0.
  void resume(const At& at, std::size_t pause, const std::string& key) const {
    check_at(c_, at, path_ + "." + key);
    const Instant* instant = std::get_if<Instant>(&at.what);
    if (instant == nullptr || !instant->anchor || instant->anchor->name != name_) return;
    const Anchor& anchor = *instant->anchor;
    if (anchor.event == "paused" && anchor.occurrence != static_cast<int>(pause) + 1) {
      problem(key, fmt::format("this is another pause than that of step {}", pause + 1),
              pause == 0 ? fmt::format("write {}.paused", name_)
                         : fmt::format("write {}.paused@{}", name_, pause + 1));
    }
  }

  void gate() const {
    check_condition(c_, d_.gate->condition, path_ + ".gate.condition");
    if (d_.gate->within <= d_.gate->hold) {
      problem("gate.within", "is not longer than `for`, so the gate can never open",
              "make it longer");
    }
    if (!d_.rollback.value_or(false)) {
      warn(fmt::format(
          "deployment {} stops half-way and stays so when its gate fails: state rollback: true to "
          "return to the old release",
          name_));
    }
  }

  void analysis() const {
    check_condition(c_, d_.analysis->condition, path_ + ".analysis.condition");
    const Duration every = d_.analysis->every;
    if (every < 1s || every % 1s != Duration{0}) {
      problem("analysis.every", "measurements are whole seconds apart, at least one",
              "use 1s or a multiple of it");
    } else if (d_.strategy == Strategy::blue_green && d_.keep_old.value_or(30s) <= every) {
      problem(d_.keep_old ? "keep_old" : "analysis.every",
              fmt::format("the old group is gone before the first measurement, {} after the switch",
                          format_duration(every)),
              "keep it longer, or measure more often");
    }
  }

  void migration() const {
    const Migration& migration = *d_.migration;
    if (migration.duration <= Duration{0}) {
      problem("migration.duration", "must be more than 0", "write 1min");
    }
    const App* app = c_.app(d_.app);
    if (app == nullptr) return;
    for (std::size_t k = 0; k < migration.endpoints.size(); ++k) {
      const std::string& name = migration.endpoints[k];
      if (app->endpoints.find(name) != nullptr) continue;
      std::vector<std::string> known;
      for (const auto& endpoint : app->endpoints) known.push_back(endpoint.name);
      problem(fmt::format("migration.endpoints[{}]", k),
              fmt::format("{} has no endpoint {}", d_.app, quoted(name)),
              suggestion(name, known, "remove it: the app has no endpoints"));
    }
    if (migration.breaks.is_zero()) {
      if (!migration.endpoints.empty()) {
        problem("migration.endpoints", "without `breaks` it breaks none of them",
                "add breaks: 100%");
      }
      return;
    }
    if (!app->releases.empty() && app->releases.entries.front().name == d_.release) {
      problem(
          "migration.breaks",
          fmt::format("no release of {} is older: none is listed before {}", d_.app, d_.release),
          fmt::format("list it after those it replaces, in apps.{}.releases", d_.app));
    }
  }

  const Context& c_;
  const std::string& name_;
  const Deployment& d_;
  std::string path_;
};

}  // namespace

void check_deployments(const Context& c) {
  for (const auto& d : c.scenario.deployments) {
    if (c.problems.full()) return;
    DeploymentCheck(c, d.name, d.value).check();
  }
}

}  // namespace leapday::loading
