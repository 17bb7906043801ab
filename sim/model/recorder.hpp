/// \file recorder.hpp
/// Builds the record of one run as it happens.
/// Why: the model reports each outcome once; conservation, per-second series, histograms,
/// milestones and the trace hash are kept in one place, at a cost that does not grow with the run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/record.hpp"
#include "leapday/scenario.hpp"
#include "sim/engine/assert.hpp"
#include "sim/engine/trace_hash.hpp"
#include "sim/model/recorder_gauge.hpp"
#include "sim/model/recorder_latency.hpp"
#include "sim/model/recorder_seconds.hpp"
#include "sim/model/recorder_subjects.hpp"

namespace leapday::model {

/// The record under way. Times given to one subject must not decrease. What was sent before t=0 is
/// only in requests(), attempts(), calls() and the trace hash. Rows are a second long in runs of up
/// to Record::kMostRows seconds, else as many powers of two as it takes.
class Recorder {
 public:
  /// The scenario must outlive it.
  Recorder(const Scenario& scenario, std::uint64_t seed);

  /// A subject's index for the calls below. Counts by settlement are kept for instances and where
  /// `live` is set. Instances keep latencies only when `live`: their app's series has them all.
  std::uint32_t add_series(std::string subject, Series::Kind kind, bool live);
  void sent(std::uint32_t series, SimTime at);
  void answered(std::uint32_t series, SimTime sent_at, SimTime now);
  void failed(std::uint32_t series, SimTime sent_at, SimTime now, FailureReason reason);
  /// `sent_at`: of the request that is retried; what was sent in the warm-up does not count.
  void retried(std::uint32_t series, SimTime sent_at = kSimStart) {
    if (sent_at >= kSimStart) ++record_.series[series].retries;
  }

  /// Balances over everything, warm-up included. The model counts, in_flight too, so that the
  /// balance can be wrong when the model is.
  Counts& requests() { return record_.requests; }
  Counts& attempts() { return record_.attempts; }
  Counts& calls() { return record_.calls; }
  /// What the model found at the end of each app's load.
  std::vector<Stability>& stability() { return record_.stability; }

  /// A milestone; its kind, subject and time are part of the trace hash.
  EventId event(SimTime at, EventId cause, std::string kind, std::string subject,
                std::string detail = {});

  /// For what changes with the platform, not with every request: each step is kept.
  std::uint32_t add_steps(std::string metric, std::string subject, double initial);
  /// The value from `at` on; a second step at one instant replaces the first.
  void step(std::uint32_t id, SimTime at, double value);

  std::uint32_t add_gauge(std::string metric, std::string subject);
  void gauge(std::uint32_t id, SimTime at, double value) {
    latest_ = at;
    gauges_[id].set(record_.gauges[id], at, value);
    if (gauge_seconds_[id] != kNone) [[unlikely]]
      fine_gauges_[gauge_seconds_[id]].set(record_.gauge_seconds[gauge_seconds_[id]], at, value);
  }

  std::uint32_t span_begin(std::string name, Span::Kind kind, SimTime at);
  void span_end(std::uint32_t span, SimTime at);
  void span_touch(std::uint32_t span, std::uint64_t n = 1) { record_.spans[span].touched += n; }
  void anchor(std::string name, std::string event, double share, std::int64_t count, SimTime at);

  std::uint32_t add_lane(std::string entity, std::string group);
  void lane_state(std::uint32_t lane, SimTime at, std::string state);

  engine::TraceHash& hash() { return hash_; }

  /// The record up to `now`, for metrics: logs folded in, gauges closed up to the last whole
  /// second. Exact figures of whole runs are added up when the run ends.
  const Record& live(SimTime now);
  /// The same, up to the last time that the recorder was told of.
  const Record& live() { return live(latest_); }

  /// Closes everything and hands the record over; the recorder is then spent.
  Record finish(SimTime ended, std::string cut_short, std::uint64_t events_processed);

 private:
  /// What a series needs while it is under way.
  struct Subject {
    std::uint64_t digest = 0;  ///< Sum over outcomes, in any order.
    ExactDurations latency;    ///< Where no seconds of it are kept.
    LatencyLog by_send;
    LatencyLog by_settle;
    bool keeps_latency = false;
    bool keeps_settlement = false;
    bool live = false;
    bool waiting = false;           ///< In waiting_.
    std::uint32_t seconds = kNone;  ///< In seconds_ and Record::seconds.
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// The row that the instant belongs to.
  std::uint64_t row_of(SimTime at) const {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) / 1'000'000'000U >> doublings_;
  }
  template <class Row>
  static Row& row(std::vector<Row>& rows, std::uint64_t number) {
    if (number >= rows.size()) [[unlikely]]
      rows.resize(number + 1);
    return rows[number];
  }
  static std::uint64_t outcome_word(SimTime sent_at, SimTime now, std::uint64_t outcome) {
    return hash_combine(
        static_cast<std::uint64_t>(sent_at.time_since_epoch().count()) ^ outcome << 60,
        static_cast<std::uint64_t>(now.time_since_epoch().count()) ^ outcome << 56);
  }
  void note_latency(std::uint32_t series, Subject& subject, SimTime sent_at, SimTime now);
  bool keeps_seconds(std::string_view subject, bool live) const {
    return doublings_ > 0 && (live || by_second_.contains(subject));
  }
  void fold(std::uint32_t series);
  void close_series(std::uint32_t series);
  void close_totals(std::uint32_t series);

