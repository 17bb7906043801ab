/// \file host_pools.cpp
/// Scans, requests for hosts, and their removal when nobody needs them.
/// Why: names, order and defaults follow kubernetes/autoscaler (cluster-autoscaler); of memory and
/// CPU that instances request, what is used more decides (simulator/utilization/info.go).
#include "sim/model/host_pools.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/assert.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// Empty hosts that are removed at once (--max-empty-bulk-delete).
constexpr std::int64_t kEmptyAtOnce = 10;

}  // namespace

HostPools::HostPools(Platform& platform)
    : p_(platform),
      scan_(add_handler<&HostPools::on_scan>(platform.world.scheduler, this)),
      made_(add_handler<&HostPools::on_made>(platform.world.scheduler, this)) {
  World& world = p_.world;
  if (!world.scenario.topology.host_autoscaler) return;
  for (std::uint32_t z = 0; z < world.zones.size(); ++z) {
    const ZoneState& zone = world.zones[z];
    if (!zone.spec->pool) continue;
    Pool pool{.zone = ZoneId{z},
              .spec = &*zone.spec->pool,
              .members = {},
              .time = engine::Sampler(zone.spec->pool->provisioning_time),
              .random = &world.stream("pool/" + zone.name),
              .backoff_until = {}};
    for (const HostId host : zone.hosts) {
      const bool there = world.host(host).provisioned;
      pool.members.push_back({.host = host,
                              .stage = there ? Stage::there : Stage::absent,
                              .unneeded = {},
                              .unready = {}});
    }
    pools_.push_back(std::move(pool));
  }
  if (pools_.empty()) return;
  spec_ = &*world.scenario.topology.host_autoscaler;
  scans_ = seeded_grid(spec_->scan_interval, world.stream("host_autoscaler"));
}

void HostPools::start() {
  for (const Pool& pool : pools_) {
    for (const Member& member : pool.members) {
      if (member.stage == Stage::absent) p_.presence.absent(member.host);
    }
  }
  if (spec_ == nullptr) return;
  p_.world.scheduler.schedule(scans_.next(p_.now()), engine::Priority::control, scan_, 0);
}

std::int64_t HostPools::count(const Pool& pool, std::initializer_list<Stage> stages) const {
  return std::count_if(pool.members.begin(), pool.members.end(), [&](const Member& member) {
    return std::find(stages.begin(), stages.end(), member.stage) != stages.end();
  });
}

HostPools::Member& HostPools::member_of(HostId host) {
  for (Pool& pool : pools_) {
    for (Member& member : pool.members) {
      if (member.host == host) return member;
    }
  }
  LEAPDAY_ASSERT(false, "a host is in no pool");
  return pools_.front().members.front();
}

/// As the control plane sees it.
bool HostPools::usable(HostId host) const {
  const HostView& view = p_.fleet.hosts[host.index];
  return view.present && view.converged && !view.faulty && view.drains == 0;
}

void HostPools::on_scan(std::uint32_t, std::uint32_t) {
  p_.world.scheduler.schedule(scans_.next(p_.now()), engine::Priority::control, scan_, 0);
  for (Pool& pool : pools_) {
    for (Member& member : pool.members) look_after(pool, member);
  }
  const bool pending = !without_room().empty();
  if (pending) scale_up();
  scale_down(pending);
}

/// What has come, what never will, and what may go now.
void HostPools::look_after(Pool& pool, Member& member) {
  const SimTime now = p_.now();
  if (member.stage == Stage::coming && usable(member.host)) {
    member.stage = Stage::there;
    member.unneeded.reset();
    member.unready.reset();
  }
  const bool on_its_way = member.stage == Stage::requested || member.stage == Stage::coming;
  if (on_its_way && now - member.since >= spec_->max_provision_time) {
    const double seconds = static_cast<double>(spec_->max_provision_time.count()) / 1e9;
    failed(pool, member, fmt::format("not usable after {}s", seconds));
  }
  if (member.stage == Stage::leaving && (p_.world.host(member.host).instances.empty() ||
                                         now - member.since >= spec_->graceful_termination)) {
    remove(member);
  }
}

