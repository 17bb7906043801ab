/// \file lane_order.hpp
/// Which of a scheduler's lanes comes next: up to sixteen of them in order, more as a heap.
/// Why: a run has few delays, and a lane whose first timer fires moves past one or two others; a
/// lane that holds one timer at a time comes and goes with it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event.hpp"

namespace leapday::engine {

/// Names one armed timer; empty until armed, and harmless once the timer has fired.
struct LaneTicket {
  std::uint32_t timer = 0xffffffffU;
  std::uint32_t generation = 0;
  bool armed() const { return timer != 0xffffffffU; }
};

class LaneOrder {
 public:
  /// No timer of the lane fires before `bound`, which is this timer's if that is still live.
  struct Place {
    Event bound;
    LaneTicket timer;
    std::uint32_t lane;
  };

  void add_lane() { place_of_.push_back(kNone); }
  bool empty() const { return order_.empty(); }
  bool has(std::uint32_t lane) const { return place_of_[lane] != kNone; }
  /// Of the lane that comes next.
  const Place& first() const { return heap_ ? order_.front() : order_.back(); }
  /// Its bound, or kNoEvent.
  const Event& bound() const { return bound_; }

  /// The first lane's place is this one now, which is not before the one that it had.
  void replace_first(const Place& place) {
    if (heap_) [[unlikely]] {
      sift_down(place);
    } else {
      settle_down(place, static_cast<std::uint32_t>(order_.size()) - 1);
    }
    bound_ = first().bound;
  }
  void remove_first() {
    if (heap_) [[unlikely]] {
      remove_from_heap();
    } else {
      place_of_[order_.back().lane] = kNone;
      order_.pop_back();
    }
    bound_ = order_.empty() ? kNoEvent : first().bound;
  }
  /// Adds the lane.
  void add(const Place& place) {
    order_.emplace_back();
    const auto last = static_cast<std::uint32_t>(order_.size()) - 1;
    if (heap_) [[unlikely]] {
      sift_up(place, last);
    } else {
      settle_down(place, last);
      if (order_.size() > kSorted) become_heap();
    }
    bound_ = first().bound;
  }
  /// The lane, which is there, comes at least as early as this.
  void lower(const Place& place);

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::size_t kSorted = 16;

  void put(const Place& place, std::uint32_t at) {
    order_[at] = place;
    place_of_[place.lane] = at;
  }
  /// From the end, which is free, to behind all that are later.
  void settle_down(const Place& place, std::uint32_t at) {
    for (; at > 0 && before(order_[at - 1].bound, place.bound); --at) put(order_[at - 1], at);
    put(place, at);
  }
  void sift_up(Place place, std::uint32_t at);
  void sift_down(Place place);
  void become_heap();
  void remove_from_heap();

  /// The latest first; or a binary heap, the earliest first.
  std::vector<Place> order_;
  std::vector<std::uint32_t> place_of_;  ///< By lane; kNone without timers.
  Event bound_ = kNoEvent;
  bool heap_ = false;
};

}  // namespace leapday::engine
