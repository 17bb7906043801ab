/// \file lanes.hpp
/// Timers with a constant delay, as one list per delay.
/// Why: what is armed later fires later, so arming and cancelling are O(1) list operations and a
/// cancelled timeout leaves nothing behind in the event queue.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event_queue.hpp"

namespace leapday::engine {

/// Names one lane of one scheduler.
struct LaneId {
  std::uint32_t index = 0xffffffffU;
};

/// Names one armed timer; empty until armed, and harmless once the timer has fired.
struct LaneTicket {
  std::uint32_t node = 0xffffffffU;
  std::uint32_t generation = 0;
  bool armed() const { return node != 0xffffffffU; }
};

/// All lanes of one scheduler. Keys given to one lane must not decrease.
class LaneSet {
 public:
  LaneId add_lane();
  /// Adds a timer that fires at the event's place.
  LaneTicket arm(LaneId id, Event event) {
    const std::uint32_t index = make_node(id, event);
    Node& node = nodes_[index];
    Lane& lane = lanes_[id.index];
    node.previous = lane.tail;
    if (lane.tail == kNone || event.key <= nodes_[lane.tail].key) [[unlikely]] {
      arm_specially(id.index, index);
    } else {
      lane.tail_max = event.payload;
      nodes_[lane.tail].next = index;
    }
    lane.tail = index;
    ++size_;
    return {index, node.generation};
  }
  /// Adds a timer whose key may be smaller than others' of the lane.
  LaneTicket arm_late(LaneId id, Event event);
  /// Removes the timer unless it has fired; clears the ticket. True when there was one.
  bool cancel(LaneTicket& ticket) {
    const LaneTicket asked = ticket;
    ticket = {};
    if (!asked.armed() || nodes_[asked.node].generation != asked.generation) return false;
    unlink(lanes_[nodes_[asked.node].lane], asked.node);
    return true;
  }

  /// No timer fires before this; kNoEvent when there is none. It is that of a timer when
  /// settled(), else settle() and ask again.
  const Event& bound() const { return order_.empty() ? kNoEvent : order_[0].bound; }
  bool settled() const;
  void settle();
  /// Removes the first timer; only when settled().
  void pop();
  /// Armed timers.
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  /// Half a cache line: cancelling touches three of these and nothing else.
  struct alignas(32) Node {
    std::uint64_t key;
    std::uint64_t payload;
    std::uint32_t next;
    std::uint32_t previous;
    std::uint32_t generation;
    std::uint32_t lane : 31;
    std::uint32_t disordered : 1;  ///< Came after a larger payload of the same key.
  };
  /// Timers of one key stand in order of arming until that key is next; only then are they sorted,
  /// so that a thousand timers armed at one instant in any order cost n log n, not n^2.
  struct Lane {
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
    std::uint32_t place = kNone;   ///< In order_; kNone when not in it.
    std::uint64_t tail_max = 0;    ///< Largest payload so far of the tail's key.
    std::uint64_t sorted_key = 0;  ///< The timers of this key stand in order of payload.
  };
  struct Ranked {
    std::uint64_t payload;
    std::uint32_t rank;
    std::uint32_t node;
    friend auto operator<=>(const Ranked&, const Ranked&) = default;
  };
  struct Place {
    Event bound;
    std::uint32_t lane;
  };

  std::uint32_t make_node(LaneId id, Event event) {
    std::uint32_t index = free_;
    if (index == kNone) [[unlikely]]
      index = grow();
    Node& node = nodes_[index];
    free_ = node.next;
    node.key = event.key;
    node.payload = event.payload;
    node.next = kNone;
    node.lane = id.index;
    node.disordered = 0;
    return index;
  }
  void unlink(Lane& lane, std::uint32_t index) {
    Node& node = nodes_[index];
    (node.previous == kNone ? lane.head : nodes_[node.previous].next) = node.next;
    (node.next == kNone ? lane.tail : nodes_[node.next].previous) = node.previous;
    ++node.generation;
    node.next = free_;
    free_ = index;
    --size_;
  }
  std::uint32_t grow();
  void arm_specially(std::uint32_t lane_index, std::uint32_t index);
  void sort_head(Lane& lane);
  void lower(Lane& lane, std::uint32_t lane_index, Event bound);
  void rebound(std::uint32_t lane_index);
  void sift_up(std::size_t at);
  void sift_down(std::size_t at);
  void put(std::size_t at, const Place& place);

  std::vector<Lane> lanes_;
  std::vector<Node> nodes_;
  std::vector<Place> order_;  ///< Binary heap of lanes by lower bound.
  std::vector<Ranked> scratch_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace leapday::engine
