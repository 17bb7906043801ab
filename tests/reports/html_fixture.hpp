/// \file html_fixture.hpp
/// A rehearsal built by hand: two hours, twelve instances, a rollout during which a host dies.
/// Why: the report and the run directory are tested, and looked at, without running a simulation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leapday/rehearse.hpp"

namespace leapday::html_test {

inline SimTime at_second(double seconds) {
  return SimTime{Duration{static_cast<std::int64_t>(seconds * 1e9)}};
}

/// A small generator of its own, so that the fixture needs no engine.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 2654435761U + 1) {}
  double uniform() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return (static_cast<double>(state_ >> 11) + 0.5) / 9007199254740992.0;
  }
  /// Roughly normal: good enough for a picture.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_;
};

/// The course of the day: how slow things are and how much fails at a second.
struct Course {
  bool faulted = true;
  double rate(double t) const { return t < 900 ? 60 : t < 1800 ? 60 + (t - 900) / 900 * 60 : 120; }
  bool crash(double t) const { return faulted && t >= 2405 && t < 4205; }
  double slowness(double t) const {
    double factor = t > 1200 && t < 3600 ? 1.25 : 1;
    if (crash(t)) factor *= 1.2 + 5 * std::exp(-(t - 2405) / 260);
    return factor;
  }
  double failing(double t) const {
    return crash(t) && t < 2405 + 90 ? 0.06 : crash(t) && t < 2405 + 400 ? 0.006 : 0;
  }
};

inline void add_second(Series& series, Noise& noise, const Course& course, int t, double rate) {
  SecondCounts counts;
  counts.sent = static_cast<std::uint32_t>(std::max(0.0, rate + std::sqrt(rate) * noise.normal()));
  SparseHistogram latency;
  for (std::uint32_t i = 0; i < counts.sent; ++i) {
    if (noise.uniform() < course.failing(t)) {
      const auto reason = noise.uniform() < 0.6   ? FailureReason::connect_timeout
                          : noise.uniform() < 0.7 ? FailureReason::timeout
                                                  : FailureReason::reset;
      ++counts.failed[static_cast<std::size_t>(reason)];
      continue;
    }
    ++counts.answered;
    const double ms = 18 * course.slowness(t) * std::exp(0.55 * noise.normal());
    const auto ns = static_cast<std::int64_t>(ms * 1e6);
    latency.add(ns);
    series.latency_total.add(ns);
  }
  series.by_send.push_back(counts);
  series.total.injected += counts.sent;
  series.total.answered += counts.answered;
  for (std::size_t r = 0; r < kFailureReasons; ++r) series.total.failed[r] += counts.failed[r];
  series.latency.push_back(std::move(latency));
}

inline Series user_series(const std::string& subject, Series::Kind kind, const Course& course,
                          int seconds, double share) {
  Series series{.subject = subject, .kind = kind};
  Noise noise(subject.size() * 131 + 7);
  for (int t = 0; t < seconds; ++t) add_second(series, noise, course, t, course.rate(t) * share);
  return series;
}

inline Series instance_series(int index, int instances, const Course& course, int seconds) {
  Series series{.subject = "shop/" + std::to_string(index), .kind = Series::Kind::instance};
  Noise noise(static_cast<std::uint64_t>(index) + 99);
  const bool dies = index % 6 == 1;
  for (int t = 0; t < seconds; ++t) {
    const double rolled = 1230 + index * 100;
    const bool away =
        (t > rolled && t < rolled + 22) || (dies && course.crash(t) && t < 2405 + 140);
    const double rate = away ? 0 : course.rate(t) / instances;
    SecondCounts counts;
    counts.sent = static_cast<std::uint32_t>(
        rate > 0 ? std::max(0.0, rate + std::sqrt(rate) * noise.normal()) : 0);
    counts.answered = counts.sent;
    series.by_send.push_back(counts);
    series.total.injected += counts.sent;
    series.total.answered += counts.answered;
  }
  return series;
}

inline void add_lanes(Record& record, int instances, bool faulted) {
  for (int i = 0; i < instances; ++i) {
    Lane lane{.entity = "shop/" + std::to_string(i), .group = "shop"};
    const double rolled = 1230 + i * 100;
    const bool dies = faulted && i % 6 == 1;
    lane.states.push_back({at_second(-300), "ready"});
    std::vector<std::pair<double, std::string>> changes{
        {rolled, "draining"}, {rolled + 10, "starting"}, {rolled + 22, "ready"}};
    if (dies) {
      changes.insert(changes.end(),
                     {{2405, "down"}, {2435, "lost"}, {2520, "starting"}, {2545, "ready"}});
    }
    std::sort(changes.begin(), changes.end());
    for (auto& [t, state] : changes) lane.states.push_back({at_second(t), state});
    record.lanes.push_back(std::move(lane));
  }
  for (int i = 0; i < 6; ++i) {
    Lane lane{.entity = "z1-" + std::to_string(i), .group = "hosts"};
    lane.states.push_back({at_second(-300), "up"});
    if (faulted && i == 1) {
      lane.states.push_back({at_second(2405), "down"});
      lane.states.push_back({at_second(4205), "booting"});
      lane.states.push_back({at_second(4265), "up"});
    }
    record.lanes.push_back(std::move(lane));
  }
}

