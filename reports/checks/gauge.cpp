/// \file gauge.cpp
/// Mean and maximum of a gauge over the rows that count.
#include "reports/checks/gauge.hpp"

namespace leapday::checks {

Measurement GaugeMetric::measure(std::string_view, const MetricQuery& query) const {
  const std::string subject = query.entity.text();
  const GaugeSeries* gauge = chosen(query, query.record.find_gauge(spec_.gauge, subject),
                                    query.record.find_gauge_seconds(spec_.gauge, subject));
  if (gauge == nullptr) {
    return unknown("nothing was recorded of " + std::string(spec_.gauge) + "(" + subject + ")");
  }
  const Rows rows = rows_of(*gauge);
  if (!fits(query, rows)) return too_coarse(subject, rows);
  const std::vector<float>& values = spec_.of == Of::mean ? gauge->mean : gauge->max;
  double sum = 0;
  double highest = 0;
  std::uint64_t samples = 0;
  each_row(query, rows, values.size(), [&](std::size_t k) {
    const double value = static_cast<double>(values[k]);
    sum += value;
    if (samples == 0 || value > highest) highest = value;
    ++samples;
  });
  if (samples == 0) return unknown("no whole second is left to judge");
  return known(spec_.of == Of::mean ? sum / static_cast<double>(samples) : highest, samples);
}

}  // namespace leapday::checks
