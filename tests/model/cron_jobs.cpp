/// \file cron_jobs.cpp
/// Jobs by their schedules on nights on which clocks change, and when clocks are set.
/// Why: the same line runs once, twice or not at all; the model has to show what each scheduler
/// does.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

constexpr const char* kNewYork = "EST5EDT,M3.2.0,M11.1.0";
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

std::string job(const std::string& start, const std::string& duration, const std::string& cron,
                const std::string& rule, const std::string& more = {}) {
  const bool kube = cron.find("dialect: kubernetes") != std::string::npos;
  const std::string own = kube ? ", local_time: {rule: \"" + rule + "\"}" : "";
  return "run: {start: " + start + ", duration: " + duration + "}\n" +
         "topology: {zones: {z: {hosts: 1, local_time: {rule: \"" + rule + "\"}}}}\n" +
         "apps: {report: {kind: job, service_time: {deterministic: 30s}, start_time: 1s, cron: {" +
         cron + own + "}}}\n" + more;
}

/// Seconds of the run at which it began.
std::vector<double> runs(const std::string& scenario) {
  std::vector<double> found;
  for (const RecordedEvent& event : events(Rehearsal(scenario).run(), "cron.started")) {
    found.push_back(seconds(event.at));
  }
  return found;
}

void near(const std::vector<double>& found, const std::vector<double>& wanted) {
  BOOST_REQUIRE_MESSAGE(found.size() == wanted.size(), found.size() << " runs");
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(std::abs(found[i] - wanted[i]) <= 1.5, found[i] << " against " << wanted[i]);
  }
}

BOOST_AUTO_TEST_SUITE(cron_jobs)

// Edge 36: 02:30 does not exist; Debian's cron runs it right after the gap, at 07:00Z.
BOOST_AUTO_TEST_CASE(edge_36_debian_runs_what_falls_into_the_gap_once_at_0700z) {
  near(runs(job("2024-03-10T05:00:00Z", "6h", "schedule: 30 2 * * *, dialect: debian", kNewYork)),
       {2 * 3600});
  for (const char* dialect : {"robfig", "kubernetes", "systemd"}) {
    const std::string schedule =
        std::string(dialect) == "systemd" ? "\"*-*-* 02:30\"" : "30 2 * * *";
    near(runs(job("2024-03-10T05:00:00Z", "6h", "schedule: " + schedule + ", dialect: " + dialect,
                  kNewYork)),
         {});
  }
}

// Edge 37: 01:30 comes twice on 3 November.
BOOST_AUTO_TEST_CASE(edge_37_debian_runs_once_and_kubernetes_twice) {
  const auto at_0130 = [](const std::string& dialect) {
    return runs(
        job("2024-11-03T05:00:00Z", "3h", "schedule: 30 1 * * *, dialect: " + dialect, kNewYork));
  };
  near(at_0130("debian"), {1800});
  near(at_0130("kubernetes"), {1800, 5400});
  near(at_0130("robfig"), {1800, 5400});
  near(runs(job("2024-11-03T05:00:00Z", "3h", "schedule: \"0 30 1 * * ?\", dialect: quartz",
                kNewYork)),
       {5400});
  near(runs(job("2024-11-03T05:00:00Z", "3h", "schedule: \"*-*-* 01:30\", dialect: systemd",
                kNewYork)),
       {1800});
}

// Edge 38: four hours are a correction, and what lies in them is not made up for.
BOOST_AUTO_TEST_CASE(edge_38_a_clock_that_is_set_on_by_four_hours_skips_and_by_two_catches_up) {
  const auto set_on = [](const std::string& step) {
    return runs(job("2024-06-01T04:00:00Z", "6h", "schedule: 30 1 * * *, dialect: debian", kNewYork,
                    "faults: {set: {at: 1h, kind: clock.step, target: z-0, step: " + step + "}}"));
  };
  near(set_on("4h"), {});         // 01:00 becomes 05:00
  near(set_on("2h"), {3600});     // 01:00 becomes 03:00, and 01:30 is run at the next minute
  near(set_on("10min"), {4800});  // 01:30 is 80 min from the begin, by 10 of them less
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_repeats_for_systemd_and_not_for_others) {
  const auto set_back = [](const std::string& cron) {
    return runs(job("2024-06-01T05:00:00Z", "6h", cron, kNewYork,
                    "faults: {set: {at: 2h, kind: clock.step, target: z-0, step: -2h}}"))
        .size();
  };
  BOOST_TEST(set_back("schedule: \"*-*-* 01:30\", dialect: systemd") == 2U);
  BOOST_TEST(set_back("schedule: 30 1 * * *, dialect: debian") == 1U);
  BOOST_TEST(set_back("schedule: 30 1 * * *, dialect: robfig") == 1U);
}

