/// \file event_queue.cpp
/// The rarer moves of the queue: cutting the run, opening buckets, spreading the top.
/// Why the order is safe: every border between parts is a key, equal keys never lie on both sides,
/// and the run is sorted by (key, payload) before anything leaves it.
#include "sim/engine/event_queue.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace leapday::engine {
namespace {

constexpr std::uint64_t kEndOfKeys = ~std::uint64_t{0};

/// start + width, or the end of all keys where that overflows.
std::uint64_t saturating_add(std::uint64_t start, unsigned __int128 width) {
  const unsigned __int128 sum = start + width;
  return sum > kEndOfKeys ? kEndOfKeys : static_cast<std::uint64_t>(sum);
}

/// Up to 16 events: each one's rank is how many keys are before its own; no branch depends on the
/// data. Equal keys, which are rare, are put in order of payload afterwards.
void rank_sort(Event* events, std::uint32_t count) {
  std::array<Event, 16> copy;
  std::array<std::uint32_t, 16> rank;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Event event = events[i];
    copy[i] = event;
    std::uint32_t own = i;
    for (std::uint32_t j = 0; j < i; ++j) {
      const std::uint32_t earlier = event.key < copy[j].key ? 1 : 0;
      rank[j] += earlier;
      own -= earlier;
    }
    rank[i] = own;
  }
  for (std::uint32_t i = 0; i < count; ++i) events[rank[i]] = copy[i];
  for (std::uint32_t i = 1; i < count; ++i) {
    for (std::uint32_t j = i; j > 0 && before(events[j], events[j - 1]); --j) {
      std::swap(events[j], events[j - 1]);
    }
  }
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

EventQueue::EventQueue()
    : run_(2 * kRunMax), run_limit_(kEndOfKeys), top_start_(kEndOfKeys), top_min_(kEndOfKeys) {
  front_ = back_ = run_.size() / 2;
}

std::size_t EventQueue::bytes() const {
  std::size_t sum = sizeof(*this) + run_.capacity() * sizeof(Event) + late_.size() * sizeof(Event) +
                    blocks_.size() * kBlockChunks * (sizeof(Chunk) + sizeof(std::uint32_t));
  for (const Rung& rung : rungs_) sum += rung.buckets.capacity() * sizeof(Bucket);
  return sum;
}

void EventQueue::extend(Bucket& bucket) {
  std::uint32_t index = free_chunk_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(next_chunk_.size());
    next_chunk_.resize(next_chunk_.size() + kBlockChunks);
    blocks_.push_back(std::make_unique_for_overwrite<Chunk[]>(kBlockChunks));
    for (std::uint32_t i = index; i < index + kBlockChunks; ++i) next_chunk_[i] = i + 1;
    next_chunk_.back() = kNone;
  }
  free_chunk_ = next_chunk_[index];
  next_chunk_[index] = kNone;
  if (bucket.count == 0) {
    bucket.head = index;
  } else {
    next_chunk_[bucket.tail] = index;
  }
  bucket.tail = index;
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
  const std::uint64_t start =
      saturating_add(rung.start, static_cast<unsigned __int128>(rung.current) << rung.shift);
  ++rung.current;
  const std::uint64_t end = std::min(
      rung.last + 1, saturating_add(start, static_cast<unsigned __int128>(1) << rung.shift));
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
  drain(bucket, [this](const Event& event) { run_[back_++] = event; });
  if (bucket.count <= 16) {
    rank_sort(run_.data() + front_, bucket.count);
  } else {
    std::sort(run_.begin() + static_cast<std::ptrdiff_t>(front_),
              run_.begin() + static_cast<std::ptrdiff_t>(back_), before);
  }
}

}  // namespace leapday::engine
