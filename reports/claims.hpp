/// \file claims.hpp
/// One function per form of expectation: what was seen, before causes and fault coverage are added.
/// Why: the grammar is closed, so its forms are functions and not plug-ins.
#pragma once

#include "leapday/verdict.hpp"
#include "reports/reading.hpp"
#include "reports/scope.hpp"

namespace leapday {

/// Over the whole scope at once.
ExpectationVerdict judge_whole(const Reader& reader, const Expectation& expectation,
                               const ResolvedScope& scope);
/// `in every 5min`, `in 99% of 1min`.
ExpectationVerdict judge_windows(const Reader& reader, const Expectation& expectation,
                                 const ResolvedScope& scope);
/// `always` and `never`, second by second.
ExpectationVerdict judge_steps(const Reader& reader, const Expectation& expectation,
                               const ResolvedScope& scope);
/// `eventually ... within ... after ...`.
ExpectationVerdict judge_eventually(const Reader& reader, const Expectation& expectation,
                                    const ResolvedScope& scope);

/// Collects readings in order: the first violation, the worst value, and counts.
class Findings {
 public:
  /// The same reading may stand for several windows, of which `window` is the first.
  void add(const Reading& reading, TimeRange window, std::uint64_t times = 1);
  /// Fills in what every claim reports. The first violation is left out of expectations that hold.
  void report(ExpectationVerdict& verdict) const;

  std::uint64_t judged() const { return held_ + violated_; }
  std::uint64_t held() const { return held_; }
  std::uint64_t violated() const { return violated_; }
  std::uint64_t unknown() const { return unknown_; }
  std::uint64_t no_data() const { return no_data_; }
  std::uint64_t incomplete() const { return incomplete_; }
  const std::string& why_unknown() const { return why_unknown_; }
  const std::string& why_no_data() const { return why_no_data_; }

 private:
  struct Seen {
    Reading reading;
    TimeRange window;
  };
  std::uint64_t held_ = 0;
  std::uint64_t violated_ = 0;
  std::uint64_t unknown_ = 0;     ///< Too little to tell.
  std::uint64_t no_data_ = 0;     ///< Nothing happened.
  std::uint64_t incomplete_ = 0;  ///< Trailing windows that reach out of the scope.
  std::string why_unknown_;
  std::string why_no_data_;
  std::optional<Seen> first_;
  std::optional<Seen> worst_;
};

/// "98.1 % against >= 99.9 %", with more to say where the bound has a reference.
std::string seen_text(const Reading& reading, const Expectation& expectation);
}  // namespace leapday
