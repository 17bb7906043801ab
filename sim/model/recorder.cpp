/// \file recorder.cpp
/// Everything that does not happen per request: milestones, steps, spans, and closing the books.
#include "sim/model/recorder.hpp"

#include <algorithm>
#include <utility>

#include "sim/engine/assert.hpp"

namespace leapday::model {

Recorder::Recorder(const Scenario& scenario, std::uint64_t seed)
    : scenario_(scenario),
      by_second_(measured_by_second(scenario)),
      latest_(kSimStart - scenario.run.warmup) {
  record_.scenario = scenario.name;
  record_.cell = scenario.cell;
  record_.seed = seed;
  record_.start = scenario.run.start;
  record_.warmup = scenario.run.warmup;
  record_.duration = scenario.run.duration;
  while (record_.step * Record::kMostRows < record_.duration) {
    record_.step *= 2;
    ++doublings_;
  }
}

std::uint32_t Recorder::add_series(std::string subject, Series::Kind kind, bool live) {
  const bool instance = kind == Series::Kind::instance;
  record_.series.emplace_back();
  record_.series.back().subject = std::move(subject);
  record_.series.back().kind = kind;
  record_.series.back().step = record_.step;
  Subject& kept = subjects_.emplace_back();
  kept.keeps_latency = live || !instance;
  kept.keeps_settlement = live || instance;
  kept.live = live;
  if (keeps_seconds(record_.series.back().subject, live)) {
    kept.seconds = static_cast<std::uint32_t>(seconds_.size());
    seconds_.emplace_back(kept.keeps_latency, live);
    record_.seconds.push_back({.subject = record_.series.back().subject, .kind = kind});
  }
  return static_cast<std::uint32_t>(record_.series.size() - 1);
}

EventId Recorder::event(SimTime at, EventId cause, std::string kind, std::string subject,
                        std::string detail) {
  latest_ = at;
  LEAPDAY_ASSERT(!cause.valid() || cause.index < record_.events.size(),
                 "an event's cause must be an earlier event");
  const std::uint32_t entity = hash_.add_entity(subject);
  hash_.mix(entity, hash_name(kind));
  hash_.mix(entity, static_cast<std::uint64_t>(at.time_since_epoch().count()));
  record_.events.push_back({at, cause, std::move(kind), std::move(subject), std::move(detail)});
  return {static_cast<std::uint32_t>(record_.events.size() - 1)};
}

std::uint32_t Recorder::add_steps(std::string metric, std::string subject, double initial) {
  record_.steps.push_back(
      {std::move(metric), std::move(subject), {{kSimStart - scenario_.run.warmup, initial}}});
  return static_cast<std::uint32_t>(record_.steps.size() - 1);
}

void Recorder::step(std::uint32_t id, SimTime at, double value) {
  latest_ = at;
  auto& steps = record_.steps[id].steps;
  LEAPDAY_ASSERT(at >= steps.back().first, "a step lies before the last one");
  if (at == steps.back().first) {
    steps.back().second = value;
    if (steps.size() > 1 && steps[steps.size() - 2].second == value) steps.pop_back();
  } else if (value != steps.back().second) {
    steps.emplace_back(at, value);
  }
}

std::uint32_t Recorder::add_gauge(std::string metric, std::string subject) {
  gauge_seconds_.push_back(kNone);
  if (keeps_seconds(subject, false)) {
    gauge_seconds_.back() = static_cast<std::uint32_t>(fine_gauges_.size());
    fine_gauges_.emplace_back(Duration{1s}, kSecondsKept);
    record_.gauge_seconds.push_back({.metric = metric, .subject = subject});
  }
  record_.gauges.push_back(
      {.metric = std::move(metric), .subject = std::move(subject), .step = record_.step});
  gauges_.emplace_back(record_.step);
  return static_cast<std::uint32_t>(record_.gauges.size() - 1);
}

std::uint32_t Recorder::span_begin(std::string name, Span::Kind kind, SimTime at) {
  latest_ = at;
  const int occurrence = ++occurrences_[name];
  record_.spans.push_back({.name = std::move(name),
                           .kind = kind,
                           .begin = at,
                           .end = at,
                           .open = true,
                           .occurrence = occurrence});
  return static_cast<std::uint32_t>(record_.spans.size() - 1);
}

void Recorder::span_end(std::uint32_t span, SimTime at) {
  latest_ = at;
  Span& ended = record_.spans[span];
  LEAPDAY_ASSERT(ended.open, "the span \"" + ended.name + "\" ended twice");
  ended.end = at;
  ended.open = false;
}

void Recorder::anchor(std::string name, std::string event, double share, std::int64_t count,
                      SimTime at) {
  latest_ = at;
  record_.anchors.push_back({std::move(name), std::move(event), share, count, at});
}

std::uint32_t Recorder::add_lane(std::string entity, std::string group) {
  record_.lanes.push_back({std::move(entity), std::move(group), {}});
  return static_cast<std::uint32_t>(record_.lanes.size() - 1);
}

void Recorder::lane_state(std::uint32_t lane, SimTime at, std::string state) {
  latest_ = at;
  auto& states = record_.lanes[lane].states;
  if (!states.empty() && states.back().first == at) states.pop_back();
  if (states.empty() || states.back().second != state) states.emplace_back(at, std::move(state));
}

void Recorder::fold(std::uint32_t series) {
  Subject& subject = subjects_[series];
  Series& out = record_.series[series];
  subject.by_send.fold(out.latency, &out.latency_total, scratch_);
  subject.by_settle.fold(out.settle_latency, nullptr, scratch_);
  subject.waiting = false;
}

const Record& Recorder::live(SimTime now) {
  latest_ = std::max(latest_, now);
  for (const std::uint32_t series : waiting_) fold(series);
  waiting_.clear();
  for (std::size_t i = 0; i < gauges_.size(); ++i) gauges_[i].advance(record_.gauges[i], latest_);
  for (std::size_t i = 0; i < fine_gauges_.size(); ++i) {
    fine_gauges_[i].advance(record_.gauge_seconds[i], latest_);
  }
  for (std::uint32_t i = 0; i < subjects_.size(); ++i) close_series(i);
  return record_;
}

void Recorder::close_series(std::uint32_t series) {
  Series& out = record_.series[series];
  out.total.in_flight = out.total.injected - out.total.answered - out.total.failed_total();
}

void Recorder::close_totals(std::uint32_t series) {
  Series& out = record_.series[series];
  ExactDurations exact = subjects_[series].latency;
  for (const SparseHistogram& second : out.latency) exact.merge(second.exact);
  out.latency_sum_seconds = exact.sum_seconds();
  if (subjects_[series].keeps_latency) out.latency_total.merge_exact(exact);
  if (subjects_[series].seconds == kNone) return;
  Series& seconds = record_.seconds[subjects_[series].seconds];
  seconds.total = out.total;
  seconds.retries = out.retries;
}

Record Recorder::finish(SimTime ended, std::string cut_short, std::uint64_t events_processed) {
  live(ended);
  for (std::uint32_t i = 0; i < subjects_.size(); ++i) close_totals(i);
  for (std::size_t i = 0; i < gauges_.size(); ++i) gauges_[i].finish(record_.gauges[i], ended);
  for (std::size_t i = 0; i < fine_gauges_.size(); ++i) {
    fine_gauges_[i].finish(record_.gauge_seconds[i], ended);
  }
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_[i].digest == 0) continue;
    hash_.add(hash_combine(hash_name(record_.series[i].subject), subjects_[i].digest));
  }
  for (Span& span : record_.spans) {
    if (span.open) span.end = ended;
  }
  record_.ended = ended;
  record_.cut_short = std::move(cut_short);
  record_.events_processed = events_processed;
  record_.trace_hash = hash_.value();
  return std::move(record_);
}

}  // namespace leapday::model
