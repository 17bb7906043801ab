/// \file stable_vector.hpp
/// A vector whose elements never move, named by index.
/// Why: stations are added while references to others are held; std::deque divides to find one.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace leapday::engine {

template <class T>
class StableVector {
 public:
  T& operator[](std::size_t index) { return chunks_[index >> kShift][index & kMask]; }
  const T& operator[](std::size_t index) const { return chunks_[index >> kShift][index & kMask]; }
  std::size_t size() const { return size_; }
  /// Grows to that size; what is new is T{}.
  void resize(std::size_t size) {
    while (chunks_.size() << kShift < size) {
      chunks_.push_back(std::make_unique<T[]>(std::size_t{1} << kShift));
    }
    size_ = size > size_ ? size : size_;
  }

 private:
  static constexpr int kShift = std::bit_width(sizeof(T) < 4096 ? 16384 / sizeof(T) : 4) - 1;
  static constexpr std::size_t kMask = (std::size_t{1} << kShift) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace leapday::engine