inline void add_events(Record& record) {
  const auto add = [&](double t, std::uint32_t cause, const char* kind, const char* subject,
                       const char* detail) {
    record.events.push_back({at_second(t), EventId{cause}, kind, subject, detail});
    return static_cast<std::uint32_t>(record.events.size() - 1);
  };
  constexpr std::uint32_t kNone = EventId::kNone;
  add(1200, kNone, "rollout.begin", "rollout", "shop v1 to v2, 1 in flight");
  const auto fault = add(2405, kNone, "fault.begin", "cell-dies", "host.crash on z1-1");
  const auto host = add(2405, fault, "host.crashed", "z1-1", "power loss; 2 instances on it");
  const auto one = add(2405, host, "instance.down", "shop/1", "its host is silent");
  add(2405, host, "instance.down", "shop/7", "its host is silent");
  add(2412.25, one, "router.connect_timeout", "shop/1", "first attempt that nothing answered");
  add(2435, host, "host.lost", "z1-1", "no heartbeat for 30 s");
  add(2520, host, "instance.starting", "shop/1", "replacement on z1-4");
  add(2545, one, "instance.ready", "shop/1", "");
  add(3600, 0, "rollout.end", "rollout", "12 of 12 on v2");
  add(4205, fault, "fault.end", "cell-dies", "");
}

inline Record make_record(int seconds, int instances, bool faulted) {
  const Course course{faulted};
  Record record;
  record.scenario = "Roll out v2 while a cell dies on leap day";
  record.seed = 7;
  record.start = {1330471800, 0};
  record.warmup = std::chrono::minutes{5};
  record.duration = std::chrono::seconds{seconds};
  record.ended = at_second(seconds);
  record.trace_hash = 0x9ae16a3b2f90404fULL;
  record.events_processed = 4'812'907;
  record.series.push_back(user_series("shoppers", Series::Kind::load, course, seconds, 1));
  record.series.push_back(
      user_series("shoppers.checkout", Series::Kind::load_endpoint, course, seconds, 0.1));
  record.series.push_back(user_series("shop", Series::Kind::app, course, seconds, 1.02));
  for (int i = 0; i < instances; ++i) {
    record.series.push_back(instance_series(i, instances, course, seconds));
  }
  record.series[0].retries = record.series[0].total.failed_total();
  record.requests = record.series[0].total;
  record.attempts = record.series[2].total;
  record.calls = record.series[1].total;
  const auto full = static_cast<double>(instances);
  record.steps.push_back({"ready", "shop", {{at_second(-300), full}}});
  if (faulted) {
    for (const auto& [t, n] : {std::pair{2405.0, full - 2}, {2545.0, full}}) {
      record.steps[0].steps.push_back({at_second(t), n});
    }
    record.steps.push_back({"hosts_up",
                            "cluster",
                            {{at_second(-300), 6}, {at_second(2405), 5}, {at_second(4265), 6}}});
  }
  using Kind = Span::Kind;
  record.spans = {{"evening", Kind::phase, at_second(0), at_second(900)},
                  {"rise", Kind::phase, at_second(900), at_second(1800)},
                  {"night", Kind::phase, at_second(1800), at_second(seconds), true},
                  {"rollout", Kind::deployment, at_second(1200), at_second(3600)}};
  if (faulted) {
    record.spans.push_back(
        {"cell-dies", Kind::fault, at_second(2405), at_second(4205), false, 1, 812});
    add_events(record);
  }
  add_lanes(record, instances, faulted);
  return record;
}

inline ExpectationVerdict verdict_of(std::string name, std::string text, Outcome outcome,
                                     std::string unit, double worst, double bound) {
  ExpectationVerdict one;
  one.name = std::move(name);
  one.outcome = outcome;
  one.unit = std::move(unit);
  one.bound = bound;
  one.text = std::move(text);
  one.worst = JudgedWindow{at_second(2400), at_second(2700), worst};
  one.margin = text.find(">=") == std::string::npos ? bound - worst : worst - bound;
  return one;
}

