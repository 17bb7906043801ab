/// \file window.cpp
/// Rows, sums and look-ups for metrics.
#include "reports/checks/window.hpp"

namespace leapday::checks {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

const std::vector<SecondCounts>& counts_of(const MetricQuery& query, const Series& series) {
  return query.live ? series.by_settle : series.by_send;
}

void add(Tally& sum, const SecondCounts& second) {
  sum.sent += second.sent;
  sum.answered += second.answered;
  for (std::size_t r = 0; r < kFailureReasons; ++r) sum.failed[r] += second.failed[r];
}

/// Sums of a series from its first row to each.
struct CountSums final : MetricMemo::Entry {
  std::vector<Tally> until;

  void add_up(const std::vector<SecondCounts>& rows) {
    until.resize(rows.size() + 1);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      until[k + 1] = until[k];
      add(until[k + 1], rows[k]);
    }
  }
  void difference(std::size_t first, std::size_t last, Tally& sum) const {
    sum.sent += until[last].sent - until[first].sent;
    sum.answered += until[last].answered - until[first].answered;
    for (std::size_t r = 0; r < kFailureReasons; ++r) {
      sum.failed[r] += until[last].failed[r] - until[first].failed[r];
    }
  }
};

}  // namespace

RowRange rows_between(const MetricQuery& query, const Rows& rows, SimTime from, SimTime to) {
  const std::int64_t start = std::max<std::int64_t>(from.time_since_epoch().count(), 0);
  const std::int64_t end = to.time_since_epoch().count();
  if (end <= start) return {};
  const std::int64_t first = (start + rows.step - 1) / rows.step;
  std::int64_t last = end / rows.step;
  // Nothing follows the end of the run, so its broken row is as complete as it will ever be.
  if (!query.live && to >= query.record.ended && end % rows.step != 0) ++last;
  if (last <= std::max(first, rows.first)) return {};
  return {static_cast<std::size_t>(std::max(first, rows.first) - rows.first),
          static_cast<std::size_t>(last - rows.first)};
}

bool fits(const MetricQuery& query, const Rows& rows) {
  if (rows.step == kSecond) return true;
  bool all = true;
  each_piece(query, [&](SimTime from, SimTime to) {
    const std::int64_t start = std::max<std::int64_t>(from.time_since_epoch().count(), 0);
    const std::int64_t end = to.time_since_epoch().count();
    const bool to_the_end = !query.live && to >= query.record.ended;
    all &= start % rows.step == 0 && (to_the_end || end % rows.step == 0);
  });
  return all;
}

Measurement too_coarse(const std::string& subject, const Rows& rows) {
  Measurement result =
      unknown("of " + subject + " rows of " + std::to_string(rows.step / kSecond) +
              " s are kept here, and what is asked begins or ends within one of them");
  result.coarse = true;
  return result;
}

bool reaches_back(const MetricQuery& query, const Rows& rows) {
  bool all = true;
  each_piece(query, [&](SimTime from, SimTime) {
    const std::int64_t start = std::max<std::int64_t>(from.time_since_epoch().count(), 0);
    all &= (start + rows.step - 1) / rows.step >= rows.first;
  });
  return all;
}

double seconds_covered(const MetricQuery& query, const Rows& rows) {
  std::int64_t covered = 0;
  each_piece(query, [&](SimTime from, SimTime to) {
    const RowRange range = rows_between(query, rows, from, to);
    const auto edge = [&](std::size_t index) {
      return (rows.first + static_cast<std::int64_t>(index)) * rows.step;
    };
    const std::int64_t end =
        std::min<std::int64_t>(edge(range.last), to.time_since_epoch().count());
    if (range.last > range.first && end > edge(range.first)) covered += end - edge(range.first);
  });
  return static_cast<double>(covered) / 1e9;
}

std::uint64_t Tally::failed_total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t n : failed) total += n;
  return total;
}

bool remembers(const MetricQuery& query) {
  if (query.memo == nullptr || query.live) return false;
  return query.to - query.from >= std::chrono::seconds{kLongWindow};
}

