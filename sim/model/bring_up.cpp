/// \file bring_up.cpp
/// Turns to boot, chef-solo runs and what is left when one fails.
/// Why: the rules are Chef's (Chef::Runner: the first failure ends a run, after what was notified
/// so far has acted) and Vagrant's (one machine after the other, each with its provisioning).
#include "sim/model/bring_up.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {

BringUp::BringUp(Platform& platform)
    : p_(platform),
      turns_(platform.world.zones.size()),
      step_(add_handler<&BringUp::on_step>(platform.world.scheduler, this)),
      daemon_(add_handler<&BringUp::on_daemon>(platform.world.scheduler, this)),
      timeout_(add_handler<&BringUp::on_timeout>(platform.world.scheduler, this)) {
  World& world = p_.world;
  for (const ZoneState& zone : world.zones) boot_times_.emplace_back(zone.spec->boot_time);
  const bool any = std::any_of(world.zones.begin(), world.zones.end(),
                               [](const ZoneState& z) { return z.spec->configuration; });
  if (!any) return;
  runs_.resize(world.hosts.size());
  for (std::uint32_t i = 0; i < runs_.size(); ++i) {
    const HostConfiguration* spec = spec_of(HostId{i});
    if (spec == nullptr) continue;
    runs_[i].converged.assign(spec->resources.size(), 1);
    runs_[i].random = &world.stream("configuration/" + world.hosts[i].name);
  }
}

/// Machines that only carry a router come as they are.
const HostConfiguration* BringUp::spec_of(HostId host) const {
  if (!p_.fleet.is_cell(host)) return nullptr;
  const Zone& zone = *p_.world.zones[p_.world.hosts[host.index].zone.index].spec;
  return zone.configuration ? &*zone.configuration : nullptr;
}

void BringUp::start() {
  const bool cold = p_.world.scenario.run.boot == Boot::cold;
  for (const ZoneState& zone : p_.world.zones) {
    for (const HostId host : zone.hosts) {
      if (!p_.world.host(host).provisioned) continue;
      if (cold && (zone.spec->bring_up || zone.spec->configuration)) {
        start_cold(host);
      } else if (zone.spec->configuration && zone.spec->configuration->interval) {
        schedule_daemon(host);
      }
    }
  }
}

void BringUp::start_cold(HostId host) {
  blank(host);
  p_.presence.absent(host);
  power_on(host);
}

void BringUp::blank(HostId host) {
  if (!configures(host)) return;
  ConfigurationRun& run = runs_[host.index];
  std::fill(run.converged.begin(), run.converged.end(), 0);
}

// ---- booting -----------------------------------------------------------------------------------

void BringUp::power_on(HostId host) {
  const ZoneId zone = p_.world.host(host).zone;
  if (!p_.fleet.is_cell(host) || p_.world.zone(zone).spec->bring_up != leapday::BringUp::serial) {
    boot(host);
    return;
  }
  Turns& turns = turns_[zone.index];
  turns.waiting.insert(std::upper_bound(turns.waiting.begin(), turns.waiting.end(), host), host);
  if (!turns.current.valid()) pass_turn({});
}

/// The host is done with, or none is under way: the next one's turn.
void BringUp::pass_turn(HostId host) {
  for (Turns& turns : turns_) {
    if (turns.current != host) continue;
    turns.current = {};
    if (turns.waiting.empty()) continue;
    turns.current = turns.waiting.front();
    turns.waiting.erase(turns.waiting.begin());
    boot(turns.current);
  }
}

void BringUp::boot(HostId host) {
  const ZoneId zone = p_.world.host(host).zone;
  const Zone& spec = *p_.world.zone(zone).spec;
  const engine::Sampler& law = boot_times_[zone.index];
  Duration takes = law.deterministic()
                       ? law.sample(p_.world.stream("boot"))
                       : law.sample(p_.world.stream("boot/" + p_.world.host(host).name));
  if (!spec.boot_timeout || takes <= *spec.boot_timeout) {
    p_.presence.boot(host, takes);
    return;
  }
  p_.fleet.view(host).boot_key = p_.world.scheduler.schedule(
      p_.now() + *spec.boot_timeout, engine::Priority::control, timeout_, host.index);
}

void BringUp::on_timeout(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.boot_key != p_.world.scheduler.current_key()) return;
  view.boot_key = 0;
  const Zone& spec = *p_.world.zone(p_.world.host(host).zone).spec;
  const double seconds = static_cast<double>(spec.boot_timeout->count()) / 1e9;
  p_.fleet.note(host, {}, "host.boot_timed_out", fmt::format("not up after {}s", seconds));
  pass_turn(host);
}

void BringUp::power_off(HostId host) {
  Turns& turns = turns_[p_.world.host(host).zone.index];
  std::erase(turns.waiting, host);
  if (configures(host)) {
    ConfigurationRun& run = runs_[host.index];
    run.key = 0;
    run.under_way = false;
    if (!spec_of(host)->keeps_disk) blank(host);
  }
  if (turns.current == host) pass_turn(host);
}

bool BringUp::booted(HostId host, EventId event) {
  if (!configures(host)) {
    if (p_.fleet.is_cell(host)) pass_turn(host);
    return true;
  }
  p_.fleet.view(host).joined = false;
  begin_run(host, event, "at boot");
  return false;
}