// ---- growing -----------------------------------------------------------------------------------

std::vector<InstanceId> HostPools::without_room() const { return p_.placement.unplaceable(); }

HostPools::Room HostPools::empty_room(const Pool& pool, HostId host) const {
  const Zone& zone = *p_.world.zones[pool.zone.index].spec;
  const std::int64_t limit = p_.constants.host_max_instances;
  return {host,
          pool.zone,
          zone.memory.count,
          zone.disk.count,
          limit > 0 ? limit : kEmptyAtOnce << 30,
          static_cast<std::int64_t>(zone.cores * 1000),
          {}};
}

/// Takes the room when the instance may run there.
bool HostPools::fits(InstanceId instance, Room& room) const {
  const InstanceRecord& record = p_.world.instances[instance.index];
  const ReleaseState& release = p_.world.release_of(record);
  if (!p_.placement.allows(record, room.zone)) return false;
  if (room.memory < release.memory.count || room.disk < release.disk.count || room.instances < 1) {
    return false;
  }
  const std::int64_t cpu = p_.placement.looks_at_cpu() ? release.cpu_request : 0;
  if (cpu > 0 && room.cpu < cpu) return false;
  if (p_.placement.rules(record.app).apart_on_hosts()) {
    const bool there =
        std::find(room.apart.begin(), room.apart.end(), record.app) != room.apart.end();
    if (there) return false;
    room.apart.push_back(record.app);
  }
  room.cpu -= cpu;
  room.memory -= release.memory.count;
  room.disk -= release.disk.count;
  --room.instances;
  return true;
}

/// Hosts that are on their way take what they can; for the rest one pool grows.
void HostPools::scale_up() {
  std::vector<InstanceId> pending = without_room();
  const EventId cause = p_.fleet.track(pending.front()).last_event;
  std::stable_sort(pending.begin(), pending.end(), [this](InstanceId a, InstanceId b) {
    const World& world = p_.world;
    return world.release_of(world.instances[a.index]).memory >
           world.release_of(world.instances[b.index]).memory;
  });
  std::vector<Room> coming;
  for (const Pool& pool : pools_) {
    for (const Member& member : pool.members) {
      if (member.stage == Stage::requested || member.stage == Stage::coming) {
        coming.push_back(empty_room(pool, member.host));
      }
    }
  }
  std::erase_if(pending, [&](InstanceId instance) {
    return std::any_of(coming.begin(), coming.end(),
                       [&](Room& room) { return fits(instance, room); });
  });
  if (pending.empty()) return;
  std::vector<Option> options;
  for (Pool& pool : pools_) {
    if (pool.backoff_until && p_.now() < *pool.backoff_until) continue;
    const Option option = option_of(pool, pending);
    if (option.hosts > 0) options.push_back(option);
  }
  if (const std::optional<Option> chosen = choose(options)) {
    request(*chosen->pool, chosen->hosts, cause);
  }
}

/// First fit, the largest first, onto new hosts of the pool.
HostPools::Option HostPools::option_of(Pool& pool, const std::vector<InstanceId>& pending) {
  Option option{.pool = &pool};
  const std::int64_t most = count(pool, {Stage::absent});
  const Room empty = empty_room(pool, {});
  std::vector<Room> made;
  for (const InstanceId instance : pending) {
    if (!p_.placement.allows_now(p_.world.instance(instance), pool.zone)) continue;
    const bool placed =
        std::any_of(made.begin(), made.end(), [&](Room& room) { return fits(instance, room); });
    if (!placed) {
      Room fresh = empty;
      if (static_cast<std::int64_t>(made.size()) >= most || !fits(instance, fresh)) continue;
      made.push_back(fresh);
    }
    ++option.taken;
  }
  option.hosts = static_cast<std::int64_t>(made.size());
  double left = 0;
  for (const Room& room : made) left += static_cast<double>(room.memory);
  if (!made.empty()) {
    option.waste = left / (static_cast<double>(empty.memory) * static_cast<double>(made.size()));
  }
  return option;
}

