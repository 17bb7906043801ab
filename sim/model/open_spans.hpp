/// \file open_spans.hpp
/// Which span of which trace a call, an attempt or a visit is, by its key.
/// Why: objects of the request path have no room for it, and only few requests are traced.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace leapday::model {

/// A hash table in one piece of memory. Keys are random already.
class OpenSpans {
 public:
  static constexpr std::uint16_t kNoTrace = 0xffff;
  struct Entry {
    std::uint64_t key = 0;
    std::uint16_t trace = kNoTrace;
    std::uint16_t span = 0;
    std::uint16_t part = 0;  ///< What goes on within it: queueing or service; 0 for neither.
  };

  /// Null when the key is not there. Good until the next add() or remove().
  Entry* find(std::uint64_t key) {
    if (size_ == 0) return nullptr;
    for (std::size_t at = home(key);; at = next(at)) {
      if (slots_[at].trace == kNoTrace) return nullptr;
      if (slots_[at].key == key) return &slots_[at];
    }
  }
  /// The key must not be there yet.
  void add(std::uint64_t key, std::uint16_t trace, std::uint16_t span) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    put({key, trace, span});
    ++size_;
  }
  void remove(std::uint64_t key) {
    if (const Entry* entry = find(key)) remove(entry);
  }
  void remove(const Entry* entry) {
    --size_;
    auto hole = static_cast<std::size_t>(entry - slots_.data());
    for (std::size_t at = next(hole); slots_[at].trace != kNoTrace; at = next(at)) {
      // It may move up unless its home lies behind the hole.
      if (((at - home(slots_[at].key)) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
  }
  /// Gives traces new numbers; those without one lose their entries.
  void renumber(const std::vector<std::uint16_t>& to) {
    std::vector<Entry> old(slots_.size());
    old.swap(slots_);
    size_ = 0;
    for (Entry entry : old) {
      if (entry.trace == kNoTrace || to[entry.trace] == kNoTrace) continue;
      entry.trace = to[entry.trace];
      put(entry);
      ++size_;
    }
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t home(std::uint64_t key) const { return (key * kMix) >> 32 & mask(); }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  void put(const Entry& entry) {
    std::size_t at = home(entry.key);
    while (slots_[at].trace != kNoTrace) at = next(at);
    slots_[at] = entry;
  }
  void grow() {
    std::vector<Entry> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const Entry& entry : old) {
      if (entry.trace != kNoTrace) put(entry);
    }
  }

  static constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15U;
  std::vector<Entry> slots_;  ///< A power of two, at most half of them in use.
  std::size_t size_ = 0;
};

}  // namespace leapday::model
