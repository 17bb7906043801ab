/// \file record.hpp
/// What happened in one run: what stage 2 (sim/) hands to stage 3 (reports/).
/// Why: checks and reports read one value type and can be tested without running anything.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/failure.hpp"
#include "leapday/histogram.hpp"
#include "leapday/ids.hpp"
#include "leapday/scenario/clocks.hpp"
#include "leapday/time.hpp"
#include "leapday/trace.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// Balanced at the end of every run: injected = answered + sum(failed) + in_flight.
struct Counts {
  std::uint64_t injected = 0;
  std::uint64_t answered = 0;
  std::array<std::uint64_t, kFailureReasons> failed{};
  std::uint64_t in_flight = 0;
  std::uint64_t abandoned = 0;  ///< Of attempts: the caller has gone, the server still works on it.

  std::uint64_t failed_total() const {
    std::uint64_t total = 0;
    for (const std::uint64_t n : failed) total += n;
    return total;
  }
  bool balanced() const { return injected == answered + failed_total() + in_flight; }
};

/// One second of one subject, or one longer step.
struct SecondCounts {
  std::uint32_t sent = 0;      ///< Of what was sent in (or settled in) this second:
  std::uint32_t answered = 0;  ///< answered well,
  std::array<std::uint32_t, kFailureReasons> failed{};
};

/// A subject's outcomes over time, in equal steps that tumble from t=0; warm-up is not in them. Row
/// k is of the time from (first + k) steps to the next step.
struct Series {
  /// "shoppers", "shoppers.browse" (users' view, after retries); "shop", "shop.browse" (attempts at
  /// the app as its callers saw them); "shop/3" and "shop@v2" (tries at an instance, or at all of a
  /// release, as their routers saw them); "orders-db" (calls); "new-search.on" (work of the flag's
  /// app under that variant).
  std::string subject;
  enum class Kind {
    load,
    load_endpoint,
    app,
    app_endpoint,
    instance,
    dependency,
    variant,
    release
  } kind = Kind::load;
  Duration step{std::chrono::seconds{1}};
  std::int64_t first = 0;                ///< Number of the first row: 0, but in Record::seconds.
  std::vector<SecondCounts> by_send;     ///< Attributed to the second of sending.
  std::vector<SparseHistogram> latency;  ///< Of answered requests, by second of sending; empty
                                         ///< for instances.
  std::vector<SecondCounts> by_settle;   ///< By second of settling (the live view); instances
                                         ///< and subjects of triggers and gates only.
  std::vector<SparseHistogram> settle_latency;  ///< Likewise.
  Counts total;                                 ///< After warm-up: what was sent from t=0 on.
  Histogram latency_total;                      ///< Answered requests sent from t=0 on.
  double latency_sum_seconds = 0;               ///< Exact sum of those latencies.
  std::uint64_t retries = 0;  ///< Attempts beyond the first (loads, apps' callers).
};

/// A quantity that changes in steps: instances ready, hosts up, backlog.
struct StepSeries {
  std::string metric;  ///< "ready", "instances", "hosts_up", "hosts_faulty", "backlog", "open", ...
  std::string subject;                            ///< "shop", "z1", "receipts", "cluster"
  std::vector<std::pair<SimTime, double>> steps;  ///< Strictly ascending; value from then on.
};

/// A quantity sampled per step: the maximum and the time-weighted mean within it.
struct GaugeSeries {
  std::string metric;  ///< "queue", "open", "cpu", "backlog"
  std::string subject;
  std::vector<float> mean;
  std::vector<float> max;
  Duration step{std::chrono::seconds{1}};
  std::int64_t first = 0;  ///< Number of the first row, as of Series.
};

/// Things of one kind that a subject counts by row: hits of a cache, stale reads of a database.
struct CounterSeries {
  std::string metric;   ///< "hits", "stale_reads", "dead_lettered", ...
  std::string subject;  ///< "orders-db"
  std::vector<std::uint32_t> rows;
  std::uint64_t total = 0;  ///< From t=0 on.
  Duration step{std::chrono::seconds{1}};
  std::int64_t first = 0;  ///< Number of the first row, as of Series.
};

/// The books of a queue at the end of the run, warm-up included.
struct MessageCounts {
  std::string queue;
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t dead_lettered = 0;  ///< After max_deliveries.
  std::uint64_t dropped = 0;        ///< For want of room, or too old.
  std::uint64_t waiting = 0;
  std::uint64_t in_flight = 0;  ///< With workers, or with those that will not acknowledge any more.

