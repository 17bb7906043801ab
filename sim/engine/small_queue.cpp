/// \file small_queue.cpp
/// Finding an event's place among at most 64.
#include "sim/engine/small_queue.hpp"

#include <array>
#include <limits>

// Vectors are passed between functions here, but only between inlined ones.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace leapday::engine {
namespace {

constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();

template <class Vector>
[[gnu::always_inline]] inline Vector load(const void* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class Vector>
[[gnu::always_inline]] inline Vector counting() {
  Vector vector;
  for (std::size_t i = 0; i < sizeof(Vector); ++i) vector[i] = static_cast<std::int8_t>(i);
  return vector;
}

/// How many keys are later; `used` is rounded up to whole vectors.
[[gnu::always_inline]] inline std::uint32_t count_later(const std::int64_t* keys,
                                                        std::uint32_t used, std::int64_t key) {
  simd::Longs first{}, second{};
  for (std::uint32_t i = 0; i < used; i += 8) {
    first -= load<simd::Longs>(keys + i) > key;
    second -= load<simd::Longs>(keys + i + 4) > key;
  }
  first += second;
  return static_cast<std::uint32_t>((first[0] + first[1]) + (first[2] + first[3]));
}

/// The new half row: bytes of places after `at` and up to `size` move on by one, `slot` goes to
/// `at`; `base` is the place of the first byte.
[[gnu::always_inline]] inline void shift_half(std::uint8_t* to, const simd::Bytes& here,
                                              const simd::Bytes& previous, std::uint32_t base,
                                              std::uint32_t at, std::uint32_t size) {
  const simd::Bytes place = counting<simd::Bytes>() + static_cast<std::int8_t>(base);
  const simd::Bytes stays =
      (place < static_cast<std::int8_t>(at)) | (place > static_cast<std::int8_t>(size));
  const simd::Bytes moved = (here & stays) | (previous & ~stays);
  std::memcpy(to, &moved, sizeof moved);
}

/// Moves the bytes of places [at, size) on by one and puts the first free slot at that place;
/// returns it.
[[gnu::always_inline]] inline std::uint32_t insert_slot(std::uint8_t* order, std::uint32_t at,
                                                        std::uint32_t size) {
  const std::uint8_t slot = order[size + 1];
  // Both halves are read before either is written: they overlap by a byte.
  const auto low_before = load<simd::Bytes>(order), high_before = load<simd::Bytes>(order + 32);
  shift_half(order + 1, load<simd::Bytes>(order + 1), low_before, 0, at, size);
  if (size >= 32) shift_half(order + 33, load<simd::Bytes>(order + 33), high_before, 32, at, size);
  order[at + 1] = slot;
  return slot;
}

}  // namespace

SmallQueue::SmallQueue(bool wide) : wide_(wide) {
  order_[0] = kSentinel;
  for (std::uint32_t i = 0; i < sizeof order_ - 1; ++i) {
    order_[i + 1] = static_cast<std::uint8_t>(i % kCapacity);
  }
  for (std::uint32_t i = 0; i < kCapacity; ++i) {
    keys_[i] = kEarliest;
    payloads_[i] = 0;
  }
  keys_[kSentinel] = simd::signed_order(kNoEvent.key);
  payloads_[kSentinel] = kNoEvent.payload;
}

/// Adds the event to the rest, which is not empty.
void SmallQueue::place_rest(Event event) {
  if (size_ <= kWord) {
    place_in_word(event);
  } else if (wide_) {
    place_wide(event);
  } else {
    place_plain(event);
  }
}

/// As place(), for at most seven others: the row in one register. Vectors would wait for the single
/// numbers just written to reach the cache.
void SmallQueue::place_in_word(Event event) {
  const std::uint32_t rest = size_ - 1;
  const std::int64_t key = simd::signed_order(event.key);
  std::uint64_t row;
  std::memcpy(&row, order_ + 1, sizeof row);
  std::uint32_t at = 0, i = 0;
  do {
    at += keys_[order_[i + 1]] > key ? 1 : 0;
  } while (++i < rest);
  // Not &&: whether the event is the earliest is anybody's guess, that it ties is not.
  if ((at < rest) & (keys_[order_[at + 1]] == key)) [[unlikely]]
    at = place_among_ties(key, event.payload);
  const std::uint64_t later = (std::uint64_t{1} << (8 * at)) - 1;
  const std::uint64_t touched = ~std::uint64_t{0} >> (8 * (kWord - 1 - rest));
  const std::uint64_t slot = (row >> (8 * rest)) & 0xff;
  row = (row & (later | ~touched)) | slot << (8 * at) | ((row & ~later) << 8 & touched);
  std::memcpy(order_ + 1, &row, sizeof row);
  keys_[slot] = key;
  payloads_[slot] = event.payload;
  ++size_;
}

/// Adds the event to the rest. One body for both paths.
template <class Self>
[[gnu::always_inline]] inline void SmallQueue::place(Self& self, Event event) {
  const std::uint32_t rest = self.size_ - 1;
  if (event.key < self.freed_ || self.used_ > 2 * rest + 8) [[unlikely]]
    self.tidy();
  self.used_ = rest >= self.used_ ? rest + 1 : self.used_;
  const std::int64_t key = simd::signed_order(event.key);
  std::uint32_t at = count_later(self.keys_, self.used_, key);
  // Events of equal key stand just before the place found; they are rare.
  if ((at < rest) & (self.keys_[self.order_[at + 1]] == key)) [[unlikely]]
    at = self.place_among_ties(key, event.payload);
  const std::uint32_t slot = insert_slot(self.order_, at, rest);
  self.keys_[slot] = key;
  self.payloads_[slot] = event.payload;
  ++self.size_;
}

LEAPDAY_AVX2 void SmallQueue::place_wide(Event event) { place(*this, event); }

void SmallQueue::place_plain(Event event) { place(*this, event); }

std::uint32_t SmallQueue::place_among_ties(std::int64_t key, std::uint64_t payload) const {
  std::uint32_t at = size_ - 1;
  while (at > 0) {
    const std::uint32_t slot = order_[at];
    if (keys_[slot] > key || (keys_[slot] == key && payloads_[slot] > payload)) break;
    --at;
  }
  return at;
}

/// Moves the rest to the first slots and wipes the others.
void SmallQueue::tidy() {
  const std::uint32_t rest = size_ > 0 ? size_ - 1 : 0;
  std::array<Event, kCapacity> events;
  for (std::uint32_t i = 0; i < rest; ++i) events[i] = nth_last(i);
  for (std::uint32_t i = 0; i < kCapacity; ++i) {
    keys_[i] = i < rest ? simd::signed_order(events[i].key) : kEarliest;
    payloads_[i] = i < rest ? events[i].payload : 0;
    order_[i + 1] = static_cast<std::uint8_t>(i);
  }
  used_ = rest > kWord ? rest : kWord;
  freed_ = 0;
}

void SmallQueue::clear() {
  size_ = 0;
  first_ = kNoEvent;
  tidy();
}

}  // namespace leapday::engine