// Edge 34: two hosts of one city, of which one has not got the new rules.
BOOST_AUTO_TEST_CASE(edge_34_stale_and_fresh_rules_of_vancouver_are_an_hour_apart) {
  const Record record = Rehearsal(R"(
run: {start: 2026-12-01T14:00:00Z, duration: 6h}
topology:
  zones:
    stale: {hosts: 1, local_time: {rule: "PST8PDT,M3.2.0,M11.1.0"}}
    fresh: {hosts: 1, local_time: {rule: "<-07>7"}}
apps:
  report: {kind: job, instances: 2, spread: {stale: 1, fresh: 1}, service_time: 30s, start_time: 1s,
           cron: {schedule: 0 9 * * *, dialect: debian}}
)")
                            .run();

  const auto started = events(record, "cron.started");
  BOOST_REQUIRE(started.size() == 2U);
  BOOST_TEST(std::abs(seconds(started[0].at) - 2 * 3600) <= 1);  // 16:00Z: -25,200 s
  BOOST_TEST(std::abs(seconds(started[1].at) - 3 * 3600) <= 1);  // 17:00Z: -28,800 s
  BOOST_TEST(started[0].detail == "for 2026-12-01 09:00:00");
}

// Row 27: kubernetes#121594.
BOOST_AUTO_TEST_CASE(a_cronjob_of_berlin_runs_twice_on_29_october_2023) {
  near(runs(job("2023-10-28T23:00:00Z", "4h", "schedule: 0 2 * * *, dialect: kubernetes", kBerlin)),
       {3600, 7200});
}

/// A run takes longer than the period.
Record overlapping(const std::string& concurrency) {
  return Rehearsal(R"(
run: {start: 2024-01-01T00:00:30Z, duration: 10min}
apps: {slow: {kind: job, instances: 3, service_time: {deterministic: 150s}, start_time: 1s,
              cron: {schedule: "* * * * *", concurrency: )" +
                   concurrency + "}}}\n")
      .run();
}

BOOST_AUTO_TEST_CASE(what_becomes_of_runs_that_meet_is_the_jobs_policy) {
  const Record allow = overlapping("allow");
  const Record forbid = overlapping("forbid");
  const Record replace = overlapping("replace");

  BOOST_TEST(value(allow, "runs", "slow", 599) == 10);
  BOOST_TEST(value(allow, "missed_runs", "slow", 599) == 0);
  BOOST_TEST(value(forbid, "runs", "slow", 599) <= 4);
  BOOST_TEST(value(forbid, "runs", "slow", 599) + value(forbid, "missed_runs", "slow", 599) == 10);
  BOOST_TEST(value(replace, "runs", "slow", 599) == 10);
  BOOST_TEST(replace.find_series("slow")->total.answered == 0U);  // each is ended by the next
  BOOST_TEST(
      replace.find_series("slow")->total.failed[static_cast<std::size_t>(FailureReason::reset)] ==
      9U);
}

BOOST_AUTO_TEST_CASE(a_job_with_a_schedule_does_not_run_when_it_starts) {
  BOOST_TEST(
      runs(job("2024-01-01T00:00:30Z", "20s", "schedule: 0 12 * * *, dialect: debian", "UTC0"))
          .empty());
}

BOOST_AUTO_TEST_CASE(a_controller_whose_clock_is_set_on_by_a_day_starts_the_latest_only) {
  const Record record =
      Rehearsal(job("2024-01-01T00:00:30Z", "2h", "schedule: 0 * * * *, dialect: kubernetes",
                    "UTC0",
                    "faults: {set: {at: 10min, kind: clock.step, target: control, step: 1d}}"))
          .run();

  BOOST_TEST(events(record, "cron.started").size() <= 3U);
  BOOST_TEST(value(record, "missed_runs", "report", 7199) >= 20);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
