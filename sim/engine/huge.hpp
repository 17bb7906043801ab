/// \file huge.hpp
/// Memory for large tables that are read at random, in pages of 2 MB where the system has them.
/// Why: with 4 KB pages most reads of a table beyond a few megabytes miss the processor's table of
/// pages too, which costs about as much as the read itself.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace leapday::engine {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Uninitialised; from half a huge page on whole huge pages. Throws std::bad_alloc.
void* allocate_huge(std::size_t bytes);
void free_huge(void* memory, std::size_t bytes);

/// An allocator for vectors that may become large.
template <class T>
struct HugeAllocator {
  using value_type = T;
  HugeAllocator() = default;
  template <class U>
  HugeAllocator(const HugeAllocator<U>&) {}  // NOLINT: allocators convert
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_huge(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) { free_huge(memory, count * sizeof(T)); }
  friend bool operator==(const HugeAllocator&, const HugeAllocator&) { return true; }
};

template <class T>
using HugeVector = std::vector<T, HugeAllocator<T>>;

/// An array that its owner fills.
template <class T>
class HugeArray {
 public:
  explicit HugeArray(std::size_t count)
      : data_(static_cast<T*>(allocate_huge(count * sizeof(T))), {count * sizeof(T)}) {}
  T* data() const { return data_.get(); }

 private:
  struct Free {
    std::size_t bytes;
    void operator()(T* memory) const { free_huge(memory, bytes); }
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace leapday::engine
