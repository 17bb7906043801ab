/// \file clock_defects.cpp
/// Software that gets time wrong, each as it did on its day.
/// Why: nothing is broken and no fault is injected: the clock shows the right time.
#include <cmath>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// One request a minute to one instance, from a date on.
std::string minutes(const std::string& start, const std::string& duration,
                    const std::string& defect, const std::string& zone = "hosts: 1",
                    const std::string& more = {}) {
  return "run: {start: " + start + ", duration: " + duration + "}\n" + "topology: {zones: {z: {" +
         zone + "}}}\n" + R"(
apps:
  it: {service_time: {deterministic: 10ms}, start_time: 10s, clock_defects: [{)" +
         defect + R"(}]}
load: {users: {to: it, rate: 1/min, arrivals: deterministic, timeout: 5s}}
)" + more;
}

/// The minutes, from the begin of the run, whose request failed.
std::vector<std::size_t> failed_minutes(const Record& record) {
  std::vector<std::size_t> found;
  const Series* users = record.find_series("users");
  const std::int64_t step = users->step.count() / 1'000'000'000;
  for (std::size_t row = 0; row < users->by_send.size(); ++row) {
    for (std::uint32_t n : users->by_send[row].failed) {
      if (n > 0) found.push_back(row * static_cast<std::size_t>(step) / 60);
    }
  }
  return found;
}

std::uint64_t failed(const Record& record) { return record.requests.failed_total(); }
std::uint64_t sent(const Record& record) { return record.requests.injected; }

Record over(const std::string& start, const std::string& duration, const std::string& defect) {
  return Rehearsal(minutes(start, duration, defect)).run();
}

BOOST_AUTO_TEST_SUITE(clock_defects)

// Row 22, edge 23.
BOOST_AUTO_TEST_CASE(a_zune_hangs_on_day_366_until_it_is_over) {
  const Record record = over("2008-12-30T12:00:00Z", "48h", "kind: day_366, effect: hang");

  BOOST_TEST(first(record, "instance.hung", "it/0") == 12 * 3600);
  BOOST_TEST(first(record, "instance.recovered", "it/0") == 36 * 3600);
  const auto bad = failed_minutes(record);
  BOOST_TEST(std::abs(static_cast<int>(bad.front()) - 720) <= 1);
  BOOST_TEST(std::abs(static_cast<int>(bad.size()) - 1440) <= 1);
  BOOST_TEST(failed(over("2009-12-30T12:00:00Z", "48h", "kind: day_366, effect: hang")) == 0U);
}

// Edges 16 and 17.
BOOST_AUTO_TEST_CASE(a_year_from_29_february_is_no_date_and_2100_has_none) {
  const Record record = over("2012-02-28T23:00:00Z", "26h", "kind: add_year");

  const auto bad = failed_minutes(record);
  BOOST_REQUIRE(bad.size() == 1440U);
  BOOST_TEST(bad.front() == 60U);
  BOOST_TEST(std::abs(static_cast<int>(bad.back()) - (60 + 1439)) <= 1);
  BOOST_TEST(failed(over("2100-02-28T00:00:00Z", "48h", "kind: february_29")) == 0U);
  BOOST_TEST(failed(over("2000-02-29T00:00:00Z", "1h", "kind: february_29")) == 60U);
  for (const char* rule : {"clamp", "roll", "days_365"}) {
    const std::string mended = std::string("kind: add_year, rule: ") + rule;
    BOOST_TEST(failed(over("2012-02-29T00:00:00Z", "1h", mended)) == 0U, rule);
  }
  // Four years later there is one again, but not after 2096.
  BOOST_TEST(failed(over("2012-02-29T00:00:00Z", "1h", "kind: add_year, years: 4")) == 0U);
  BOOST_TEST(failed(over("2096-02-29T00:00:00Z", "1h", "kind: add_year, years: 4")) == 60U);
}

// Row 37.
BOOST_AUTO_TEST_CASE(the_year_of_its_week_is_another_from_29_december_2014_on) {
  const Record record = over("2014-12-28T00:00:00Z", "96h", "kind: week_year");

  const auto bad = failed_minutes(record);
  BOOST_REQUIRE(!bad.empty());
  BOOST_TEST(bad.front() == 1440U);  // Monday 29 December
  BOOST_TEST(std::abs(static_cast<int>(bad.back()) - (4 * 1440 - 1)) <=
             1);  // to the end of the year, which ends this run
}

// R8: passes 2112312359, fails 2201010001 > 2147483647.
BOOST_AUTO_TEST_CASE(a_scanner_that_keeps_yymmddhhmm_in_31_bits_stops_the_mail_and_loses_none) {
  const Rehearsal lab(R"(
run: {start: 2021-12-31T23:00:00Z, duration: 3h}
apps:
  front: {service_time: 1ms, calls: [{publish: mail}]}
  scanner:
    kind: worker
    consumes: mail
    service_time: {deterministic: 100ms}
    start_time: 10s
    releases:
      scanning: {clock_defects: [{kind: width, width: yymmddhhmm_i32}]}
      not-scanning: {}
dependencies: {mail: {kind: queue, redeliver_after: 1min}}
load: {senders: {to: front, rate: 1/s, arrivals: deterministic, stop: 150min}}
deployments: {disable: {at: 2h, app: scanner, release: not-scanning, strategy: recreate}}
)");
  const Record record = lab.run();

  const GaugeSeries* backlog = record.find_gauge("backlog", "mail");
  BOOST_REQUIRE(backlog != nullptr);
  const std::size_t per = 1 + static_cast<std::size_t>(backlog->step.count() / 2'000'000'000);
  BOOST_TEST(backlog->max[3500 / per] <= 2);
  BOOST_TEST(backlog->max[7100 / per] >= 3400);
  BOOST_TEST(backlog->max.back() <= 2);
  const MessageCounts& books = record.messages.front();
  BOOST_TEST(books.published == 9000U);
  BOOST_TEST(books.acknowledged + books.waiting + books.in_flight == 9000U);
  BOOST_TEST(books.dead_lettered + books.dropped == 0U);
}

// Edges 39, 40, 41 and 45.
BOOST_AUTO_TEST_CASE(narrow_counters_end_in_their_second) {
  struct Case {
    const char* start;
    const char* defect;
  };
  for (const Case& c : {Case{"2038-01-19T03:04:08Z", "width: i32_seconds"},
                        Case{"2106-02-07T06:18:16Z", "width: u32_seconds"},
                        Case{"2036-02-07T06:18:16Z", "width: ntp32_seconds"},
                        Case{"2019-04-06T23:50:00Z", "width: gps10_weeks"},
                        Case{"2006-05-13T01:17:28Z", "width: i32_seconds, ahead: 1000000000s"}}) {
    const Record record = over(c.start, "20min", std::string("kind: width, ") + c.defect);
    const auto bad = failed_minutes(record);
    BOOST_REQUIRE_MESSAGE(!bad.empty(), c.defect);
    BOOST_TEST(bad.front() == 10U, c.defect);
    BOOST_TEST(bad.size() == 10U, c.defect);
    BOOST_TEST(first(record, "defect.begin", "it/0") == 600, c.defect);
  }
}

// Row 36, edge 46: machines that were started together fail together.
BOOST_AUTO_TEST_CASE(a_counter_of_uptime_takes_the_rack_that_was_started_on_one_day) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 60h}
topology:
  zones: {old: {hosts: 2, uptime: 247d, boot_time: 1min}, young: {hosts: 2, uptime: 3d}}
apps:
  it: {instances: 4, spread: {old: 1, young: 1}, service_time: {deterministic: 10ms}, start_time: 10s,
       clock_defects: [{kind: uptime, counter: cs_i32, effect: hang}]}
load: {users: {to: it, rate: 1/min, timeout: 5s}}
faults: {reboot: {at: 1h, kind: host.crash, target: old-0, for: 1min}}
)")
                            .run();

  // 2^31 centiseconds are 248 days, 13 h 13 min 56.48 s.
  const auto hung = events(record, "instance.hung");
  BOOST_REQUIRE(!hung.empty());
  for (const RecordedEvent& event : hung) {
    BOOST_TEST(std::abs(seconds(event.at) - (86'400 + 13 * 3600 + 13 * 60 + 56.48)) < 0.001);
  }
  // Those of old-1 only: old-0 was started anew long after it.
  std::size_t on_old_1 = 0;
  for (const RecordedEvent& event : events(record, "instance.started")) {
    on_old_1 += event.detail.find("on old-1") != std::string::npos ? 1 : 0;
  }
  BOOST_TEST(hung.size() == 1 + on_old_1);
}

BOOST_AUTO_TEST_CASE(a_host_whose_clock_is_an_hour_ahead_has_its_leap_day_an_hour_earlier) {
  const Record record = Rehearsal(minutes("2012-02-28T22:00:00Z", "3h", "kind: february_29",
                                          "hosts: 1, clock: {offset: 1h}"))
                            .run();

  BOOST_TEST(failed_minutes(record).front() == 60U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_ends_the_leap_day) {
  const Record record =
      Rehearsal(minutes("2012-02-29T00:00:00Z", "2h", "kind: february_29", "hosts: 1", R"(
faults: {set: {at: 1h, kind: clock.step, target: z-0, step: -2d}}
)"))
          .run();

  BOOST_TEST(failed(record) == 60U);
  BOOST_TEST(first(record, "defect.end", "it/0") == 3600);
}

BOOST_AUTO_TEST_CASE(what_is_checked_at_the_start_harms_only_what_starts) {
  const Record record = Rehearsal(R"(
run: {start: 2012-02-28T23:50:00Z, duration: 30min}
platform: {profile: cf-diego, set: {immediate_restarts: 100}}
topology: {zones: {z: {hosts: 1}}}
apps: {it: {instances: 2, service_time: 10ms, start_time: 10s,
            clock_defects: [{kind: add_year, checked: start, effect: crash}]}}
load: {users: {to: it, rate: 1/s, timeout: 5s}}
faults: {kill: {at: 15min, kind: instance.crash, target: it/0}}
)")
                            .run();

  BOOST_TEST(range(record, "ready", "it", 0, 899).first == 2);  // midnight is at 10 min
  BOOST_TEST(value(record, "ready", "it", 1799) == 1);
  BOOST_TEST(events(record, "defect.met", "it/0").size() > 3U);
  BOOST_TEST(events(record, "defect.met", "it/1").empty());
}

BOOST_AUTO_TEST_CASE(a_crash_takes_the_instance_of_each_request_that_comes_by_it) {
  const Record record = over("2012-02-29T00:00:00Z", "10min", "kind: february_29, effect: crash");

  BOOST_TEST(events(record, "instance.crashed").size() >= 3U);
  BOOST_TEST(failed(record) == sent(record));
}

BOOST_AUTO_TEST_CASE(half_of_the_requests_come_by_it_and_no_other_draw_moves) {
  const auto busy = [](const std::string& defects) {
    return Rehearsal(R"(
run: {start: 2012-02-29T00:00:00Z, duration: 5min}
apps: {it: {service_time: {exponential: {mean: 5ms}}, clock_defects: [)" +
                     defects + R"(]}}
load: {users: {to: it, rate: 100/s, timeout: 5s}}
)")
        .run();
  };
  const Record half = busy("{kind: february_29, share: 50%}");
  const Record none = busy("{kind: day_366}");

  const double share = static_cast<double>(failed(half)) / static_cast<double>(sent(half));
  BOOST_TEST(std::abs(share - .5) < 4 * std::sqrt(.25 / static_cast<double>(sent(half))));
  BOOST_TEST(sent(half) == sent(none));
  BOOST_TEST(failed(none) == 0U);
}

// ---- leap seconds ----------------------------------------------------------------------------

// R6: only look-ups that span the step see a negative time, and only those of machines that step.
BOOST_AUTO_TEST_CASE(only_what_spans_the_leap_second_takes_less_than_no_time) {
  const auto resolver = [](const std::string& clock) {
    return Rehearsal(R"(
run: {start: 2016-12-31T23:59:00Z, duration: 3min}
topology: {zones: {edge: {hosts: 1, )" +
                     clock + R"(}}}
apps: {dns: {concurrency: 0, service_time: {deterministic: 100ms},
             clock_defects: [{kind: negative_elapsed}]}}
load: {lookups: {to: dns, rate: 100/s, arrivals: deterministic}}
)")
        .run();
  };
  const Record steps = resolver("cores: 64");
  const Record smears = resolver("cores: 64, clock: {leap: smear}");

  BOOST_TEST(failed(steps) >= 9U);  // of 100 per second those of 100 ms were under way
  BOOST_TEST(failed(steps) <= 10U);
  BOOST_TEST(failures(steps, "lookups", 59, 62) == failed(steps));
  BOOST_TEST(failed(smears) == 0U);
}

/// Cores in use in a minute.
double cores(const Record& record, std::size_t from) {
  const GaugeSeries* cpu = record.find_gauge("cpu", "java");
  double sum = 0;
  for (std::size_t s = from; s < from + 60; ++s) sum += static_cast<double>(cpu->mean[s]);
  return sum / 60;
}

Record after_a_leap_second(const std::string& clock, const std::string& faults) {
  return Rehearsal(R"(
run: {start: 2012-06-30T23:55:00Z, duration: 40min}
topology: {zones: {z: {hosts: 1, cores: 4, boot_time: 1min, )" +
                   clock + R"(}}}
apps:
  java: {instances: 2, discipline: processor_sharing, concurrency: 0, threads: 8, start_time: 10s,
         service_time: {deterministic: 10ms}, clock_defects: [{kind: busy_timers, threads: 2}]}
load: {users: {to: java, rate: 20/s}}
faults: {)" + faults +
                   "}\n")
      .run();
}

// R5: lkml 2012/7/1/203.
BOOST_AUTO_TEST_CASE(timers_of_2012_burn_cores_until_the_clock_is_set) {
  const Record record = after_a_leap_second(
      "clock: {rebase_on_step: false}",
      "restart: {at: 10min, kind: instance.crash, target: all of instances of java}, "
      "date-s: {at: 20min, kind: clock.step, target: z-0, step: 0s}");

  BOOST_TEST(cores(record, 120) < 0.5);
  BOOST_TEST(cores(record, 400) > 3.9);  // of four
  BOOST_TEST(cores(record, 900) > 3.9);  // the process is new, the kernel is not
  BOOST_TEST(cores(record, 1300) < 0.5);
  BOOST_TEST(events(record, "defect.begin").size() >= 2U);
}

BOOST_AUTO_TEST_CASE(a_reboot_cures_them_too_and_a_mended_kernel_has_nothing_to_cure) {
  const Record rebooted =
      after_a_leap_second("clock: {rebase_on_step: false}",
                          "reboot: {at: 10min, kind: host.crash, target: z-0, for: 1min}");
  const Record mended = after_a_leap_second("clock: {rebase_on_step: true}", "");
  const Record smeared = after_a_leap_second("clock: {rebase_on_step: false, leap: smear}", "");

  BOOST_TEST(cores(rebooted, 400) > 3.9);
  BOOST_TEST(cores(rebooted, 1500) < 0.5);
  BOOST_TEST(cores(mended, 400) < 0.5);
  BOOST_TEST(cores(smeared, 400) < 0.5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
