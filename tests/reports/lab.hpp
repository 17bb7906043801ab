/// \file lab.hpp
/// A record built by hand and an expectation written as text.
/// Why: what a verdict must be is decided by looking at a few seconds, not by running a platform.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "leapday/judge.hpp"
#include "scenarios/expressions/parse.hpp"

namespace leapday {

inline std::ostream& operator<<(std::ostream& out, Outcome outcome) {
  return out << to_string(outcome);
}

}  // namespace leapday

namespace leapday::reports_test {

// Outcomes as judge_test and verdict_test write them.
inline constexpr Outcome pass = Outcome::pass;
inline constexpr Outcome fail = Outcome::fail;
inline constexpr Outcome unclear = Outcome::inconclusive;

inline SimTime at_second(double seconds) {
  return kSimStart + Duration{static_cast<std::int64_t>(seconds * 1e9)};
}

/// Ten minutes of 100 requests a second from shoppers to shop, all answered in 20 ms, unless a test
/// changes it.
class Lab {
 public:
  explicit Lab(double seconds = 600) : seconds_(static_cast<std::size_t>(seconds)) {
    register_metrics(registry);
    scenario.name = "a test";
    scenario.run.duration = Duration{static_cast<std::int64_t>(seconds * 1e9)};
    record.scenario = scenario.name;
    record.start = {1330473600, 0};  // 2012-02-29T00:00:00Z
    record.duration = scenario.run.duration;
    record.ended = at_second(seconds);
    scenario.apps["shop"].instances = 3;
    scenario.loads["shoppers"].to = "shop";
    add("shoppers", Series::Kind::load);
    add("shop", Series::Kind::app);
  }

  Series& add(const std::string& subject, Series::Kind kind, std::uint32_t per_second = 100,
              Duration latency = 20ms) {
    Series series;
    series.subject = subject;
    series.kind = kind;
    series.by_send.resize(seconds_);
    series.latency.resize(seconds_);
    record.series.push_back(std::move(series));
    sends(subject, 0, static_cast<double>(seconds_), per_second, latency);
    return record.series.back();
  }
  Series& of(const std::string& subject) {
    for (Series& series : record.series) {
      if (series.subject == subject) return series;
    }
    throw std::logic_error("no series " + subject);
  }
  /// From second `from` to `to`: so many are sent, and answered in `latency`.
  void sends(const std::string& subject, double from, double to, std::uint32_t per_second,
             Duration latency = 20ms) {
    Series& series = of(subject);
    for (auto k = static_cast<std::size_t>(from); k < static_cast<std::size_t>(to); ++k) {
      series.by_send[k] = {.sent = per_second, .answered = per_second, .failed = {}};
      series.latency[k] = {};
      series.latency[k].add(latency.count(), per_second);
    }
  }
  /// So many of each second's answers become failures.
  void fails(const std::string& subject, double from, double to, std::uint32_t count,
             FailureReason reason = FailureReason::timeout) {
    Series& series = of(subject);
    for (auto k = static_cast<std::size_t>(from); k < static_cast<std::size_t>(to); ++k) {
      take(series, k, count);
      series.by_send[k].failed[static_cast<std::size_t>(reason)] += count;
    }
  }
  /// So many of each second's answers never come.
  void hangs(const std::string& subject, double from, double to, std::uint32_t count) {
    for (auto k = static_cast<std::size_t>(from); k < static_cast<std::size_t>(to); ++k) {
      take(of(subject), k, count);
    }
  }
  void span(const std::string& name, Span::Kind kind, double from, double to,
            std::uint64_t touched = 1) {
    int occurrence = 1;
    for (const Span& s : record.spans) occurrence += s.name == name ? 1 : 0;
    record.spans.push_back({.name = name,
                            .kind = kind,
                            .begin = at_second(from),
                            .end = at_second(to),
                            .open = false,
                            .occurrence = occurrence,
                            .touched = touched});
    record.anchors.push_back({name, "begin", 0, 0, at_second(from)});
    record.anchors.push_back({name, "end", 0, 0, at_second(to)});
  }
  void fault(const std::string& name, double from, double to, std::uint64_t touched = 1) {
    span(name, Span::Kind::fault, from, to, touched);
  }
  void steps(const std::string& metric, const std::string& subject,
             const std::vector<std::pair<double, double>>& values) {
    StepSeries series{metric, subject, {}};
    for (const auto& [at, value] : values) series.steps.emplace_back(at_second(at), value);
    record.steps.push_back(std::move(series));
  }
  /// As a longer run would have kept it: rows of `step` seconds, and single ones from `kept` on.
  void lengthen(std::int64_t step, std::int64_t kept) {
    record.step = std::chrono::seconds{step};
    for (Series& series : record.series) {
      Series rows = series;
      rows.step = record.step;
      rows.by_send.assign((series.by_send.size() + step - 1) / step, {});
      rows.latency.assign(rows.by_send.size(), {});
      for (std::size_t k = 0; k < series.by_send.size(); ++k) {
        SecondCounts& counts = rows.by_send[k / step];
        counts.sent += series.by_send[k].sent;
        counts.answered += series.by_send[k].answered;
        for (std::size_t r = 0; r < kFailureReasons; ++r)
          counts.failed[r] += series.by_send[k].failed[r];
        // Every second of a lab has one latency.
        const SparseHistogram& latency = series.latency[k];
        rows.latency[k / step].add(latency.exact.min, static_cast<std::uint32_t>(latency.count()));
      }
      series.first = kept;
      series.by_send.erase(series.by_send.begin(), series.by_send.begin() + kept);
      series.latency.erase(series.latency.begin(), series.latency.begin() + kept);
      record.seconds.push_back(std::move(series));
      series = std::move(rows);
    }
  }
  EventId event(double at, const std::string& kind, const std::string& subject,
                EventId cause = {}) {
    record.events.push_back({at_second(at), cause, kind, subject, ""});
    return {static_cast<std::uint32_t>(record.events.size() - 1)};
  }

