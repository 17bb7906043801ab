/// \file fleet.cpp
/// Keeps slots, instances and host views, and everything that is counted from them, in step.
/// Why: a count that is updated where the state changes cannot disagree with it.
#include "sim/model/fleet.hpp"

#include <algorithm>

#include "sim/engine/assert.hpp"

namespace leapday::model {
namespace {

/// More lanes than this nobody reads; the record stays small.
constexpr std::size_t kMaxLanes = 400;
constexpr std::uint32_t kNoLane = 0xffffffffU;

bool is_counted(InstanceState state) {
  return state == InstanceState::pending || state == InstanceState::starting ||
         state == InstanceState::running;
}

template <class T>
void erase_one(std::vector<T>& from, const T& value) {
  const auto found = std::find(from.begin(), from.end(), value);
  if (found != from.end()) from.erase(found);
}

/// What the platform gives to a container that states no weight.
double shares_of(const ReleaseState& release, CpuShares rule) {
  const std::int64_t mib = release.memory.count >> 20;
  switch (rule) {
    case CpuShares::equal:
      return 1;
    case CpuShares::diego:  // task_cpu_weight_calculator.rb, executor storenode.go
      return static_cast<double>(1024 * (100 * std::clamp<std::int64_t>(mib, 128, 8192) / 8192) /
                                 100);
    case CpuShares::dea_ng:  // dea_ng config.rb
      return static_cast<double>(std::clamp<std::int64_t>(mib / 8, 1, 256));
    case CpuShares::request:  // kubelet cm/helpers_linux.go, MilliCPUToShares
      return std::max(2.0, release.cpu_request > 0
                               ? 1.024 * static_cast<double>(release.cpu_request)
                               : 1024 * release.cpu.value_or(0));
  }
  return 1;
}

/// Adds what an instance of the release requests of its host, or takes it away.
void hold(HostState& host, const ReleaseState& release, std::int64_t times) {
  host.memory_used.count += times * release.memory.count;
  host.disk_used.count += times * release.disk.count;
  host.cpu_used += times * release.cpu_request;
  host.cpu_counted += times * counted_request(release.cpu_request, kLeastCpu);
  host.memory_counted.count += times * counted_request(release.memory.count, kLeastMemory);
}

}  // namespace

Fleet::Fleet(World& world_)
    : world(world_), hosts(world_.hosts.size()), zones_(world_.zones.size()) {
  Recorder& recorder = world.recorder;
  for (const AppState& app : world.apps) {
    AppCounts counts;
    counts.instances_step = recorder.add_steps("instances", app.name, 0);
    counts.ready_step = recorder.add_steps("ready", app.name, 0);
    counts.memory_gauge = recorder.add_gauge("memory", app.name);
    counts.by_zone.resize(world.zones.size());
    apps_.push_back(std::move(counts));
  }
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    const auto size = static_cast<std::int64_t>(world.zones[z].hosts.size());
    zones_[z].up = size;
    all_.up += size;
    cells_ += static_cast<std::uint32_t>(size);
    const std::string& name = world.zones[z].name;
    zones_[z].up_step = recorder.add_steps("hosts_up", name, static_cast<double>(size));
    zones_[z].faulty_step = recorder.add_steps("hosts_faulty", name, 0);
  }
  all_.up_step = recorder.add_steps("hosts_up", "hosts", static_cast<double>(all_.up));
  all_.faulty_step = recorder.add_steps("hosts_faulty", "hosts", 0);
  for (std::uint32_t i = 0; i < cells_ && i < kMaxLanes / 2; ++i) {
    hosts[i].lane = recorder.add_lane(world.hosts[i].name, "hosts");
    recorder.lane_state(hosts[i].lane, world.now(), "up");
    ++lanes_;
  }
}

void Fleet::changed(HostId host) {
  if (!is_cell(host) || view(host).changed) return;
  view(host).changed = true;
  changed_hosts_.push_back(host);
}

void Fleet::set_present(HostId host, bool present) {
  if (view(host).present == present) return;
  view(host).present = present;
  const std::uint32_t zone = world.host(host).zone.index;
  for (const InstanceId instance : world.host(host).instances) {
    apps_[world.instance(instance).app.index].by_zone[zone] += present ? 1U : ~0U;
  }
  changed(host);
}

