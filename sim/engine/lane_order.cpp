/// \file lane_order.cpp
/// More lanes than fit in order: a binary heap.
#include "sim/engine/lane_order.hpp"

#include <utility>

namespace leapday::engine {

void LaneOrder::lower(const Place& place) {
  std::uint32_t at = place_of_[place.lane];
  if (!before(place.bound, order_[at].bound)) return;
  if (heap_) {
    sift_up(place, at);
  } else {
    for (; at + 1 < order_.size() && before(place.bound, order_[at + 1].bound); ++at) {
      put(order_[at + 1], at);
    }
    put(place, at);
  }
  bound_ = first().bound;
}

/// From `at`, which is free, to where it belongs.
void LaneOrder::sift_up(Place place, std::uint32_t at) {
  while (at > 0 && before(place.bound, order_[(at - 1) / 2].bound)) {
    put(order_[(at - 1) / 2], at);
    at = (at - 1) / 2;
  }
  put(place, at);
}

/// From the top, which is free.
void LaneOrder::sift_down(Place place) {
  const auto size = static_cast<std::uint32_t>(order_.size());
  std::uint32_t at = 0;
  for (std::uint32_t child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && before(order_[child + 1].bound, order_[child].bound)) ++child;
    if (!before(order_[child].bound, place.bound)) break;
    put(order_[child], at);
    at = child;
  }
  put(place, at);
}

/// The order turned round is one.
void LaneOrder::become_heap() {
  heap_ = true;
  std::reverse(order_.begin(), order_.end());
  for (std::uint32_t at = 0; at < order_.size(); ++at) place_of_[order_[at].lane] = at;
}

void LaneOrder::remove_from_heap() {
  place_of_[order_.front().lane] = kNone;
  const Place last = order_.back();
  order_.pop_back();
  sift_down(last);
  if (order_.size() > kSorted / 2) return;
  heap_ = false;
  std::sort(order_.begin(), order_.end(),
            [](const Place& a, const Place& b) { return before(b.bound, a.bound); });
  for (std::uint32_t at = 0; at < order_.size(); ++at) place_of_[order_[at].lane] = at;
}

}  // namespace leapday::engine
