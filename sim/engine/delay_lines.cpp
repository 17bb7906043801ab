/// \file delay_lines.cpp
/// Making lines and room in them.
#include "sim/engine/delay_lines.hpp"

#include <algorithm>
#include <utility>

namespace leapday::engine {

DelayLineId DelayLines::add_line() {
  if (lines_.size() == kMost) return {};
  keys_[count_] = kNoEvent.key;
  payloads_[count_] = kNoEvent.payload;
  ++count_;
  lines_.emplace_back();
  return {static_cast<std::uint32_t>(lines_.size() - 1)};
}

std::uint32_t DelayLines::first_of_ties(std::uint64_t key) const {
  std::uint32_t first = kMost;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (keys_[i] != key) continue;
    if (first == kMost || payloads_[i] < payloads_[first]) first = i;
  }
  return first;
}

void DelayLines::grow(Line& line) {
  std::vector<Event> ring(std::max<std::size_t>(2 * line.ring.size(), 16));
  const std::uint64_t count = line.tail - line.head;
  for (std::uint64_t i = 0; i < count; ++i) {
    ring[i] = line.ring[(line.head + i) & (line.ring.size() - 1)];
  }
  line.ring = std::move(ring);
  line.head = 0;
  line.tail = count;
}

}  // namespace leapday::engine
