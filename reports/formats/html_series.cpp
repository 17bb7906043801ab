/// \file html_series.cpp
/// Thins and merges a record's series for the charts of the HTML report.
/// Why: percentiles of a longer step come from adding its histograms, never from averaging.
#include "reports/formats/html_series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>

namespace leapday {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Histogram buckets per row of the heat map: 32 of the 128 per power of two.
constexpr std::uint32_t kRowBuckets = 32;

double seconds_of(SimTime at) { return static_cast<double>(at.time_since_epoch().count()) * 1e-9; }

using Sources = std::vector<const Series*>;

/// Latencies of the rows [from, to) of every source.
SparseHistogram merged_latency(const Sources& sources, std::size_t from, std::size_t to) {
  SparseHistogram::Buckets all;
  SparseHistogram merged;
  for (const Series* series : sources) {
    for (std::size_t s = from; s < std::min(to, series->latency.size()); ++s) {
      const SparseHistogram& second = series->latency[s];
      all.insert(all.end(), second.buckets.begin(), second.buckets.end());
      merged.exact.merge(second.exact);
    }
  }
  std::sort(all.begin(), all.end());
  for (const auto& [bucket, count] : all) {
    if (!merged.empty() && merged.buckets.back().first == bucket) {
      merged.buckets.back().second += count;
    } else {
      merged.buckets.emplace_back(bucket, count);
    }
  }
  return merged;
}

double quantile_ms(const SparseHistogram& latency, double q) {
  return latency.empty() ? kNone : static_cast<double>(latency.quantile(q).count()) * 1e-6;
}

/// Outcome counts of the rows [from, to), over every source.
struct WindowCounts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::array<std::uint64_t, kFailureReasons> failed{};
};

WindowCounts window_counts(const Sources& sources, std::size_t from, std::size_t to) {
  WindowCounts sum;
  for (const Series* series : sources) {
    for (std::size_t s = from; s < std::min(to, series->by_send.size()); ++s) {
      const SecondCounts& second = series->by_send[s];
      sum.sent += second.sent;
      sum.answered += second.answered;
      for (std::size_t r = 0; r < kFailureReasons; ++r) sum.failed[r] += second.failed[r];
    }
  }
  return sum;
}

/// The points of a chart, each of the rows [from, to); the last one may have fewer. Points that
/// begin after the run was cut short are unknown.
struct Grid {
  std::int64_t row;  ///< Seconds.
  std::int64_t seconds;
  std::int64_t rows;   ///< Of the whole run.
  std::int64_t known;  ///< Of what was run.
  std::int64_t step;   ///< Rows per point.

  explicit Grid(const Record& record, std::size_t points = kChartPoints)
      : row(record.step.count() / 1'000'000'000),
        seconds(chart_seconds(record)),
        rows((seconds + row - 1) / row),
        known(record.cut_short.empty()
                  ? rows
                  : std::min<std::int64_t>(
                        rows, record.ended.time_since_epoch().count() / record.step.count())),
        step(chart_step(record, points) / row) {}

  std::size_t size() const { return static_cast<std::size_t>((rows + step - 1) / step); }
  std::size_t from(std::size_t i) const { return i * static_cast<std::size_t>(step); }
  std::size_t to(std::size_t i) const {
    return std::min(from(i + 1), static_cast<std::size_t>(known));
  }
  bool is_known(std::size_t i) const { return from(i) < static_cast<std::size_t>(known); }
  double rate(std::uint64_t count, std::size_t i) const {
    if (!is_known(i)) return kNone;
    const std::int64_t end = std::min(static_cast<std::int64_t>(to(i)) * row, seconds);
    return static_cast<double>(count) /
           static_cast<double>(end - static_cast<std::int64_t>(from(i)) * row);
  }
};

void fill_percentiles(SubjectChart& chart, const Sources& sources, const Grid& grid) {
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const SparseHistogram latency = merged_latency(sources, grid.from(i), grid.to(i));
    chart.p50.push_back(quantile_ms(latency, 0.50));
    chart.p90.push_back(quantile_ms(latency, 0.90));
    chart.p99.push_back(quantile_ms(latency, 0.99));
  }
}

