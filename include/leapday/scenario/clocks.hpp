/// \file clocks.hpp
/// What the clocks of hosts show, and what they do about leap seconds.
/// Why: true time drives a run; hosts only believe something about it, and each in its own way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// What a clock does about a leap second.
enum class LeapMode {
  step,       ///< The kernel repeats or leaves out a second at midnight (Linux, STA_INS).
  freeze,     ///< It stands still for the inserted second.
  ignore,     ///< Nothing: it is a second off from then on.
  smear,      ///< Linear from noon to noon, as Google's and Amazon's time servers do.
  slew,       ///< chronyd's `leapsecmode slew`: 1/12 s per second from midnight on.
  quadratic,  ///< chronyd's `smoothtime 400 0.001024`: a rate that rises to 32 ppm and falls again.
};
std::span<const Choice> choices_of(LeapMode);

enum class LeapKind { insert, omit };
std::span<const Choice> choices_of(LeapKind);

/// A leap second in a run, announced or not.
struct LeapSecondSpec {
  WallTime before;
  LeapKind kind = LeapKind::insert;

  void fields(FieldVisitor& v) {
    v.required("before", before, "midnight UTC that it stands right before");
    v.optional("kind", kind, "whether there is one second more or one less");
  }
};

/// A reference clock, or a server that follows others.
struct TimeSource {
  std::vector<std::string> follows;
  Duration distance = 10ms;
  double holdover = 0;

  void fields(FieldVisitor& v) {
    v.optional("follows", follows, "sources that it follows; a reference clock when absent");
    v.optional("distance", distance, "how uncertain the way to it makes what it says");
    v.optional("holdover", holdover, "how fast it runs without any of them, in ppm", {-1e5, 1e5});
  }
};

enum class TimeDaemon { ntpd, ntpsec, chrony };
std::span<const Choice> choices_of(TimeDaemon);

/// The daemon that keeps a clock right.
struct ClockSync {
  TimeDaemon daemon = TimeDaemon::chrony;
  std::vector<std::string> sources;
  Duration poll = 64s;
  bool first_panic = false;
  std::optional<Duration> panic;

  void fields(FieldVisitor& v) {
    v.optional("daemon", daemon, "which one, with what its packages ship");
    v.required("sources", sources, "time sources that it asks");
    v.optional("poll", poll, "how often");
    v.optional("first_panic", first_panic, "ntpd -g: its first correction may be of any size");
    v.optional("panic", panic,
               "ntpd exits when it is off by more, 1000s when absent; 0s for never");
    v.check(poll >= 16s && poll <= 1024s, "poll", "must be from 16s to 1024s", "write 64s");
  }
};

/// The clock of one machine, which runs free unless a daemon keeps it right.
struct HostClockSpec {
  Duration offset{};
  double drift = 0;
  LeapMode leap = LeapMode::step;
  bool rebase_on_step = true;
  std::optional<ClockSync> sync;

  void fields(FieldVisitor& v) {
    v.signed_duration("offset", offset, false, "how far it is ahead when the run begins");
    v.optional("drift", drift, "how fast it runs, in ppm", {-1e5, 1e5});
    v.optional("leap", leap, "what it does about leap seconds");
    v.optional("rebase_on_step", rebase_on_step,
               "its timers learn of a leap second; Linux before July 2012 did not tell them");
    v.optional("sync", sync, "the daemon that keeps it right; runs free when absent");
  }
};

}  // namespace leapday
