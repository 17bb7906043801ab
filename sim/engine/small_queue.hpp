/// \file small_queue.hpp
/// At most 64 pending events: they stay where they are put, and a row of byte-sized slot numbers
/// keeps their order.
/// Why: finding a place by counting and moving at most 64 bytes takes no branch that depends on
/// the data, so nothing is mispredicted; most runs have few events pending.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "sim/engine/event.hpp"
#include "sim/engine/simd.hpp"

namespace leapday::engine {

/// The earliest event stands apart, where the next pop finds it without looking anything up; "rest"
/// is all others.
class SmallQueue {
 public:
  static constexpr std::uint32_t kCapacity = 64;

  /// `wide`: may use AVX2. The order is the same without.
  explicit SmallQueue(bool wide);

  /// While size() < kCapacity.
  void push(Event event) {
    if (size_ < 2) {
      push_to_few(event);
    } else {
      place_rest(make_first(event));
    }
  }
  /// The same while size() < 2.
  [[gnu::always_inline]] void push_to_few(Event event) {
    if (size_ == 0) {
      first_ = event;
      size_ = 1;
      return;
    }
    const Event later = make_first(event);
    const std::uint32_t slot = order_[1];
    keys_[slot] = simd::signed_order(later.key);
    payloads_[slot] = later.payload;
    size_ = 2;
  }
  /// The earliest event; kNoEvent when empty.
  const Event& top() const { return first_; }
  /// Removes the earliest event; there is one.
  void pop() {
    freed_ = first_.key > freed_ ? first_.key : freed_;
    --size_;
    const std::uint32_t slot = order_[size_];
    first_ = {simd::unsigned_order(keys_[slot]), payloads_[slot]};
  }
  std::uint32_t size() const { return size_; }
  /// The event with this many later ones.
  Event nth_last(std::uint32_t n) const {
    if (n + 1 == size_) return first_;
    const std::uint32_t slot = order_[n + 1];
    return {simd::unsigned_order(keys_[slot]), payloads_[slot]};
  }
  void clear();

 private:
  static constexpr std::uint32_t kSentinel = kCapacity;
  static constexpr std::uint32_t kWord = 8;  ///< So many slot numbers fit into one word.
  static_assert(std::endian::native == std::endian::little);

  /// Returns the later one of this and the first, and keeps the other as the first. A branch though
  /// it may go either way: which of two events comes next decides whose handler is called, and a
  /// processor that has learnt the one here early does not guess the other wrongly and late.
  [[gnu::always_inline]] Event make_first(Event event) {
    if (!before(event, first_)) return event;
    const Event later = first_;
    first_ = event;
    return later;
  }
  void place_rest(Event event);
  void place_in_word(Event event);
  template <class Self>
  static void place(Self& self, Event event);
  LEAPDAY_AVX2 void place_wide(Event event);
  void place_plain(Event event);
  std::uint32_t place_among_ties(std::int64_t key, std::uint64_t payload) const;
  void tidy();

  Event first_ = kNoEvent;
  std::uint32_t size_ = 0;      ///< With the first.
  std::uint32_t used_ = kWord;  ///< Slots from here on have never been used.
  /// The latest key popped. No free slot's is later: the slot that the first event left is the next
  /// to be used, so should that event have to go back to the rest, its slot has been overwritten.
  std::uint64_t freed_ = 0;
  bool wide_;
  /// Slot numbers, latest event first, from [1] on for the rest; behind them the free ones. [0]
  /// names the sentinel, which follows when the last event is popped.
  alignas(64) std::uint8_t order_[1 + kCapacity + 31];
  /// By slot. Free ones keep the key of what stood there: place() needs it not to be later than
  /// what is pushed, else it wipes it.
  alignas(64) std::int64_t keys_[kCapacity + 1];
  std::uint64_t payloads_[kCapacity + 1];
};

}  // namespace leapday::engine
