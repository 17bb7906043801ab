/// \file recorder.hpp
/// Builds the record of one run as it happens.
/// Why: the model reports each outcome once; conservation, per-second series, histograms,
/// milestones and the trace hash are kept in one place, at a cost that does not grow with the run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
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
/// only in requests(), attempts(), calls(), mirrors() and the trace hash. Rows are a second long in
/// runs of up to Record::kMostRows seconds, else as many powers of two as it takes.
class Recorder {
 public:
  /// The scenario must outlive it.
  /// \param start True UTC at t=0.
  Recorder(const Scenario& scenario, std::uint64_t seed, WallTime start);
  Recorder(const Scenario& scenario, std::uint64_t seed)
      : Recorder(scenario, seed, scenario.run.start) {}

  /// A subject's index for the calls below. Counts by settlement are kept for instances and where
  /// `live` is set. Instances keep latencies only when `live`: their app's series has them all.
  std::uint32_t add_series(std::string subject, Series::Kind kind, bool live);
  void sent(std::uint32_t series, SimTime at);
  /// A series that comes after all others in the record that finish() hands over.
  struct Last {
    std::uint32_t series = 0;
    bool keep = false;  ///< Even when nothing was sent to it.
  };
  /// In this order.
  void order_last(std::vector<Last> series) { last_ = std::move(series); }
  void answered(std::uint32_t series, SimTime sent_at, SimTime now) {
    answered(series, sent_at, now, outcome_word(sent_at, now, 0));
  }
  /// The same with answer_word(sent_at, now), for one answer that concerns several series.
  void answered(std::uint32_t series, SimTime sent_at, SimTime now, std::uint64_t word);
  static std::uint64_t answer_word(SimTime sent_at, SimTime now) {
    return outcome_word(sent_at, now, 0);
  }
  void failed(std::uint32_t series, SimTime sent_at, SimTime now, FailureReason reason);

  // ---- for whoever settles many at once: outcomes of what was sent in the row under way, in that
  // row, of subjects that are plain().
  /// What sent() and answered() would have added up, but for the latencies' buckets.
  struct RowSums {
    std::uint64_t digest = 0;
    ExactDurations latency;
    std::uint32_t sent = 0;
    std::uint32_t answered = 0;
  };
  void add(std::uint32_t series, const RowSums& sums);
  class InRow;
  /// Nobody looks at it while the run is under way, and nothing of it is kept by the second.
  bool plain(std::uint32_t series) const { return tallies_[series].plain; }
  bool plain_gauge(std::uint32_t gauge) const { return gauge_seconds_[gauge] == kNone; }
  /// Begins the row of this instant, unless it is under way.
  void enter_row(SimTime at) {
    if (at >= row_end_) turn(at);
  }
  SimTime row_begin() const { return row_begin_; }
  SimTime row_end() const { return row_end_; }
  Duration row_length() const { return record_.step; }
  /// As many calls of gauge() between two instants: the area under it between them in value times
  /// ns, the most that held for any time of this row so far, and the value from then on.
  struct Covered {
    std::int64_t area = 0;
    std::int64_t most = 0;
  };
  void cover_gauge(std::uint32_t id, SimTime from, SimTime to, const Covered& covered,
                   double value) {
    latest_ = std::max(latest_, to);
    gauges_[id].advance(record_.gauges[id], from);
    gauges_[id].cover(to.time_since_epoch().count(), static_cast<double>(covered.area),
                      static_cast<double>(covered.most), value);
  }
  /// The most that a gauge of whole numbers has held for any time in the row under way, or -1.
  std::int64_t gauge_peak(std::uint32_t id) const {
    return gauges_[id].peak(row_begin_.time_since_epoch().count());
  }

  /// `sent_at`: of the request that is retried; what was sent in the warm-up does not count.
  void retried(std::uint32_t series, SimTime sent_at = kSimStart) {
    if (sent_at >= kSimStart) ++record_.series[series].retries;
  }

