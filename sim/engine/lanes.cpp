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
  order_.add_lane();
  return {static_cast<std::uint32_t>(lanes_.size() - 1)};
}

bool LaneSet::reuse(LaneId id) {
  Lane& lane = lanes_[id.index];
  if (order_.has(id.index)) return false;
  lane.last_key = 0;
  lane.last_max = 0;
  lane.sorted_key = 0;
  lane.unordered_until = 0;
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
  if (disordered) lane.unordered_until = event.key;
  if (disordered && lane.sorted_key == event.key) {
    lane.sorted_key = 0;
    lane.due.clear();
  }
  if (!order_.has(lane_index)) {
    const std::uint32_t timer = lane.tail * kChunkTimers + lane.filled - 1;
    order_.add({event, {timer, live_[lane.tail].generation}, lane_index});
  } else if (disordered && timers_[first(lane)].key == event.key) {
    order_.lower({{event.key, 0}, {}, lane_index});
  }
  return disordered ? lane.last_max : event.payload;
}

/// Timers of its key may be out of order from now on, and the bound is only that of their key.
void LaneSet::rename(const LaneTicket& ticket, std::uint64_t payload) {
  const std::uint32_t timer = ticket.timer;
  timers_[timer].payload = payload;
  const std::uint32_t lane_index = links_[timer / kChunkTimers].lane;
  Lane& lane = lanes_[lane_index];
  const std::uint64_t key = timers_[timer].key;
  lane.unordered_until = std::max(lane.unordered_until, key);
  if (key == lane.last_key) lane.last_max = std::max(lane.last_max, payload);
  if (lane.sorted_key == key) {
    lane.sorted_key = 0;
    lane.due.clear();
    lane.due_next = 0;
  }
  order_.lower({{key, 0}, {}, lane_index});
}

/// The timer to fire next; there is one.
std::uint32_t LaneSet::first(const Lane& lane) const {
  for (std::size_t i = lane.due_next; i < lane.due.size(); ++i) {
    if (is_live(lane.due[i])) return lane.due[i].timer;
  }
  return lane.head * kChunkTimers +
         static_cast<std::uint32_t>(std::countr_zero(live_[lane.head].slots));
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

/// Finds the first timer of the first lane anew; it is not before the bound that the lane has.
void LaneSet::settle() {
  const std::uint32_t lane_index = order_.first().lane;
  Lane& lane = lanes_[lane_index];
  if (empty(lane)) {
    order_.remove_first();
    return;
  }
  while (lane.due_next < lane.due.size() && !is_live(lane.due[lane.due_next])) ++lane.due_next;
  std::uint32_t timer = first(lane);
  if (!in_order(lane, timers_[timer].key)) [[unlikely]] {
    sort_head(lane);
    timer = first(lane);
  }
  const std::uint32_t generation = live_[timer / kChunkTimers].generation;
  order_.replace_first({timers_[timer], {timer, generation}, lane_index});
}

}  // namespace leapday::engine
