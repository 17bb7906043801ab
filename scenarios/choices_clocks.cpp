/// \file choices_clocks.cpp
/// The words of what clocks, certificates, schedules and defects can be.
/// Why: see include/leapday/scenario/.
#include <array>

#include "leapday/scenario.hpp"

namespace leapday {

std::span<const Choice> choices_of(RenewerState) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"works", "it renews"},
       {"fails", "it says that it failed, and tries again at its next turn"},
       {"hangs", "it begins and never ends"},
       {"lies", "it says that it is done, and nothing has changed"}}};
  return kChoices;
}

std::span<const Choice> choices_of(TimeDaemon) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"ntpd", "of ntp.org: steps from 128 ms on after 300 s, exits beyond 1,000 s"},
       {"ntpsec", "the same with a stepout of 900 s"},
       {"chrony", "slews up to 1/12, steps in its first three updates only"}}};
  return kChoices;
}

std::span<const Choice> choices_of(CronDialect) {
  static constexpr std::array<Choice, 5> kChoices{{{"debian", "cron of Debian"},
                                                   {"quartz", "Quartz, with seconds first"},
                                                   {"robfig", "github.com/robfig/cron"},
                                                   {"kubernetes", "a CronJob"},
                                                   {"systemd", "OnCalendar of a systemd timer"}}};
  return kChoices;
}

std::span<const Choice> choices_of(CronConcurrency) {
  static constexpr std::array<Choice, 3> kChoices{{{"allow", "both work"},
                                                   {"forbid", "the new one is left out"},
                                                   {"replace", "the old one is ended first"}}};
  return kChoices;
}

std::span<const Choice> choices_of(ClockDefectKind) {
  static constexpr std::array<Choice, 8> kChoices{
      {{"add_year", "the same date some years later, which may not exist"},
       {"february_29", "29 February"},
       {"day_366", "the last day of a leap year (Zune, 2008)"},
       {"week_year", "days whose ISO week belongs to another year (Twitter, 2014)"},
       {"width", "times that do not fit where they are kept (Exchange, 2022)"},
       {"uptime", "a counter of its host's uptime that has wrapped"},
       {"negative_elapsed",
        "a clock that is set back while it measures by time of day (Cloudflare, 2017)"},
       {"busy_timers",
        "a leap second on hosts whose timers do not learn of it: short sleeps end at once "
        "(2012)"}}};
  return kChoices;
}

std::span<const Choice> choices_of(AddYearRule) {
  static constexpr std::array<Choice, 5> kChoices{
      {{"refuse", "it finds out that there is no such date"},
       {"invalid", "it hands on 2013-02-29 (Azure, 2012)"},
       {"clamp", "29 February becomes 28 February"},
       {"roll", "it becomes 1 March"},
       {"days_365", "365 days for each year"}}};
  return kChoices;
}

std::span<const Choice> choices_of(TimeWidth) {
  static constexpr std::array<Choice, 5> kChoices{
      {{"i32_seconds", "until 2038-01-19T03:14:07Z"},
       {"u32_seconds", "until 2106-02-07T06:28:15Z"},
       {"ntp32_seconds", "seconds since 1900, until 2036-02-07T06:28:15Z"},
       {"yymmddhhmm_i32", "2112312359 fits 31 bits, 2201010001 does not"},
       {"gps10_weeks", "1,024 weeks from 6 January 1980, 22 August 1999, 7 April 2019, ..."}}};
  return kChoices;
}

std::span<const Choice> choices_of(UptimeWrap) {
  static constexpr std::array<Choice, 5> kChoices{
      {{"ms_u32", "milliseconds in 32 bits: 49.7 days"},
       {"cs_i32", "centiseconds in 31 bits: 248.6 days (Boeing 787)"},
       {"cs_u32", "centiseconds in 32 bits: 497.1 days"},
       {"hours_i16", "hours in 15 bits: 1,365 days (HPE's disks)"},
       {"sched_clock", "2^54 nanoseconds: 208.5 days (Linux 3.x)"}}};
  return kChoices;
}

std::span<const Choice> choices_of(DefectEffect) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"error", "the request, or the start, fails"},
       {"crash", "its process ends"},
       {"hang", "it makes no progress for as long as the clock shows that"}}};
  return kChoices;
}

std::span<const Choice> choices_of(DefectCheck) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"request", "for each request or message"}, {"start", "when it starts"}}};
  return kChoices;
}

}  // namespace leapday
