/// \file event_queue.cpp
/// The rarer moves of the queue: cutting the run, opening buckets, spreading the top.
/// Why the order is safe: every border between parts is a key, equal keys never lie on both sides,
/// and the run is sorted by (key, payload) before anything leaves it.
#include "sim/engine/event_queue.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

namespace leapday::engine {
namespace {

constexpr std::uint64_t kEndOfKeys = ~std::uint64_t{0};

/// start + width, or the end of all keys where that overflows.
std::uint64_t saturating_add(std::uint64_t start, unsigned __int128 width) {
  const unsigned __int128 sum = start + width;
  return sum > kEndOfKeys ? kEndOfKeys : static_cast<std::uint64_t>(sum);
}

constexpr std::uint32_t kRanked = 16;

/// Up to 16 events: each one's rank is how many keys are before its own; no branch depends on the
/// data. Equal keys, which are rare, are put in order of payload afterwards.
void rank_sort(const Event* events, std::uint32_t count, Event* sorted) {
  std::array<std::uint32_t, kRanked> rank;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t key = events[i].key;
    std::uint32_t own = i;
    for (std::uint32_t j = 0; j < i; ++j) {
      const std::uint32_t earlier = key < events[j].key ? 1 : 0;
      rank[j] += earlier;
      own -= earlier;
    }
    rank[i] = own;
  }
  for (std::uint32_t i = 0; i < count; ++i) sorted[rank[i]] = events[i];
  for (std::uint32_t i = 1; i < count; ++i) {
    for (std::uint32_t j = i; j > 0 && before(sorted[j], sorted[j - 1]); --j) {
      std::swap(sorted[j], sorted[j - 1]);
    }
  }
}

/// The same for more than 4 (kFours - 1) and up to 4 kFours events, four keys at a time. Reads and
/// writes whole fours. False when keys are equal, and the order left open.
template <std::uint32_t kFours>
[[gnu::always_inline]] inline bool rank_fours(const Event* events, std::uint32_t count,
                                              Event* sorted) {
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
  alignas(32) std::array<std::int64_t, 4 * kFours> keys;
  alignas(32) std::array<std::int64_t, 4 * kFours> rank;
  simd::Longs own[kFours], earlier[kFours];
  for (std::uint32_t four = 0; four < kFours; ++four) {
    simd::Longs low, high;
    std::memcpy(&low, events + 4 * four, sizeof low);
    std::memcpy(&high, events + 4 * four + 2, sizeof high);
    own[four] =
        __builtin_shufflevector(low, high, 0, 2, 4, 6) ^ std::numeric_limits<std::int64_t>::min();
    if (four + 1 == kFours) {
      const simd::Longs place = simd::Longs{0, 1, 2, 3} + (4 * four);
      const simd::Longs absent = place >= static_cast<std::int64_t>(count);
      own[four] = (own[four] & ~absent) | (absent & kLatest);
    }
    earlier[four] = simd::Longs{};
    std::memcpy(&keys[4 * four], &own[four], sizeof own[four]);
  }
  for (std::uint32_t j = 0; j < 4 * kFours; ++j) {
    for (std::uint32_t four = 0; four < kFours; ++four) earlier[four] -= own[four] > keys[j];
  }
  simd::Longs sum{};
  for (std::uint32_t four = 0; four < kFours; ++four) {
    sum += earlier[four];
    std::memcpy(&rank[4 * four], &earlier[four], sizeof earlier[four]);
  }
  // Those absent all rank last, and go where nobody looks.
  for (std::uint32_t i = 0; i < 4 * kFours; ++i) sorted[rank[i]] = events[i];
  const std::int64_t n = count, absent = 4 * kFours - n;
  return sum[0] + sum[1] + sum[2] + sum[3] == n * (n - 1) / 2 + absent * n;
}

LEAPDAY_AVX2 void rank_sort_wide(const Event* events, std::uint32_t count, Event* sorted) {
  bool done = true;
  if (count <= 4) {
    done = rank_fours<1>(events, count, sorted);
  } else if (count <= 8) {
    done = rank_fours<2>(events, count, sorted);
  } else if (count <= 12) {
    done = rank_fours<3>(events, count, sorted);
  } else {
    done = rank_fours<4>(events, count, sorted);
  }
  if (!done) [[unlikely]]
    rank_sort(events, count, sorted);
}

}  // namespace

void EventHeap::push(Event event) {
  std::size_t hole = events_.size();
  events_.push_back(event);
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / 4;
    if (!before(event, events_[parent])) break;
    events_[hole] = events_[parent];
    hole = parent;
  }
  events_[hole] = event;
}

