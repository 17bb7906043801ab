/// \file clocks.hpp
/// What the clocks of hosts show, and what they do about leap seconds.
/// Why: true time drives a run; hosts only believe something about it, and each in its own way.
#pragma once

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

/// The clock of one machine, which runs free.
struct HostClockSpec {
  Duration offset{};
  double drift = 0;
  LeapMode leap = LeapMode::step;

  void fields(FieldVisitor& v) {
    v.signed_duration("offset", offset, false, "how far it is ahead when the run begins");
    v.optional("drift", drift, "how fast it runs, in ppm", {-1e5, 1e5});
    v.optional("leap", leap, "what it does about leap seconds");
  }
};

}  // namespace leapday