inline Verdict make_verdict() {
  Verdict verdict{Outcome::fail, "2 of 5 expectations did not hold, the first at 40:00", {}};
  const std::vector<EventId> chain{{1}, {2}, {3}, {5}};
  auto served = verdict_of("served", "success(shoppers) >= 99.9% in every 5min", Outcome::fail, "%",
                           0.9803, 0.999);
  served.reason = "98.03 % of 35,871 requests succeeded in the window from 40:00";
  served.first_violation = JudgedWindow{at_second(2400), at_second(2700), 0.9803};
  served.windows = 24;
  served.violations = 2;
  served.chain = chain;
  auto fast = verdict_of("fast", "p99(shoppers) < 250ms in 99% of 1min except during rollout",
                         Outcome::fail, "s", 0.412, 0.25);
  fast.reason = "p99 was above 250 ms in 4 of 80 windows, 1 % may be";
  fast.first_violation = JudgedWindow{at_second(3600), at_second(3660), 0.263};
  fast.windows = 80;
  fast.violations = 4;
  fast.chain = chain;
  auto finished =
      verdict_of("finished", "eventually completed(rollout) within 45min after rollout.begin",
                 Outcome::pass, "s", 2400, 2700);
  finished.reason = "completed 40 min after it began";
  auto reachable = verdict_of("reachable", "never unroutable(shop)", Outcome::pass, "", 0, 0);
  reachable.margin.reset();
  reachable.bound.reset();
  auto cost =
      verdict_of("budget", "budget_used(paying) <= 5%", Outcome::inconclusive, "%", 0.021, 0.05);
  cost.reason = "only 12 of 30 days of the objective's period were rehearsed";
  verdict.expectations = {served, fast, finished, reachable, cost};
  return verdict;
}

inline Scenario make_scenario() {
  Scenario scenario;
  scenario.name = "Roll out v2 while a cell dies on leap day";
  scenario.file = "scenarios/library/rollout_host_dies.yaml";
  scenario.digest = "77c1d0b1e2f3a405";
  scenario.platform.name = "cf-diego";
  scenario.platform.sources = {
      {"evacuation_timeout", "20min", "diego-release 2.71, jobs/rep/spec", "scenario"},
      {"presence_ttl", "15s", "bbs/db, line 44", "verified"},
      {"router_failed_cooldown", "30s", "gorouter, from memory", "recalled"}};
  scenario.provenance = {{"apps.shop.release", "v1", Origin::stated, {scenario.file, 22, 5}, {}},
                         {"apps.catalogue.service_time",
                          "lognormal(median 12ms, p99 80ms)",
                          Origin::assumed,
                          {scenario.file, 36, 19},
                          Ratio{1, 2}},
                         {"apps.shop.releases.v2.service_time_factor",
                          "1.1",
                          Origin::assumed,
                          {scenario.file, 21, 40},
                          Ratio{1, 5}},
                         {"topology.network.same_zone", "0s", Origin::defaulted, {}, {}},
                         {"apps.shop.discipline", "fifo", Origin::defaulted, {}, {}}};
  scenario.warnings = {"router_failed_cooldown = 30s is recalled, not verified"};
  Expectation fast;
  fast.text = "p99(shoppers) < 250ms in 99% of 1min except during rollout";
  fast.comparison.call = {.metric = "p99", .entity = {.name = "shoppers"}};
  scenario.expectations["fast"] = fast;
  return scenario;
}

/// The whole; `instances` above 12 and more seconds exercise the bounds.
inline Rehearsal make_rehearsal(int seconds = 7200, int instances = 12, int runs = 1,
                                bool twin = true) {
  Rehearsal rehearsal;
  auto file = std::make_shared<ScenarioFile>();
  file->cells.push_back(make_scenario());
  file->file = file->cells[0].file;
  for (int i = 0; i < runs; ++i) file->seeds.push_back(static_cast<std::uint64_t>(7 + i));
  rehearsal.file = file;
  rehearsal.record = make_record(seconds, instances, true);
  if (twin) rehearsal.twin = make_record(seconds, instances, false);
  for (int i = 0; i < runs; ++i) {
    RunSummary run{0, static_cast<std::uint64_t>(7 + i),
                   rehearsal.record.trace_hash + static_cast<std::uint64_t>(i), make_verdict(),
                   rehearsal.record.requests};
    if (i % 3 == 1) run.verdict = {Outcome::pass, "every expectation held", {}};
    rehearsal.runs.push_back(std::move(run));
  }
  rehearsal.outcome = Outcome::fail;
  CellVerdict cell{.cell = "", .outcome = Outcome::fail};
  cell.passed = static_cast<std::uint64_t>((runs + 1) / 3);
  cell.failed = static_cast<std::uint64_t>(runs) - cell.passed;
  cell.share = static_cast<double>(cell.passed) / runs;
  cell.low = cell.share * 0.7;
  cell.high = std::min(1.0, cell.share * 1.3);
  cell.reason = "a share of 95 % must pass with 90 % confidence";
  rehearsal.cells.push_back(cell);
  return rehearsal;
}

}  // namespace leapday::html_test
