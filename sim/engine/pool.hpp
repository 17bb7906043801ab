/// \file pool.hpp
/// A pool of values named by index, in contiguous chunks that never move.
/// Why: requests are named by 28-bit indices in events; nothing allocates per request, and a
/// reference stays valid while other slots are made.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/assert.hpp"

namespace leapday::engine {

/// Slots are reused last freed first, so that the same calls give the same indices.
template <class T>
class Pool {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::uint32_t kLimit = 1U << 28;

  /// A slot holding T{}.
  std::uint32_t make() {
    const std::uint32_t index = take();
    (*this)[index] = T{};
    return index;
  }
  /// A slot holding what was there before, or T{}: for who fills in all of it.
  std::uint32_t take() {
    ++size_;
    if (free_ == kNone) [[unlikely]]
      return grow();
    const std::uint32_t index = free_;
    free_ = next_[index];
    next_[index] = kLive;
    return index;
  }
  /// Gives the slot back; its value stays until the slot is made again.
  void free(std::uint32_t index) {
    LEAPDAY_ASSERT(live(index), "a pool slot was freed twice");
    next_[index] = free_;
    free_ = index;
    --size_;
  }
  T& operator[](std::uint32_t index) { return chunks_[index >> kShift][index & kMask]; }
  const T& operator[](std::uint32_t index) const { return chunks_[index >> kShift][index & kMask]; }
  bool live(std::uint32_t index) const { return index < next_.size() && next_[index] == kLive; }
  /// Live slots.
  std::size_t size() const { return size_; }
  /// Slots ever made: every live index is below it.
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(next_.size()); }
  /// Calls `visit(index, value)` for each live slot, in index order. `visit` may free its slot.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::uint32_t i = 0; i < next_.size(); ++i) {
      if (next_[i] == kLive) visit(i, (*this)[i]);
    }
  }

 private:
  static constexpr std::uint32_t kLive = 0xfffffffeU;
  static constexpr std::uint32_t kShift =
      static_cast<std::uint32_t>(std::bit_width(sizeof(T) < 16384 ? 32768 / sizeof(T) : 2) - 1);
  static constexpr std::uint32_t kMask = (1U << kShift) - 1;

  std::uint32_t grow() {
    const auto index = static_cast<std::uint32_t>(next_.size());
    LEAPDAY_ASSERT(index < kLimit, "a pool is full: more than 2^28 live slots");
    if ((index & kMask) == 0) chunks_.push_back(std::make_unique<T[]>(std::size_t{1} << kShift));
    next_.push_back(kLive);
    return index;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> next_;  ///< Free list; kLive where the slot is in use.
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace leapday::engine