  /// Balances over everything, warm-up included. The model counts, in_flight too, so that the
  /// balance can be wrong when the model is.
  Counts& requests() { return record_.requests; }
  Counts& attempts() { return record_.attempts; }
  Counts& calls() { return record_.calls; }
  Counts& mirrors() { return record_.mirrors; }
  /// What the model found at the end of each app's load.
  std::vector<Stability>& stability() { return record_.stability; }
  Traces& traces() { return record_.traces; }

  /// A milestone; its kind, subject and time are part of the trace hash.
  EventId event(SimTime at, EventId cause, std::string kind, std::string subject,
                std::string detail = {});

  /// For what changes with the platform, not with every request: each step is kept.
  std::uint32_t add_steps(std::string metric, std::string subject, double initial);
  /// The value from `at` on; a second step at one instant replaces the first.
  void step(std::uint32_t id, SimTime at, double value);

  /// Things to be counted by row, from t=0 on.
  std::uint32_t add_counter(std::string metric, std::string subject) {
    record_.counters.push_back({.metric = std::move(metric),
                                .subject = std::move(subject),
                                .rows = {},
                                .step = record_.step});
    return static_cast<std::uint32_t>(record_.counters.size() - 1);
  }
  void count(std::uint32_t id, SimTime at, std::uint32_t n = 1) {
    latest_ = at;
    if (at < kSimStart) return;
    CounterSeries& counter = record_.counters[id];
    row(counter.rows, row_of(at)) += n;
    counter.total += n;
  }
  std::vector<MessageCounts>& messages() { return record_.messages; }

  std::uint32_t add_gauge(std::string metric, std::string subject);
  [[gnu::always_inline]] void gauge(std::uint32_t id, SimTime at, double value) {
    latest_ = at;
    if (!gauges_[id].set_in_row(at, value)) [[unlikely]]
      gauge_elsewhere(id, at, value);
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
  void gauge_elsewhere(std::uint32_t id, SimTime at, double value);
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// What every outcome changes, in a cache line: counts of the row under way, which join the
  /// record when that row is over or somebody looks.
  struct alignas(64) Tally {
    std::uint64_t digest = 0;       ///< Sum over outcomes, in any order.
    ExactDurations latency;         ///< Of what was sent in this row.
    RowLatency* buckets = nullptr;  ///< Likewise, of a busy subject.
    std::uint32_t sent = 0;
    std::uint32_t answered = 0;  ///< Of what was sent in this row.
    std::uint32_t settled = 0;   ///< Answered in this row.
    bool open = false;           ///< In open_.
    bool keeps_latency = false;
    bool plain = true;   ///< Neither live nor with seconds of its own.
    bool quick = false;  ///< Open and plain.
  };
  static_assert(sizeof(Tally) == 64);
  /// What else a series needs while it is under way.
  struct Subject {
    ExactDurations latency;  ///< Where no rows of it are kept.
    LatencyLog by_send;
    LatencyLog by_settle;
    std::unique_ptr<RowLatency> buckets;
    bool keeps_settlement = false;
    bool live = false;
    bool waiting = false;           ///< In waiting_.
    std::uint32_t seconds = kNone;  ///< In seconds_ and Record::seconds.
  };

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
  void open(std::uint32_t series, Tally& tally) {
    tally.open = true;
    tally.quick = tally.plain;
    open_.push_back(series);
  }
  void turn(SimTime at);
  void flush();
  void flush(std::uint32_t series);
  void sent_anyhow(std::uint32_t series, SimTime at);
  void sent_before(std::uint32_t series, SimTime at);
  void answered_anyhow(std::uint32_t series, SimTime sent_at, SimTime now, std::uint64_t word);
  void add_answer(std::uint32_t series, Tally& tally, SimTime sent_at, SimTime now);
  void answered_before(std::uint32_t series, SimTime sent_at, SimTime now);
  void answered_live(std::uint32_t series, SimTime sent_at, SimTime now);
  void log_bucket(std::uint32_t series, std::uint64_t row, std::uint32_t bucket);
  void wait(std::uint32_t series);
  bool keeps_seconds(std::string_view subject, bool live) const {
    return doublings_ > 0 && (live || by_second_.contains(subject));
  }
  void fold(std::uint32_t series);
  void close_series(std::uint32_t series);
  void close_totals(std::uint32_t series);
  void arrange();

  const Scenario& scenario_;
  int doublings_ = 0;  ///< A row is 2^doublings_ seconds long.
  Record record_;
  engine::TraceHash hash_;
  std::vector<Tally> tallies_;       ///< By series, as subjects_.
  std::vector<std::uint32_t> open_;  ///< Series with something in their tallies.
  SimTime row_begin_ = kSimStart;    ///< Of the row under way; at first of none.
  SimTime row_end_ = kSimStart;
  std::vector<Subject> subjects_;
  std::vector<std::uint32_t> waiting_;  ///< Series whose logs hold entries.
  std::vector<Last> last_;              ///< See order_last().
  SubjectNames by_second_;
  std::vector<RecentSeconds> seconds_;
  std::vector<GaugeTracker> gauges_;
  std::vector<std::uint32_t> gauge_seconds_;  ///< By gauge: in fine_gauges_, or kNone.
  std::vector<GaugeTracker> fine_gauges_;
  std::map<std::string, int, std::less<>> occurrences_;
  LatencyScratch scratch_;
  SimTime latest_{};
};

/// One by one, for a loop that calls nothing else: what it needs stays at hand.
class Recorder::InRow {
 public:
  explicit InRow(Recorder& recorder)
      : recorder_(recorder),
        tallies_(recorder.tallies_.data()),
        row_(recorder.row_of(recorder.row_begin_)) {}
  void latency(std::uint32_t series, std::uint32_t bucket) {
    RowLatency* const buckets = tallies_[series].buckets;
    if (buckets != nullptr) [[likely]] {
      buckets->add(bucket);
    } else {
      recorder_.log_bucket(series, row_, bucket);
    }
  }
  /// Of a subject that keeps no latencies.
  void sent(std::uint32_t series) {
    Tally& tally = tallies_[series];
    if (!tally.open) [[unlikely]]
      recorder_.open(series, tally);
    ++tally.sent;
  }
  void answered(std::uint32_t series, std::int64_t latency, std::uint64_t word) {
    Tally& tally = tallies_[series];
    if (!tally.open) [[unlikely]]
      recorder_.open(series, tally);
    tally.digest += word;
    ++tally.settled;
    ++tally.answered;
    tally.latency.add(latency);
  }

