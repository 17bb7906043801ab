/// \file recorder.cpp
/// Everything that does not happen per request: unusual outcomes, rows, milestones, steps, spans,
/// and closing the books.
#include "sim/model/recorder.hpp"

#include <algorithm>
#include <utility>

#include "sim/engine/assert.hpp"

namespace leapday::model {

Recorder::Recorder(const Scenario& scenario, std::uint64_t seed, WallTime start)
    : scenario_(scenario),
      by_second_(measured_by_second(scenario)),
      latest_(kSimStart - scenario.run.warmup) {
  record_.scenario = scenario.name;
  record_.cell = scenario.cell;
  record_.seed = seed;
  record_.start = start;
  if (start != scenario.run.start) record_.planned_start = scenario.run.start;
  record_.leap_seconds = scenario.run.leap_seconds;
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
  Tally& tally = tallies_.emplace_back();
  tally.keeps_latency = live || !instance;
  Subject& kept = subjects_.emplace_back();
  kept.keeps_settlement = live || instance;
  kept.live = live;
  if (keeps_seconds(record_.series.back().subject, live)) {
    kept.seconds = static_cast<std::uint32_t>(seconds_.size());
    seconds_.emplace_back(tally.keeps_latency, live);
    record_.seconds.push_back({.subject = record_.series.back().subject, .kind = kind});
  }
  tally.plain = !live && kept.seconds == kNone;
  return static_cast<std::uint32_t>(record_.series.size() - 1);
}

// ---- outcomes that are not the usual ones ----------------------------------------------------

/// Sent in a row that is over, or to a subject of which more is kept.
void Recorder::sent_anyhow(std::uint32_t series, SimTime at) {
  if (at >= row_end_) turn(at);
  Tally& tally = tallies_[series];
  if (at < row_begin_ || !tally.plain) {
    sent_before(series, at);
    return;
  }
  if (!tally.open) open(series, tally);
  ++tally.sent;
}

void Recorder::answered_anyhow(std::uint32_t series, SimTime sent_at, SimTime now,
                               std::uint64_t word) {
  if (now >= row_end_) turn(now);
  Tally& tally = tallies_[series];
  tally.digest += word;
  if (!tally.plain) answered_live(series, sent_at, now);
  if (!tally.open) open(series, tally);
  if (sent_at < row_begin_) {
    answered_before(series, sent_at, now);
  } else {
    add_answer(series, tally, sent_at, now);
  }
}

void Recorder::sent_before(std::uint32_t series, SimTime at) {
  if (at < kSimStart) return;
  Tally& tally = tallies_[series];
  const std::uint32_t seconds = subjects_[series].seconds;
  if (seconds != kNone) seconds_[seconds].sent(record_.seconds[seconds], at);
  if (at < row_begin_) {
    ++record_.series[series].total.injected;
    ++row(record_.series[series].by_send, row_of(at)).sent;
    return;
  }
  if (!tally.open) open(series, tally);
  ++tally.sent;
}

/// Answered now, sent in a row that is over.
void Recorder::answered_before(std::uint32_t series, SimTime sent_at, SimTime now) {
  if (sent_at < kSimStart) return;
  Tally& tally = tallies_[series];
  Series& out = record_.series[series];
  if (now >= row_begin_) {
    ++tally.settled;
  } else if (subjects_[series].keeps_settlement) {
    SecondCounts& settled = row(out.by_settle, row_of(now));
    ++settled.sent;
    ++settled.answered;
  }
  const std::uint64_t sent_row = row_of(sent_at);
  ++out.total.answered;
  ++row(out.by_send, sent_row).answered;
  const std::int64_t latency = (now - sent_at).count();
  if (tally.keeps_latency) {
    row(out.latency, sent_row).exact.add(latency);
    log_bucket(series, sent_row, HistogramLayout::bucket(latency));
  } else {
    subjects_[series].latency.add(latency);
  }
}

/// What triggers, gates and windows see.
void Recorder::answered_live(std::uint32_t series, SimTime sent_at, SimTime now) {
  if (sent_at < kSimStart) return;
  Subject& subject = subjects_[series];
  if (subject.seconds != kNone) {
    seconds_[subject.seconds].answered(record_.seconds[subject.seconds], sent_at, now);
  }
  if (!subject.live) return;
  wait(series);
  const std::int64_t latency = (now - sent_at).count();
  const std::uint32_t bucket = HistogramLayout::bucket(latency);
  Series& out = record_.series[series];
  const std::uint64_t settled_row = row_of(now);
  row(out.settle_latency, settled_row).exact.add(latency);
  if (subject.by_settle.add(settled_row, bucket)) return;
  subject.by_settle.fold(out.settle_latency, nullptr, scratch_);
  subject.by_settle.add(settled_row, bucket);
}

void Recorder::failed(std::uint32_t series, SimTime sent_at, SimTime now, FailureReason reason) {
  LEAPDAY_ASSERT(sent_at <= now, "an outcome lies before its sending");
  latest_ = now;
  const auto index = static_cast<std::size_t>(reason);
  tallies_[series].digest += outcome_word(sent_at, now, 1 + index);
  if (sent_at < kSimStart) return;
  Series& out = record_.series[series];
  ++out.total.failed[index];
  ++row(out.by_send, row_of(sent_at)).failed[index];
  const Subject& subject = subjects_[series];
  if (subject.seconds != kNone) {
    seconds_[subject.seconds].failed(record_.seconds[subject.seconds], sent_at, now, reason);
  }
  if (!subject.keeps_settlement) return;
  SecondCounts& settled = row(out.by_settle, row_of(now));
  ++settled.sent;
  ++settled.failed[index];
}

void Recorder::add(std::uint32_t series, const RowSums& sums) {
  Tally& tally = tallies_[series];
  if (!tally.open) open(series, tally);
  tally.digest += sums.digest;
  tally.sent += sums.sent;
  tally.answered += sums.answered;
  tally.settled += sums.answered;
  tally.latency.merge(sums.latency);
}

/// A latency's bucket, by way of the subject's log. A subject that fills it within the row under
/// way gets a table for such rows.
void Recorder::log_bucket(std::uint32_t series, std::uint64_t sent_row, std::uint32_t bucket) {
  wait(series);
  Subject& subject = subjects_[series];
  if (subject.by_send.add(sent_row, bucket)) return;
  Series& out = record_.series[series];
  subject.by_send.fold(out.latency, &out.latency_total, scratch_);
  if (subject.buckets == nullptr && sent_row == row_of(row_begin_)) {
    subject.buckets = std::make_unique<RowLatency>();
    tallies_[series].buckets = subject.buckets.get();
    subject.buckets->add(bucket);
  } else {
    subject.by_send.add(sent_row, bucket);
  }
}

/// Notes that the subject's logs hold something.
void Recorder::wait(std::uint32_t series) {
  if (subjects_[series].waiting) return;
  subjects_[series].waiting = true;
  waiting_.push_back(series);
}

// ---- rows ------------------------------------------------------------------------------------

/// Ends the row under way and begins that of `at`.
void Recorder::turn(SimTime at) {
  flush();
  row_begin_ = kSimStart + static_cast<std::int64_t>(row_of(at)) * record_.step;
  row_end_ = row_begin_ + record_.step;
}

void Recorder::flush() {
  for (const std::uint32_t series : open_) flush(series);
  open_.clear();
}

void Recorder::flush(std::uint32_t series) {
  Tally& tally = tallies_[series];
  Subject& subject = subjects_[series];
  Series& out = record_.series[series];
  const std::uint64_t number = row_of(row_begin_);
  tally.open = false;
  tally.quick = false;
  out.total.injected += tally.sent;
  out.total.answered += tally.answered;
  if (tally.sent > 0 || tally.answered > 0) {
    SecondCounts& counts = row(out.by_send, number);
    counts.sent += tally.sent;
    counts.answered += tally.answered;
  }
  if (subject.keeps_settlement && tally.settled > 0) {
    SecondCounts& counts = row(out.by_settle, number);
    counts.sent += tally.settled;
    counts.answered += tally.settled;
  }
  if (tally.answered > 0 && tally.keeps_latency) {
    SparseHistogram& latency = row(out.latency, number);
    latency.exact.merge(tally.latency);
    if (subject.buckets) {
      subject.buckets->fold(latency.buckets, out.latency_total, scratch_, tally.latency.min,
                            tally.latency.max);
    }
  } else {
    subject.latency.merge(tally.latency);
  }
  tally.sent = tally.answered = tally.settled = 0;
  tally.latency = {};
}

// ---- everything else -------------------------------------------------------------------------

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
  if (gauge_seconds_.back() != kNone) gauges_.back().has_twin();
  return static_cast<std::uint32_t>(record_.gauges.size() - 1);
}

