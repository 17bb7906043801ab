/// \file fault_schedule.cpp
/// The life of each fault, and the effects it may have.
/// Why: every effect is noted where it is caused, so that the end takes back exactly that.
#include "sim/model/fault_schedule.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "sim/engine/assert.hpp"

namespace leapday::model {

/// The run as one fault sees it, at its begin.
class FaultSchedule::Scene final : public FaultContext {
 public:
  Scene(FaultSchedule& schedule, Entry& entry) : s_(schedule), e_(entry), p_(schedule.p_) {}

  SimTime now() const override { return p_.now(); }
  Random& random() override { return *e_.random; }
  std::span<const HostId> hosts() const override { return e_.targets.hosts; }
  std::span<const InstanceId> instances() const override { return e_.targets.instances; }
  std::span<const ZoneId> zones() const override { return e_.targets.zones; }
  std::span<const DependencyId> dependencies() const override { return e_.targets.dependencies; }
  std::span<const ClockId> clocks() const override { return e_.targets.clocks; }
  std::span<const RenewerId> renewers() const override { return e_.targets.renewers; }
  std::span<const MonitorId> monitors() const override { return e_.targets.monitors; }
  std::span<const TimeSourceId> time_sources() const override { return e_.targets.time_sources; }
  std::optional<std::pair<Place, Place>> link() const override { return e_.targets.link; }
  bool link_both_ways() const override { return e_.targets.both_ways; }

  std::vector<Place> outside(ZoneId zone) const override {
    std::vector<Place> places{{Place::Kind::clients, 0}, {Place::Kind::control, 0}};
    for (std::uint32_t i = 0; i < p_.world.zones.size(); ++i) {
      if (i != zone.index) places.push_back({Place::Kind::zone, i});
    }
    const std::string& inside = p_.world.zone(zone).name;
    std::uint32_t index = 0;
    for (const auto& dependency : p_.world.scenario.dependencies) {
      // Without a zone of its own it is as near as its caller: inside.
      if (!dependency.value.zone.empty() && dependency.value.zone != inside) {
        places.push_back({Place::Kind::dependency, index});
      }
      ++index;
    }
    return places;
  }

  void push(HostId host, const HostModifier& modifier) override {
    e_.modifiers.push_back(p_.modifiers.push(host, modifier, e_.begin, e_.span));
    if (modifier.suspended) suspend(host, modifier.clock_stops);
  }
  void push(InstanceId instance, const InstanceModifier& modifier) override {
    if (!p_.fleet.alive(instance)) return;
    e_.modifiers.push_back(p_.modifiers.push(instance, modifier, e_.begin));
  }
  void push(ClockId clock, const ClockModifier& modifier) override {
    e_.clocks.push_back(p_.time.push(clock, modifier, e_.begin));
  }
  void push(Place from, Place to, const LinkModifier& modifier) override {
    e_.links.push_back(p_.network.push(from, to, modifier));
  }
  void push(DependencyId dependency, const DependencyModifier& modifier) override {
    e_.dependencies.push_back(p_.traffic().push(dependency, modifier, e_.begin));
  }

  void push(RenewerId renewer, RenewerState state) override {
    e_.certificates.push_back(s_.renewals_.push(renewer, state, e_.begin));
  }
  void hang(MonitorId monitor) override {
    e_.certificates.push_back(s_.renewals_.hang(monitor, e_.begin));
  }
  void push(TimeSourceId source, const TimeSourceModifier& modifier) override {
    e_.time_sources.push_back(p_.clock_daemons.push(source, modifier, e_.begin));
  }

  void close_registry() override {
    if (e_.closes_registry) return;
    e_.closes_registry = true;
    e_.touched_before = p_.images.refused();
    p_.images.close_registry(e_.begin);
  }

  void crash(InstanceId instance) override {
    if (!p_.fleet.alive(instance)) return;
    ++e_.direct;
    p_.lifecycle.crash(instance, e_.begin, "killed by " + *e_.name);
  }
  void crash(HostId host) override {
    e_.direct += p_.world.host(host).instances.size();
    e_.crashed.push_back(host);
    p_.presence.power_off(host, e_.begin);
  }
  void drain(HostId host) override {
    e_.direct += p_.fleet.view(host).believed.size();
    e_.drained.push_back(host);
    p_.presence.drain(host, e_.begin);
  }
  void flush(DependencyId dependency) override {
    e_.direct += p_.traffic().flush(dependency, e_.begin);
  }
  void crash(ZoneId zone) override {
    for (std::uint32_t i = 0; i < p_.world.hosts.size(); ++i) {
      if (p_.world.hosts[i].zone == zone) crash(HostId{i});
    }
  }

