/// \file histogram_test.cpp
/// Histograms against sorted values, and their layout against HdrHistogram's published figures.
/// Why: every percentile of every report comes out of them.
#include "leapday/histogram.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "leapday/random.hpp"

namespace leapday {

BOOST_AUTO_TEST_SUITE(histogram)

BOOST_AUTO_TEST_CASE(buckets_cover_all_values_in_order_within_half_a_percent) {
  std::uint32_t previous = 0;
  for (std::int64_t value = 0; value < 3'000'000; ++value) {
    const std::uint32_t bucket = HistogramLayout::bucket(value);
    BOOST_REQUIRE(bucket == previous || bucket == previous + 1);
    previous = bucket;
  }
  Random random = Random::keyed(4);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random.next() >> (1 + random.below(62)));
    const std::uint32_t bucket = HistogramLayout::bucket(value);
    BOOST_REQUIRE_LT(bucket, HistogramLayout::kBuckets);
    const std::int64_t middle = HistogramLayout::middle(bucket);
    BOOST_REQUIRE_EQUAL(HistogramLayout::bucket(middle), bucket);
    BOOST_REQUIRE_EQUAL(HistogramLayout::bucket(HistogramLayout::lowest(bucket)), bucket);
    BOOST_REQUIRE_EQUAL(HistogramLayout::bucket(HistogramLayout::highest(bucket)), bucket);
    BOOST_REQUIRE_LE(HistogramLayout::lowest(bucket), value);
    BOOST_REQUIRE_GE(HistogramLayout::highest(bucket), value);
    BOOST_REQUIRE_LE(std::abs(static_cast<double>(middle - value)),
                     0.004 * static_cast<double>(value));
  }
  BOOST_TEST(HistogramLayout::bucket(INT64_MAX) == HistogramLayout::kBuckets - 1);
  BOOST_TEST(HistogramLayout::bucket(-5) == 0U);
}

BOOST_AUTO_TEST_CASE(quantiles_are_those_of_the_sorted_values) {
  Random random = Random::keyed(5);
  Histogram histogram;
  std::vector<std::int64_t> values(10'000);
  for (std::int64_t& value : values) {
    value = 1'000'000 + static_cast<std::int64_t>(random.below(400'000'000));
    histogram.add(value);
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(q * 10'000)));
    const auto exact = static_cast<double>(values[rank - 1]);
    // At least that share does not exceed it, and it is not more than a bucket too large.
    BOOST_TEST(static_cast<double>(histogram.quantile(q).count()) >= exact);
    BOOST_TEST(static_cast<double>(histogram.quantile(q).count()) <= exact * (1 + 1.0 / 128));
  }
  BOOST_TEST(histogram.quantile(0).count() == values.front());
  BOOST_TEST(histogram.quantile(1).count() == values.back());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 1e4 * 1e-9;
  BOOST_TEST(histogram.mean_seconds() == mean, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_layout_is_that_of_hdr_histogram) {
  // What HdrHistogram's own tests state of three significant digits (HistogramTest.java: lowest,
  // highest and median equivalent values; hdr_histogram_test.c: length of the counts for up to
  // 3,600,000,000).
  using Three = LogLinearLayout<10>;
  for (const auto& [value, lowest] : {std::pair{10007, 10000}, {10009, 10008}}) {
    BOOST_TEST(Three::lowest(Three::bucket(value)) == lowest);
  }
  for (const auto& [value, highest] : {std::pair{8180, 8183},
                                       {8191, 8191},
                                       {8193, 8199},
                                       {9995, 9999},
                                       {10007, 10007},
                                       {10008, 10015}}) {
    BOOST_TEST(Three::highest(Three::bucket(value)) == highest);
  }
  for (const auto& [value, median] :
       {std::pair{4, 4}, {5, 5}, {4000, 4001}, {8000, 8002}, {10007, 10004}}) {
    BOOST_TEST(Three::middle(Three::bucket(value)) == median);
  }
  BOOST_TEST(Three::bucket((std::int64_t{1} << 32) - 1) + 1 == 23552U);
  // Two digits need 2 x 10^2 values of their own, rounded up to a power of two.
  BOOST_TEST(HistogramLayout::bucket(255) == 255U);
  BOOST_TEST(HistogramLayout::bucket(256) == 256U);
  BOOST_TEST(HistogramLayout::bucket(257) == 256U);
  BOOST_TEST(HistogramLayout::highest(256) == 257);
}

BOOST_AUTO_TEST_CASE(merging_is_adding) {
  Histogram a, b, both, empty;
  for (std::int64_t i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).add(i * i * 1000, 2);
    both.add(i * i * 1000, 2);
  }
  a.merge(b);
  a.merge(empty);
  empty.merge(a);

  BOOST_TEST(a.count() == 2000U);
  BOOST_TEST((a.buckets() == both.buckets()));
  BOOST_TEST((empty.buckets() == both.buckets()));
  BOOST_TEST((a.quantile(0.5) == both.quantile(0.5)));
}

BOOST_AUTO_TEST_CASE(counting_at_most_counts_whole_buckets) {
  Histogram histogram;
  for (const std::int64_t value : {5, 50, 500, 5'000, 50'000}) histogram.add(value, 10);

  BOOST_TEST(histogram.count_at_most(4ns) == 0U);
  BOOST_TEST(histogram.count_at_most(5ns) == 10U);
  BOOST_TEST(histogram.count_at_most(600ns) == 30U);
  BOOST_TEST(histogram.count_at_most(1s) == 50U);
  BOOST_TEST(Histogram{}.count_at_most(1s) == 0U);
  BOOST_TEST((Histogram{}.quantile(0.5) == 0ns));
  BOOST_TEST(Histogram{}.mean_seconds() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday
