/// \file html_series.hpp
/// Record series brought down to what a chart can show: a bounded number of points each.
/// Why: a week of simulated seconds must not make a report that no browser opens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "leapday/record.hpp"

namespace leapday {

inline constexpr std::size_t kChartPoints = 1200;  ///< At most, per line.
inline constexpr std::size_t kHeatColumns = 240;
inline constexpr std::size_t kRatePoints = 300;  ///< Of instances: fewer, or noise hides the lines.
inline constexpr std::size_t kChartSubjects = 12;
inline constexpr std::size_t kInstanceLines = 12;
inline constexpr std::size_t kLanes = 160;
inline constexpr std::size_t kLaneSegments = 300;
inline constexpr std::size_t kStepLines = 12;

/// Whole seconds per point, so that `seconds` fit into at most `points`: 1, 2, 5, 10, 15, 30, ...
std::int64_t chart_step(std::int64_t seconds, std::size_t points);

/// Length of the run in whole seconds, at least 1.
std::int64_t chart_seconds(const Record& record);
/// Seconds per point of a chart of the whole run: a multiple of the record's step.
std::int64_t chart_step(const Record& record, std::size_t points);

/// Latency counts by time and size; rows are quarters of powers of two, so nearly logarithmic.
struct HeatMap {
  std::int64_t step = 1;      ///< Seconds per column.
  bool open_below = false;    ///< The lowest row also holds the few requests that were faster.
  std::vector<double> edges;  ///< Milliseconds: rows + 1 of them.
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> columns;  ///< (row, count)
};

/// What several charts show of one subject. Rates are per second, latencies in milliseconds; NaN
/// where there is nothing to show.
struct SubjectChart {
  std::string name;
  std::string kind;  ///< "load", "endpoint", "app", "dependency", as a reader would call it.
  std::vector<double> p50, p90, p99;
  std::vector<double> twin_p99;  ///< Empty without a twin.
  std::vector<double> sent, answered;
  std::vector<std::pair<FailureReason, std::vector<double>>> failed;  ///< Reasons that happened.
  HeatMap heat;
};

/// The subjects worth a chart, users' view first; `left_out` counts those beyond kChartSubjects.
std::vector<SubjectChart> subject_charts(const Record& record, const Record* twin,
                                         std::size_t& left_out);

/// One line of rates per second.
struct RateLine {
  std::string name;
  std::vector<double> values;
};

/// Rates of one app's instances: a line each, or, when they are many, the busiest, the median and
/// the quietest instance in each step.
struct AppRates {
  std::string app;
  bool envelope = false;
  std::size_t instances = 0;
  std::vector<RateLine> lines;
};
std::vector<AppRates> app_rates(const Record& record);

/// A step series thinned to at most kChartPoints changes; seconds and values.
struct StepLine {
  std::string metric;
  std::string subject;
  std::vector<std::pair<double, double>> points;
};
/// Those that change come first; what stayed at 0 all along is not worth a line.
std::vector<StepLine> step_lines(const Record& record);

/// One lane: segments of a state from a time on, in seconds.
struct LaneChart {
  std::string entity;
  std::string group;
  std::vector<std::pair<double, std::string>> states;
};
/// Every lane, or the ones with most changes when there are more than kLanes; `left_out` counts the
/// others. Groups stay together, in record order.
std::vector<LaneChart> lane_charts(const Record& record, std::size_t& left_out);

}  // namespace leapday
