/// \file delay_lines.hpp
/// Events after a constant delay that nobody cancels: one ring per delay.
/// Why: what enters a delay line later leaves it later, so that entering appends and only the first
/// of each line is ever compared with others. Messages over links are most of a run's events.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event.hpp"

namespace leapday::engine {

/// Names one delay line of one scheduler.
struct DelayLineId {
  std::uint32_t index = 0xffffffffU;
  bool valid() const { return index != 0xffffffffU; }
};

/// All delay lines of one scheduler.
class DelayLines {
 public:
  /// Looked through one by one whenever an event leaves.
  static constexpr std::size_t kMost = 16;

  /// None once there are kMost.
  DelayLineId add_line();
  /// False, and the event is not added, when it comes before the line's last.
  bool push(DelayLineId id, Event event) {
    Line& line = lines_[id.index];
    if (before(event, line.last)) [[unlikely]]
      return false;
    line.last = event;
    ++size_;
    if (keys_[id.index] == kNoEvent.key) {
      keys_[id.index] = event.key;
      payloads_[id.index] = event.payload;
      if (before(event, first_)) {
        first_ = event;
        first_line_ = id.index;
      }
      return true;
    }
    if (line.tail - line.head == line.ring.size()) [[unlikely]]
      grow(line);
    // Word by word: a copy of both at once would wait for the words just written.
    Event& slot = line.ring[line.tail++ & (line.ring.size() - 1)];
    slot.key = event.key;
    slot.payload = event.payload;
    return true;
  }
  /// The earliest event; kNoEvent when there is none.
  const Event& top() const { return first_; }
  /// Removes it; there is one.
  void pop() {
    Line& line = lines_[first_line_];
    --size_;
    if (line.head == line.tail) {
      keys_[first_line_] = kNoEvent.key;
      payloads_[first_line_] = kNoEvent.payload;
    } else {
      const Event& head = line.ring[line.head++ & (line.ring.size() - 1)];
      keys_[first_line_] = head.key;
      payloads_[first_line_] = head.payload;
    }
    find_first();
  }
  std::size_t size() const { return size_; }

 private:
  /// All but the head. Positions only grow; a ring's size is a power of two.
  struct Line {
    std::vector<Event> ring;
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    Event last{0, 0};
  };
  void grow(Line& line);
  /// Without a branch but for ties, which are rare.
  void find_first() {
    std::uint64_t key = keys_[0];
    std::uint32_t line = 0;
    bool ties = false;
    for (std::uint32_t i = 1; i < count_; ++i) {
      ties |= keys_[i] == key;
      line = keys_[i] < key ? i : line;
      key = keys_[i] < key ? keys_[i] : key;
    }
    if (ties) [[unlikely]]
      line = first_of_ties(key);
    first_ = {key, payloads_[line]};
    first_line_ = line;
  }
  std::uint32_t first_of_ties(std::uint64_t key) const;

  // By line: its first event, or kNoEvent.
  std::array<std::uint64_t, kMost> keys_;
  std::array<std::uint64_t, kMost> payloads_;
  std::uint32_t count_ = 0;
  std::vector<Line> lines_;
  Event first_ = kNoEvent;
  std::uint32_t first_line_ = 0;
  std::size_t size_ = 0;
};

}  // namespace leapday::engine
