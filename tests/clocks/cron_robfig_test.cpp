/// \file cron_robfig_test.cpp
/// robfig/cron and the CronJob controller of Kubernetes on the nights of summer time, and when
/// starts were missed.
/// Why: jobs that run twice at 02:00, and a controller that never starts a job again.
#include "tests/clocks/cron_lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;
using Outcome = CronJobSync::Outcome;

void check(const Times& starts, const Times& expected) {
  BOOST_TEST(starts == expected, boost::test_tools::per_element());
}
Times robfig(const char* text, const Zone& zone, const char* after, int count) {
  return next<RobfigSchedule>(text, zone, after, count);
}
CronJob job(const char* schedule, const char* created) {
  CronJob job;
  job.schedule = parsed<RobfigSchedule>(schedule);
  job.created = wall(created);
  return job;
}
/// The controller wakes when it said it would, or a time later at the latest, and starts jobs.
Times controller(CronJob job, const Zone& zone, const char* from, const char* until) {
  Times starts;
  for (WallTime now = wall(from); now <= wall(until);) {
    const CronJobSync seen = sync(job, now, zone);
    if (seen.outcome == Outcome::start) {
      starts.push_back(utc(now).substr(0, 19));
      job.last_schedule = seen.scheduled;
    }
    BOOST_REQUIRE(seen.requeue);
    now = now + std::max<Duration>(1ms, *seen.requeue);
  }
  return starts;
}

BOOST_AUTO_TEST_SUITE(cron_robfig)

BOOST_AUTO_TEST_CASE(a_time_in_the_gap_is_skipped_that_day) {
  check(robfig("30 2 * * *", new_york(), "2024-03-09T12:00:00Z", 2),
        {"2024-03-11 06:30:00", "2024-03-12 06:30:00"});
}

BOOST_AUTO_TEST_CASE(edge_37_half_past_one_runs_twice_where_it_comes_twice) {
  check(robfig("30 1 * * *", new_york(), "2024-11-03T04:00:00Z", 3),
        {"2024-11-03 05:30:00", "2024-11-03 06:30:00", "2024-11-04 06:30:00"});
}

BOOST_AUTO_TEST_CASE(half_an_hour_on_lord_howe_island) {
  check(robfig("15 2 * * *", lord_howe(), "2024-10-05T00:00:00Z", 1), {"2024-10-06 15:15:00"});
  check(robfig("45 1 * * *", lord_howe(), "2024-04-06T00:00:00Z", 2),
        {"2024-04-06 14:45:00", "2024-04-06 15:15:00"});
}

BOOST_AUTO_TEST_CASE(february_29_is_found_within_five_years_and_not_beyond) {
  check(robfig("0 0 29 2 *", Zone(), "2024-03-01T00:00:00Z", 1), {"2028-02-29 00:00:00"});
  check(robfig("0 0 29 2 *", Zone(), "2096-03-01T00:00:00Z", 1), {});  // 2104 is too far
  check(robfig("0 0 31 * *", Zone(), "2024-03-31T12:00:00Z", 2),
        {"2024-05-31 00:00:00", "2024-07-31 00:00:00"});
  check(robfig("0 0 31 2 *", Zone(), "2024-03-31T12:00:00Z", 1), {});
}

BOOST_AUTO_TEST_CASE(midnight_in_the_gap_is_looked_for_from_the_hour_before) {
  const Zone sao_paulo = rule("<-03>3<-02>,M11.1.0/0,M2.3.0/0");
  check(robfig("0 0 * * *", sao_paulo, "2018-11-03T12:00:00Z", 2),
        {"2018-11-05 02:00:00", "2018-11-06 02:00:00"});
  check(robfig("30 1 4 11 *", sao_paulo, "2018-11-01T12:00:00Z", 1), {"2018-11-04 03:30:00"});
}

BOOST_AUTO_TEST_CASE(a_day_that_a_zone_leaves_out_makes_robfig_search_for_ever) {
  const Zone samoa = apia();
  const WallTime before = wall("2011-12-29T15:46:26Z");
  BOOST_TEST(!parsed<RobfigSchedule>("*/15 23 31 12 *").next(before, samoa).has_value());
  check(robfig("0 12 * * *", samoa, "2011-12-29T15:46:26Z", 2),
        {"2011-12-29 22:00:00", "2011-12-30 22:00:00"});
}

BOOST_AUTO_TEST_CASE(days_are_joined_by_or_unless_one_is_a_star_without_a_step) {
  check(robfig("0 0 13 * 5", Zone(), "2024-03-08T12:00:00Z", 3),
        {"2024-03-13 00:00:00", "2024-03-15 00:00:00", "2024-03-22 00:00:00"});
  // Unlike Debian's: "*/2" counts as restricted, and Mondays are added to the odd days.
  check(robfig("0 0 */2 * 1", Zone(), "2024-03-09T12:00:00Z", 3),
        {"2024-03-11 00:00:00", "2024-03-13 00:00:00", "2024-03-15 00:00:00"});
  check(robfig("0 0 */2 * 1", Zone(), "2024-03-17T12:00:00Z", 2),
        {"2024-03-18 00:00:00", "2024-03-19 00:00:00"});
}

