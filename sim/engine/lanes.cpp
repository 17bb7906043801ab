/// \file lanes.cpp
/// Lists of timers and the small heap of lanes above them.
/// Why lower bounds: cancelling the first timer of a lane, which is the usual end of a timeout,
/// must not touch the heap; the bound is corrected when it comes up, at most once per delay.
#include "sim/engine/lanes.hpp"

#include <algorithm>

#include "sim/engine/assert.hpp"

namespace leapday::engine {

LaneId LaneSet::add_lane() {
  LEAPDAY_ASSERT(lanes_.size() < 1U << 30, "too many lanes");
  lanes_.emplace_back();
  return {static_cast<std::uint32_t>(lanes_.size() - 1)};
}

std::uint32_t LaneSet::grow() {
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  LEAPDAY_ASSERT(index != kNone, "more timers than 32 bits can name");
  nodes_.push_back({0, 0, kNone, kNone, 0, 0, 0});
  return index;
}

/// The first timer of a lane, or one of the same key as the last: ties need care.
void LaneSet::arm_specially(std::uint32_t lane_index, std::uint32_t index) {
  Lane& lane = lanes_[lane_index];
  Node& node = nodes_[index];
  if (lane.tail == kNone) {
    lane.head = index;
    lane.tail_max = node.payload;
    lane.sorted_key = node.key;
    lower(lane, lane_index, {node.key, node.payload});
    return;
  }
  LEAPDAY_ASSERT(node.key == nodes_[lane.tail].key, "a lane's timers must be armed in order");
  if (node.payload >= lane.tail_max) {
    lane.tail_max = node.payload;
  } else {
    node.disordered = 1;
    if (lane.sorted_key == node.key) {
      if (nodes_[lane.head].key == node.key) lower(lane, lane_index, {node.key, 0});
      lane.sorted_key = 0;
    }
  }
  nodes_[lane.tail].next = index;
}

LaneTicket LaneSet::arm_late(LaneId id, Event event) {
  Lane& lane = lanes_[id.index];
  std::uint32_t after = kNone;  // the first timer of a later key
  std::uint32_t before = lane.tail;
  while (before != kNone && nodes_[before].key > event.key) {
    after = before;
    before = nodes_[before].previous;
  }
  if (after == kNone) return arm(id, event);
  const std::uint32_t index = make_node(id, event);
  Node& node = nodes_[index];
  node.previous = before;
  node.next = after;
  nodes_[after].previous = index;
  ++size_;
  if (before == kNone) {
    lane.head = index;
    lane.sorted_key = event.key;
    lower(lane, id.index, event);
    return {index, node.generation};
  }
  nodes_[before].next = index;
  if (nodes_[before].key == event.key) {
    node.disordered = 1;
    if (lane.sorted_key == event.key) lane.sorted_key = 0;
    if (nodes_[lane.head].key == event.key) lower(lane, id.index, {event.key, 0});
  }
  return {index, node.generation};
}

bool LaneSet::settled() const {
  const Place& first = order_[0];
  const Lane& lane = lanes_[first.lane];
  if (lane.head == kNone) return false;
  const Node& node = nodes_[lane.head];
  return first.bound == Event{node.key, node.payload} && lane.sorted_key == node.key;
}

void LaneSet::settle() { rebound(order_[0].lane); }

void LaneSet::pop() {
  const std::uint32_t lane_index = order_[0].lane;
  unlink(lanes_[lane_index], lanes_[lane_index].head);
  rebound(lane_index);
}

void LaneSet::sort_head(Lane& lane) {
  const std::uint64_t key = nodes_[lane.head].key;
  lane.sorted_key = key;
  bool disordered = false;
  std::uint32_t after = lane.head;
  scratch_.clear();
  while (after != kNone && nodes_[after].key == key) {
    disordered |= nodes_[after].disordered != 0;
    scratch_.push_back({nodes_[after].payload, static_cast<std::uint32_t>(scratch_.size()), after});
    after = nodes_[after].next;
  }
  if (!disordered) return;
  // Equal payloads are the same event to the receiver, but tickets tell them apart: those keep
  // their order of arming.
  std::sort(scratch_.begin(), scratch_.end());
  std::uint32_t previous = kNone;
  for (const Ranked& ranked : scratch_) {
    nodes_[ranked.node].previous = previous;
    nodes_[ranked.node].disordered = 0;
    (previous == kNone ? lane.head : nodes_[previous].next) = ranked.node;
    previous = ranked.node;
  }
  nodes_[previous].next = after;
  (after == kNone ? lane.tail : nodes_[after].previous) = previous;
}

void LaneSet::lower(Lane& lane, std::uint32_t lane_index, Event bound) {
  if (lane.place == kNone) {
    lane.place = static_cast<std::uint32_t>(order_.size());
    order_.push_back({bound, lane_index});
  } else if (before(bound, order_[lane.place].bound)) {
    order_[lane.place].bound = bound;
  } else {
    return;
  }
  sift_up(lane.place);
}

void LaneSet::rebound(std::uint32_t lane_index) {
  Lane& lane = lanes_[lane_index];
  const std::size_t at = lane.place;
  if (lane.head == kNone) {
    lane.place = kNone;
    const Place last = order_.back();
    order_.pop_back();
    if (at == order_.size()) return;
    put(at, last);
  } else {
    if (lane.sorted_key != nodes_[lane.head].key) sort_head(lane);
    const Node& node = nodes_[lane.head];
    order_[at].bound = {node.key, node.payload};
  }
  sift_down(at);
}

void LaneSet::put(std::size_t at, const Place& place) {
  order_[at] = place;
  lanes_[place.lane].place = static_cast<std::uint32_t>(at);
}

void LaneSet::sift_up(std::size_t at) {
  const Place moving = order_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 2;
    if (!before(moving.bound, order_[parent].bound)) break;
    put(at, order_[parent]);
    at = parent;
  }
  put(at, moving);
}

void LaneSet::sift_down(std::size_t at) {
  const Place moving = order_[at];
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= order_.size()) break;
    if (child + 1 < order_.size() && before(order_[child + 1].bound, order_[child].bound)) ++child;
    if (!before(order_[child].bound, moving.bound)) break;
    put(at, order_[child]);
    at = child;
  }
  put(at, moving);
}

}  // namespace leapday::engine
