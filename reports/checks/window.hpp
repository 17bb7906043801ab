/// \file window.hpp
/// What metrics share: which rows of a record a query covers, and what they add up to. A row is a
/// second, or longer in runs of more than two hours.
/// Why: "which second belongs to which window" must have one answer for every metric.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leapday/metric.hpp"
#include "leapday/registry.hpp"

namespace leapday::checks {

/// Calls `visit(from, to)` for every part of the query's time that counts.
template <class Visit>
void each_piece(const MetricQuery& query, Visit visit) {
  if (query.pieces.empty()) {
    visit(query.from, query.to);
    return;
  }
  for (const TimeRange& piece : query.pieces) {
    const SimTime from = std::max(piece.from, query.from);
    const SimTime to = std::min(piece.to, query.to);
    if (from < to) visit(from, to);
  }
}

/// How the rows of a series lie in time.
struct Rows {
  std::int64_t step = 0;   ///< Nanoseconds.
  std::int64_t first = 0;  ///< Number of the row with index 0.
};
template <class S>
Rows rows_of(const S& series) {
  return {series.step.count(), series.first};
}

/// Indices [first, last) of the whole rows inside a part. A run's last row counts although it may
/// be shorter than the others.
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
};
RowRange rows_between(const MetricQuery& query, const Rows& rows, SimTime from, SimTime to);

/// True when the rows tell of the query's time: seconds always do, and longer rows when every part
/// begins and ends with one.
bool fits(const MetricQuery& query, const Rows& rows);
/// Why longer rows do not.
Measurement too_coarse(const std::string& subject, const Rows& rows);
/// True when no second of the query's time lies before the first row.
bool reaches_back(const MetricQuery& query, const Rows& rows);

/// The run's rows when they fit the query, else single seconds where those are kept, else the
/// run's.
template <class S>
const S* chosen(const MetricQuery& query, const S* steps, const S* seconds) {
  if (steps == nullptr || seconds == nullptr || fits(query, rows_of(*steps))) return steps;
  return reaches_back(query, rows_of(*seconds)) ? seconds : steps;
}

/// Calls `visit(index)` for every whole row that counts, up to `size` of them, in order.
template <class Visit>
void each_row(const MetricQuery& query, const Rows& rows, std::size_t size, Visit visit) {
  each_piece(query, [&](SimTime from, SimTime to) {
    const RowRange range = rows_between(query, rows, from, to);
    for (std::size_t k = range.first; k < std::min(range.last, size); ++k) visit(k);
  });
}

/// How much time the rows that count cover.
double seconds_covered(const MetricQuery& query, const Rows& rows);

/// What was sent (or, live, settled) in the rows that count.
struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::array<std::uint64_t, kFailureReasons> failed{};
  std::uint64_t failed_total() const;
  std::uint64_t settled() const { return answered + failed_total(); }
};
Tally tally(const MetricQuery& query, const Series& series);

/// Windows of at least this many seconds are read from sums that the query's memo keeps.
inline constexpr std::size_t kLongWindow = 32;
/// True when the query's memo is worth its while.
bool remembers(const MetricQuery& query);

/// True when the query covers every request of the series, so that exact totals may be used.
bool covers_all(const MetricQuery& query, const Series& series, const Tally& counts);

/// The series of that name, in the rows that suit the query.
const Series* series_of(const MetricQuery& query, std::string_view subject);
/// That of the query's entity; nullptr with `unknown` filled in when nothing was recorded.
const Series* series_of(const MetricQuery& query, Measurement& unknown);
/// True when the series can answer the query; fills in `unknown` otherwise.
bool has_counts(const MetricQuery& query, const Series& series, Measurement& unknown);
/// Latencies by sending time or, live, by settlement.
const std::vector<SparseHistogram>& latencies(const MetricQuery& query, const Series& series);

/// A count of requests in the rows that count. Zero is an answer, unless the subject never saw a
/// request in the whole run: then nothing was tried.
Measurement count_of(const MetricQuery& query, const Series& series, std::uint64_t count,
                     const Tally& counts);

Measurement known(double value, std::uint64_t samples);
Measurement unknown(std::string why, std::uint64_t samples = 0);

/// A share of what was settled. Unknown when nothing was sent, and when more than half of what was
/// sent had not settled by the end of the run: what is still open could turn the share around.
Measurement share_of_settled(const MetricQuery& query, std::uint64_t part, const Tally& counts);

/// The value of a step series at `at`; nothing where the run recorded none.
std::optional<double> value_at(const Record& record, std::string_view metric,
                               std::string_view subject, SimTime at);

/// True for "shop/3" of "shop" and for the entity itself.
bool belongs_to(std::string_view subject, const Entity& entity);

}  // namespace leapday::checks