void fill_rates(SubjectChart& chart, const Sources& sources, const Grid& grid) {
  std::vector<WindowCounts> windows;
  std::array<std::uint64_t, kFailureReasons> total{};
  for (std::size_t i = 0; i < grid.size(); ++i) {
    windows.push_back(window_counts(sources, grid.from(i), grid.to(i)));
    chart.sent.push_back(grid.rate(windows.back().sent, i));
    chart.answered.push_back(grid.rate(windows.back().answered, i));
    for (std::size_t r = 0; r < kFailureReasons; ++r) total[r] += windows.back().failed[r];
  }
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    if (total[r] == 0) continue;
    std::vector<double> values;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      values.push_back(grid.rate(windows[i].failed[r], i));
    }
    chart.failed.emplace_back(static_cast<FailureReason>(r), std::move(values));
  }
}

/// Lower edge of a heat map row, in milliseconds.
double row_edge_ms(std::uint32_t row) {
  return static_cast<double>(HistogramLayout::lowest(row * kRowBuckets)) * 1e-6;
}

/// The row below which so few requests lie that they would only stretch the axis.
std::uint32_t lowest_row(const Sources& sources) {
  constexpr double kTail = 0.002;
  Histogram total;
  for (const Series* series : sources) total.merge(series->latency_total);
  return HistogramLayout::bucket(total.quantile(kTail).count()) / kRowBuckets;
}

HeatMap heat_map(const Record& record, const Sources& sources) {
  const Grid grid(record, kHeatColumns);
  HeatMap map{.step = grid.step * grid.row};
  const std::uint32_t floor = lowest_row(sources);
  std::uint32_t low = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    auto& column = map.columns.emplace_back();
    const SparseHistogram latency = merged_latency(sources, grid.from(i), grid.to(i));
    for (const auto& [bucket, count] : latency.buckets) {
      const std::uint32_t row = std::max<std::uint32_t>(floor, bucket / kRowBuckets);
      map.open_below = map.open_below || bucket / kRowBuckets < floor;
      if (!column.empty() && column.back().first == row) {
        column.back().second += count;
      } else {
        column.emplace_back(row, count);
      }
      low = std::min(low, row);
      high = std::max(high, row);
    }
  }
  if (low > high) return map;
  for (std::uint32_t row = low; row <= high + 1; ++row) map.edges.push_back(row_edge_ms(row));
  for (auto& column : map.columns) {
    for (auto& cell : column) cell.first -= low;
  }
  return map;
}

std::string_view kind_name(Series::Kind kind) {
  switch (kind) {
    case Series::Kind::load:
      return "load";
    case Series::Kind::load_endpoint:
      return "endpoint, as users see it";
    case Series::Kind::app:
      return "app";
    case Series::Kind::app_endpoint:
      return "endpoint of an app";
    case Series::Kind::instance:
      return "instance";
    case Series::Kind::dependency:
      return "dependency";
    case Series::Kind::variant:
      return "variant of a flag";
    case Series::Kind::release:
      return "release of an app";
  }
  return "";
}

struct Subject {
  std::string name;
  std::string kind;
  Sources sources;
  Sources twin;
};

std::vector<Subject> subjects_of(const Record& record, const Record* twin) {
  std::vector<Subject> subjects;
  Subject all{.name = "all loads", .kind = "what users see, after retries"};
  for (const Series::Kind kind :
       {Series::Kind::load, Series::Kind::load_endpoint, Series::Kind::app,
        Series::Kind::app_endpoint, Series::Kind::release, Series::Kind::variant,
        Series::Kind::dependency}) {
    for (const Series& series : record.series) {
      if (series.kind != kind || series.total.injected == 0) continue;
      Subject& one = subjects.emplace_back(
          Subject{series.subject, std::string(kind_name(kind)), {&series}, {}});
      const Series* other = twin != nullptr ? twin->find_series(series.subject) : nullptr;
      if (other != nullptr) one.twin.push_back(other);
      if (kind == Series::Kind::load) {
        all.sources.push_back(&series);
        if (other != nullptr) all.twin.push_back(other);
      }
    }
  }
  if (all.sources.size() > 1) subjects.insert(subjects.begin(), std::move(all));
  return subjects;
}

/// Part of a name before its slash: the app of "shop/3".
std::string app_of(const std::string& instance) { return instance.substr(0, instance.find('/')); }

