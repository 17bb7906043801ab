/// \file scheduler.cpp
/// The loop that fires events, its limits, and the reversible shuffling of ties.
#include "sim/engine/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::engine {
namespace {

std::string describe(const void* self) {
  const auto& scheduler = *static_cast<const Scheduler*>(self);
  return fmt::format("at {:.9f}s of simulated time, event key {:#x}, {} events processed",
                     static_cast<double>(scheduler.now().time_since_epoch().count()) * 1e-9,
                     scheduler.current_key(), scheduler.processed());
}

/// Inverse of an odd factor modulo 2^64, by Newton's iteration.
constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}

}  // namespace

Scheduler::Scheduler(SimTime start, std::optional<std::uint64_t> shuffle_seed)
    : now_(start.time_since_epoch().count()),
      shuffle_seed_(shuffle_seed.value_or(0)),
      shuffled_(shuffle_seed.has_value()) {
  LEAPDAY_ASSERT(start <= kSimEnd && -start.time_since_epoch() < Duration{std::int64_t{1} << 60},
                 "the run starts outside the 36 years that a key can hold");
}

HandlerId Scheduler::add_handler(HandlerFn fn, void* self) {
  LEAPDAY_ASSERT(handlers_.size() < 256, "more than 256 handlers");
  handlers_.push_back({fn, self});
  return {static_cast<std::uint8_t>(handlers_.size() - 1)};
}

LaneId Scheduler::lane(Duration delay, Priority priority, HandlerId handler) {
  LEAPDAY_ASSERT(delay >= Duration{0}, "a lane's delay is negative");
  const auto [found, is_new] = lane_index_.try_emplace(
      {delay.count(), static_cast<std::uint8_t>(priority), handler.index}, 0);
  if (is_new) {
    found->second = lanes_.add_lane().index;
    // Longer than all of a run's time is as good as for ever, and must not overflow.
    const Duration cut = std::min(delay, kSimEnd.time_since_epoch());
    lane_specs_.push_back({cut, priority, handler});
  }
  return {found->second};
}

LaneId Scheduler::late_lane(LaneId lane) {
  LaneId late;
  if (next_late_ < late_lanes_.size() && lanes_.reuse(late_lanes_[next_late_])) {
    late = late_lanes_[next_late_];
    lane_specs_[late.index] = lane_specs_[lane.index];
  } else {
    late = lanes_.add_lane();
    lane_specs_.push_back(lane_specs_[lane.index]);
    late_lanes_.insert(late_lanes_.begin() + static_cast<long>(next_late_), late);
  }
  next_late_ = (next_late_ + 1) % late_lanes_.size();
  return late;
}

std::uint64_t Scheduler::unscramble(std::uint64_t x) {
  constexpr std::uint64_t kInverse = inverse(kFactor);
  static_assert(kFactor * kInverse == 1);
  x = (x ^ (x >> 32)) * kInverse;
  x = (x ^ (x >> 32)) * kInverse;
  return x ^ (x >> 32);
}

/// One more event at this instant, or one too many.
bool Scheduler::enter_again(std::int64_t at) {
  LEAPDAY_ASSERT(at >= now_, "time ran backwards");
  if (processed_ >= max_events_) {
    stop_for(Stop::max_events);
  } else if (processed_ - instant_began_ >= max_per_instant_) {
    stop_for(Stop::livelock);
  }
  return stop_ == Stop::none;
}

template <bool kShuffled>
inline void Scheduler::fire(Event event) {
  current_ = event.key;
  ++processed_;
  std::uint64_t plain = event.payload;
  if constexpr (kShuffled) plain = unscramble(plain) ^ hash_combine(shuffle_seed_, event.key);
  const Handler& handler = handlers_[plain & 0xff];
  handler.fn(handler.self, static_cast<std::uint32_t>(plain >> 36),
             static_cast<std::uint32_t>(plain >> 8) & (kNames - 1));
}

/// Removes the earliest event if it comes before `end`, else gives one of no key.
inline Event Scheduler::take(EventKey end) {
  for (;;) {
    const Event queued = queue_.top();
    if (lines_.top().key <= queued.key && before(lines_.top(), queued)) {
      const Event next = lines_.top();
      if (!timer_before(next)) [[likely]] {
        if (next.key >= end || !enter(next.key)) return kNoEvent;
        lines_.pop();
        return next;
      }
    } else if (!timer_before(queued)) [[likely]] {
      if (queued.key >= end || !enter(queued.key)) return kNoEvent;
      queue_.pop();
      return queued;
    }
    const Event timer = lanes_.bound();
    if (timer.key >= end) return kNoEvent;
    if (!lanes_.settled()) {
      lanes_.settle();
      continue;
    }
    if (!enter(timer.key)) return kNoEvent;
    lanes_.pop();
    return timer;
  }
}

template <bool kShuffled>
void Scheduler::fire_all(EventKey end) {
  for (;;) {
    const Event next = take(end);
    if (next.key == kNoEvent.key) return;
    fire<kShuffled>(next);
  }
}

bool Scheduler::run_until(SimTime until) {
  LEAPDAY_ASSERT(current_ == 0, "a handler called run_until");
  const AssertScope scope(describe, this);
  if (until > kSimEnd) until = kSimEnd;
  const EventKey end = key(until, Priority::completion);
  end_ = end;
  if (shuffled_) {
    fire_all<true>(end);
  } else {
    fire_all<false>(end);
  }
  current_ = 0;
  if (stop_ != Stop::none) return false;
  now_ = std::max(now_, until.time_since_epoch().count());
  return true;
}

void Scheduler::stop() { stop_for(Stop::cancelled); }

/// The first reason holds.
void Scheduler::stop_for(Stop why) {
  if (stop_ == Stop::none) stop_ = why;
  max_events_ = 0;
}

void Scheduler::set_limits(std::uint64_t max_events, std::uint64_t max_events_per_instant) {
  if (stop_ == Stop::none) max_events_ = max_events;
  max_per_instant_ = max_events_per_instant;
}

std::string Scheduler::stop_reason() const {
  switch (stop_) {
    case Stop::none:
      return {};
    case Stop::cancelled:
      return "cancelled";
    case Stop::max_events:
      return "max_events";
    case Stop::livelock:
      return fmt::format("livelock at {:.9f}s", static_cast<double>(now_) * 1e-9);
  }
  return {};
}

}  // namespace leapday::engine
