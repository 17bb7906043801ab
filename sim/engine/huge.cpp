/// \file huge.cpp
/// Aligned memory, and the advice to back it with huge pages.
#include "sim/engine/huge.hpp"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace leapday::engine {
namespace {

constexpr std::align_val_t kLine{64};
constexpr std::align_val_t kPage{kHugePage};

/// Smaller tables do not fill a huge page, and clearing one would cost more than it saves.
bool is_huge(std::size_t bytes) { return bytes >= kHugePage / 2; }

std::size_t whole_pages(std::size_t bytes) { return (bytes + kHugePage - 1) & ~(kHugePage - 1); }

}  // namespace

void* allocate_huge(std::size_t bytes) {
  if (!is_huge(bytes)) return ::operator new(bytes, kLine);
  void* memory = ::operator new(whole_pages(bytes), kPage);
#if defined(__linux__)
  // Advice only: without huge pages everything works, slower.
  (void)madvise(memory, whole_pages(bytes), MADV_HUGEPAGE);
#endif
  return memory;
}

void free_huge(void* memory, std::size_t bytes) {
  ::operator delete(memory, is_huge(bytes) ? kPage : kLine);
}

}  // namespace leapday::engine