void EventHeap::pop() {
  const Event last = events_.back();
  events_.pop_back();
  const std::size_t size = events_.size();
  if (size == 0) return;
  std::size_t hole = 0;
  for (;;) {
    const std::size_t first = 4 * hole + 1;
    if (first >= size) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + 4, size);
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(events_[child], events_[least])) least = child;
    }
    if (!before(events_[least], last)) break;
    events_[hole] = events_[least];
    hole = least;
  }
  events_[hole] = last;
}

EventQueue::EventQueue(bool wide)
    : wide_(wide),
      few_(wide),
      run_limit_(kEndOfKeys),
      top_start_(kEndOfKeys),
      top_min_(kEndOfKeys) {}

void EventQueue::push_small(Event event) {
  if (few_.size() < SmallQueue::kCapacity) [[likely]] {
    few_.push(event);
  } else {
    push_too_many(event);
  }
}

/// The few events become the run, and what is later than all of them the top.
void EventQueue::push_too_many(Event event) {
  is_small_ = false;
  size_ = few_.size();
  if (run_.empty()) run_.resize(4 * kRunMax);
  front_ = (run_.size() - size_) / 2;
  back_ = front_ + size_;
  for (std::uint32_t i = 0; i < few_.size(); ++i) run_[back_ - 1 - i] = few_.nth_last(i);
  few_.clear();
  top_start_ = std::min(run_[back_ - 1].key, kEndOfKeys - 1) + 1;
  update_limit();
  push(event);
}

/// When nothing but a small top is left. True when that has happened.
bool EventQueue::become_small() {
  if (top_.count > kFew || !late_.empty()) return false;
  drain(top_, [this](const Event& event) { few_.push(event); });
  top_ = {};
  top_min_ = kEndOfKeys;
  top_max_ = 0;
  is_small_ = true;
  return true;
}

std::size_t EventQueue::bytes() const {
  std::size_t sum = sizeof(*this) + run_.capacity() * sizeof(Event) + late_.size() * sizeof(Event) +
                    blocks_.size() * kBlockChunks * (sizeof(Chunk) + sizeof(std::uint32_t));
  for (const Rung& rung : rungs_) sum += rung.buckets.capacity() * sizeof(Bucket);
  return sum;
}

/// One block at first, then as many as fill a huge page. Returns the first new chunk.
std::uint32_t EventQueue::add_chunks() {
  const auto first = static_cast<std::uint32_t>(next_chunk_.size());
  const std::uint32_t chunks =
      first == 0 ? kBlockChunks : static_cast<std::uint32_t>(kHugePage / sizeof(Chunk));
  arenas_.emplace_back(chunks);
  for (std::uint32_t i = 0; i < chunks; i += kBlockChunks)
    blocks_.push_back(arenas_.back().data() + i);
  next_chunk_.resize(first + chunks);
  for (std::uint32_t i = first; i < first + chunks; ++i) next_chunk_[i] = i + 1;
  next_chunk_.back() = kNone;
  return first;
}

void EventQueue::append_to_new_chunk(Bucket& bucket, Event event) {
  std::uint32_t index = free_chunk_;
  if (index == kNone) {
    index = add_chunks();
  }
  free_chunk_ = next_chunk_[index];
  next_chunk_[index] = kNone;
  if (bucket.count == 0) {
    bucket.head = index;
  } else {
    next_chunk_[bucket.tail] = index;
  }
  bucket.tail = index;
  chunk(index).events[0] = event;
  ++bucket.count;
}

template <class Visit>
void EventQueue::drain(Bucket bucket, Visit visit) {
  std::uint32_t index = bucket.head;
  while (bucket.count > 0) {
    const std::uint32_t here = std::min(bucket.count, kChunkEvents);
    const std::uint32_t next = next_chunk_[index];
    Chunk& events = chunk(index);
    if (next != kNone) {
      const char* ahead = reinterpret_cast<const char*>(&chunk(next));
      for (std::size_t line = 0; line < sizeof(Chunk); line += 64) __builtin_prefetch(ahead + line);
    }
    for (std::uint32_t i = 0; i < here; ++i) visit(events.events[i]);
    next_chunk_[index] = free_chunk_;
    free_chunk_ = index;
    index = next;
    bucket.count -= here;
  }
}

void EventQueue::push_rung(Event event) {
  std::size_t i = 0;
  while (event.key < rungs_[i].current_start) ++i;
  Rung& rung = rungs_[i];
  append(rung.buckets[(event.key - rung.start) >> rung.shift], event);
  ++rung.count;
}