BOOST_AUTO_TEST_CASE(every_counts_from_the_call_and_from_no_calendar) {
  check(robfig("@every 1h30m", Zone(), "2024-03-10T00:10:00Z", 2),
        {"2024-03-10 01:40:00", "2024-03-10 03:10:00"});
  check(robfig("@every 1.5s", Zone(), "2024-03-10T00:10:00Z", 1), {"2024-03-10 00:10:01"});
  check(robfig("@every 10ms", Zone(), "2024-03-10T00:10:00Z", 1), {"2024-03-10 00:10:01"});
}

BOOST_AUTO_TEST_CASE(zones_seconds_and_steps_are_read) {
  BOOST_TEST(*parsed<RobfigSchedule>("CRON_TZ=Europe/Berlin 0 2 * * *").zone_name() ==
             "Europe/Berlin");
  BOOST_TEST(*parsed<RobfigSchedule>("TZ=UTC @daily").zone_name() == "UTC");
  check(robfig("5/20 * * * *", Zone(), "2024-03-10T00:10:00Z", 2),
        {"2024-03-10 00:25:00", "2024-03-10 00:45:00"});
  const auto six = RobfigSchedule::parse("*/30 0 12 * * *", RobfigSchedule::Fields::seconds);
  BOOST_TEST(utc(*std::get<RobfigSchedule>(six).next(wall("2024-03-10T12:00:00Z"), Zone())) ==
             "2024-03-10 12:00:30");
}

BOOST_AUTO_TEST_CASE(what_robfig_refuses_is_refused_with_column_and_fix) {
  const auto refused = refusal<RobfigSchedule>;
  BOOST_TEST(refused("0 0 * * 7") ==
             "column 9: \"7\" is no day of the week: give 0 to 6 or a name such as sun");
  BOOST_TEST(refused("10-5 * * * *") ==
             "column 1: the range ends before it begins: write 10-59,0-5");
  BOOST_TEST(refused("0 0 0 * * *").starts_with("column 11: 5 fields are wanted, here are 6"));
  BOOST_TEST(refused("@every 5 minutes").starts_with("column 17: 5 fields are wanted"));
  BOOST_TEST(refused("@every 5x") ==
             "column 8: \"5x\" is no duration: give numbers with units ns, "
             "us, ms, s, m or h, such as 1h30m");
  for (const char* bad :
       {"", "@reboot", "CRON_TZ= 0 0 * * *", "TZ=UTC", "*/0 * * * *", "*-5 * * * *",
        "1/2/3 * * * *", "1-2-3 * * * *", ", * * * *", "0 0 L * *", "@every -1h"}) {
    BOOST_TEST(!refused(bad).empty(), bad);
  }
}

