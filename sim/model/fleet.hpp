/// \file fleet.hpp
/// What the platform wants and believes: groups of numbered slots, the instances that fill them,
/// and each host as the control plane sees it.
/// Why: beliefs age and are wrong during the worst day; the truth stays in world.hpp.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "leapday/host_table.hpp"
#include "leapday/ids.hpp"
#include "leapday/platform.hpp"
#include "leapday/restart.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

using SlotId = Id<struct SlotTag>;
using GroupId = Id<struct GroupTag>;

/// How a slot stands, as the control plane sees it, when last counted.
enum class SlotStanding : std::uint8_t { none, routable, starting, unhealthy };

/// How the slots of a group stand, as the control plane sees them.
struct GroupCounts {
  std::int64_t wanted = 0;
  std::int64_t routable = 0;  ///< Believed ready.
  std::int64_t starting = 0;
  std::int64_t unhealthy = 0;  ///< Crashed and waiting, or given up.
  std::int64_t available = 0;  ///< Of the routable ones: ready as long as the app's min_ready says.
};

/// "One instance of this release, as number n of its app, runs somewhere."
struct Slot {
  GroupId group;
  AppId app;
  std::uint32_t number = 0;
  InstanceId current;                ///< Fills the slot, or is about to; invalid while waiting.
  std::vector<InstanceId> suspects;  ///< Believed lost or doomed; routed until current is ready.
  CrashHistory history;
  bool waiting = false;   ///< For the restart delay to pass.
  bool given_up = false;  ///< Nothing will fill it again.
  bool removed = false;   ///< No longer wanted.
  bool stale = false;     ///< In its group's list.
  SlotStanding standing = SlotStanding::none;
  bool unready = false;      ///< In its group's list.
  bool available = false;    ///< When last counted.
  std::uint32_t ticket = 0;  ///< Of its latest request in the queue of restarts.
  EventId cause;             ///< Why its next instance is made.
  HostId restart_on;         ///< Where a restart in place happens.
  HostId avoid;              ///< Where it crashed, for policies that move it.
  engine::EventKey restart_key = 0;
};

/// The slots of one app that run one release: what a deployment shifts between.
struct Group {
  AppId app;
  ReleaseId release;
  std::vector<SlotId> slots;    ///< Wanted ones, ascending.
  GroupCounts counts;           ///< Without the stale ones' changes.
  std::vector<SlotId> stale;    ///< May stand otherwise than when they were counted.
  std::vector<SlotId> unready;  ///< Ascending: not filled by what is believed ready, when counted.
  bool withheld = false;        ///< Its instances are not to be routed.
};

/// What the platform keeps of an instance besides its record.
struct Tracked {
  SlotId slot;
  EventId last_event;  ///< The latest recorded event about it.
  SimTime ready_at{};
  SimTime believed_at{};  ///< When `believed_ready` last changed.
  std::uint32_t lane = 0xffffffffU;
  bool was_ready = false;         ///< `ready_at` is set.
  bool listening = false;         ///< Truth: traffic was told that it listens.
  bool counted_ready = false;     ///< Is in the ready step.
  bool counted_starting = false;  ///< Occupies one of its host's start places.
  bool believed_ready = false;    ///< As the control plane knows it.
  bool crashed = false;           ///< Its process died; else it went with its host.
  bool unnoticed = false;         ///< Gone, and the control plane does not know it.
  bool stop_wanted = false;       ///< To be stopped once its host hears of it.
  std::uint32_t attempts = 0;     ///< Creations that failed for want of a certificate.
  std::uint32_t readiness_failures = 0;
  std::uint32_t liveness_failures = 0;
  std::uint64_t readiness_turn = 0;  ///< Of the probe under way, in the queue of its instance.
  std::uint64_t liveness_turn = 0;
  engine::EventKey start_key = 0;    ///< The process listens, or the start fails.
  engine::EventKey startup_key = 0;  ///< The next startup probe.
  engine::EventKey timeout_key = 0;  ///< The start has taken too long.
  engine::EventKey readiness_key = 0;
  engine::EventKey liveness_key = 0;
  engine::EventKey stop_key = 0;  ///< The stop signal, then the kill.
};

/// A host as the control plane sees it, and what it needs to know to see that.
struct HostView {
  bool present = true;                  ///< Believed alive.
  bool faulty = false;                  ///< Taken out of use for good.
  bool heard = true;                    ///< Truth: its heartbeats arrive.
  bool joined = true;                   ///< Truth: it was configured since its boot.
  bool converged = true;                ///< Its last configuration run has passed.
  bool changed = false;                 ///< In Fleet::changed_hosts_.
  std::vector<InstanceId> believed;     ///< Instances that the control plane believes there.
  std::vector<InstanceId> start_queue;  ///< Placed, waiting for a start place.
  std::uint32_t starting = 0;
  std::uint32_t down_causes = 0;  ///< Faults that keep the power off.
  EventId last_event;             ///< host.crashed, host.lost, ...
  std::uint32_t lane = 0xffffffffU;
  std::uint32_t calendar_span = 0xffffffffU;  ///< Of the fault that bends its calendar.
  EventId calendar_event;                     ///< That fault's begin.
  std::uint32_t fails_span = 0xffffffffU;     ///< Of the fault that fails its configuration.
  EventId fails_event;
  EventId silent_event;  ///< Why its heartbeats stopped arriving.
  Duration heartbeat_phase{};
  bool returning = false;      ///< Heard again after a silence; its state is not compared yet.
  std::uint32_t silences = 0;  ///< So far; what was on its way when one began is lost.
  SimTime last_heard{};
  SimTime last_delivery{};  ///< When the latest heartbeat on its way arrives.
  SimTime heard_since{};
  SimTime silent_since{};
  engine::EventKey beat_key = 0;  ///< While its heartbeats are followed one by one.
  engine::EventKey expiry_key = 0;
  engine::EventKey return_key = 0;
  engine::EventKey evict_key = 0;
  engine::EventKey boot_key = 0;
  std::uint32_t drains = 0;  ///< Faults that keep it out of service.
  engine::EventKey evacuated_key = 0;
};