std::optional<HostPools::Option> HostPools::choose(std::vector<Option>& options) {
  if (options.empty()) return std::nullopt;
  switch (spec_->expander) {
    case Expander::random:
      return options[p_.world.stream("host_autoscaler").below(options.size())];
    case Expander::most_instances:
      return *std::max_element(options.begin(), options.end(),
                               [](const auto& a, const auto& b) { return a.taken < b.taken; });
    case Expander::least_waste:
      break;
  }
  return *std::min_element(options.begin(), options.end(),
                           [](const auto& a, const auto& b) { return a.waste < b.waste; });
}

void HostPools::request(Pool& pool, std::int64_t hosts, EventId cause) {
  last_add_ = p_.now();
  for (Member& member : pool.members) {
    if (hosts == 0) return;
    if (member.stage != Stage::absent) continue;
    const std::int64_t held =
        static_cast<std::int64_t>(pool.members.size()) - count(pool, {Stage::absent});
    if (pool.spec->quota && held >= *pool.spec->quota) {
      p_.fleet.note(member.host, cause, "host.refused",
                    fmt::format("the quota of {} is used up", *pool.spec->quota));
      pool.backoff_until = p_.now() + spec_->failure_backoff;
      last_failure_ = p_.now();
      return;
    }
    --hosts;
    member.stage = Stage::requested;
    member.since = p_.now();
    const Duration takes = pool.time.sample(*pool.random);
    member.fails = pool.random->chance(pool.spec->provisioning_failure);
    p_.fleet.note(member.host, cause, "host.requested", p_.world.zone(pool.zone).name);
    p_.fleet.lane(member.host, "requested");
    member.key = p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::control, made_,
                                             member.host.index);
  }
}

void HostPools::on_made(std::uint32_t index, std::uint32_t) {
  Member& member = member_of(HostId{index});
  if (member.stage != Stage::requested || member.key != p_.world.scheduler.current_key()) return;
  for (Pool& pool : pools_) {
    if (pool.zone != p_.world.host(member.host).zone || !member.fails) continue;
    failed(pool, member, "the cloud did not make it");
    return;
  }
  member.stage = Stage::coming;
  HostState& host = p_.world.host(member.host);
  host.provisioned = true;
  p_.world.billing.host(host.zone, 1);
  p_.fleet.note(member.host, {}, "host.provisioned");
  p_.fleet.lane(member.host, "booting");
  p_.bring_up.blank(member.host);
  if (p_.fleet.view(member.host).down_causes == 0) p_.bring_up.power_on(member.host);
}

void HostPools::failed(Pool& pool, Member& member, const std::string& why) {
  p_.fleet.note(member.host, {}, "host.provisioning_failed", why);
  pool.backoff_until = p_.now() + spec_->failure_backoff;
  last_failure_ = p_.now();
  if (p_.world.host(member.host).provisioned) {
    remove(member);
  } else {
    member.stage = Stage::absent;
    p_.fleet.lane(member.host, "down");
  }
}

// ---- shrinking ---------------------------------------------------------------------------------

std::vector<HostPools::Room> HostPools::rooms_of_usable() const {
  std::vector<Room> rooms;
  const std::int64_t limit = p_.constants.host_max_instances;
  for (std::uint32_t z = 0; z < p_.world.zones.size(); ++z) {
    for (const HostId id : p_.world.zones[z].hosts) {
      if (!usable(id)) continue;
      const HostState& host = p_.world.hosts[id.index];
      const auto here = static_cast<std::int64_t>(host.instances.size());
      rooms.push_back({id,
                       ZoneId{z},
                       host.memory_total.count - host.memory_used.count,
                       host.disk_total.count - host.disk_used.count,
                       limit > 0 ? limit - here : kEmptyAtOnce << 30,
                       static_cast<std::int64_t>(host.cores * 1000) - host.cpu_used,
                       {}});
      for (const InstanceId instance : host.instances) {
        const AppId app = p_.world.instances[instance.index].app;
        if (p_.placement.rules(app).apart_on_hosts()) rooms.back().apart.push_back(app);
      }
    }
  }
  return rooms;
}