 private:
  Recorder& recorder_;
  Tally* tallies_;
  std::uint64_t row_;
};

[[gnu::always_inline]] inline void Recorder::sent(std::uint32_t series, SimTime at) {
  latest_ = at;
  Tally& tally = tallies_[series];
  if (at >= row_end_ || at < row_begin_ || !tally.quick) [[unlikely]] {
    sent_anyhow(series, at);
  } else {
    ++tally.sent;
  }
}

[[gnu::always_inline]] inline void Recorder::answered(std::uint32_t series, SimTime sent_at,
                                                      SimTime now, std::uint64_t word) {
  LEAPDAY_ASSERT(sent_at <= now, "an outcome lies before its sending");
  latest_ = now;
  Tally& tally = tallies_[series];
  if (now >= row_end_ || sent_at < row_begin_ || !tally.quick) [[unlikely]] {
    answered_anyhow(series, sent_at, now, word);
    return;
  }
  tally.digest += word;
  add_answer(series, tally, sent_at, now);
}

/// Sent in the row under way, which is open.
[[gnu::always_inline]] inline void Recorder::add_answer(std::uint32_t series, Tally& tally,
                                                        SimTime sent_at, SimTime now) {
  ++tally.settled;
  ++tally.answered;
  const std::int64_t latency = (now - sent_at).count();
  tally.latency.add(latency);
  if (tally.buckets != nullptr) {
    tally.buckets->add(HistogramLayout::bucket(latency));
  } else if (tally.keeps_latency) {
    log_bucket(series, row_of(sent_at), HistogramLayout::bucket(latency));
  }
}

}  // namespace leapday::model