 private:
  /// Nothing comes to it or from it, and nobody is told so.
  void suspend(HostId host, bool clock_stops) {
    const Place here{Place::Kind::host, host.index};
    std::vector<Place> places{
        {Place::Kind::clients, 0}, {Place::Kind::control, 0}, {Place::Kind::routers, 0}};
    for (std::uint32_t i = 0; i < p_.world.zones.size(); ++i) {
      places.push_back({Place::Kind::zone, i});
    }
    for (std::uint32_t i = 0; i < p_.world.scenario.dependencies.size(); ++i) {
      places.push_back({Place::Kind::dependency, i});
    }
    for (const Place& place : places) {
      push(here, place, LinkModifier{.down = true});
      push(place, here, LinkModifier{.down = true});
    }
    if (clock_stops) push(ClockId{host.index}, ClockModifier{.frozen = true});
  }

  FaultSchedule& s_;
  Entry& e_;
  Platform& p_;
};

FaultSchedule::FaultSchedule(Platform& platform, Triggers& triggers, Renewals& renewals)
    : p_(platform),
      triggers_(triggers),
      renewals_(renewals),
      end_(add_handler<&FaultSchedule::on_end>(platform.world.scheduler, this)) {}

void FaultSchedule::arm() {
  for (const auto& fault : p_.world.scenario.faults) {
    Entry entry;
    entry.name = &fault.name;
    entry.spec = &fault.value;
    entry.random = &p_.world.stream("fault/" + fault.name);
    entries_.push_back(std::move(entry));
  }
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    triggers_.add(entry.spec->at, entry.spec->repeat, *entry.name, *this, i);
  }
}

void FaultSchedule::triggered(std::uint32_t index, EventId cause) {
  Entry& entry = entries_[index];
  if (entry.on) return;
  LEAPDAY_ASSERT(entry.spec->prototype != nullptr, "fault " + *entry.name + " has no kind");
  const std::unique_ptr<Fault> fault = entry.spec->prototype->clone();
  const SimTime now = p_.now();
  Recorder& recorder = p_.world.recorder;
  entry.targets = {};
  if (entry.spec->target) {
    entry.targets = resolve(*entry.spec->target, fault->target_kinds(), p_.world, *entry.random);
  }
  entry.span = recorder.span_begin(*entry.name, Span::Kind::fault, now);
  entry.on = true;
  entry.direct = 0;
  if (entry.targets.empty() && !fault->target_kinds().empty()) {
    entry.begin = recorder.event(now, cause, "fault.no_target", *entry.name,
                                 entry.spec->target ? entry.spec->target->text : "no target");
  } else {
    const auto names = names_of(entry.targets, p_.world);
    entry.begin = recorder.event(
        now, cause, "fault.begin", *entry.name,
        names.empty() ? entry.spec->kind
                      : fmt::format("{} on {}", entry.spec->kind, fmt::join(names, " ")));
    find_watched(entry);
    entry.touched_before = touched(entry);
    Scene scene(*this, entry);
    fault->begin(scene);
    if (!entry.links.empty()) entry.direct += links_changed(entry.begin);
  }
  triggers_.anchor(*entry.name, "begin", entry.begin);
  if (fault->one_shot()) {
    end(entry);
  } else if (entry.spec->length) {
    entry.end_key = p_.world.scheduler.schedule(now + *entry.spec->length, engine::Priority::fault,
                                                end_, index);
  }
}

void FaultSchedule::on_end(std::uint32_t index, std::uint32_t) {
  Entry& entry = entries_[index];
  if (!entry.on || entry.end_key != p_.world.scheduler.current_key()) return;
  end(entry);
}

