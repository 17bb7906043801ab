/// \file lanes.cpp
/// Logs of timers and the small heap of lanes above them.
/// Why lower bounds: cancelling the first timer of a lane, which is the usual end of a timeout,
/// must not touch the heap; the bound is corrected when it comes up, at most once per delay.
#include "sim/engine/lanes.hpp"

#include <algorithm>
#include <bit>

#include "sim/engine/assert.hpp"

namespace leapday::engine {

LaneId LaneSet::add_lane() {
  LEAPDAY_ASSERT(lanes_.size() < 1U << 30, "too many lanes");
  lanes_.emplace_back();
  return {static_cast<std::uint32_t>(lanes_.size() - 1)};
}

bool LaneSet::reuse(LaneId id) {
  Lane& lane = lanes_[id.index];
  if (lane.place != kNone) return false;
  lane.last_key = 0;
  lane.last_max = 0;
  lane.sorted_key = 0;
  lane.due.clear();
  lane.due_next = 0;
  return true;
}

std::size_t LaneSet::size() const {
  std::size_t sum = 0;
  for (const Live& live : live_) sum += static_cast<std::size_t>(std::popcount(live.slots));
  return sum;
}

std::size_t LaneSet::bytes() const {
  return timers_.capacity() * sizeof(Event) + live_.capacity() * sizeof(Live) +
         links_.capacity() * sizeof(Link);
}

/// Doubles the chunks.
void LaneSet::grow() {
  const auto old = static_cast<std::uint32_t>(live_.size());
  const std::uint32_t chunks = std::max(2 * old, 4U);
  LEAPDAY_ASSERT(chunks < kNone / kChunkTimers, "more timers than 32 bits can name");
  timers_.resize(std::size_t{chunks} * kChunkTimers);
  live_.resize(chunks, {0, 0});
  links_.resize(chunks, {kNone, kNone, 0});
  for (std::uint32_t i = old; i < chunks; ++i) links_[i].next = i + 1;
  links_.back().next = free_;
  free_ = old;
}

std::uint32_t LaneSet::take_free() {
  if (free_ == kNone) grow();
  const std::uint32_t chunk = free_;
  free_ = links_[chunk].next;
  return chunk;
}

/// Gives the lane the chunk chosen last time, which has reached the cache since, and chooses the
/// next: what was given back longest ago is in no cache any more.
void LaneSet::add_chunk(Lane& lane, std::uint32_t lane_index) {
  const std::uint32_t chunk = spare_ == kNone ? take_free() : spare_;
  spare_ = take_free();
  const char* ahead = reinterpret_cast<const char*>(&timers_[std::size_t{spare_} * kChunkTimers]);
  for (std::size_t line = 0; line < kChunkTimers * sizeof(Event); line += 64)
    __builtin_prefetch(ahead + line, 1);
  __builtin_prefetch(&links_[spare_], 1);
  links_[chunk] = {kNone, lane.tail, lane_index};
  (lane.tail == kNone ? lane.head : links_[lane.tail].next) = chunk;
  lane.tail = chunk;
  lane.filled = 0;
}

/// A chunk without armed timers: back to the free ones, or emptied if more are to be armed in it.
void LaneSet::release(std::uint32_t chunk) {
  ++live_[chunk].generation;
  Link& link = links_[chunk];
  Lane& lane = lanes_[link.lane];
  if (chunk == lane.tail) {
    lane.filled = 0;
    return;
  }
  (link.previous == kNone ? lane.head : links_[link.previous].next) = link.next;
  links_[link.next].previous = link.previous;
  link.next = free_;
  free_ = chunk;
}

/// The first timer of a lane, or one of the same key as the last: ties need care. Returns the
/// largest payload of the key.
std::uint64_t LaneSet::arm_specially(Lane& lane, std::uint32_t lane_index, Event event) {
  LEAPDAY_ASSERT(event.key >= lane.last_key, "a lane's timers must be armed in order");
  const bool disordered = event.key == lane.last_key && event.payload < lane.last_max;
  if (disordered && lane.sorted_key == event.key) {
    lane.sorted_key = 0;
    lane.due.clear();
  }
  if (lane.place == kNone) {
    lower(lane, lane_index, {event.key, event.payload});
  } else if (disordered && timers_[first(lane)].key == event.key) {
    lower(lane, lane_index, {event.key, 0});
  }
  return disordered ? lane.last_max : event.payload;
}

/// The timer to fire next; there is one.
std::uint32_t LaneSet::first(const Lane& lane) const {
  for (std::size_t i = lane.due_next; i < lane.due.size(); ++i) {
    if (is_live(lane.due[i])) return lane.due[i].timer;
  }
  return lane.head * kChunkTimers +
         static_cast<std::uint32_t>(std::countr_zero(live_[lane.head].slots));
}

bool LaneSet::settled() const {
  const Place& place = order_[0];
  const Lane& lane = lanes_[place.lane];
  if (empty(lane)) return false;
  const Event& event = timers_[first(lane)];
  return place.bound == event && lane.sorted_key == event.key;
}

void LaneSet::settle() { rebound(order_[0].lane); }

void LaneSet::pop() {
  const std::uint32_t lane_index = order_[0].lane;
  remove(first(lanes_[lane_index]));
  rebound(lane_index);
}

/// Puts the timers of the first key into `due` unless they stand in order already.
void LaneSet::sort_head(Lane& lane) {
  lane.due.clear();
  lane.due_next = 0;
  scratch_.clear();
  const std::uint64_t key = timers_[first(lane)].key;
  lane.sorted_key = key;
  bool disordered = false;
  std::uint64_t largest = 0;
  for (std::uint32_t chunk = lane.head; chunk != kNone; chunk = links_[chunk].next) {
    for (std::uint32_t left = live_[chunk].slots; left != 0; left &= left - 1) {
      const std::uint32_t timer =
          chunk * kChunkTimers + static_cast<std::uint32_t>(std::countr_zero(left));
      const Event& event = timers_[timer];
      if (event.key != key) {
        chunk = lane.tail;
        break;
      }
      disordered = disordered || event.payload < largest;
      largest = std::max(largest, event.payload);
      scratch_.push_back({event.payload,
                          static_cast<std::uint32_t>(scratch_.size()),
                          {timer, live_[chunk].generation}});
    }
  }
  if (!disordered) return;
  // Equal payloads are the same event to the receiver, but tickets tell them apart: those keep
  // their order of arming.
  std::sort(scratch_.begin(), scratch_.end());
  for (const Ranked& ranked : scratch_) lane.due.push_back(ranked.ticket);
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
  if (empty(lane)) {
    lane.place = kNone;
    const Place last = order_.back();
    order_.pop_back();
    if (order_.empty()) bound_ = kNoEvent;
    if (at == order_.size()) return;
    put(at, last);
  } else {
    while (lane.due_next < lane.due.size() && !is_live(lane.due[lane.due_next])) ++lane.due_next;
    if (lane.sorted_key != timers_[first(lane)].key) sort_head(lane);
    order_[at].bound = timers_[first(lane)];
  }
  sift_down(at);
}

void LaneSet::put(std::size_t at, const Place& place) {
  order_[at] = place;
  lanes_[place.lane].place = static_cast<std::uint32_t>(at);
  if (at == 0) bound_ = place.bound;
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
