/// \file handler.hpp
/// Registers a member function as an event handler, and points on a periodic grid.
/// Why: platform parts have many timers; each is one line to declare and none fires per period.
#pragma once

#include <cstdint>

#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "sim/engine/scheduler.hpp"

namespace leapday::model {

/// `Method` is void (T::*)(std::uint32_t target, std::uint32_t arg).
template <auto Method, class T>
engine::HandlerId add_handler(engine::Scheduler& scheduler, T* self) {
  return scheduler.add_handler(
      [](void* object, std::uint32_t target, std::uint32_t arg) {
        (static_cast<T*>(object)->*Method)(target, arg);
      },
      self);
}

/// The instants phase + k * period, for any integer k. A period of 0 means every instant.
struct Grid {
  Duration period{};
  Duration phase{};

  /// The last one at or before `at`.
  SimTime floor(SimTime at) const {
    if (period <= Duration{0}) return at;
    const std::int64_t since = (at.time_since_epoch() - phase).count();
    std::int64_t rest = since % period.count();
    if (rest < 0) rest += period.count();
    return at - Duration{rest};
  }
  /// The first one at or after `at`.
  SimTime ceil(SimTime at) const {
    const SimTime below = floor(at);
    return below == at ? at : below + period;
  }
  /// The first one after `at`; `at` itself without a period.
  SimTime next(SimTime at) const { return floor(at) + period; }
};

/// A grid whose phase is drawn from [0, period).
inline Grid seeded_grid(Duration period, Random& random) {
  if (period <= Duration{0}) return {};
  return {period, Duration{static_cast<std::int64_t>(
                      random.below(static_cast<std::uint64_t>(period.count())))}};
}

}  // namespace leapday::model