/// In another row, or by the second too.
void Recorder::gauge_elsewhere(std::uint32_t id, SimTime at, double value) {
  gauges_[id].set(record_.gauges[id], at, value);
  const std::uint32_t fine = gauge_seconds_[id];
  if (fine != kNone) fine_gauges_[fine].set(record_.gauge_seconds[fine], at, value);
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
  flush();
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
  if (tallies_[series].keeps_latency) out.latency_total.merge_exact(exact);
  if (subjects_[series].seconds == kNone) return;
  Series& seconds = record_.seconds[subjects_[series].seconds];
  seconds.total = out.total;
  seconds.retries = out.retries;
}

void Recorder::arrange() {
  if (last_.empty()) return;
  std::vector<char> is_last(record_.series.size(), 0);
  for (const Last& last : last_) is_last[last.series] = 1;
  std::vector<Series> arranged;
  arranged.reserve(record_.series.size());
  for (std::size_t i = 0; i < is_last.size(); ++i) {
    if (is_last[i] == 0) arranged.push_back(std::move(record_.series[i]));
  }
  for (const auto& [series, keep] : last_) {
    const bool used = tallies_[series].digest != 0 || record_.series[series].total.injected > 0;
    if (used || keep) arranged.push_back(std::move(record_.series[series]));
  }
  record_.series = std::move(arranged);
}

Record Recorder::finish(SimTime ended, std::string cut_short, std::uint64_t events_processed) {
  live(ended);
  for (std::uint32_t i = 0; i < subjects_.size(); ++i) close_totals(i);
  for (std::size_t i = 0; i < gauges_.size(); ++i) gauges_[i].finish(record_.gauges[i], ended);
  for (std::size_t i = 0; i < fine_gauges_.size(); ++i) {
    fine_gauges_[i].finish(record_.gauge_seconds[i], ended);
  }
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (tallies_[i].digest == 0) continue;
    hash_.add(hash_combine(hash_name(record_.series[i].subject), tallies_[i].digest));
  }
  for (Span& span : record_.spans) {
    if (span.open) span.end = ended;
  }
  record_.ended = ended;
  record_.cut_short = std::move(cut_short);
  record_.events_processed = events_processed;
  record_.trace_hash = hash_.value();
  arrange();
  return std::move(record_);
}

}  // namespace leapday::model
