/// \file event_queue.hpp
/// The pending events, smallest first.
/// Why: everything else in a run waits for this; it is one small interface so that the structure
/// behind it can change without changing any run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leapday::engine {

/// 16 bytes: time and priority in the key, what to do in the payload. Order is (key, payload), so
/// it never depends on insertion, and no sequence number is stored.
struct Event {
  std::uint64_t key = 0;
  std::uint64_t payload = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

inline bool before(const Event& a, const Event& b) {
  const auto wide = [](const Event& e) {
    return (static_cast<unsigned __int128>(e.key) << 64) | e.payload;
  };
  return wide(a) < wide(b);
}

/// Later than every event.
inline constexpr Event kNoEvent{~std::uint64_t{0}, ~std::uint64_t{0}};

/// A 4-ary heap.
class EventQueue {
 public:
  void push(Event event) {
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!before(event, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }
  /// The earliest event; kNoEvent when empty.
  Event top() { return heap_.empty() ? kNoEvent : heap_[0]; }
  /// Removes the earliest event; the queue must not be empty.
  void pop() {
    const Event last = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size == 0) return;
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = 4 * hole + 1;
      if (first >= size) break;
      std::size_t least = first;
      const std::size_t end = first + 4 < size ? first + 4 : size;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (before(heap_[child], heap_[least])) least = child;
      }
      if (!before(heap_[least], last)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
  }
  std::size_t size() const { return heap_.size(); }
  bool empty() const { return heap_.empty(); }

 private:
  std::vector<Event> heap_;
};

}  // namespace leapday::engine