std::vector<double> sent_rates(const Sources& sources, const Grid& grid) {
  std::vector<double> values;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    values.push_back(grid.rate(window_counts(sources, grid.from(i), grid.to(i)).sent, i));
  }
  return values;
}

/// The busiest, median and quietest of many lines at each step, among those that got anything over
/// their life so far and will again: an instance that is not there yet is not quiet.
void fill_envelope(AppRates& rates, const std::vector<std::vector<double>>& lines) {
  std::vector<std::pair<std::size_t, std::size_t>> alive;  // first and last busy step of each line
  for (const auto& line : lines) {
    const auto busy = [](double v) { return v > 0; };
    const auto first = std::find_if(line.begin(), line.end(), busy);
    const auto last = std::find_if(line.rbegin(), line.rend(), busy);
    alive.emplace_back(first - line.begin(), line.rend() - last);
  }
  rates.lines = {{"busiest", {}}, {"median", {}}, {"quietest", {}}};
  for (std::size_t i = 0; i < lines.front().size(); ++i) {
    std::vector<double> now;
    for (std::size_t k = 0; k < lines.size(); ++k) {
      if (alive[k].first <= i && i < alive[k].second && !std::isnan(lines[k][i])) {
        now.push_back(lines[k][i]);
      }
    }
    std::sort(now.begin(), now.end());
    rates.lines[0].values.push_back(now.empty() ? kNone : now.back());
    rates.lines[1].values.push_back(now.empty() ? kNone : now[now.size() / 2]);
    rates.lines[2].values.push_back(now.empty() ? kNone : now.front());
  }
}

/// At most kChartPoints changes: of each stretch the lowest value and the last one stay.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<SimTime, double>>& steps,
                                               double stretch) {
  std::vector<std::pair<double, double>> points;
  for (const auto& [at, value] : steps) {
    const double t = std::max(0.0, seconds_of(at));
    if (!points.empty() && points.back().first == 0 && t == 0) points.pop_back();
    points.emplace_back(t, value);
  }
  if (points.size() <= kChartPoints) return points;
  std::vector<std::pair<double, double>> kept;
  for (std::size_t i = 0; i < points.size();) {
    const double end = (std::floor(points[i].first / stretch) + 1) * stretch;
    std::size_t lowest = i;
    std::size_t next = i;
    for (; next < points.size() && points[next].first < end; ++next) {
      if (points[next].second < points[lowest].second) lowest = next;
    }
    kept.push_back(points[lowest]);
    if (lowest != next - 1) kept.push_back(points[next - 1]);
    i = next;
  }
  return kept;
}

/// Counters that only go up would hide everything else in the chart.
bool counts_bytes(std::string_view metric) {
  return metric == "egress" || metric == "to_regions" || metric == "to_zones";
}

}  // namespace

std::int64_t chart_step(std::int64_t seconds, std::size_t points) {
  static constexpr std::array<std::int64_t, 16> kNice{
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400};
  const auto wanted = static_cast<std::int64_t>(points);
  for (const std::int64_t step : kNice) {
    if ((seconds + step - 1) / step <= wanted) return step;
  }
  const std::int64_t days = (seconds + wanted * 86400 - 1) / (wanted * 86400);
  return days * 86400;
}

std::int64_t chart_seconds(const Record& record) {
  return std::max<std::int64_t>(1, (record.duration.count() + 999'999'999) / 1'000'000'000);
}

std::int64_t chart_step(const Record& record, std::size_t points) {
  const std::int64_t row = record.step.count() / 1'000'000'000;
  return chart_step((chart_seconds(record) + row - 1) / row, points) * row;
}

std::vector<SubjectChart> subject_charts(const Record& record, const Record* twin,
                                         std::size_t& left_out) {
  std::vector<Subject> subjects = subjects_of(record, twin);
  left_out = subjects.size() > kChartSubjects ? subjects.size() - kChartSubjects : 0;
  subjects.resize(subjects.size() - left_out);
  const Grid grid(record);
  std::vector<SubjectChart> charts;
  for (const Subject& subject : subjects) {
    SubjectChart& chart = charts.emplace_back();
    chart.name = subject.name;
    chart.kind = subject.kind;
    fill_percentiles(chart, subject.sources, grid);
    fill_rates(chart, subject.sources, grid);
    chart.heat = heat_map(record, subject.sources);
    if (subject.twin.empty()) continue;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      chart.twin_p99.push_back(
          quantile_ms(merged_latency(subject.twin, grid.from(i), grid.to(i)), 0.99));
    }
  }
  return charts;
}

