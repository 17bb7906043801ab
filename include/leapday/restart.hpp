/// \file restart.hpp
/// When, and where, what has crashed starts again.
/// Why: back-off decides how long a crash loop costs capacity, and platforms disagree about it in
/// more than numbers: what they count, what makes them forget, and when they give up.
#pragma once

#include <cstdint>
#include <optional>

#include "leapday/platform.hpp"
#include "leapday/random.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// What is kept of the crashes of one instance and of those that took its place. A policy changes
/// it; a new instance begins with an empty one.
struct CrashHistory {
  std::uint32_t crashes = 0;  ///< That still count, the latest included.
  std::uint32_t moves = 0;    ///< To other hosts, by policies that count them.
  SimTime last = kNone;       ///< The latest crash.
  SimTime window_at = kNone;  ///< When the window began that crashes are counted in.

  /// No time at all; an instance is to take half a kilobyte, so nothing is spent on saying so.
  static constexpr SimTime kNone = SimTime::min();
};

/// A crash as the control plane sees it.
struct Crash {
  SimTime at{};
  std::optional<Duration> ready_for;  ///< Nothing when it never became ready.
};

struct RestartDecision {
  std::optional<Duration> delay = Duration{0};  ///< Nothing: it is never started again.
  bool elsewhere = false;                       ///< On another host, whatever the platform prefers.
};

/// Decides after each crash. One object per run; everything that differs between instances is in
/// their histories.
class RestartPolicy {
 public:
  virtual ~RestartPolicy() = default;
  /// Counts the crash and says what follows. The delay is from the crash, without what convergence
  /// adds to it. `random` is the instance's own stream.
  virtual RestartDecision crashed(CrashHistory& history, const Crash& crash,
                                  const PlatformConstants& constants, Random& random) const = 0;
};

}  // namespace leapday