// ---- configuration runs ------------------------------------------------------------------------

void BringUp::begin_run(HostId host, EventId cause, const char* why) {
  ConfigurationRun& run = runs_[host.index];
  run.under_way = true;
  run.step = run.acted = 0;
  run.notified.clear();
  run.failure.clear();
  const HostView& view = p_.fleet.view(host);
  // A daemon that finds everything in order does so every half hour.
  if (!view.joined || !view.converged) {
    p_.fleet.note(host, cause, "host.configuring", why);
    if (!view.joined) p_.fleet.lane(host, "configuring");
  }
  const engine::Sampler compile(spec_of(host)->compile);
  run.key = p_.world.scheduler.schedule(p_.now() + compile.sample(*run.random),
                                        engine::Priority::control, step_, host.index);
}

bool BringUp::fails_here(HostId host, const std::string& resource) {
  const std::vector<std::string>& names = p_.world.host(host).fails_at;
  if (std::find(names.begin(), names.end(), resource) == names.end()) return false;
  const HostView& view = p_.fleet.view(host);
  if (view.fails_span != 0xffffffffU) p_.world.recorder.span_touch(view.fails_span);
  return true;
}

/// The action under way has ended.
void BringUp::on_step(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  ConfigurationRun& run = runs_[index];
  if (!run.under_way || run.key != p_.world.scheduler.current_key()) return;
  const HostConfiguration& spec = *spec_of(host);
  const auto resources = static_cast<std::uint32_t>(spec.resources.size());
  if (run.step == 0) {
    if (fails_here(host, "*")) run.failure = "the recipes do not compile";
  } else if (run.step <= resources && run.failure.empty() && run.acted == 0) {
    converge(host, run);
  }
  go_on(host);
}

/// A resource has been looked at, and brought into its state if it was not.
void BringUp::converge(HostId host, ConfigurationRun& run) {
  const auto& entry = spec_of(host)->resources.entries[run.step - 1];
  const bool fresh = run.converged[run.step - 1] == 0;
  const bool bad_luck = fresh && run.random->chance(entry.value.failure);
  if (fails_here(host, entry.name) || bad_luck) {
    run.failure = entry.name + " failed";
    return;
  }
  run.converged[run.step - 1] = 1;
  if (!fresh) return;
  for (const std::string& name : entry.value.notifies) {
    const auto& all = spec_of(host)->resources.entries;
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&name](const auto& other) { return other.name == name; });
    const auto resource = static_cast<std::uint32_t>(named - all.begin());
    if (std::find(run.notified.begin(), run.notified.end(), resource) != run.notified.end())
      continue;  // it acts once, however many ask for it
    run.notified.push_back(resource);
  }
}

/// Begins the next action: a resource, then what was notified, then nothing.
void BringUp::go_on(HostId host) {
  ConfigurationRun& run = runs_[host.index];
  const auto& resources = spec_of(host)->resources.entries;
  Duration takes{};
  if (run.failure.empty() && run.step < resources.size()) {
    const ConfiguredResource& next = resources[run.step].value;
    takes =
        run.converged[run.step] != 0 ? next.check : engine::Sampler(next.takes).sample(*run.random);
    ++run.step;
  } else if (run.acted < run.notified.size()) {
    takes = resources[run.notified[run.acted]].value.notified;
    ++run.acted;
  } else {
    end_run(host);
    return;
  }
  run.key =
      p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::control, step_, host.index);
}

void BringUp::end_run(HostId host) {
  ConfigurationRun& run = runs_[host.index];
  HostView& view = p_.fleet.view(host);
  run.under_way = false;
  run.key = 0;
  if (!run.failure.empty()) {
    const auto good = std::count(run.converged.begin(), run.converged.end(), 1);
    p_.fleet.note(host, p_.world.host(host).fails_at.empty() ? EventId{} : view.fails_event,
                  "host.half_converged",
                  fmt::format("{}; {} of {} resources have converged", run.failure, good,
                              run.converged.size()));
    p_.fleet.lane(host, "half converged");
    p_.fleet.set_converged(host, false);
  } else if (!view.joined || !view.converged) {
    const EventId passed = p_.fleet.note(host, {}, "host.configured");
    p_.fleet.set_converged(host, true);
    p_.presence.join(host, passed);
  }
  schedule_daemon(host);
  pass_turn(host);
}

void BringUp::schedule_daemon(HostId host) {
  const HostConfiguration& spec = *spec_of(host);
  if (!spec.interval) return;
  ConfigurationRun& run = runs_[host.index];
  Duration pause = *spec.interval;
  if (spec.splay > Duration{0}) {
    pause += Duration{static_cast<std::int64_t>(
        run.random->below(static_cast<std::uint64_t>(spec.splay.count()) + 1))};
  }
  run.key =
      p_.world.scheduler.schedule(p_.now() + pause, engine::Priority::control, daemon_, host.index);
}

void BringUp::on_daemon(std::uint32_t index, std::uint32_t) {
  const ConfigurationRun& run = runs_[index];
  if (run.under_way || run.key != p_.world.scheduler.current_key()) return;
  begin_run(HostId{index}, {}, "by the daemon");
}

}  // namespace leapday::model