void Fleet::set_converged(HostId host, bool converged) {
  view(host).converged = converged;
  changed(host);
}

void Fleet::count_on_host(AppId app, HostId host, bool more) {
  AppCounts& counts = apps_[app.index];
  if (view(host).present) {
    counts.by_zone[world.host(host).zone.index] += more ? 1U : ~0U;
  }
  const auto at = std::lower_bound(
      counts.shares.begin(), counts.shares.end(), host.index,
      [](const HostShare& share, std::uint32_t index) { return share.row < index; });
  const bool known = at != counts.shares.end() && at->row == host.index;
  if (!known) {
    counts.shares.insert(at, {host.index, 1});
  } else if (more) {
    ++at->count;
  } else if (--at->count == 0) {
    counts.shares.erase(at);
  }
  changed(host);
}

bool Fleet::alive(InstanceId id) const {
  const InstanceState state = world.instances[id.index].state;
  return state != InstanceState::gone && state != InstanceState::pending;
}

GroupId Fleet::add_group(AppId app, ReleaseId release) {
  Group& made = groups.emplace_back();
  made.app = app;
  made.release = release;
  return GroupId{static_cast<std::uint32_t>(groups.size() - 1)};
}

SlotId Fleet::add_slot(GroupId group_id) {
  const AppId app = group(group_id).app;
  AppCounts& counts = apps_[app.index];
  std::uint32_t number = counts.next_number;
  if (counts.free_numbers.empty()) {
    ++counts.next_number;
    counts.holders.push_back(0);
    counts.lanes.push_back(kNoLane);
  } else {
    number = *counts.free_numbers.begin();
    counts.free_numbers.erase(counts.free_numbers.begin());
  }
  hold_number(app, number);
  const SlotId id{static_cast<std::uint32_t>(slots.size())};
  Slot slot;
  slot.group = group_id;
  slot.app = app;
  slot.number = number;
  slots.push_back(std::move(slot));
  group(group_id).slots.push_back(id);
  mark_stale(id);
  return id;
}

void Fleet::drop_slot(SlotId id) {
  Slot& dropped = slot(id);
  LEAPDAY_ASSERT(!dropped.removed, "a slot was dropped twice");
  dropped.removed = true;
  dropped.restart_key = 0;
  Group& from = group(dropped.group);
  from.slots.erase(std::lower_bound(from.slots.begin(), from.slots.end(), id));
  count(from, id, true);
  release_number(dropped.app, dropped.number);
}

GroupCounts Fleet::counts(GroupId id) {
  Group& of = group(id);
  for (const SlotId stale : of.stale) {
    slots[stale.index].stale = false;
    if (!slots[stale.index].removed) count(of, stale, false);
  }
  of.stale.clear();
  of.counts.wanted = static_cast<std::int64_t>(of.slots.size());
  return of.counts;
}

SlotId Fleet::last_unready(GroupId id) {
  counts(id);
  return group(id).unready.empty() ? SlotId{} : group(id).unready.back();
}

/// What a warm boot found running has been there for long.
bool Fleet::long_ready(const Slot& slot) {
  const Duration least = world.app(slot.app).spec->min_ready;
  if (least == Duration{0}) return true;
  const Tracked& track_of = track(slot.current);
  const bool warm = track_of.ready_at <= world.instance(slot.current).started_at &&
                    track_of.believed_at <= track_of.ready_at;
  return warm || world.now() - track_of.believed_at >= least;
}