/// Used enough, or holding something that fits nowhere else.
bool HostPools::needed(const Member& member, std::vector<Room>& rooms) const {
  const HostState& host = p_.world.host(member.host);
  double used = static_cast<double>(host.memory_used.count) /
                static_cast<double>(std::max<std::int64_t>(host.memory_total.count, 1));
  if (p_.placement.looks_at_cpu()) {
    used = std::max(used, static_cast<double>(host.cpu_used) / (host.cores * 1000));
  }
  if (used >= spec_->utilization_threshold.value()) return true;
  std::vector<Room> tried = rooms;
  for (const InstanceId instance : host.instances) {
    const bool elsewhere = std::any_of(tried.begin(), tried.end(), [&](Room& room) {
      return room.host != member.host && fits(instance, room);
    });
    if (!elsewhere) return true;
  }
  // What would go there is there for the next host that is looked at.
  std::erase_if(tried, [&](const Room& room) { return room.host == member.host; });
  rooms = std::move(tried);
  return false;
}

void HostPools::scale_down(bool pending) {
  const SimTime now = p_.now();
  std::vector<Room> rooms = rooms_of_usable();
  const bool waits = pending || (last_add_ && now - *last_add_ < spec_->delay_after_add) ||
                     (last_failure_ && now - *last_failure_ < spec_->delay_after_failure);
  bool drains = false;
  for (const Pool& pool : pools_) drains = drains || count(pool, {Stage::leaving}) > 0;
  std::int64_t empty = 0;
  for (Pool& pool : pools_) {
    std::int64_t size = count(pool, {Stage::requested, Stage::coming, Stage::there});
    for (Member& member : pool.members) {
      if (member.stage != Stage::there) continue;
      const bool ready = usable(member.host);
      if (ready) member.unready.reset();
      if (!ready && !member.unready) member.unready = now;
      if (!ready || needed(member, rooms)) {
        member.unneeded.reset();
      } else if (!member.unneeded) {
        member.unneeded = now;
      }
      const bool idle = member.unneeded && now - *member.unneeded >= spec_->unneeded_time;
      const bool lost = member.unready && now - *member.unready >= spec_->unready_time;
      if (waits || size <= pool.spec->min || !(idle || lost)) continue;
      const bool holds = !lost && !p_.world.host(member.host).instances.empty();
      if (holds ? drains : empty >= kEmptyAtOnce) continue;
      drains = drains || holds;
      empty += holds ? 0 : 1;
      --size;
      begin_removal(member);
    }
  }
}

void HostPools::begin_removal(Member& member) {
  const bool lost = !usable(member.host);
  const EventId unneeded =
      p_.fleet.note(member.host, {}, "host.unneeded", lost ? "not heard of" : "used too little");
  member.stage = Stage::leaving;
  member.since = p_.now();
  if (lost || p_.world.host(member.host).instances.empty()) {
    remove(member);
    return;
  }
  p_.presence.drain(member.host, unneeded);
}

void HostPools::remove(Member& member) {
  const bool drained = member.stage == Stage::leaving && p_.fleet.view(member.host).drains > 0;
  member.stage = Stage::absent;
  member.unneeded.reset();
  member.unready.reset();
  p_.world.host(member.host).provisioned = false;
  p_.world.billing.host(p_.world.host(member.host).zone, -1);
  p_.presence.halt(member.host, drained);
}

}  // namespace leapday::model
