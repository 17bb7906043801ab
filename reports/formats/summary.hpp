/// \file summary.hpp
/// The figures that several formats print: latencies, provenance, the difference to the twin.
/// Why: formats differ in how they write, not in what they count.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/rehearse.hpp"

namespace leapday::summary {

struct Percentile {
  const char* name;
  double q;
  std::uint64_t needs;  ///< Answered requests, as the metric p does.
};
inline constexpr std::array<Percentile, 4> kPercentiles{
    {{"p50", 0.5, 2}, {"p90", 0.9, 10}, {"p99", 0.99, 100}, {"p99.9", 0.999, 1000}}};

/// Latencies of answered requests sent from t=0 on, in seconds. Means and percentiles of a subject
/// whose load has no steady state, and percentiles of too few requests, are absent.
struct Latency {
  std::string subject;
  Series::Kind kind = Series::Kind::load;
  std::uint64_t count = 0;
  std::optional<double> mean;
  std::array<std::optional<double>, kPercentiles.size()> percentiles;
  std::optional<double> max;
  std::string unstable;  ///< Why figures are absent, if that is why.
};
/// Loads, apps, their endpoints and dependencies that saw requests, in the record's order.
std::vector<Latency> latencies(const Scenario& scenario, const Record& record);
std::string_view name_of(Series::Kind kind);

/// One figure of the run beside that of its twin.
struct Difference {
  std::string subject;
  std::string figure;  ///< "failed", "success", "p99"
  std::string unit;    ///< As ExpectationVerdict has it.
  std::optional<double> run;
  std::optional<double> twin;
};
/// For every load; empty without a twin.
std::vector<Difference> differences(const Rehearsal& rehearsal);

/// Values that rest on an assumption, and how many on a default.
struct Assumptions {
  std::vector<const Provenance*> assumed;
  std::vector<const Provenance*> defaulted;
  std::vector<const ConstantSource*> unverified;  ///< Of the platform profile.
};
Assumptions assumptions(const Scenario& scenario);

/// "120 timeout, 4 refused"; most frequent first, ties in the order of the list of reasons.
std::string reasons(const Counts& counts);
/// "9ae16a3b2f90404f"
std::string hash_text(std::uint64_t hash);
/// "fault.begin" and others that a reader should see; not every start of every instance.
bool of_note(const RecordedEvent& event);

}  // namespace leapday::summary
