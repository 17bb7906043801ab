/// \file latency.hpp
/// Latencies of answered requests over a window: what p, mean and max share.
/// Why: percentiles over any window come from adding histograms, never from averaging percentiles.
#pragma once

#include <cstdint>

#include "leapday/histogram.hpp"
#include "reports/checks/window.hpp"

namespace leapday::checks {

/// The answered requests of the seconds that count, added up. Gives back false with `result`
/// filled in when there are none or latencies of the subject are not recorded.
bool add_latencies(const MetricQuery& query, const Series& series, Histogram& sum,
                   Measurement& result);

}  // namespace leapday::checks
