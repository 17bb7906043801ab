/// \file lanes.hpp
/// Timers with a constant delay, as one log per delay.
/// Why: what is armed later fires later, so arming appends and cancelling clears one bit; a
/// cancelled timeout leaves nothing behind in the event queue, and neither of the two reads memory
/// that is not at hand already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event.hpp"
#include "sim/engine/huge.hpp"
#include "sim/engine/lane_order.hpp"

namespace leapday::engine {

/// Names one lane of one scheduler.
struct LaneId {
  std::uint32_t index = 0xffffffffU;
};

/// All lanes of one scheduler. Keys given to one lane must not decrease.
///
/// A lane is a list of chunks of timers, filled in order. A chunk whose timers have all fired or
/// been cancelled is given back at once, from the middle of the list too: a few long waits keep
/// their own chunks and nothing else.
class LaneSet {
 public:
  LaneId add_lane();
  /// Adds a timer that fires at the event's place.
  LaneTicket arm(LaneId id, Event event) {
    Lane& lane = lanes_[id.index];
    if (lane.filled == kChunkTimers) [[unlikely]]
      add_chunk(lane, id.index);
    const std::uint32_t slot = lane.filled++;
    const std::uint32_t timer = lane.tail * kChunkTimers + slot;
    Live& live = live_[lane.tail];
    // Word by word: a copy of both at once would wait for the words just written to reach the
    // cache.
    timers_[timer].key = event.key;
    timers_[timer].payload = event.payload;
    live.slots |= 1U << slot;
    std::uint64_t largest = event.payload;
    if (event.key <= lane.last_key || !order_.has(id.index)) [[unlikely]]
      largest = arm_specially(lane, id.index, event);
    lane.last_key = event.key;
    lane.last_max = largest;
    return {timer, live.generation};
  }
  /// Is the timer still to fire?
  bool live(const LaneTicket& ticket) const { return ticket.armed() && is_live(ticket); }
  /// Of a live timer.
  std::uint64_t key_of(const LaneTicket& ticket) const { return timers_[ticket.timer].key; }
  /// Gives a live timer another payload.
  void rename(const LaneTicket& ticket, std::uint64_t payload);
  /// Forgets the lane's past if it holds no timer, so that keys may begin anew.
  bool reuse(LaneId id);
  /// Removes the timer unless it has fired; clears the ticket. True when there was one.
  bool cancel(LaneTicket& ticket) {
    const LaneTicket asked = ticket;
    ticket = {};
    if (!asked.armed() || !is_live(asked)) return false;
    remove(asked.timer);
    return true;
  }

  /// No timer fires before this; kNoEvent when there is none. It is that of a timer when
  /// settled(), else settle() and ask again.
  const Event& bound() const { return order_.bound(); }
  bool settled() const { return live(order_.first().timer); }
  void settle();
  /// Removes the first timer; only when settled().
  void pop() {
    remove(order_.first().timer.timer);
    settle();
  }
  /// Armed timers, counted.
  std::size_t size() const;
  /// Memory held, for tests of its bound.
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::uint32_t kChunkTimers = 16;

  /// What cancelling reads, apart from the rest so that it stays in the cache.
  struct Live {
    std::uint32_t generation;  ///< Of the chunk: rises when its timers are all gone.
    std::uint32_t slots;       ///< One bit for each timer that is armed.
  };
  struct Link {
    std::uint32_t next;  ///< In the lane, or in the list of free chunks.
    std::uint32_t previous;
    std::uint32_t lane;
  };
  /// Timers of one key stand in order of arming until that key is next; only then are they sorted,
  /// so that a thousand timers armed at one instant in any order cost n log n, not n^2.
  struct Lane {
    std::uint32_t head = kNone;           ///< Holds an armed timer unless it is the tail as well.
    std::uint32_t tail = kNone;           ///< The chunk being filled.
    std::uint32_t filled = kChunkTimers;  ///< Slots given out of the tail.
    std::uint64_t last_key = 0;           ///< Of the timer armed last.
    std::uint64_t last_max = 0;           ///< Largest payload so far of that key.
    std::uint64_t sorted_key = 0;  ///< Timers of this key fire in order of `due`, then of arming.
    std::uint64_t unordered_until = 0;  ///< Timers of later keys stand in order.
    std::uint32_t due_next = 0;
    std::vector<LaneTicket> due;  ///< The first timers, if they were not armed in their order.
  };
  struct Ranked {
    std::uint64_t payload;
    std::uint32_t rank;
    LaneTicket ticket;
    bool operator<(const Ranked& other) const {
      return payload != other.payload ? payload < other.payload : rank < other.rank;
    }
  };
  bool is_live(const LaneTicket& ticket) const {
    const Live& live = live_[ticket.timer / kChunkTimers];
    return live.generation == ticket.generation &&
           (live.slots >> (ticket.timer % kChunkTimers) & 1) != 0;
  }
  void remove(std::uint32_t timer) {
    const std::uint32_t chunk = timer / kChunkTimers;
    live_[chunk].slots &= ~(1U << (timer % kChunkTimers));
    if (live_[chunk].slots == 0) [[unlikely]]
      release(chunk);
  }
  void add_chunk(Lane& lane, std::uint32_t lane_index);
  void release(std::uint32_t chunk);
  std::uint32_t take_free();
  void grow();
  std::uint64_t arm_specially(Lane& lane, std::uint32_t lane_index, Event event);
  bool in_order(const Lane& lane, std::uint64_t key) const {
    return key > lane.unordered_until || lane.sorted_key == key;
  }
  bool empty(const Lane& lane) const { return lane.head == kNone || live_[lane.head].slots == 0; }
  std::uint32_t first(const Lane& lane) const;
  void sort_head(Lane& lane);
  std::vector<Lane> lanes_;
  HugeVector<Event> timers_;  ///< kChunkTimers for each chunk.
  HugeVector<Live> live_;     ///< By chunk.
  HugeVector<Link> links_;    ///< By chunk.
  LaneOrder order_;           ///< Lanes with timers.
  std::vector<Ranked> scratch_;
  std::uint32_t free_ = kNone;
  std::uint32_t spare_ = kNone;  ///< To be used next.
};

}  // namespace leapday::engine