/// Takes the slot out of its group's counts, and puts it in again as it stands now.
void Fleet::count(Group& of, SlotId id, bool gone) {
  Slot& slot = slots[id.index];
  const auto of_standing = [&of](SlotStanding standing) {
    return standing == SlotStanding::routable   ? &of.counts.routable
           : standing == SlotStanding::starting ? &of.counts.starting
                                                : &of.counts.unhealthy;
  };
  if (slot.standing != SlotStanding::none) --*of_standing(slot.standing);
  const bool ready = slot.current.valid() && track(slot.current).believed_ready;
  // Until its replacement runs, a suspect stands in for it, as its route does.
  const bool routable =
      ready || std::any_of(slot.suspects.begin(), slot.suspects.end(),
                           [this](InstanceId suspect) { return track(suspect).believed_ready; });
  const bool broken = slot.waiting || slot.given_up || !slot.current.valid();
  slot.standing = gone       ? SlotStanding::none
                  : routable ? SlotStanding::routable
                  : broken   ? SlotStanding::unhealthy
                             : SlotStanding::starting;
  if (slot.standing != SlotStanding::none) ++*of_standing(slot.standing);
  const bool available = !gone && routable && (!ready || long_ready(slot));
  of.counts.available += (available ? 1 : 0) - (slot.available ? 1 : 0);
  slot.available = available;
  const bool unready = !gone && !ready;
  if (unready == slot.unready) return;
  slot.unready = unready;
  const auto at = std::lower_bound(of.unready.begin(), of.unready.end(), id);
  if (unready) {
    of.unready.insert(at, id);
  } else {
    of.unready.erase(at);
  }
}

InstanceId Fleet::add_instance(SlotId slot_id) {
  const Slot& owner = slots[slot_id.index];
  const InstanceId id{static_cast<std::uint32_t>(world.instances.size())};
  AppState& app = world.app(owner.app);
  InstanceRecord record;
  record.app = owner.app;
  record.release = group(owner.group).release;
  record.number = owner.number;
  record.started_at = world.now();
  const ReleaseState& release = app.releases[record.release.index];
  if (release.cpu_weight) {
    record.cpu_weight = *release.cpu_weight;
  } else {
    record.cpu_weight = shares_of(release, world.scenario.platform.constants.cpu_shares);
  }
  world.instances.push_back(record);
  const std::string name = world.name_of(id);
  world.instances.back().name_hash = hash_name(name);

  Tracked track;
  track.slot = slot_id;
  AppCounts& counts = apps_[owner.app.index];
  std::uint32_t& lane_of_number = counts.lanes[owner.number];
  if (lane_of_number == kNoLane && lanes_ < kMaxLanes) {
    lane_of_number = world.recorder.add_lane(name, app.name);
    ++lanes_;
  }
  track.lane = lane_of_number;
  tracked.push_back(track);
  hold_number(owner.app, owner.number);
  slot(slot_id).current = id;
  const auto after = std::upper_bound(
      app.instances.begin(), app.instances.end(), owner.number,
      [this](std::uint32_t n, InstanceId i) { return n < world.instances[i.index].number; });
  app.instances.insert(after, id);
  count_instances(owner.app, 1);
  return id;
}

void Fleet::put(InstanceId instance, HostId host_id) {
  InstanceRecord& record = world.instance(instance);
  HostState& host = world.host(host_id);
  const std::vector<ReleaseId>& files = apps_[record.app.index].deployed;
  if (!files.empty()) record.release = files[host_id.index];
  const ReleaseState& release = world.release_of(record);
  record.host = host_id;
  host.instances.push_back(instance);
  hold(host, release, 1);
  count_memory(record.app, release.memory.count);
  count_on_host(record.app, host_id, true);
  world.billing.instance(record.app, host.zone, 1);
  view(host_id).believed.push_back(instance);
}

void Fleet::retire(InstanceId instance) {
  InstanceRecord& record = world.instance(instance);
  LEAPDAY_ASSERT(record.state != InstanceState::gone, "an instance ended twice");
  set_ready(instance, false);
  set_state(instance, InstanceState::gone);
  std::vector<InstanceId>& all = world.app(record.app).instances;
  auto at = std::lower_bound(
      all.begin(), all.end(), record.number,
      [this](InstanceId i, std::uint32_t n) { return world.instances[i.index].number < n; });
  while (*at != instance) ++at;
  all.erase(at);
  if (record.host.valid()) {
    HostState& host = world.host(record.host);
    const ReleaseState& release = world.release_of(record);
    erase_one(host.instances, instance);
    hold(host, release, -1);
    count_memory(record.app, -release.memory.count);
    count_on_host(record.app, record.host, false);
    world.billing.instance(record.app, host.zone, -1);
  }
  Tracked& track_of = track(instance);
  track_of.listening = false;
  track_of.start_key = track_of.startup_key = track_of.timeout_key = 0;
  track_of.readiness_key = track_of.liveness_key = track_of.stop_key = 0;
  release_number(record.app, record.number);
}

