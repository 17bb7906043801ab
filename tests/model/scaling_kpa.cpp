/// \file scaling_kpa.cpp
/// Knative's autoscaler against what autoscaler.go and its reconciler compute.
/// Why: panic, windows and the way to zero are what distinguishes it.
#include "tests/model/scaling_lab.hpp"

namespace leapday::model {
namespace {

/// A revision that is looked at every two seconds, with a report each second.
class Revision {
 public:
  explicit Revision(const std::string& parameters, std::int64_t least = 0, std::int64_t most = 1000)
      : bench("policy: kpa" + parameters, least, most) {}

  /// The next look; until then so many requests were under way, and so many instances were ready.
  std::int64_t next(double concurrency, int ready) {
    bench.replicas(ready, {.window = 1s, .open = concurrency / ready}, 2);
    for (double report = second - 1; report <= second; ++report) {
      bench.routers(
          {.at = at_second(report), .window = 1s, .waiting = ready == 0 ? concurrency : 0});
    }
    bench.view.waiting = ready == 0 ? static_cast<std::int64_t>(concurrency) : 0;
    const std::int64_t wanted = bench.at(second);
    second += 2;
    return wanted;
  }

  ScalingBench bench;
  double second = 2;
};

BOOST_AUTO_TEST_SUITE(scaling_kpa)

BOOST_AUTO_TEST_CASE(a_burst_of_100_over_one_instance_of_10_makes_15_at_once) {
  // Goal: target 7 (70% of 10), one ready: ceil(100 / 7) = 15, in panic (15 / 1 >= 2).
  Revision lab(", container_concurrency: 10");
  lab.bench.view.wanted = 1;

  BOOST_TEST(lab.next(100, 1) == 15);
}

BOOST_AUTO_TEST_CASE(in_panic_nothing_shrinks_until_60s_after_the_last_breach) {
  Revision lab(", container_concurrency: 10");
  lab.bench.view.wanted = 1;
  lab.next(100, 1);
  // The six seconds of the panic window still hold the burst for a while.
  std::vector<std::pair<double, std::int64_t>> wanted;
  for (int i = 0; i < 45; ++i) {
    const double at = lab.second;
    wanted.emplace_back(at, lab.next(7, 15));
  }

  double last_breach = 2;  // with 15 ready, 200% takes 30 wanted
  for (const auto& [at, count] : wanted) {
    if (at <= last_breach + 60) BOOST_TEST(count >= 15);
  }
  BOOST_TEST(wanted.back().second < 15);
}

BOOST_AUTO_TEST_CASE(it_never_grows_by_more_than_1000_times_nor_shrinks_below_half) {
  Revision up(", max_scale_up_rate: 3");
  up.bench.view.wanted = 2;
  Revision down("");
  down.bench.view.wanted = 1;

  BOOST_TEST(up.next(7000, 2) == 6);
  down.next(10, 1);
  for (int i = 0; i < 40; ++i) down.next(10, 1);
  BOOST_TEST(down.next(10, 9) == 4);  // floor(9 / 2), whatever the load
}

BOOST_AUTO_TEST_CASE(an_idle_revision_goes_to_zero_after_its_window_and_the_grace_period) {
  // Without room for a burst of 211 the routers hold requests all along, so that only the stable
  // window (for the average to be 0) and the inactive period count.
  Revision lab("");
  lab.bench.view.wanted = 1;
  for (int i = 0; i < 30; ++i) BOOST_TEST(lab.next(10, 1) == 1);  // to 60 s

  double zero_at = 0;
  for (int i = 0; i < 60 && zero_at == 0; ++i) {
    const double at = lab.second;
    if (lab.next(0, 1) == 0) zero_at = at;
  }

  BOOST_TEST(zero_at >= 60 + 58);
  BOOST_TEST(zero_at <= 60 + 66);
}

BOOST_AUTO_TEST_CASE(without_the_routers_in_the_path_the_grace_period_comes_on_top) {
  Revision lab(", target_burst_capacity: 0");
  lab.bench.view.wanted = 1;
  for (int i = 0; i < 30; ++i) lab.next(10, 1);
  BOOST_TEST(!lab.bench.last.buffer.has_value());

  double zero_at = 0;
  for (int i = 0; i < 90 && zero_at == 0; ++i) {
    const double at = lab.second;
    if (lab.next(0, 1) == 0) zero_at = at;
  }

  BOOST_TEST(zero_at >= 60 + 58 + 30);
  BOOST_TEST(zero_at <= 60 + 66 + 30);
}

BOOST_AUTO_TEST_CASE(from_zero_the_first_request_that_waits_brings_one_instance) {
  Revision lab("");
  lab.bench.view.wanted = 0;
  lab.bench.replicas(0, {});
  BOOST_TEST(lab.bench.at(1) == 0);
  BOOST_TEST(lab.bench.last.buffer.has_value());

  lab.bench.view.waiting = 1;

  BOOST_TEST(lab.bench.at(1.5) == 1);
}

BOOST_AUTO_TEST_CASE(routers_hold_requests_while_a_burst_of_211_would_not_fit) {
  Revision few(", container_concurrency: 100"), many(", container_concurrency: 100");
  few.bench.view.wanted = 2;
  many.bench.view.wanted = 3;
  few.next(50, 2);
  many.next(50, 3);

  BOOST_TEST(few.bench.last.buffer.has_value());    // 200 - 211 - 50 < 0
  BOOST_TEST(!many.bench.last.buffer.has_value());  // 300 - 211 - 50 >= 0
  BOOST_REQUIRE(few.bench.last.buffer.has_value());
  BOOST_TEST(few.bench.last.buffer->per_instance == 100);
  BOOST_TEST(few.bench.last.buffer->limit == 10'000);
}

BOOST_AUTO_TEST_CASE(over_one_instance_it_begins_in_panic_and_keeps_what_it_has) {
  Revision lab("");
  lab.bench.view.wanted = 8;

  for (int i = 0; i < 30; ++i) BOOST_TEST(lab.next(7, 8) == 8);  // to 60 s
}

BOOST_AUTO_TEST_CASE(requests_per_second_are_a_metric_too) {
  Revision lab(", metric: rps");
  lab.bench.view.wanted = 1;
  lab.bench.replicas(1, {.window = 1s, .rate = 700});
  lab.bench.routers({.at = at_second(2), .window = 1s});

  BOOST_TEST(lab.bench.at(2) == 5);  // 700 / (200 * 70%)
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
