/// \file plan.cpp
/// What a scenario will do, as far as that can be told without running it.
/// Why: before anyone breaks anything, they want to see when, whom, and how far it reaches.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "leapday/run.hpp"
#include "sim/model/simulation.hpp"

namespace leapday {
namespace model {
namespace {

class Planner {
 public:
  Planner(const Scenario& scenario, const Registry& registry, const RunOptions& options)
      : scenario_(scenario), options_(options), simulation_(scenario, registry, options) {}

  Plan make() {
    for (const auto& load : scenario_.loads) add_phases(load.value);
    for (const auto& entry : scenario_.deployments) add_deployment(entry.name, entry.value);
    for (const auto& entry : scenario_.mirrors) add_mirror(entry.name, entry.value);
    for (const auto& entry : scenario_.flags) add_flag(entry.name, entry.value);
    if (!options_.without_faults) {
      for (const auto& entry : scenario_.faults) add_fault(entry.name, entry.value);
    }
    std::sort(plan_.steps.begin(), plan_.steps.end(),
              [](const PlannedStep& a, const PlannedStep& b) {
                return std::tie(a.at, a.name, a.what) < std::tie(b.at, b.name, b.what);
              });
    const World& world = simulation_.world;
    for (const AppState& app : world.apps) {
      for (const InstanceId id : app.instances) {
        const InstanceRecord& record = world.instances[id.index];
        plan_.placements.emplace_back(world.name_of(id), record.host.valid()
                                                             ? world.hosts[record.host.index].name
                                                             : "nowhere");
      }
    }
    return std::move(plan_);
  }

 private:
  /// When it comes, if that follows from the scenario alone. Anchors on what itself has a fixed
  /// time are followed, to a depth that ends every cycle.
  std::optional<SimTime> time_of(const At& at, int depth = 0) const {
    const auto* instant = std::get_if<Instant>(&at.what);
    if (instant == nullptr || depth > 20) return std::nullopt;
    if (!instant->anchor) return absolute(*instant, scenario_.run);
    const Anchor& anchor = *instant->anchor;
    if (anchor.occurrence != 1) return std::nullopt;
    const auto base = time_of(anchor, depth);
    if (!base) return std::nullopt;
    return *base + instant->offset;
  }
  std::optional<SimTime> time_of(const Anchor& anchor, int depth) const {
    if (const FaultSpec* fault = scenario_.faults.find(anchor.name)) {
      const auto begin = time_of(fault->at, depth + 1);
      if (!begin || anchor.event == "begin") return begin;
      if (anchor.event == "end" && fault->length) return *begin + *fault->length;
      return std::nullopt;
    }
    if (const Mirror* mirror = scenario_.mirrors.find(anchor.name)) {
      const auto begin = mirror->at ? time_of(*mirror->at, depth + 1) : kSimStart;
      if (!begin || anchor.event == "begin") return begin;
      if (!mirror->length) return std::nullopt;
      return *begin + *mirror->length;
    }
    for (const auto& flag : scenario_.flags) {
      const FlagStep* step = flag.value.steps.find(anchor.name);
      if (step == nullptr) continue;
      if (anchor.event == "begin") return time_of(step->at, depth + 1);
      return std::nullopt;
    }
    if (const Deployment* deployment = scenario_.deployments.find(anchor.name)) {
      if (anchor.event == "begin") return time_of(deployment->at, depth + 1);
      return std::nullopt;
    }
    for (const PlannedStep& step : plan_.steps) {
      if (step.name != anchor.name) continue;
      if (step.what == (anchor.event == "begin" ? "phase" : "end of phase")) return step.at;
    }
    if (scenario_.loads.find(anchor.name) != nullptr && anchor.event == "begin") return kSimStart;
    return std::nullopt;
  }

  void add_phases(const Load& load) {
    SimTime at = kSimStart;
    for (const Phase& phase : load.phases) {
      if (!phase.name.empty()) add_step(at, "phase", phase.name);
      if (!phase.length) return;
      at += *phase.length;
      if (!phase.name.empty()) add_step(at, "end of phase", phase.name);
    }
  }
  void add_step(SimTime at, const std::string& what, const std::string& name) {
    PlannedStep step;
    step.at = at;
    step.when = fmt::format("{}s", static_cast<double>(at.time_since_epoch().count()) / 1e9);
    step.what = what;
    step.name = name;
    plan_.steps.push_back(std::move(step));
  }