std::vector<AppRates> app_rates(const Record& record) {
  struct Member {
    std::string name;
    Sources sources;  ///< An instance and those that replaced it under its name.
  };
  std::vector<AppRates> apps;
  std::vector<std::vector<Member>> members;
  for (const Series& series : record.series) {
    if (series.kind != Series::Kind::instance || series.total.injected == 0) continue;
    const std::string app = app_of(series.subject);
    const auto at =
        std::find_if(apps.begin(), apps.end(), [&](const AppRates& one) { return one.app == app; });
    const auto index = static_cast<std::size_t>(at - apps.begin());
    if (at == apps.end()) {
      if (apps.size() == kChartSubjects) continue;
      apps.push_back(AppRates{.app = app});
      members.emplace_back();
    }
    std::vector<Member>& known = members[index];
    const auto same = std::find_if(known.begin(), known.end(), [&](const Member& member) {
      return member.name == series.subject;
    });
    if (same == known.end()) {
      known.push_back({series.subject, {&series}});
    } else {
      same->sources.push_back(&series);
    }
  }
  const Grid grid(record, kRatePoints);
  for (std::size_t i = 0; i < apps.size(); ++i) {
    apps[i].instances = members[i].size();
    apps[i].envelope = members[i].size() > kInstanceLines;
    std::vector<std::vector<double>> lines;
    for (const Member& member : members[i]) lines.push_back(sent_rates(member.sources, grid));
    if (apps[i].envelope) {
      fill_envelope(apps[i], lines);
      continue;
    }
    for (std::size_t k = 0; k < lines.size(); ++k) {
      apps[i].lines.push_back({members[i][k].name, std::move(lines[k])});
    }
  }
  return apps;
}

std::vector<StepLine> step_lines(const Record& record) {
  const double stretch =
      2.0 * static_cast<double>(chart_seconds(record)) / static_cast<double>(kChartPoints);
  std::vector<StepLine> changing;
  std::vector<StepLine> constant;
  for (const StepSeries& series : record.steps) {
    if (series.steps.empty() || counts_bytes(series.metric)) continue;
    StepLine line{series.metric, series.subject, thinned(series.steps, stretch)};
    const bool still = std::all_of(line.points.begin(), line.points.end(), [&](const auto& point) {
      return point.second == line.points.front().second;
    });
    if (!still) {
      changing.push_back(std::move(line));
    } else if (line.points.front().second != 0) {
      constant.push_back(std::move(line));
    }
  }
  changing.insert(changing.end(), constant.begin(), constant.end());
  if (changing.size() > kStepLines) changing.resize(kStepLines);
  return changing;
}

std::vector<LaneChart> lane_charts(const Record& record, std::size_t& left_out) {
  std::vector<std::size_t> order(record.lanes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  left_out = order.size() > kLanes ? order.size() - kLanes : 0;
  if (left_out > 0) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return record.lanes[a].states.size() > record.lanes[b].states.size();
    });
    order.resize(kLanes);
    std::sort(order.begin(), order.end());
  }
  const auto end = static_cast<double>(chart_seconds(record));
  const double shortest = end / kLaneSegments;
  std::vector<LaneChart> charts;
  for (const std::size_t i : order) {
    const Lane& lane = record.lanes[i];
    LaneChart& chart = charts.emplace_back(LaneChart{lane.entity, lane.group, {}});
    const bool thin = lane.states.size() > kLaneSegments;
    for (const auto& [at, state] : lane.states) {
      const double t = std::max(0.0, seconds_of(at));
      if (t >= end) break;
      if (!chart.states.empty()) {
        const double since = chart.states.back().first;
        if (t == since || (thin && t - since < shortest)) {
          chart.states.back().second = state;  // What came last stands for the short stretch.
          continue;
        }
        if (chart.states.back().second == state) continue;
      }
      chart.states.emplace_back(t, state);
    }
  }
  return charts;
}

}  // namespace leapday