Tally tally(const MetricQuery& query, const Series& series) {
  const std::vector<SecondCounts>& counts = counts_of(query, series);
  const Rows rows = rows_of(series);
  Tally sum;
  if (remembers(query)) {
    auto& sums = query.memo->get<CountSums>("counts of " + series.subject + " by " +
                                            std::to_string(rows.step));
    if (sums.until.empty()) sums.add_up(counts);
    each_piece(query, [&](SimTime from, SimTime to) {
      const RowRange range = rows_between(query, rows, from, to);
      const std::size_t last = std::min(range.last, counts.size());
      if (range.first < last) sums.difference(range.first, last, sum);
    });
    return sum;
  }
  each_row(query, rows, counts.size(), [&](std::size_t k) { add(sum, counts[k]); });
  return sum;
}

bool covers_all(const MetricQuery& query, const Series& series, const Tally& counts) {
  return !query.live && counts.sent == series.total.injected;
}

const Series* series_of(const MetricQuery& query, std::string_view subject) {
  const Series* steps = query.record.find_series(subject);
  // Most runs have nothing but seconds.
  if (steps == nullptr || query.record.seconds.empty()) return steps;
  return chosen(query, steps, query.record.find_seconds(subject));
}

const Series* series_of(const MetricQuery& query, Measurement& result) {
  const Series* series = series_of(query, query.entity.text());
  if (series == nullptr) result = unknown("nothing was recorded of " + query.entity.text());
  return series;
}

bool has_counts(const MetricQuery& query, const Series& series, Measurement& result) {
  const Rows rows = rows_of(series);
  if (query.live && series.by_settle.empty() && !series.by_send.empty()) {
    result = unknown("no live counts are kept of " + series.subject);
    return false;
  }
  if (!fits(query, rows)) {
    result = too_coarse(series.subject, rows);
    return false;
  }
  if (seconds_covered(query, rows) <= 0) {
    result = unknown("no whole second is left to judge");
    return false;
  }
  return true;
}

const std::vector<SparseHistogram>& latencies(const MetricQuery& query, const Series& series) {
  return query.live ? series.settle_latency : series.latency;
}

Measurement known(double value, std::uint64_t samples) {
  return {.value = value, .samples = samples, .known = true, .why = {}};
}

Measurement unknown(std::string why, std::uint64_t samples) {
  return {.value = 0, .samples = samples, .known = false, .why = std::move(why)};
}

Measurement share_of_settled(const MetricQuery& query, std::uint64_t part, const Tally& counts) {
  const std::uint64_t settled = counts.settled();
  if (query.live) {
    if (settled == 0) return unknown("nothing was settled");
  } else {
    if (counts.sent == 0) return unknown("nothing was sent");
    const std::uint64_t open = counts.sent > settled ? counts.sent - settled : 0;
    if (open > settled) {
      return unknown(std::to_string(open) + " of " + std::to_string(counts.sent) +
                         " requests had not settled when the run ended",
                     counts.sent);
    }
  }
  return known(static_cast<double>(part) / static_cast<double>(settled), settled);
}

Measurement count_of(const MetricQuery& query, const Series& series, std::uint64_t count,
                     const Tally& counts) {
  if (!query.live && series.total.injected == 0) return unknown("nothing was sent");
  return known(static_cast<double>(count), counts.sent);
}

std::optional<double> value_at(const Record& record, std::string_view metric,
                               std::string_view subject, SimTime at) {
  const StepSeries* series = record.find_steps(metric, subject);
  if (series == nullptr) return std::nullopt;
  const auto after = std::upper_bound(series->steps.begin(), series->steps.end(), at,
                                      [](SimTime t, const auto& step) { return t < step.first; });
  return after == series->steps.begin() ? 0.0 : std::prev(after)->second;
}

bool belongs_to(std::string_view subject, const Entity& entity) {
  const std::string text = entity.text();
  if (subject == text) return true;
  return !entity.index && subject.size() > text.size() && subject.starts_with(text) &&
         subject[text.size()] == '/';
}

}  // namespace leapday::checks