  const Scenario& scenario_;
  int doublings_ = 0;  ///< A row is 2^doublings_ seconds long.
  Record record_;
  engine::TraceHash hash_;
  std::vector<Subject> subjects_;
  std::vector<std::uint32_t> waiting_;  ///< Series whose logs hold entries.
  SubjectNames by_second_;
  std::vector<RecentSeconds> seconds_;
  std::vector<GaugeTracker> gauges_;
  std::vector<std::uint32_t> gauge_seconds_;  ///< By gauge: in fine_gauges_, or kNone.
  std::vector<GaugeTracker> fine_gauges_;
  std::map<std::string, int, std::less<>> occurrences_;
  LatencyScratch scratch_;
  SimTime latest_{};
};

inline void Recorder::sent(std::uint32_t series, SimTime at) {
  latest_ = at;
  if (at < kSimStart) return;
  Series& out = record_.series[series];
  ++out.total.injected;
  ++row(out.by_send, row_of(at)).sent;
  const std::uint32_t seconds = subjects_[series].seconds;
  if (seconds != kNone) [[unlikely]]
    seconds_[seconds].sent(record_.seconds[seconds], at);
}

inline void Recorder::answered(std::uint32_t series, SimTime sent_at, SimTime now) {
  LEAPDAY_ASSERT(sent_at <= now, "an outcome lies before its sending");
  latest_ = now;
  Subject& subject = subjects_[series];
  subject.digest += outcome_word(sent_at, now, 0);
  if (sent_at < kSimStart) return;
  Series& out = record_.series[series];
  ++out.total.answered;
  ++row(out.by_send, row_of(sent_at)).answered;
  if (subject.keeps_settlement) {
    SecondCounts& settled = row(out.by_settle, row_of(now));
    ++settled.sent;
    ++settled.answered;
  }
  if (subject.seconds != kNone) [[unlikely]]
    seconds_[subject.seconds].answered(record_.seconds[subject.seconds], sent_at, now);
  if (subject.keeps_latency) {
    note_latency(series, subject, sent_at, now);
  } else {
    subject.latency.add((now - sent_at).count());
  }
}

inline void Recorder::failed(std::uint32_t series, SimTime sent_at, SimTime now,
                             FailureReason reason) {
  latest_ = now;
  LEAPDAY_ASSERT(sent_at <= now, "an outcome lies before its sending");
  const auto index = static_cast<std::size_t>(reason);
  Subject& subject = subjects_[series];
  subject.digest += outcome_word(sent_at, now, 1 + index);
  if (sent_at < kSimStart) return;
  Series& out = record_.series[series];
  ++out.total.failed[index];
  ++row(out.by_send, row_of(sent_at)).failed[index];
  if (subject.seconds != kNone) [[unlikely]]
    seconds_[subject.seconds].failed(record_.seconds[subject.seconds], sent_at, now, reason);
  if (!subject.keeps_settlement) return;
  SecondCounts& settled = row(out.by_settle, row_of(now));
  ++settled.sent;
  ++settled.failed[index];
}

inline void Recorder::note_latency(std::uint32_t series, Subject& subject, SimTime sent_at,
                                   SimTime now) {
  const std::int64_t latency = (now - sent_at).count();
  const std::uint32_t bucket = HistogramLayout::bucket(latency);
  if (!subject.waiting) {
    subject.waiting = true;
    waiting_.push_back(series);
  }
  Series& out = record_.series[series];
  const std::uint64_t sent_row = row_of(sent_at);
  row(out.latency, sent_row).exact.add(latency);
  if (!subject.by_send.add(sent_row, bucket)) [[unlikely]] {
    subject.by_send.fold(out.latency, &out.latency_total, scratch_);
    subject.by_send.add(sent_row, bucket);
  }
  if (!subject.live) return;
  const std::uint64_t settled_row = row_of(now);
  row(out.settle_latency, settled_row).exact.add(latency);
  if (!subject.by_settle.add(settled_row, bucket)) [[unlikely]] {
    subject.by_settle.fold(out.settle_latency, nullptr, scratch_);
    subject.by_settle.add(settled_row, bucket);
  }
}

}  // namespace leapday::model
