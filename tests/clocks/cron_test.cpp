/// \file cron_test.cpp
/// The same job in four schedulers on the same nights, and whatever text one may give them.
/// Why: this is the table at the top of cron.hpp, and no schedule may hang or crash a run.
#include "tests/clocks/cron_lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

/// One job, in each dialect's own words.
struct Job {
  const char *debian, *quartz, *robfig, *systemd;
};
const Job kHalfPastOne{"30 1 * * *", "0 30 1 * * ?", "30 1 * * *", "01:30"};
const Job kHalfPastTwo{"30 2 * * *", "0 30 2 * * ?", "30 2 * * *", "02:30"};
const Job kEachMinute{"* * * * *", "0 * * * * ?", "* * * * *", "*:*"};

/// Starts, in the order Debian, Quartz, robfig, systemd.
using Counts = std::vector<std::size_t>;
Counts counts(const Job& job, const CronHost& host, const char* until) {
  CronHost debian = host, quartz = host, robfig = host, systemd = host;
  return {debian.debian({job.debian}, until).size(),
          quartz.loop<QuartzSchedule>(CronLoop::quartz, job.quartz, until).size(),
          robfig.loop<RobfigSchedule>(CronLoop::robfig, job.robfig, until).size(),
          systemd.loop<SystemdCalendar>(CronLoop::systemd, job.systemd, until).size()};
}
void check(const Counts& found, const Counts& expected) {
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(cron_dialects)

BOOST_AUTO_TEST_CASE(a_time_in_the_gap_runs_in_debian_only) {
  check(counts(kHalfPastTwo, {"2024-03-10T05:00:30Z", new_york()}, "2024-03-10T12:00:30Z"),
        {1, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(edge_37_a_repeated_time_runs_twice_in_robfig_only) {
  check(counts(kHalfPastOne, {"2024-11-03T04:00:30Z", new_york()}, "2024-11-03T12:00:30Z"),
        {1, 1, 2, 1});
}

BOOST_AUTO_TEST_CASE(each_minute_of_a_repeated_hour) {
  check(counts(kEachMinute, {"2024-11-03T04:59:30Z", new_york()}, "2024-11-03T06:59:30Z"),
        {120, 60, 120, 60});
}

BOOST_AUTO_TEST_CASE(edge_38_set_forward_over_it_by_one_hour_and_by_four) {
  const auto set = [](Duration by) {
    return CronHost("2024-06-01T01:00:30Z", Zone()).set("2024-06-01T01:10:30Z", by);
  };
  check(counts(kHalfPastOne, set(1h), "2024-06-01T12:00:30Z"), {1, 1, 1, 1});
  check(counts(kHalfPastOne, set(4h), "2024-06-01T12:00:30Z"), {0, 1, 1, 1});
}

BOOST_AUTO_TEST_CASE(set_back_over_it_by_one_hour_and_by_four) {
  const auto set = [](Duration by) {
    return CronHost("2024-06-01T01:00:30Z", Zone()).set("2024-06-01T01:40:30Z", by);
  };
  check(counts(kHalfPastOne, set(-1h), "2024-06-01T12:00:30Z"), {1, 1, 1, 2});
  check(counts(kHalfPastOne, set(-4h), "2024-06-01T12:00:30Z"), {2, 1, 1, 2});
  check(counts(kEachMinute, set(-1h), "2024-06-01T03:00:30Z"), {120, 60, 60, 120});
}

BOOST_AUTO_TEST_CASE(no_text_makes_them_crash_or_search_for_ever) {
  const std::string_view letters = "0123456789*/-,?LW#.~:@ \tMonJUFriSETZ=UC";
  const Zone ny = new_york();
  std::uint64_t state = 36;
  const auto pick = [&](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  int taken = 0;
  const auto ask = [&](const auto& parsed) {
    if (std::holds_alternative<CronError>(parsed)) {
      const CronError& error = std::get<CronError>(parsed);
      BOOST_TEST(error.column >= 1u);
      BOOST_TEST(!error.fix.empty());
      return;
    }
    ++taken;
    const auto& schedule = std::get<0>(parsed);
    if constexpr (requires { schedule.next(WallTime{}, ny); }) {
      const auto next = schedule.next(wall("2024-03-10T06:30:00Z"), ny);
      if (next) BOOST_TEST((*next > wall("2024-03-10T06:30:00Z")));
    }
  };
  const std::vector<std::string> begins = {"*/15 1-5 1,15 jan-mar mon",
                                           "0 0/5 22-2 ? * 6#3",
                                           "0 0 12 L-3W * ? 2024-2030",
                                           "@every 1h30m10s",
                                           "CRON_TZ=UTC 0 2 * * *",
                                           "Mon..Fri *-02~03/1 8..20/6:30:0/0.5 UTC",
                                           "@weekly",
                                           "* * * * *"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = begins[pick(begins.size())];
    for (std::size_t n = pick(4); n > 0; --n) {
      const std::size_t where = pick(text.size());
      const char letter = letters[pick(letters.size())];
      if (pick(2) == 0) {
        text[where] = letter;
      } else {
        text.insert(where, 1, letter);
      }
    }
    if (pick(4) == 0) text.resize(pick(text.size()));
    ask(DebianLine::parse(text));
    ask(QuartzSchedule::parse(text));
    ask(RobfigSchedule::parse(text));
    ask(SystemdCalendar::parse(text));
  }
  BOOST_TEST(taken > 5'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