BOOST_AUTO_TEST_CASE(its_own_loop_wakes_late_after_a_step_forward_and_runs_once) {
  const auto starts = [](const char* line, Duration by) {
    return CronHost("2024-06-01T10:00:00Z", Zone())
        .set("2024-06-01T10:30:10Z", by)
        .loop<RobfigSchedule>(CronLoop::robfig, line, "2024-06-01T12:29:00Z");
  };
  check(starts("0 * * * *", 4h),
        {"2024-06-01 11:00:00", "2024-06-01 12:00:00"});  // its timer was not moved
  check(starts("0 13 * * *", 4h), {});                    // and for 13:00 it sleeps until then
  check(starts("0 11 * * *", 1h), {"2024-06-01 11:00:00"});
  check(starts("0 11 * * *", -1h), {"2024-06-01 12:00:00"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cron_kubernetes)

BOOST_AUTO_TEST_CASE(incident_27_a_job_at_two_in_berlin_is_started_twice) {
  check(controller(job("0 2 * * *", "2023-10-28T12:00:00Z"), berlin(), "2023-10-28T12:00:00Z",
                   "2023-10-30T12:00:00Z"),
        {"2023-10-29 00:00:00", "2023-10-29 01:00:00", "2023-10-30 01:00:00"});
}

BOOST_AUTO_TEST_CASE(it_looks_again_a_tenth_of_a_second_after_the_next_start) {
  const CronJobSync seen =
      sync(job("0 * * * *", "2024-06-01T10:00:00Z"), wall("2024-06-01T10:30:00Z"), Zone());
  BOOST_TEST((seen.outcome == Outcome::not_due));
  BOOST_TEST(seen.requeue->count() == Duration{30min + 100ms}.count());
}

BOOST_AUTO_TEST_CASE(of_several_missed_starts_the_latest_is_made_up_for) {
  CronJob hourly = job("0 * * * *", "2024-06-01T00:00:00Z");
  hourly.last_schedule = wall("2024-06-01T10:00:00Z");
  const CronJobSync seen = sync(hourly, wall("2024-06-01T14:20:00Z"), Zone());
  BOOST_TEST((seen.outcome == Outcome::start));
  BOOST_TEST(utc(*seen.scheduled) == "2024-06-01 14:00:00");
  BOOST_TEST(seen.missed == 4);
}

BOOST_AUTO_TEST_CASE(a_starting_deadline_forgets_what_lies_before_it) {
  CronJob daily = job("0 2 * * *", "2024-06-01T00:00:00Z");
  daily.starting_deadline = 10min;
  BOOST_TEST((sync(daily, wall("2024-06-01T02:09:59Z"), Zone()).outcome == Outcome::start));
  BOOST_TEST((sync(daily, wall("2024-06-01T02:10:01Z"), Zone()).outcome == Outcome::not_due));
}

BOOST_AUTO_TEST_CASE(more_than_100_missed_starts_stopped_a_job_for_good_and_now_warn) {
  CronJob minutely = job("* * * * *", "2024-06-01T00:00:00Z");
  const WallTime after = wall("2024-06-01T01:41:00Z");
  BOOST_TEST((sync(minutely, after, Zone(), ManyMissed::give_up).outcome == Outcome::gave_up));
  BOOST_TEST(
      (sync(minutely, after + -1min, Zone(), ManyMissed::give_up).outcome == Outcome::start));
  const CronJobSync now = sync(minutely, after, Zone());
  BOOST_TEST((now.outcome == Outcome::start));
  BOOST_TEST(now.missed == 101);
  BOOST_TEST(utc(*now.scheduled) == "2024-06-01 01:41:00");
  minutely.starting_deadline = 1h;  // the cure that its message names
  BOOST_TEST((sync(minutely, after, Zone(), ManyMissed::give_up).outcome == Outcome::start));
}

BOOST_AUTO_TEST_CASE(a_controller_whose_clock_is_set_forward_starts_once_and_set_back_waits) {
  CronJob hourly = job("0 * * * *", "2024-06-01T00:00:00Z");
  hourly.last_schedule = wall("2024-06-01T10:00:00Z");
  const auto at = [&](const char* now) { return sync(hourly, wall(now), Zone()); };
  BOOST_TEST((at("2024-06-01T14:30:00Z").outcome == Outcome::start));    // +4 h at 10:30
  BOOST_TEST((at("2024-06-01T11:30:00Z").outcome == Outcome::start));    // +1 h
  BOOST_TEST((at("2024-06-01T09:30:00Z").outcome == Outcome::not_due));  // -1 h
  BOOST_TEST(at("2024-06-01T09:30:00Z").requeue->count() == Duration{90min + 100ms}.count());
  // Four hours back: not before the wall clock shows 11:00 again, in four hours and a half.
  BOOST_TEST(at("2024-06-01T06:30:00Z").requeue->count() == Duration{270min + 100ms}.count());
}

BOOST_AUTO_TEST_CASE(forbid_and_replace_look_at_active_jobs_and_suspension_at_nothing) {
  CronJob hourly = job("0 * * * *", "2024-06-01T00:00:00Z");
  hourly.active = 1;
  const WallTime now = wall("2024-06-01T10:00:01Z");
  hourly.concurrency = CronJob::Concurrency::forbid;
  BOOST_TEST((sync(hourly, now, Zone()).outcome == Outcome::already_active));
  hourly.concurrency = CronJob::Concurrency::replace;
  BOOST_TEST((sync(hourly, now, Zone()).outcome == Outcome::start));
  BOOST_TEST(sync(hourly, now, Zone()).replaces);
  hourly.suspended = true;
  BOOST_TEST((sync(hourly, now, Zone()).outcome == Outcome::suspended));
}

BOOST_AUTO_TEST_CASE(a_job_for_29_february_is_not_started_in_2096) {
  // The controller asks for the start after it as well, which lies more than five years ahead.
  const CronJob leap = job("0 0 29 2 *", "2095-01-01T00:00:00Z");
  BOOST_TEST((sync(leap, wall("2096-02-29T00:00:01Z"), Zone()).outcome == Outcome::unusable));
  BOOST_TEST(!sync(leap, wall("2096-02-29T00:00:01Z"), Zone()).requeue.has_value());
  const CronJob before = job("0 0 29 2 *", "2091-01-01T00:00:00Z");
  BOOST_TEST((sync(before, wall("2092-02-29T00:00:01Z"), Zone()).outcome == Outcome::start));
  BOOST_TEST((sync(job("0 0 31 2 *", "2024-01-01T00:00:00Z"), wall("2024-06-01T00:00:00Z"), Zone())
                  .outcome == Outcome::unusable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