  static Expectation parse(const std::string& text) {
    Result<Expectation> result = loading::parse_expectation(text, {"test.yaml", 7, 11});
    if (!result) throw std::logic_error(to_string(result.problems().front()));
    Expectation expectation = std::move(result).value();
    expectation.text = text;
    return expectation;
  }
  void expect(const std::string& name, const std::string& text) {
    scenario.expectations[name] = parse(text);
  }
  /// Sums up what the seconds hold, as a run does.
  void settle(Record& of_run) const {
    of_run.requests = {};
    for (Series& series : of_run.series) {
      series.total = {};
      series.latency_total = {};
      series.latency_sum_seconds = 0;
      for (const SecondCounts& second : series.by_send) {
        series.total.injected += second.sent;
        series.total.answered += second.answered;
        for (std::size_t r = 0; r < kFailureReasons; ++r)
          series.total.failed[r] += second.failed[r];
      }
      for (const SparseHistogram& second : series.latency) series.latency_total.merge(second);
      series.latency_sum_seconds = series.latency_total.exact().sum_seconds();
      Counts& total = series.total;
      total.in_flight = total.injected - total.answered - total.failed_total();
      if (series.kind != Series::Kind::load) continue;
      of_run.requests.injected += total.injected;
      of_run.requests.answered += total.answered;
      of_run.requests.in_flight += total.in_flight;
      for (std::size_t r = 0; r < kFailureReasons; ++r)
        of_run.requests.failed[r] += total.failed[r];
    }
    for (Series& seconds : of_run.seconds) {
      seconds.total = of_run.find_series(seconds.subject)->total;
    }
  }
  Verdict judge() {
    settle(record);
    if (twin) settle(*twin);
    return leapday::judge(scenario, registry, record, twin ? &*twin : nullptr);
  }
  /// The verdict on one expectation alone.
  ExpectationVerdict judge(const std::string& text) {
    scenario.expectations = {};
    expect("it", text);
    return judge().expectations.at(0);
  }
  Outcome outcome(const std::string& text) { return judge(text).outcome; }
  /// A metric over [from, to), such as "p99(shop)".
  Measurement measure(const std::string& call, double from, double to, bool live = false) {
    settle(record);
    const std::string name = call.substr(0, call.find('('));
    const std::string subject = call.substr(name.size() + 1, call.size() - name.size() - 2);
    const Metric* metric = registry.metric(name);
    if (metric == nullptr) throw std::logic_error("no metric " + name);
    return metric->measure(name,
                           {.scenario = scenario,
                            .record = record,
                            .entity = parse("success(" + subject + ") >= 0").comparison.call.entity,
                            .from = at_second(from),
                            .to = at_second(to),
                            .live = live});
  }

  Scenario scenario;
  Record record;
  std::optional<Record> twin;
  Registry registry;

 private:
  static void take(Series& series, std::size_t second, std::uint32_t count) {
    series.by_send[second].answered -= count;
    SparseHistogram& latency = series.latency[second];
    if (latency.empty()) return;
    const auto left = static_cast<std::uint32_t>(latency.count()) - count;
    const std::int64_t value = latency.exact.min;
    latency = {};
    latency.add(value, left);
  }
  std::size_t seconds_;
};

}  // namespace leapday::reports_test
