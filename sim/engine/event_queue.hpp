/// \file event_queue.hpp
/// The pending events, smallest first: a sorted run in front of a ladder of unsorted buckets.
/// Why: a heap at a million events waits for memory several times per event; here an event is
/// appended, moved once or twice in whole cache lines, and sorted among the few of its bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// Later than every event: no event's key is the largest number.
inline constexpr Event kNoEvent{~std::uint64_t{0}, ~std::uint64_t{0}};

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

/// From near to far, each holding later keys than the one before: the run (sorted), the rungs of
/// the ladder from deepest to first (buckets of equal width), and the top (unsorted). Below a
/// hundred events everything is in the run. What would make the run's insertions costly, many
/// events of one key in random order while that key fires, goes to a heap beside it.
class EventQueue {
 public:
  EventQueue();

  void push(Event event) {
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
  Event top() {
    if (front_ == back_) [[unlikely]] {
      if (size_ == late_.size()) return late_.top();
      refill();
    }
    const Event first = run_[front_];
    if (!late_.empty()) [[unlikely]]
      return before(late_.top(), first) ? late_.top() : first;
    return first;
  }
  /// Removes the event that top() has just returned.
  void pop() {
    --size_;
    if (!late_.empty()) [[unlikely]] {
      if (front_ == back_ || before(late_.top(), run_[front_])) {
        late_.pop();
        return;
      }
    }
    ++front_;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Memory held, for tests of its bound.
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::uint32_t kChunkEvents = 16;
  static constexpr std::uint32_t kBlockChunks = 1024;
  static constexpr std::uint32_t kBucketTarget = 8;    ///< Events per bucket aimed at.
  static constexpr std::uint32_t kSplitAbove = 48;     ///< A bucket beyond becomes a rung.
  static constexpr std::uint32_t kSmall = 64;          ///< A top this small becomes the run.
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
    if (at == 0) extend(bucket);
    chunk(bucket.tail).events[at] = event;
    ++bucket.count;
  }
  void extend(Bucket& bucket);
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

  std::vector<Event> run_;  ///< Sorted within [front_, back_).
  std::size_t front_ = 0;
  std::size_t back_ = 0;
  std::uint64_t run_limit_;  ///< Keys below belong to the run.
  std::uint64_t top_start_;  ///< Keys from here on belong to the top.
  std::size_t size_ = 0;
  EventHeap late_;
  Bucket top_;
  std::uint64_t top_min_;
  std::uint64_t top_max_ = 0;
  std::vector<Rung> rungs_;
  std::size_t depth_ = 0;  ///< Rungs in use; the last is the nearest.
  std::vector<std::unique_ptr<Chunk[]>> blocks_;
  std::vector<std::uint32_t> next_chunk_;
  std::uint32_t free_chunk_ = kNone;
};

}  // namespace leapday::engine
