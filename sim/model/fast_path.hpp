/// \file fast_path.hpp
/// Requests on the fast path: nothing can happen to them but to wait, be served and be answered.
/// Why: while an app is calm (plain network, healthy routers and instances, no time-out in reach) a
/// request needs neither a call, nor an attempt, nor a visit of its own, and its two events need
/// not pass the run's queue. What disturbs the app turns them into those first, so that every
/// mechanism exists once, on the slow path, which stays the oracle of this one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "leapday/time.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/request.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// `done` of a request that waits.
inline constexpr SimTime kNotServed = SimTime::max();

inline engine::EventKey completion_key(SimTime at) {
  return engine::Scheduler::key(at, engine::Priority::completion);
}

/// The order of a completion among others at its instant, and the slot.
inline std::uint64_t departure_payload(std::uint64_t visit_key, std::uint32_t slot) {
  return visit_key >> 36 << 36 | std::uint64_t{slot} << 8;
}

/// A request in flight: one cache line.
struct FastRequest {
  std::uint64_t number = 0;  ///< As Call::number.
  SimTime sent{};
  SimTime done = kNotServed;  ///< When its service ends.
  double work = 0;            ///< In nanoseconds at full speed.
  std::uint32_t load = 0;
  std::uint32_t row = 0;           ///< Of the router's table.
  std::uint32_t instance = kNone;  ///< None when the slot is free.
  std::uint32_t next = kNone;      ///< In the station's queue; of free slots.
  std::uint32_t older = kNone;     ///< Of the same app.
  std::uint32_t newer = kNone;
  std::uint16_t router = 0;
  std::uint16_t endpoint = 0;
};
static_assert(sizeof(FastRequest) == 64);

/// Slots for requests, the last freed first.
class FastRequests {
 public:
  /// Adds to the app's list, of which `newest` is the end.
  std::uint32_t add(const FastRequest& request, std::uint32_t& newest) {
    std::uint32_t slot = free_;
    if (slot == kNone) [[unlikely]] {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      free_ = slots_[slot].next;
    }
    slots_[slot] = request;
    slots_[slot].older = newest;
    if (newest != kNone) slots_[newest].newer = slot;
    newest = slot;
    return slot;
  }
  void remove(std::uint32_t slot, std::uint32_t& newest) {
    FastRequest& request = slots_[slot];
    if (request.older != kNone) slots_[request.older].newer = request.newer;
    (request.newer != kNone ? slots_[request.newer].older : newest) = request.older;
    request.instance = kNone;
    request.next = free_;
    free_ = slot;
  }
  FastRequest& operator[](std::uint32_t slot) { return slots_[slot]; }

 private:
  std::vector<FastRequest> slots_;
  std::uint32_t free_ = kNone;
};

/// An instance's station, with what each request needs to know of it: two cache lines, the first of
/// which is all that eager apps look at.
struct alignas(64) FastStation {
  const EndpointState* endpoints = nullptr;  ///< Of its release.
  double rate = 1;
  // Of eager apps, where `serving` counts all that are here:
  SimTime free_at = kSimStart;  ///< When its only server is free; of unlimited ones always.
  std::uint64_t departure = 0;  ///< Number of the last one, if its successor is yet to be counted.
  std::uint32_t limit = 1;
  std::uint32_t series = kNone;
  std::uint32_t serving = 0;
  std::uint32_t arrived = 0;  ///< Not yet among what touched the instance and its host.
  std::uint32_t left = 0;     ///< Not yet in InstanceTraffic::left.
  std::uint32_t app = 0;
  double work = 0;  ///< Of all that are here, whole.
  std::uint32_t queue_limit = kNone;
  std::uint32_t waiting = 0;
  std::uint32_t head = kNone;  ///< Of those that wait.
  std::uint32_t tail = kNone;
  std::uint32_t watch_at = kNone;  ///< As InstanceTraffic::watch_at.
};
static_assert(sizeof(FastStation) == 128);

struct FastApp {
  bool possible = false;  ///< By what the scenario says.
  bool active = false;
  std::uint32_t countdown = 1;  ///< Arrivals until the next try to become active.
  std::uint32_t back_off = 64;
  std::vector<std::uint32_t> loads;
  std::uint32_t newest = kNone;  ///< Of its requests.
};

/// What the fast path keeps of one load.
struct FastLoad {
  engine::EventKey next = 0;  ///< Of its next arrival; 0 for none.
  /// What is certain to be answered within this many nanoseconds cannot time out.
  double patience = 1e17;
  /// The same for exact times: what takes less is answered before any time-out.
  Duration deadline = Duration::max();
};

/// The next arrival of each load: a heap whose first entry is usually replaced by a later one.
class NextArrivals {
 public:
  engine::Event top() const { return entries_.empty() ? engine::kNoEvent : entries_[0]; }
  /// The one after top(), or a later one; kNoEvent when there is none.
  engine::Event second() const {
    engine::Event first = engine::kNoEvent;
    for (std::size_t i = 1; i < std::min<std::size_t>(entries_.size(), 3); ++i) {
      if (later(first, entries_[i])) first = entries_[i];
    }
    return first;
  }
  void push(engine::Event event) {
    entries_.push_back(event);
    std::push_heap(entries_.begin(), entries_.end(), later);
  }
  void pop() {
    std::pop_heap(entries_.begin(), entries_.end(), later);
    entries_.pop_back();
  }
  /// As pop() and push().
  void replace_top(engine::Event event) {
    std::size_t at = 0;
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= entries_.size()) break;
      if (child + 1 < entries_.size() && later(entries_[child], entries_[child + 1])) ++child;
      if (!later(event, entries_[child])) break;
      entries_[at] = entries_[child];
      at = child;
    }
    entries_[at] = event;
  }

 private:
  static bool later(const engine::Event& a, const engine::Event& b) { return before(b, a); }
  std::vector<engine::Event> entries_;
};

struct FastPath {
  std::vector<FastApp> apps;
  std::vector<FastLoad> loads;
  std::vector<FastStation> stations;  ///< By instance.
  FastRequests requests;
  /// Payloads are loads, and as those of completions on the slow path, with slots. Entries of apps
  /// that left the fast path stay behind and are passed over.
  NextArrivals arrivals;
  engine::EventQueue departures;
  /// Of the leave under way: time-outs' lanes, and where late ones go.
  std::vector<std::pair<engine::LaneId, engine::LaneId>> late_lanes;
  engine::EventKey wake = 0;  ///< Of the event that goes on with it.
  bool queued = false;        ///< Since the loop looked, the run's queue may have got new events.
};

}  // namespace leapday::model