void Fleet::forget(InstanceId instance) {
  const HostId host = world.instance(instance).host;
  if (host.valid()) erase_one(view(host).believed, instance);
  set_believed_ready(instance, false);
  track(instance).unnoticed = false;
}

void Fleet::set_state(InstanceId instance, InstanceState state) {
  InstanceRecord& record = world.instance(instance);
  const int change =
      static_cast<int>(is_counted(state)) - static_cast<int>(is_counted(record.state));
  record.state = state;
  if (change != 0) count_instances(record.app, change);
}

void Fleet::set_ready(InstanceId instance, bool ready) {
  world.instance(instance).ready = ready;
  Tracked& track_of = track(instance);
  if (track_of.counted_ready == ready) return;
  track_of.counted_ready = ready;
  AppCounts& counts = apps_[world.instance(instance).app.index];
  counts.ready += ready ? 1 : -1;
  world.recorder.step(counts.ready_step, world.now(), static_cast<double>(counts.ready));
}

void Fleet::count_memory(AppId app, std::int64_t change) {
  AppCounts& counts = apps_[app.index];
  counts.memory += change;
  world.recorder.gauge(counts.memory_gauge, world.now(), static_cast<double>(counts.memory));
}

void Fleet::count_instances(AppId app, std::int64_t change) {
  AppCounts& counts = apps_[app.index];
  counts.instances += change;
  world.recorder.step(counts.instances_step, world.now(), static_cast<double>(counts.instances));
}

void Fleet::hold_number(AppId app, std::uint32_t number) { ++apps_[app.index].holders[number]; }

void Fleet::release_number(AppId app, std::uint32_t number) {
  AppCounts& counts = apps_[app.index];
  if (--counts.holders[number] == 0) counts.free_numbers.insert(number);
}

EventId Fleet::note(InstanceId instance, EventId cause, std::string kind, std::string detail) {
  Tracked& track_of = track(instance);
  const EventId why = cause.valid() ? cause : track_of.last_event;
  track_of.last_event = world.recorder.event(world.now(), why, std::move(kind),
                                             world.name_of(instance), std::move(detail));
  return track_of.last_event;
}

EventId Fleet::note(HostId host, EventId cause, std::string kind, std::string detail) {
  HostView& seen = view(host);
  const EventId why = cause.valid() ? cause : seen.last_event;
  seen.last_event = world.recorder.event(world.now(), why, std::move(kind), world.host(host).name,
                                         std::move(detail));
  return seen.last_event;
}

void Fleet::lane(InstanceId instance, std::string state) {
  const Tracked& track_of = track(instance);
  if (track_of.lane == kNoLane) return;
  // Of several instances with one name, the lane shows the one that the platform wants.
  const Slot& owner = slots[track_of.slot.index];
  if (!owner.removed && owner.current.valid() && owner.current != instance) return;
  world.recorder.lane_state(track_of.lane, world.now(), std::move(state));
}

void Fleet::lane(HostId host, std::string state) {
  if (view(host).lane == kNoLane) return;
  world.recorder.lane_state(view(host).lane, world.now(), std::move(state));
}

void Fleet::host_up_changed(HostId host) { count_hosts(host, world.host(host).up ? 1 : -1, 0); }

void Fleet::host_faulty_changed(HostId host) { count_hosts(host, 0, view(host).faulty ? 1 : -1); }

void Fleet::count_hosts(HostId host, std::int64_t up, std::int64_t faulty) {
  if (!is_cell(host)) return;
  const SimTime now = world.now();
  for (HostCounts* counts : {&zones_[world.host(host).zone.index], &all_}) {
    counts->up += up;
    counts->faulty += faulty;
    if (up != 0) world.recorder.step(counts->up_step, now, static_cast<double>(counts->up));
    if (faulty != 0) {
      world.recorder.step(counts->faulty_step, now, static_cast<double>(counts->faulty));
    }
  }
}

}  // namespace leapday::model
