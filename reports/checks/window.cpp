/// \file window.cpp
/// Seconds, sums and look-ups for metrics.
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

/// Sums of a series from t=0 to each second.
struct CountSums final : MetricMemo::Entry {
  std::vector<Tally> until;

  void add_up(const std::vector<SecondCounts>& seconds) {
    until.resize(seconds.size() + 1);
    for (std::size_t k = 0; k < seconds.size(); ++k) {
      until[k + 1] = until[k];
      add(until[k + 1], seconds[k]);
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

SecondRange seconds_between(const MetricQuery& query, SimTime from, SimTime to) {
  const std::int64_t start = std::max<std::int64_t>(from.time_since_epoch().count(), 0);
  const std::int64_t end = to.time_since_epoch().count();
  if (end <= start) return {};
  const std::int64_t first = (start + kSecond - 1) / kSecond;
  std::int64_t last = end / kSecond;
  // Nothing follows the end of the run, so its broken second is as complete as it will ever be.
  if (!query.live && to >= query.record.ended && end % kSecond != 0) ++last;
  if (last <= first) return {};
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

double seconds_covered(const MetricQuery& query) {
  std::int64_t covered = 0;
  each_piece(query, [&](SimTime from, SimTime to) {
    const SecondRange range = seconds_between(query, from, to);
    const std::int64_t end = std::min<std::int64_t>(static_cast<std::int64_t>(range.last) * kSecond,
                                                    to.time_since_epoch().count());
    const std::int64_t begin = static_cast<std::int64_t>(range.first) * kSecond;
    if (end > begin) covered += end - begin;
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
  const std::vector<SecondCounts>& seconds = counts_of(query, series);
  Tally sum;
  if (remembers(query)) {
    auto& sums = query.memo->get<CountSums>("counts of " + series.subject);
    if (sums.until.empty()) sums.add_up(seconds);
    each_piece(query, [&](SimTime from, SimTime to) {
      const SecondRange range = seconds_between(query, from, to);
      const std::size_t last = std::min(range.last, seconds.size());
      if (range.first < last) sums.difference(range.first, last, sum);
    });
    return sum;
  }
  each_second(query, seconds.size(), [&](std::size_t k) { add(sum, seconds[k]); });
  return sum;
}

bool covers_all(const MetricQuery& query, const Series& series, const Tally& counts) {
  return !query.live && counts.sent == series.total.injected;
}

const Series* series_of(const MetricQuery& query, Measurement& result) {
  const Series* series = query.record.find_series(query.entity.text());
  if (series == nullptr) result = unknown("nothing was recorded of " + query.entity.text());
  return series;
}

bool has_counts(const MetricQuery& query, const Series& series, Measurement& result) {
  if (query.live && series.by_settle.empty() && !series.by_send.empty()) {
    result = unknown("no live counts are kept of " + series.subject);
    return false;
  }
  if (seconds_covered(query) <= 0) {
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