void EventQueue::push_run(Event event) {
  if (back_ - front_ >= kRunMax) [[unlikely]] {
    if (!cut_run()) {
      late_.push(event);
      return;
    }
    if (event.key >= run_limit_) {
      --size_;
      push(event);
      return;
    }
  }
  insert_run(event);
}

/// Where in the run the event belongs. Keys are compared with all others of a block at once: the
/// sums do not wait for each other as the steps of a binary search do, and nothing is mispredicted.
std::size_t EventQueue::place_in_run(const Event& event) const {
  const Event* events = run_.data();
  std::size_t first = front_, last = back_;
  while (last - first > 32) {
    const std::size_t middle = first + (last - first) / 2;
    if (events[middle].key < event.key) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  std::size_t smaller = 0;
  for (std::size_t i = first; i < last; ++i) smaller += events[i].key < event.key ? 1 : 0;
  std::size_t at = first + smaller;
  while (at < back_ && events[at].key == event.key && events[at].payload < event.payload) ++at;
  return at;
}

void EventQueue::insert_run(Event event) {
  std::size_t at = place_in_run(event);
  if (at - front_ < back_ - at && front_ > 0) {
    std::copy(run_.begin() + static_cast<std::ptrdiff_t>(front_),
              run_.begin() + static_cast<std::ptrdiff_t>(at),
              run_.begin() + static_cast<std::ptrdiff_t>(front_ - 1));
    --front_;
    run_[at - 1] = event;
    return;
  }
  if (back_ == run_.size()) {
    const std::size_t offset = at - front_;
    make_room();
    at = front_ + offset;
  }
  std::copy_backward(run_.begin() + static_cast<std::ptrdiff_t>(at),
                     run_.begin() + static_cast<std::ptrdiff_t>(back_),
                     run_.begin() + static_cast<std::ptrdiff_t>(back_ + 1));
  ++back_;
  run_[at] = event;
}

/// Moves the run to the middle, in a larger buffer when it fills more than half of this one.
void EventQueue::make_room() {
  const std::size_t count = back_ - front_;
  std::vector<Event> larger;
  std::vector<Event>* target = &run_;
  if (count * 2 > run_.size()) {
    larger.resize(run_.size() * 2);
    target = &larger;
  }
  const std::size_t middle = (target->size() - count) / 2;
  std::move(run_.begin() + static_cast<std::ptrdiff_t>(front_),
            run_.begin() + static_cast<std::ptrdiff_t>(back_),
            target->begin() + static_cast<std::ptrdiff_t>(middle));
  if (target == &larger) run_.swap(larger);
  front_ = middle;
  back_ = middle + count;
}

/// Gives the later half of the run to a new rung, or to the top when there is no rung. False when
/// that cannot be done, because all keys are equal or the ladder is too deep.
bool EventQueue::cut_run() {
  if (depth_ == kMaxRungs) return false;
  const auto by_key = [](const Event& event, std::uint64_t key) { return event.key < key; };
  const auto first = run_.begin() + static_cast<std::ptrdiff_t>(front_);
  const auto last = run_.begin() + static_cast<std::ptrdiff_t>(back_);
  std::uint64_t border = (first + (last - first) / 2)->key;
  if (border == first->key) ++border;
  const auto cut = std::lower_bound(first, last, border, by_key);
  if (cut == last) return false;
  border = cut->key;
  const auto moved = static_cast<std::size_t>(last - cut);
  if (depth_ == 0) {
    top_start_ = border;
    top_min_ = std::min(top_min_, border);
    top_max_ = std::max(top_max_, (last - 1)->key);
    for (auto event = cut; event != last; ++event) append(top_, *event);
  } else {
    Rung& rung = add_rung(border, run_limit_ - 1, moved);
    for (auto event = cut; event != last; ++event) {
      append(rung.buckets[(event->key - rung.start) >> rung.shift], *event);
    }
    rung.count = moved;
  }
  back_ -= moved;
  update_limit();
  return true;
}

EventQueue::Rung& EventQueue::add_rung(std::uint64_t start, std::uint64_t last,
                                       std::size_t events) {
  const auto wanted = std::bit_ceil(
      static_cast<std::uint32_t>(std::min<std::size_t>(events / kBucketTarget + 1, kMaxBuckets)));
  const std::uint64_t span = last - start;
  int shift = 0;
  while ((span >> shift) >= wanted) ++shift;
  if (depth_ == rungs_.size()) rungs_.emplace_back();
  Rung& rung = rungs_[depth_++];
  rung.start = rung.current_start = start;
  rung.last = last;
  rung.shift = shift;
  rung.current = 0;
  rung.used = static_cast<std::uint32_t>(span >> shift) + 1;
  rung.count = 0;
  // Buckets are left empty when they are taken, so old ones need no clearing.
  if (rung.buckets.size() < rung.used) rung.buckets.resize(rung.used);
  return rung;
}

void EventQueue::update_limit() {
  run_limit_ = depth_ > 0 ? rungs_[depth_ - 1].current_start : top_start_;
}

void EventQueue::refill() {
  while (front_ == back_) {
    while (depth_ > 0 && rungs_[depth_ - 1].count == 0) --depth_;
    if (depth_ == 0) {
      if (become_small()) return;
      if (refill_from_top()) break;
    } else {
      refill_from_rung();
    }
  }
  update_limit();
}

/// Spreads the top over a first rung, or makes it the run (true) when it is small.
bool EventQueue::refill_from_top() {
  const Bucket all = top_;
  const std::uint64_t low = top_min_, high = top_max_;
  top_ = {};
  top_min_ = kEndOfKeys;
  top_max_ = 0;
  if (all.count <= kSmall || low == high) {
    // A small queue lives in the run alone, whatever comes; a crowd at one key must not.
    top_start_ = all.count <= kSmall ? kEndOfKeys : high + 1;
    load(all);
    return true;
  }
  Rung& rung = add_rung(low, high, all.count);
  rung.count = all.count;
  top_start_ = saturating_add(low, static_cast<unsigned __int128>(rung.used) << rung.shift);
  rung.last = top_start_ - 1;
  drain(all, [&](const Event& event) {
    append(rung.buckets[(event.key - rung.start) >> rung.shift], event);
  });
  return false;
}

/// Takes the next bucket of the deepest rung: into the run, or into a deeper rung when it is large.
void EventQueue::refill_from_rung() {
  Rung& rung = rungs_[depth_ - 1];
  while (rung.buckets[rung.current].count == 0) ++rung.current;
  const Bucket taken = rung.buckets[rung.current];
  rung.buckets[rung.current] = {};
  // The bucket holds an event, so it starts at or before the rung's last key.
  const std::uint64_t start = rung.start + (std::uint64_t{rung.current} << rung.shift);
  ++rung.current;
  const std::uint64_t width = std::uint64_t{1} << rung.shift;
  const std::uint64_t end = rung.last - start < width ? rung.last + 1 : start + width;
  rung.current_start = end;
  rung.count -= taken.count;
  prefetch_next(rung);
  if (taken.count <= kSplitAbove || rung.shift == 0 || depth_ == kMaxRungs) {
    load(taken);
    return;
  }
  // add_rung may move `rung`; it is not used from here on.
  Rung& deeper = add_rung(start, end - 1, taken.count);
  deeper.count = taken.count;
  drain(taken, [&](const Event& event) {
    append(deeper.buckets[(event.key - deeper.start) >> deeper.shift], event);
  });
}

void EventQueue::prefetch_next(const Rung& rung) {
  for (std::uint32_t i = rung.current; i < std::min(rung.used, rung.current + 2); ++i) {
    if (rung.buckets[i].count == 0) continue;
    const char* ahead = reinterpret_cast<const char*>(&chunk(rung.buckets[i].head));
    for (std::size_t line = 0; line < sizeof(Chunk); line += 64) __builtin_prefetch(ahead + line);
  }
}

/// Makes the bucket's events the run; the run is empty.
void EventQueue::load(Bucket bucket) {
  if (bucket.count + kRunMax > run_.size()) {
    run_ = std::vector<Event>(std::bit_ceil(2 * std::size_t{bucket.count} + 2 * kRunMax));
  }
  front_ = (run_.size() - bucket.count) / 2;
  back_ = front_;
  if (bucket.count <= kRanked) {
    static_assert(kRanked == kChunkEvents);
    const Event* events = chunk(bucket.head).events;
    (wide_ ? rank_sort_wide : rank_sort)(events, bucket.count, run_.data() + front_);
    back_ += bucket.count;
    next_chunk_[bucket.head] = free_chunk_;
    free_chunk_ = bucket.head;
  } else {
    drain(bucket, [this](const Event& event) { run_[back_++] = event; });
    std::sort(run_.begin() + static_cast<std::ptrdiff_t>(front_),
              run_.begin() + static_cast<std::ptrdiff_t>(back_), before);
  }
}

}  // namespace leapday::engine