  bool balanced() const {
    return published == acknowledged + dead_lettered + dropped + waiting + in_flight;
  }
};

/// Something of note, with what caused it.
struct RecordedEvent {
  SimTime at{};
  EventId cause;        ///< An earlier event, or none.
  std::string kind;     ///< "instance.crashed", "host.lost", "rollout.begin", ...: docs/events.md
  std::string subject;  ///< "shop/3", "z1-0", "rollout"
  std::string detail;   ///< Free text, one line; may be empty.
};

/// A named interval: phases, deployments, faults, mirrors, steps of flags. An open span ends with
/// the run.
struct Span {
  std::string name;
  enum class Kind { phase, deployment, fault, mirror, flag } kind = Kind::phase;
  SimTime begin{};
  SimTime end{};
  bool open = false;  ///< Had not ended when the run did.
  int occurrence = 1;
  std::uint64_t touched = 0;  ///< Of faults: attempts or starts they affected.
};

/// An anchor that was reached: "rollout", "done", with the share done for percentages.
struct AnchorHit {
  std::string name;
  std::string event;
  double share = 0;        ///< Of done: (0, 1].
  std::int64_t count = 0;  ///< Of done: how many.
  SimTime at{};
};

/// One entity's states over time, for lanes in the report.
struct Lane {
  std::string entity;  ///< "shop/3", "z1-0"
  std::string group;   ///< "shop", "hosts"
  std::vector<std::pair<SimTime, std::string>>
      states;  ///< "starting", "ready", "hung", "down", ...
};

/// What queueing theory says of an app's load: at 1 or more there is no steady state.
struct Stability {
  std::string app;
  double offered_load = 0;  ///< Work offered per capacity after warm-up.
  bool stable = true;       ///< False when load >= 1 or the backlog kept growing.
};

/// Everything that one run left behind.
struct Record {
  std::string scenario;
  std::string cell;
  std::uint64_t seed = 0;
  WallTime start{};  ///< True UTC at t=0.
  /// What the scenario's timestamps count from, where the run began at another time (RunOptions).
  std::optional<WallTime> planned_start;
  std::vector<LeapSecondSpec> leap_seconds;  ///< Besides those that there have been.
  Duration warmup{};
  Duration duration{};
  SimTime ended{};               ///< Less than duration when cut short.
  std::string cut_short;         ///< "", "cancelled", "max_events", "livelock at ..."
  std::uint64_t trace_hash = 0;  ///< Over settled outcomes and milestones of the whole run.
  std::uint64_t events_processed = 0;

  Counts requests;  ///< Users' requests, all loads, warm-up included.
  Counts attempts;  ///< Tries at apps by all callers.
  Counts calls;     ///< Calls between apps and to dependencies.
  Counts mirrors;   ///< Copies of requests that routers sent to another app.
  /// Of every row of `series` and `gauges`: a second, doubled until the run has at most kMostRows.
  Duration step{std::chrono::seconds{1}};
  std::vector<Series> series;
  std::vector<StepSeries> steps;
  std::vector<GaugeSeries> gauges;
  std::vector<CounterSeries> counters;
  std::vector<MessageCounts> messages;  ///< By queue.
  /// Where the step is longer than a second: the last seconds, one by one, of what expectations,
  /// triggers and gates measure by the second. Their totals are of the whole run.
  std::vector<Series> seconds;
  std::vector<GaugeSeries> gauge_seconds;
  std::vector<RecordedEvent> events;
  std::vector<Span> spans;
  std::vector<AnchorHit> anchors;
  std::vector<Lane> lanes;
  std::vector<Stability> stability;
  Traces traces;  ///< A sample of users' requests, with what happened to each.

  /// More rows are not kept of any series: runs of up to two hours have one per second.
  static constexpr std::int64_t kMostRows = 7200;

  const Series* find_series(std::string_view subject) const;
  const StepSeries* find_steps(std::string_view metric, std::string_view subject) const;
  const GaugeSeries* find_gauge(std::string_view metric, std::string_view subject) const;
  const CounterSeries* find_counter(std::string_view metric, std::string_view subject) const;
  const Series* find_seconds(std::string_view subject) const;
  const GaugeSeries* find_gauge_seconds(std::string_view metric, std::string_view subject) const;
  const Span* find_span(std::string_view name, int occurrence = 1) const;
};

}  // namespace leapday
