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

constexpr std::uint64_t kFactor = 0xd6e8feb86659fd93U;
static_assert(kFactor * inverse(kFactor) == 1);

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

std::uint64_t Scheduler::scramble(std::uint64_t x) {
  x = (x ^ (x >> 32)) * kFactor;
  x = (x ^ (x >> 32)) * kFactor;
  return x ^ (x >> 32);
}

std::uint64_t Scheduler::unscramble(std::uint64_t x) {
  constexpr std::uint64_t kInverse = inverse(kFactor);
  x = (x ^ (x >> 32)) * kInverse;
  x = (x ^ (x >> 32)) * kInverse;
  return x ^ (x >> 32);
}

/// A limit is reached, or stop() was called.
bool Scheduler::refuse() {
  if (stop_ == Stop::none) {
    stop_ = processed_ >= max_events_ ? Stop::max_events : Stop::livelock;
  }
  return false;
}

void Scheduler::fire(Event event) {
  current_ = event.key;
  ++processed_;
  std::uint64_t plain = event.payload;
  if (shuffled_) plain = unscramble(plain) ^ hash_combine(shuffle_seed_, event.key);
  const Handler& handler = handlers_[plain & 0xff];
  handler.fn(handler.self, static_cast<std::uint32_t>(plain >> 36),
             static_cast<std::uint32_t>(plain >> 8) & (kNames - 1));
}

bool Scheduler::run_until(SimTime until) {
  LEAPDAY_ASSERT(current_ == 0, "a handler called run_until");
  const AssertScope scope(describe, this);
  if (until > kSimEnd) until = kSimEnd;
  const EventKey end = key(until, Priority::completion);
  end_ = end;
  while (stop_ == Stop::none) {
    Event next = queue_.top();
    const bool from_lane = before(lanes_.bound(), next);
    if (from_lane) next = lanes_.bound();
    if (next.key >= end) break;
    if (from_lane && !lanes_.settled()) {
      lanes_.settle();
      continue;
    }
    const std::int64_t at = time_of(next.key);
    LEAPDAY_ASSERT(at >= now_, "time ran backwards");
    if (!may_fire(at)) break;
    now_ = at;
    if (from_lane) {
      lanes_.pop();
    } else {
      queue_.pop();
    }
    fire(next);
  }
  current_ = 0;
  if (stop_ != Stop::none) return false;
  now_ = std::max(now_, until.time_since_epoch().count());
  return true;
}

void Scheduler::stop() {
  if (stop_ == Stop::none) stop_ = Stop::cancelled;
}

void Scheduler::set_limits(std::uint64_t max_events, std::uint64_t max_events_per_instant) {
  max_events_ = max_events;
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