/// Tables with their accounting: steps, lanes and what hosts hold are kept right here and nowhere
/// else.
class Fleet {
 public:
  explicit Fleet(World& world);

  World& world;
  std::deque<Slot> slots;  ///< References stay valid while others are added.
  std::deque<Group> groups;
  std::deque<Tracked> tracked;  ///< Same index as World::instances.
  std::vector<HostView> hosts;  ///< Same index as World::hosts.

  /// To be read, or changed at once: it is counted anew when somebody asks.
  Slot& slot(SlotId id) {
    mark_stale(id);
    return slots[id.index];
  }
  Group& group(GroupId id) { return groups[id.index]; }
  Tracked& track(InstanceId id) { return tracked[id.index]; }
  HostView& view(HostId id) { return hosts[id.index]; }
  Slot& slot_of(InstanceId id) { return slot(track(id).slot); }
  void set_believed_ready(InstanceId id, bool ready) {
    Tracked& tracked_one = track(id);
    if (tracked_one.believed_ready != ready) tracked_one.believed_at = world.now();
    tracked_one.believed_ready = ready;
    mark_stale(track(id).slot);
  }
  bool withheld(InstanceId id) { return group(slots[track(id).slot.index].group).withheld; }
  GroupCounts counts(GroupId group);
  /// The wanted slot of the highest number that is not filled by what is believed ready.
  SlotId last_unready(GroupId group);
  bool alive(InstanceId id) const;
  /// False for the machines that only carry a router.
  bool is_cell(HostId host) const { return host.index < cells_; }

  /// Placement has to look at it again. Whoever changes what a host holds, or how the control plane
  /// sees it, says so.
  void changed(HostId host);
  /// Calls `act(host)` for each of them, once.
  template <class Act>
  void settle_changed(Act&& act) {
    for (const HostId host : changed_hosts_) {
      view(host).changed = false;
      act(host);
    }
    changed_hosts_.clear();
  }
  void set_present(HostId host, bool present);
  void set_converged(HostId host, bool converged);
  /// Of an app that is deployed host by host: the release that a process started there runs, by
  /// host. Empty for all others.
  std::vector<ReleaseId>& deployed(AppId app) { return apps_[app.index].deployed; }
  /// Of the app's instances that are placed: how many each host holds, ascending by host.
  std::span<const HostShare> shares(AppId app) const { return apps_[app.index].shares; }
  /// The same by zone, of hosts that are believed alive.
  std::span<const std::uint32_t> by_zone(AppId app) const { return apps_[app.index].by_zone; }

  GroupId add_group(AppId app, ReleaseId release);
  /// A new slot with the app's lowest free number.
  SlotId add_slot(GroupId group);
  /// Takes a slot out of its group; its number is free once its instances are gone.
  void drop_slot(SlotId slot);
  /// A pending instance that fills the slot.
  InstanceId add_instance(SlotId slot);
  void put(InstanceId instance, HostId host);
  /// The process is no more: frees what it held on its host. Beliefs stay.
  void retire(InstanceId instance);
  /// The control plane knows that it is no longer there.
  void forget(InstanceId instance);
  void set_state(InstanceId instance, InstanceState state);
  void set_ready(InstanceId instance, bool ready);

  /// Records an event about it, caused by `cause` or else by its last event.
  EventId note(InstanceId instance, EventId cause, std::string kind, std::string detail = {});
  EventId note(HostId host, EventId cause, std::string kind, std::string detail = {});
  void lane(InstanceId instance, std::string state);
  void lane(HostId host, std::string state);
  void host_up_changed(HostId host);
  void host_faulty_changed(HostId host);

 private:
  struct AppCounts {
    std::int64_t instances = 0, ready = 0;
    std::int64_t memory = 0;
    std::uint32_t memory_gauge = 0;
    std::uint32_t instances_step = 0, ready_step = 0;
    std::uint32_t next_number = 0;
    std::set<std::uint32_t> free_numbers;
    std::vector<std::uint32_t> holders;  ///< By number: slots and instances that use it.
    std::vector<std::uint32_t> lanes;    ///< By number; instances that share a name share a lane.
    std::vector<HostShare> shares;
    std::vector<std::uint32_t> by_zone;
    std::vector<ReleaseId> deployed;
  };
  struct HostCounts {
    std::int64_t up = 0, faulty = 0;
    std::uint32_t up_step = 0, faulty_step = 0;
  };

  void mark_stale(SlotId id) {
    Slot& slot = slots[id.index];
    if (slot.stale) return;
    slot.stale = true;
    group(slot.group).stale.push_back(id);
  }
  void count(Group& group, SlotId id, bool gone);
  bool long_ready(const Slot& slot);
  void count_instances(AppId app, std::int64_t change);
  void count_on_host(AppId app, HostId host, bool more);
  /// Memory that an app's placed instances hold, in bytes.
  void count_memory(AppId app, std::int64_t change);
  void hold_number(AppId app, std::uint32_t number);
  void release_number(AppId app, std::uint32_t number);
  void count_hosts(HostId host, std::int64_t up, std::int64_t faulty);

  std::vector<AppCounts> apps_;
  std::vector<HostCounts> zones_;
  HostCounts all_;
  std::vector<HostId> changed_hosts_;
  std::uint32_t cells_ = 0;  ///< Hosts of zones come first; routers' own machines follow.
  std::size_t lanes_ = 0;
};

}  // namespace leapday::model
