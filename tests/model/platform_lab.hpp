/// \file platform_lab.hpp
/// A rehearsal on a bench: a scenario as its author would write it, run in memory, asked
/// afterwards. Why: tests of the platform read like the rehearsals they describe.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "leapday/judge.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "leapday/run.hpp"

namespace leapday::model {

inline double seconds(SimTime at) {
  return static_cast<double>(at.time_since_epoch().count()) / 1e9;
}
inline SimTime at_second(double s) { return SimTime{Duration{static_cast<std::int64_t>(s * 1e9)}}; }

class Rehearsal {
 public:
  /// YAML without its first two lines; fails the test when it does not load.
  explicit Rehearsal(const std::string& yaml) : registry(builtin_registry()) {
    auto loaded = load_text("leapday: 1\nname: test\n" + yaml, "test.yaml", "", registry);
    for (const Problem& problem : loaded.problems()) BOOST_ERROR(to_string(problem));
    BOOST_REQUIRE(static_cast<bool>(loaded));
    scenario = std::move(loaded).value().cells.front();
  }

  Record run(std::uint64_t seed = 1, bool without_faults = false) const {
    Run run(scenario, registry, {.seed = seed, .without_faults = without_faults});
    run.run_until(run.end());
    BOOST_TEST(run.finished());
    return run.finish();
  }

  Registry registry;
  Scenario scenario;
};

/// Events of a kind, about one subject or any.
inline std::vector<RecordedEvent> events(const Record& record, const std::string& kind,
                                         const std::string& subject = {}) {
  std::vector<RecordedEvent> found;
  for (const RecordedEvent& event : record.events) {
    if (event.kind == kind && (subject.empty() || event.subject == subject)) found.push_back(event);
  }
  return found;
}

/// When it first happened; fails the test when it never did.
inline double first(const Record& record, const std::string& kind,
                    const std::string& subject = {}) {
  const auto found = events(record, kind, subject);
  BOOST_REQUIRE_MESSAGE(!found.empty(), "no event " << kind << " of " << subject);
  return seconds(found.front().at);
}

/// A step series' value at a second.
inline double value(const Record& record, const std::string& metric, const std::string& subject,
                    double second) {
  const StepSeries* steps = record.find_steps(metric, subject);
  BOOST_REQUIRE_MESSAGE(steps != nullptr, "no steps " << metric << " of " << subject);
  double result = 0;
  for (const auto& [at, step] : steps->steps) {
    if (at <= at_second(second)) result = step;
  }
  return result;
}

/// The least and the most of a step series in [from, to).
inline std::pair<double, double> range(const Record& record, const std::string& metric,
                                       const std::string& subject, double from, double to) {
  double low = value(record, metric, subject, from), high = low;
  for (const auto& [at, step] : record.find_steps(metric, subject)->steps) {
    if (at < at_second(from) || at >= at_second(to)) continue;
    low = std::min(low, step);
    high = std::max(high, step);
  }
  return {low, high};
}

/// Attempts that failed for a reason among those sent in [from, to).
inline std::uint64_t failures(const Record& record, const std::string& subject,
                              FailureReason reason, std::size_t from, std::size_t to) {
  const Series* series = record.find_series(subject);
  BOOST_REQUIRE_MESSAGE(series != nullptr, "no series " << subject);
  std::uint64_t count = 0;
  for (std::size_t s = from; s < std::min(to, series->by_send.size()); ++s) {
    count += series->by_send[s].failed[static_cast<std::size_t>(reason)];
  }
  return count;
}
inline std::uint64_t failures(const Record& record, const std::string& subject, std::size_t from,
                              std::size_t to) {
  std::uint64_t count = 0;
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    count += failures(record, subject, static_cast<FailureReason>(r), from, to);
  }
  return count;
}

/// Latencies of what "users" sent in [from, to) and was answered, in seconds.
struct Latencies {
  double mean = 0;
  double slowest = 0;
};
inline Latencies latencies(const Record& record, std::size_t from, std::size_t to) {
  const Series* users = record.find_series("users");
  BOOST_REQUIRE(users != nullptr);
  Latencies result;
  ExactDurations exact;
  std::uint64_t count = 0;
  for (std::size_t s = from; s < std::min(to, users->latency.size()); ++s) {
    exact.merge(users->latency[s].exact);
    count += users->latency[s].count();
  }
  BOOST_REQUIRE_MESSAGE(count > 0, "nothing was answered");
  result.mean = exact.mean_seconds(count);
  result.slowest = static_cast<double>(exact.max) / 1e9;
  return result;
}

/// The kinds of events from the first cause to this event.
inline std::vector<std::string> chain(const Record& record, const RecordedEvent& event) {
  std::vector<std::string> kinds{event.kind};
  for (EventId cause = event.cause; cause.valid(); cause = record.events[cause.index].cause) {
    kinds.insert(kinds.begin(), record.events[cause.index].kind);
  }
  return kinds;
}

}  // namespace leapday::model
