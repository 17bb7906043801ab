/// \file window.hpp
/// What metrics share: which seconds of a record a query covers, and what they add up to.
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

/// The whole seconds [first, last) inside a part. A run's last second counts although it may be
/// shorter than the others.
struct SecondRange {
  std::size_t first = 0;
  std::size_t last = 0;
};
SecondRange seconds_between(const MetricQuery& query, SimTime from, SimTime to);

/// Calls `visit(second)` for every whole second that counts, up to `size` of them, in order.
template <class Visit>
void each_second(const MetricQuery& query, std::size_t size, Visit visit) {
  each_piece(query, [&](SimTime from, SimTime to) {
    const SecondRange range = seconds_between(query, from, to);
    for (std::size_t k = range.first; k < std::min(range.last, size); ++k) visit(k);
  });
}

/// How much time the seconds that count cover.
double seconds_covered(const MetricQuery& query);

/// What was sent (or, live, settled) in the seconds that count.
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

/// The series of the query's entity; nullptr with `unknown` filled in when nothing was recorded.
const Series* series_of(const MetricQuery& query, Measurement& unknown);
/// True when the series can answer the query; fills in `unknown` otherwise.
bool has_counts(const MetricQuery& query, const Series& series, Measurement& unknown);
/// Latencies by sending time or, live, by settlement.
const std::vector<SparseHistogram>& latencies(const MetricQuery& query, const Series& series);

/// A count of requests in the seconds that count. Zero is an answer, unless the subject never saw a
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
