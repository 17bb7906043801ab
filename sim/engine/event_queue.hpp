/// \file event_queue.hpp
/// The pending events, smallest first: below 64 a sorted array, beyond a sorted run in front of a
/// ladder of unsorted buckets.
/// Why: a heap at a million events waits for memory several times per event; here an event is
/// appended, moved once or twice in whole cache lines, and sorted among the few of its bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/event.hpp"
#include "sim/engine/huge.hpp"
#include "sim/engine/small_queue.hpp"

namespace leapday::engine {

/// The reference and the refuge: a 4-ary heap.
class EventHeap {
 public:
  void push(Event event);
  Event top() const { return events_.empty() ? kNoEvent : events_[0]; }
  void pop();
  std::size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }

 private:
  std::vector<Event> events_;
};

/// Few events are all in `few_`. Beyond, from near to far, each holding later keys than the one
/// before: the run (sorted), the rungs of the ladder from deepest to first (buckets of equal
/// width), and the top (unsorted). What would make the run's insertions costly, many events of one
/// key in random order while that key fires, goes to a heap beside it.
class EventQueue {
 public:
  /// `wide`: may use AVX2; the order is the same without.
  explicit EventQueue(bool wide = has_avx2());

  [[gnu::always_inline]] void push(Event event) {
    if (is_small_) [[likely]] {
      if (few_.size() < 2) {
        few_.push_to_few(event);
      } else {
        push_small(event);
      }
      return;
    }
    ++size_;
    if (event.key >= top_start_) {
      top_min_ = event.key < top_min_ ? event.key : top_min_;
      top_max_ = event.key > top_max_ ? event.key : top_max_;
      append(top_, event);
    } else if (event.key >= run_limit_) {
      push_rung(event);
    } else {
      push_run(event);
    }
  }
  /// The earliest event; kNoEvent when empty.
  [[gnu::always_inline]] Event top() {
    if (is_small_) [[likely]]
      return few_.top();
    if (front_ == back_) [[unlikely]] {
      if (size_ == late_.size()) return late_.top();
      refill();
      if (is_small_) return few_.top();
    }
    const Event first = run_[front_];
    if (!late_.empty()) [[unlikely]]
      return before(late_.top(), first) ? late_.top() : first;
    return first;
  }
  /// Removes the event that top() has just returned.
  void pop() {
    if (is_small_) [[likely]] {
      few_.pop();
      return;
    }
    --size_;
    if (!late_.empty()) [[unlikely]] {
      if (front_ == back_ || before(late_.top(), run_[front_])) {
        late_.pop();
        return;
      }
    }
    ++front_;
  }
  std::size_t size() const { return is_small_ ? few_.size() : size_; }
  bool empty() const { return size() == 0; }
  /// Memory held, for tests of its bound.
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::uint32_t kChunkEvents = 16;
  static constexpr std::uint32_t kBlockChunks = 1024;
  static constexpr std::uint32_t kBucketTarget = 8;    ///< Events per bucket aimed at.
  static constexpr std::uint32_t kSplitAbove = 48;     ///< A bucket beyond becomes a rung.
  static constexpr std::uint32_t kSmall = 64;          ///< A top this small becomes the run.
  static constexpr std::uint32_t kFew = 56;            ///< A queue this small leaves the ladder.
  static constexpr std::size_t kRunMax = 128;          ///< A run beyond is cut.
  static constexpr std::uint32_t kMaxBuckets = 32768;  ///< Per rung.
  static constexpr std::size_t kMaxRungs = 12;

  struct alignas(64) Chunk {
    Event events[kChunkEvents];
  };
  /// A list of chunks, filled in order.
  struct Bucket {
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
    std::uint32_t count = 0;
  };
  /// Buckets of 2^shift keys from `start` on; those before `current` are gone.
  struct Rung {
    std::vector<Bucket> buckets;
    std::uint64_t start = 0;
    std::uint64_t current_start = 0;
    std::uint64_t last = 0;  ///< Last key that belongs here; the last bucket may reach beyond.
    int shift = 0;
    std::uint32_t current = 0;
    std::uint32_t used = 0;  ///< Buckets in use of the vector.
    std::size_t count = 0;
  };

  Chunk& chunk(std::uint32_t index) { return blocks_[index / kBlockChunks][index % kBlockChunks]; }
  void append(Bucket& bucket, Event event) {
    const std::uint32_t at = bucket.count % kChunkEvents;
    // All calls on the way from schedule() are last calls: then nothing need be saved for them.
    if (at == 0) {
      append_to_new_chunk(bucket, event);
      return;
    }
    chunk(bucket.tail).events[at] = event;
    ++bucket.count;
  }
  void append_to_new_chunk(Bucket& bucket, Event event);
  std::uint32_t add_chunks();
  template <class Visit>
  void drain(Bucket bucket, Visit visit);
  void push_rung(Event event);
  void push_run(Event event);
  std::size_t place_in_run(const Event& event) const;
  void insert_run(Event event);
  bool cut_run();
  void make_room();
  void refill();
  bool refill_from_top();
  void refill_from_rung();
  Rung& add_rung(std::uint64_t start, std::uint64_t last, std::size_t events);
  void load(Bucket bucket);
  void prefetch_next(const Rung& rung);
  void update_limit();
  void push_small(Event event);
  void push_too_many(Event event);
  bool become_small();

  bool is_small_ = true;
  bool wide_;
  std::size_t size_ = 0;  ///< While not small.
  SmallQueue few_;
  std::vector<Event> run_;  ///< Sorted within [front_, back_).
  std::size_t front_ = 0;
  std::size_t back_ = 0;
  std::uint64_t run_limit_;  ///< Keys below belong to the run.
  std::uint64_t top_start_;  ///< Keys from here on belong to the top.
  EventHeap late_;
  Bucket top_;
  std::uint64_t top_min_;
  std::uint64_t top_max_ = 0;
  std::vector<Rung> rungs_;
  std::size_t depth_ = 0;       ///< Rungs in use; the last is the nearest.
  std::vector<Chunk*> blocks_;  ///< Of kBlockChunks each, within arenas_.
  std::vector<HugeArray<Chunk>> arenas_;
  HugeVector<std::uint32_t> next_chunk_;
  std::uint32_t free_chunk_ = kNone;
};

}  // namespace leapday::engine