  void add_deployment(const std::string& name, const Deployment& deployment) {
    PlannedStep step = timed(deployment.at);
    step.name = name;
    const auto strategy = static_cast<std::size_t>(deployment.strategy);
    step.what = std::string(choices_of(deployment.strategy)[strategy].name) + " deployment";
    step.targets = {deployment.app};
    for (const AppState& app : simulation_.world.apps) {
      if (app.name != deployment.app) continue;
      for (const InstanceId id : app.instances) {
        step.blast_radius.push_back(simulation_.world.name_of(id));
      }
    }
    plan_.steps.push_back(std::move(step));
  }

  void add_mirror(const std::string& name, const Mirror& mirror) {
    PlannedStep step;
    if (mirror.at) {
      step = timed(*mirror.at);
    } else {
      step.at = kSimStart;
      step.when = "0s";
    }
    step.name = name;
    step.what = fmt::format("mirror of {:g}% of {}", mirror.share.value() * 100, mirror.from);
    step.targets = {mirror.to};
    plan_.steps.push_back(std::move(step));
  }

  void add_flag(const std::string& name, const Flag& flag) {
    for (const auto& entry : flag.steps) {
      PlannedStep step = timed(entry.value.at);
      step.name = entry.name;
      step.what = "step of flag " + name;
      step.targets = {flag.app};
      plan_.steps.push_back(std::move(step));
    }
  }

  void add_fault(const std::string& name, const FaultSpec& fault) {
    PlannedStep step = timed(fault.at);
    step.name = name;
    step.what = fault.kind;
    if (fault.target && fault.prototype) {
      // A copy of the fault's stream: it will draw the same numbers when it begins.
      Random random = simulation_.world.stream("fault/" + name);
      const auto kinds = fault.prototype->target_kinds();
      const Targets targets = resolve(*fault.target, kinds, simulation_.world, random);
      const std::vector<std::string> names = names_of(targets, simulation_.world);
      if (step.certain) {
        step.targets = names;
      } else {
        step.targets = {fmt::format("{}: {} at t=0", fault.target->text, names.size())};
      }
      reach(targets, step.blast_radius);
    }
    plan_.steps.push_back(std::move(step));
  }

  PlannedStep timed(const At& at) const {
    PlannedStep step;
    const auto time = time_of(at);
    step.certain = time.has_value();
    step.when = at.text;
    // What has no time of its own is listed after everything that has.
    step.at = time.value_or(kSimStart + scenario_.run.duration);
    return step;
  }

  /// Instances, and the apps they belong to, that a fault meets directly.
  void reach(const Targets& targets, std::vector<std::string>& into) const {
    const World& world = simulation_.world;
    std::set<std::uint32_t> hosts, instances, apps;
    for (const HostId host : targets.hosts) hosts.insert(host.index);
    for (const InstanceId id : targets.instances) instances.insert(id.index);
    for (const ZoneId zone : targets.zones) add_hosts(zone, hosts);
    if (targets.link) {
      for (const Place& place : {targets.link->first, targets.link->second}) {
        if (place.kind == Place::Kind::host) hosts.insert(place.index);
        if (place.kind == Place::Kind::zone) add_hosts(ZoneId{place.index}, hosts);
        if (place.kind == Place::Kind::app) apps.insert(place.index);
      }
    }
    for (const std::uint32_t host : hosts) {
      for (const InstanceId id : world.hosts[host].instances) instances.insert(id.index);
    }
    for (const std::uint32_t id : instances) {
      into.push_back(world.name_of(InstanceId{id}));
      apps.insert(world.instances[id].app.index);
    }
    for (const DependencyId id : targets.dependencies) {
      const std::string& name = scenario_.dependencies.entries[id.index].name;
      for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
        if (calls(*world.apps[a].spec, name)) apps.insert(a);
      }
    }
    for (const std::uint32_t app : apps) into.push_back(world.apps[app].name);
  }
  void add_hosts(ZoneId zone, std::set<std::uint32_t>& into) const {
    for (const HostId host : simulation_.world.zones[zone.index].hosts) into.insert(host.index);
  }
  static bool calls(const std::vector<CallSpec>& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(), [&](const CallSpec& call) {
      return call.to == name || call.publish == name || calls(call.parallel, name);
    });
  }
  static bool calls(const App& app, const std::string& name) {
    if (app.consumes == name || calls(app.calls, name)) return true;
    return std::any_of(app.endpoints.begin(), app.endpoints.end(),
                       [&](const auto& endpoint) { return calls(endpoint.value.calls, name); });
  }

  const Scenario& scenario_;
  RunOptions options_;
  Simulation simulation_;
  Plan plan_;
};

}  // namespace
}  // namespace model

Plan plan(const Scenario& scenario, const Registry& registry, const RunOptions& options) {
  return model::Planner(scenario, registry, options).make();
}

}  // namespace leapday