void FaultSchedule::end(Entry& entry) {
  p_.world.recorder.span_touch(entry.span, entry.direct + touched(entry) - entry.touched_before);
  entry.on = false;
  entry.end_key = 0;
  const EventId ended = p_.world.recorder.event(p_.now(), entry.begin, "fault.end", *entry.name);
  p_.world.recorder.span_end(entry.span, p_.now());
  for (const std::uint32_t handle : entry.modifiers) p_.modifiers.pop(handle);
  for (const std::uint32_t handle : entry.clocks) p_.time.pop(handle, ended);
  for (const std::uint32_t handle : entry.dependencies) p_.traffic().pop(handle, ended);
  for (const std::uint32_t handle : entry.certificates) renewals_.pop(handle, ended);
  for (const std::uint32_t handle : entry.time_sources) p_.clock_daemons.pop(handle, ended);
  for (const std::uint32_t handle : entry.links) p_.network.pop(handle);
  if (!entry.links.empty()) links_changed(ended);
  for (const HostId host : entry.crashed) p_.presence.power_on(host, ended);
  for (const HostId host : entry.drained) p_.presence.undrain(host, ended);
  if (entry.closes_registry) p_.images.open_registry();
  entry.closes_registry = false;
  entry.modifiers.clear();
  entry.clocks.clear();
  entry.dependencies.clear();
  entry.certificates.clear();
  entry.time_sources.clear();
  entry.links.clear();
  entry.crashed.clear();
  entry.drained.clear();
  triggers_.anchor(*entry.name, "end", ended);
}

void FaultSchedule::settle() {
  for (Entry& entry : entries_) {
    if (!entry.on) continue;
    p_.world.recorder.span_touch(entry.span, entry.direct + touched(entry) - entry.touched_before);
  }
}

std::uint64_t FaultSchedule::links_changed(EventId cause) {
  p_.traffic().links_changed();
  return p_.presence.refresh_all(cause) + p_.routes.refresh_all();
}

/// The hosts whose attempts tell whether users could notice. Through a place that holds routers, or
/// is nobody's in particular, any attempt may pass.
void FaultSchedule::watch_place(Entry& entry, const Place& place) {
  using Kind = Place::Kind;
  const World& world = p_.world;
  const auto inside = [&](HostId id) {
    const HostState& host = world.hosts[id.index];
    if (place.kind == Kind::host) return id.index == place.index;
    if (place.kind == Kind::zone) return host.zone.index == place.index;
    return place.kind == Kind::app &&
           std::any_of(host.instances.begin(), host.instances.end(), [&](InstanceId instance) {
             return world.instances[instance.index].app.index == place.index;
           });
  };
  const bool all = place.kind == Kind::clients || place.kind == Kind::routers ||
                   std::any_of(world.routers.begin(), world.routers.end(),
                               [&](const RouterState& router) { return inside(router.host); });
  for (std::uint32_t i = 0; i < world.hosts.size(); ++i) {
    if (all || inside(HostId{i})) entry.watched_hosts.push_back(HostId{i});
  }
}

void FaultSchedule::find_watched(Entry& entry) {
  entry.watched_hosts = entry.targets.hosts;
  for (const ZoneId zone : entry.targets.zones) {
    watch_place(entry, {Place::Kind::zone, zone.index});
  }
  if (entry.targets.link) {
    // What the control plane hears is counted as it changes; requests do not pass through it.
    const auto& [from, to] = *entry.targets.link;
    const bool control = from.kind == Place::Kind::control || to.kind == Place::Kind::control;
    if (!control) {
      watch_place(entry, from);
      watch_place(entry, to);
    }
  }
  std::sort(entry.watched_hosts.begin(), entry.watched_hosts.end());
  entry.watched_hosts.erase(std::unique(entry.watched_hosts.begin(), entry.watched_hosts.end()),
                            entry.watched_hosts.end());
}

std::uint64_t FaultSchedule::touched(const Entry& entry) {
  std::uint64_t sum = entry.closes_registry ? p_.images.refused() : 0;
  if (!entry.targets.clocks.empty() || !entry.targets.time_sources.empty()) {
    sum += p_.time.noticed();
  }
  if (!entry.targets.renewers.empty() || !entry.targets.monitors.empty()) {
    sum += renewals_.impeded();
  }
  for (const HostId host : entry.watched_hosts) sum += p_.traffic().attempts_touching(host);
  for (const InstanceId id : entry.targets.instances) sum += p_.traffic().attempts_touching(id);
  for (const DependencyId id : entry.targets.dependencies) {
    sum += p_.traffic().attempts_touching(id);
  }
  if (entry.targets.link) {
    for (const Place& place : {entry.targets.link->first, entry.targets.link->second}) {
      if (place.kind != Place::Kind::dependency) continue;
      sum += p_.traffic().attempts_touching(DependencyId{place.index});
    }
  }
  return sum;
}

}  // namespace leapday::model
