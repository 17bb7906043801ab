/// \file verdict.hpp
/// Did it hold? The answer for one run and for many seeds.
/// Why: the product's output, as a value that every format writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/ids.hpp"
#include "leapday/problem.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class Outcome { pass, fail, inconclusive };
std::string_view to_string(Outcome outcome);

/// A window that was judged.
struct JudgedWindow {
  SimTime from{};
  SimTime to{};
  double value = 0;
};

/// One expectation's answer.
struct ExpectationVerdict {
  std::string name;
  std::string text;
  SourceLocation at;
  Outcome outcome = Outcome::inconclusive;
  std::string reason;  ///< One sentence; why inconclusive, or what was seen.
  std::optional<JudgedWindow> first_violation;
  std::optional<JudgedWindow> worst;  ///< The worst value met, also of a passed one.
  std::optional<double> bound;        ///< What the value was compared with (twin resolved).
  std::optional<double> margin;       ///< Distance to the bound, positive when it held.
  /// "s", "%", "/s", "B" or "", to show every value, bound and margin here in; they are kept in
  /// base units: 0.999 with "%" reads 99.9 %.
  std::string unit;
  std::uint64_t windows = 0;  ///< Judged.
  std::uint64_t violations = 0;
  std::vector<EventId> chain;  ///< Events that led there, oldest first.
};

/// One run's answer.
struct Verdict {
  Outcome outcome = Outcome::inconclusive;
  std::string reason;
  std::vector<ExpectationVerdict> expectations;
};

/// Many seeds of one matrix cell: share passing with its lower and upper bound (Wilson score), each
/// at the confidence required.
struct CellVerdict {
  std::string cell;
  Outcome outcome = Outcome::inconclusive;
  std::uint64_t passed = 0, failed = 0, inconclusive = 0;
  double share = 0, low = 0, high = 0;
  std::string reason;
};

}  // namespace leapday
