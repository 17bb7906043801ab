/// \file host_clock_test.cpp
/// What steps, slews, drift and suspends do to each of a host's clocks, and to timers on them.
/// Why: most clock bugs are a program that reads the wrong clock.
#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

SimTime at(Duration t) { return kSimStart + t; }
const WallTime kNoon{1'709'208'000, 0};  // 2024-02-29 12:00:00

std::int64_t ns(MonoTime t) { return t.time_since_epoch().count(); }

BOOST_AUTO_TEST_SUITE(host_clock)

BOOST_AUTO_TEST_CASE(a_step_moves_the_time_of_day_and_nothing_else) {
  HostClock clock(at(0s), kNoon);
  clock.step(at(10s), -1h);
  BOOST_TEST(ahead(clock.realtime(at(20s)), kNoon).count() == Duration{20s - 1h}.count());
  BOOST_TEST(ns(clock.monotonic(at(20s))) == Duration{20s}.count());
  BOOST_TEST(ns(clock.boottime(at(20s))) == Duration{20s}.count());
}

BOOST_AUTO_TEST_CASE(a_slew_moves_all_but_the_raw_clock) {
  HostClock clock(at(0s), kNoon);
  clock.slew(at(0s), ClockRate::ppb(500'000));  // ntpd's most: 2,000 s for a second
  BOOST_TEST(ahead(clock.realtime(at(2000s)), kNoon).count() == Duration{2001s}.count());
  BOOST_TEST(ns(clock.monotonic(at(2000s))) == Duration{2001s}.count());
  BOOST_TEST(ns(clock.raw(at(2000s))) == Duration{2000s}.count());
}

BOOST_AUTO_TEST_CASE(drift_moves_the_raw_clock_too_and_a_slew_can_cancel_it) {
  HostClock clock(at(0s), kNoon);
  clock.drift(at(0s), ClockRate::ppb(20'000));
  clock.slew(at(100s), ClockRate::ppb(-20'000));
  BOOST_TEST(ns(clock.raw(at(1100s))) == Duration{1100s + 22ms}.count());
  BOOST_TEST(ns(clock.monotonic(at(1100s))) == Duration{1100s + 2ms}.count());
}

BOOST_AUTO_TEST_CASE(a_suspended_laptop_wakes_with_the_right_time_and_an_old_monotonic_clock) {
  HostClock clock(at(0s), kNoon);
  clock.suspend(at(10s));
  BOOST_TEST(!clock.when_monotonic(at(11s), MonoTime{15s}).has_value());
  clock.resume(at(610s), true);
  BOOST_TEST(ahead(clock.realtime(at(611s)), kNoon).count() == Duration{611s}.count());
  BOOST_TEST(ns(clock.monotonic(at(611s))) == Duration{11s}.count());
  BOOST_TEST(ns(clock.boottime(at(611s))) == Duration{611s}.count());
}

BOOST_AUTO_TEST_CASE(a_paused_machine_wakes_in_the_past) {
  HostClock clock(at(0s), kNoon);
  clock.suspend(at(10s));
  clock.resume(at(610s), false);
  BOOST_TEST(ahead(clock.realtime(at(611s)), kNoon).count() == Duration{11s}.count());
  BOOST_TEST(ns(clock.boottime(at(611s))) == Duration{11s}.count());
}

BOOST_AUTO_TEST_CASE(a_frozen_time_of_day_moves_on_from_where_it_stood) {
  HostClock clock(at(0s), kNoon);
  clock.freeze(at(5s));
  BOOST_TEST(!clock.when_realtime(at(6s), kNoon + 7s).has_value());
  clock.thaw(at(65s));
  BOOST_TEST(ahead(clock.realtime(at(66s)), kNoon).count() == Duration{6s}.count());
  BOOST_TEST(ns(clock.monotonic(at(66s))) == Duration{66s}.count());
}

BOOST_AUTO_TEST_CASE(timers_go_off_when_their_clock_shows_the_time) {
  HostClock clock(at(0s), kNoon);
  clock.drift(at(0s), ClockRate::ppb(-100'000));
  const SimTime due = *clock.when_realtime(at(0s), kNoon + 1h);
  BOOST_TEST((clock.realtime(due) >= kNoon + 1h));
  BOOST_TEST((clock.realtime(due - 1ns) < kNoon + 1h));
  BOOST_TEST((due - at(1h)).count() == 360'036'004);  // 1 h / 0.9999 - 1 h
  const SimTime mono = *clock.when_monotonic(at(0s), MonoTime{1h});
  BOOST_TEST((mono == due));
}

BOOST_AUTO_TEST_CASE(a_forward_step_lets_wall_timers_go_off_at_once_and_monotonic_ones_wait) {
  HostClock clock(at(0s), kNoon);
  clock.step(at(10s), 31s);
  BOOST_TEST((*clock.when_realtime(at(10s), kNoon + 30s) == at(10s)));
  BOOST_TEST((*clock.when_monotonic(at(10s), MonoTime{30s}) == at(30s)));
}

BOOST_AUTO_TEST_CASE(linux_of_2012_lets_subsecond_timers_return_at_once_after_the_leap_second) {
  HostClock clock(at(0s), kNoon);
  clock.step(at(10s), -1s, false);  // the insertion, without clock_was_set()
  const WallTime now = clock.realtime(at(11s));
  BOOST_TEST((*clock.when_realtime(at(11s), now + 900ms) == at(11s)));
  BOOST_TEST((*clock.when_realtime(at(11s), now + 5s) == at(15s)));
  clock.step(at(12s), Duration{0});  // date -s "`date`"
  BOOST_TEST((*clock.when_realtime(at(12s), clock.realtime(at(12s)) + 900ms) == at(12s) + 900ms));
}

BOOST_AUTO_TEST_CASE(a_sinusoid_swings_by_its_amplitude_and_comes_back) {
  HostClock clock(at(0s), kNoon);
  clock.sinusoid(at(0s), 100ms, 60s);
  BOOST_TEST(ahead(clock.realtime(at(15s)), kNoon + 15s).count() == Duration{100ms}.count());
  BOOST_TEST(ahead(clock.realtime(at(45s)), kNoon + 45s).count() == -Duration{100ms}.count());
  BOOST_TEST(std::abs(ahead(clock.realtime(at(60s)), kNoon + 60s).count()) <= 1);
}

BOOST_AUTO_TEST_CASE(edge_53_a_ttl_on_the_wall_lasts_an_hour_longer_after_a_step_back) {
  HostClock clock(at(0s), kNoon);
  clock.step(at(60s), -1h);
  BOOST_TEST((*clock.when_realtime(at(60s), kNoon + 5min) == at(5min + 1h)));
  BOOST_TEST((*clock.when_monotonic(at(60s), MonoTime{5min}) == at(5min)));
}

BOOST_AUTO_TEST_CASE(a_year_of_a_smears_rate_is_right_to_the_nanosecond) {
  HostClock clock(at(0s), kNoon);
  clock.slew(at(0s), ClockRate::ratio(-1, 86'401));
  BOOST_TEST(ns(clock.monotonic(at(std::chrono::seconds{86'401 * 365}))) ==
             Duration{std::chrono::seconds{86'400 * 365}}.count());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
