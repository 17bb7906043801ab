/// \file edge_lease_test.cpp
/// Leases over machines that stand still or run fast.
/// Why: two leaders are two too many, and each of them is sure.
#include <boost/test/unit_test.hpp>

#include "sim/clocks/host_clock.hpp"
#include "sim/clocks/lease.hpp"

namespace leapday::clocks {
namespace {

SimTime second(double s) { return SimTime{Duration{static_cast<std::int64_t>(s * 1e9)}}; }

/// Two candidates with clocks of their own, on a server that both reach every 2 s.
struct Election {
  HostClock clocks[2] = {{second(0), {}}, {second(0), {}}};
  LeaseCandidate candidates[2] = {{1, {}}, {2, {}}};
  LeaseRecord record;

  bool believes(int i, double at) const {
    return candidates[i].believes(clocks[i].monotonic(second(at)));
  }
  void reach(int i, double at) { candidates[i].reach(record, clocks[i].monotonic(second(at))); }
};

BOOST_AUTO_TEST_SUITE(edges_leases)

BOOST_AUTO_TEST_CASE(edge_52_a_holder_that_slept_for_ten_minutes_believes_and_is_fenced) {
  Election e;
  FencedStore store;
  for (double t = 0; t < 60; t += 2) {
    e.reach(0, t);
    e.reach(1, t);
  }
  BOOST_TEST(e.believes(0, 60));
  BOOST_TEST(!e.believes(1, 60));
  BOOST_TEST(store.write(e.candidates[0].token()));

  e.clocks[0].suspend(second(60));
  for (double t = 60; t < 660; t += 2) e.reach(1, t);
  e.clocks[0].resume(second(660), false);

  BOOST_TEST(e.believes(1, 660));
  BOOST_TEST(store.write(e.candidates[1].token()));
  BOOST_TEST(e.believes(0, 660.001));  // two leaders: its monotonic clock stood still
  BOOST_TEST(!store.write(e.candidates[0].token()));
  e.reach(0, 661);  // it asks at last
  BOOST_TEST(!e.believes(0, 661));
}

BOOST_AUTO_TEST_CASE(a_lease_is_taken_over_after_fifteen_seconds_and_no_sooner) {
  Election e;
  e.reach(0, 0);
  for (double t = 1; t < 15; t += 2) e.reach(1, t);
  BOOST_TEST(e.record.holder == 1U);
  BOOST_TEST(!e.believes(0, 10));  // it gave up five seconds before
  e.reach(1, 16);
  BOOST_TEST(e.record.holder == 2U);
  BOOST_TEST(e.record.term == 2U);
}

BOOST_AUTO_TEST_CASE(an_offset_of_an_hour_changes_nothing_and_a_rate_of_two_makes_two_leaders) {
  Election offset;
  offset.clocks[1].step(second(0), 1h);
  Election fast;
  fast.clocks[1].drift(second(0), ClockRate::ratio(1, 1));  // twice as fast
  for (Election* e : {&offset, &fast}) {
    e->reach(0, 0);
    for (double t = 0.5; t < 9; t += 0.5) e->reach(1, t);
  }

  BOOST_TEST(offset.record.holder == 1U);
  BOOST_TEST(fast.record.holder == 2U);
  BOOST_TEST(fast.believes(0, 9));
  BOOST_TEST(fast.believes(1, 9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
