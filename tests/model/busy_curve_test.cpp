/// \file busy_curve_test.cpp
/// Areas and peaks of what is open, waiting and in service, against walking through every step.
/// Why: the curve looks at the order of only those steps that may hold a peak.
#include "sim/model/busy_curve.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "leapday/random.hpp"

BOOST_AUTO_TEST_SUITE(busy_curve)

using namespace leapday;
using namespace leapday::model;

namespace {

struct Step {
  std::int64_t at;
  bool is_end;
  bool changes_queue;
};

/// Every step in its order, one by one.
struct Walk {
  std::int64_t open, queued, open_area = 0, queued_area = 0;
  Peaks peaks;

  void take(std::vector<Step> steps) {
    std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
      return a.at != b.at ? a.at < b.at : a.is_end && !b.is_end;
    });
    std::int64_t since = steps.front().at;
    for (const Step& step : steps) {
      open_area += open * (step.at - since);
      queued_area += queued * (step.at - since);
      if (step.at > since) {
        peaks.open = std::max(peaks.open, open);
        peaks.queued = std::max(peaks.queued, queued);
        peaks.busy = std::max(peaks.busy, open - queued);
      }
      since = step.at;
      open += step.is_end ? -1 : 1;
      if (step.changes_queue) queued += step.is_end ? -1 : 1;
    }
  }
};

CurveStep as_curve_step(const Step& step) {
  return static_cast<CurveStep>(step.at) << 1 | (step.changes_queue ? 1U : 0U);
}

/// Batches of random steps over `range` ns each; what is open never goes below 0.
void same_as_walking(std::uint64_t seed, std::uint64_t range) {
  Random random = Random::keyed(seed);
  Walk walk{.open = static_cast<std::int64_t>(random.below(20)), .queued = 0};
  walk.queued = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(walk.open) + 1));
  BusyCurve curve;
  curve.open = walk.open;
  curve.queued = walk.queued;
  std::int64_t begin = 1000;
  for (int batch = 0; batch < 20; ++batch) {
    std::vector<Step> steps;
    std::int64_t open = walk.open, queued = walk.queued;
    for (std::uint64_t n = 1 + random.below(120); n > 0; --n) {
      const bool is_end = open > 0 && random.below(2) == 0;
      const bool queue =
          is_end ? queued > 0 && (queued == open || random.below(2) == 0) : random.below(2) == 0;
      steps.push_back({begin + static_cast<std::int64_t>(random.below(range)), is_end, queue});
      open += is_end ? -1 : 1;
      if (queue) queued += is_end ? -1 : 1;
    }
    std::vector<CurveStep> arrivals, ends;
    for (const Step& step : steps) (step.is_end ? ends : arrivals).push_back(as_curve_step(step));
    std::sort(arrivals.begin(), arrivals.end(),
              [](CurveStep a, CurveStep b) { return a >> 1 < b >> 1; });
    walk.open_area = walk.queued_area = 0;
    walk.take(steps);
    curve.take(arrivals, ends);
    BOOST_TEST(curve.open == walk.open);
    BOOST_TEST(curve.queued == walk.queued);
    BOOST_TEST(curve.open_area == walk.open_area);
    BOOST_TEST(curve.queued_area == walk.queued_area);
    BOOST_TEST(curve.peaks.open == walk.peaks.open);
    BOOST_TEST(curve.peaks.queued == walk.peaks.queued);
    BOOST_TEST(curve.peaks.busy == walk.peaks.busy);
    begin += static_cast<std::int64_t>(range);
    if (batch % 5 == 4) curve.peaks = walk.peaks = {};  // the next row of a record
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(areas_and_peaks_are_those_of_a_walk_through_every_step) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      same_as_walking(seed, std::uint64_t{1} << seed % 40);  // ties are many, or none
    }
  }
}

BOOST_AUTO_TEST_CASE(what_lasts_no_time_is_no_peak) {
  BusyCurve curve;
  const std::vector<CurveStep> arrivals{2 * 10, 2 * 20, 2 * 20};
  const std::vector<CurveStep> ends{2 * 20};

  curve.take(arrivals, ends);

  BOOST_TEST(curve.open == 2);
  BOOST_TEST(curve.peaks.open == 1);  // two from 20 on, which is the last instant
  BOOST_TEST(curve.open_area == 10);
}

BOOST_AUTO_TEST_SUITE_END()
