/// \file defects.hpp
/// What software gets wrong about time, as a property of an app or a release.
/// Why: a clock that is right is enough to bring it down, on one day in 1,461 or in one second of a
/// decade.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// What it stumbles over, each by the clock of its own host.
enum class ClockDefectKind {
  add_year,          ///< Today in so many years is no date, by its rule.
  february_29,       ///< It is 29 February.
  day_366,           ///< It is the last day of a leap year (Zune, 2008).
  week_year,         ///< The ISO week's year is not the date's (Twitter, 2014).
  width,             ///< The time does not fit where it is kept (Exchange, 2022).
  uptime,            ///< Its host is up for longer than a counter goes.
  negative_elapsed,  ///< What it measures by time of day took less than nothing (RRDNS, 2017).
  busy_timers,       ///< Its short timers return at once on a host that lost a leap second (2012).
};
std::span<const Choice> choices_of(ClockDefectKind);

/// How "the same date N years later" is made.
enum class AddYearRule { refuse, invalid, clamp, roll, days_365 };
std::span<const Choice> choices_of(AddYearRule);

/// What a time of day is kept in.
enum class TimeWidth { i32_seconds, u32_seconds, ntp32_seconds, yymmddhhmm_i32, gps10_weeks };
std::span<const Choice> choices_of(TimeWidth);

/// A counter of uptime, or a defect that shows at an age.
enum class UptimeWrap { ms_u32, cs_i32, cs_u32, hours_i16, sched_clock };
std::span<const Choice> choices_of(UptimeWrap);

/// What comes of it.
enum class DefectEffect { error, crash, hang };
std::span<const Choice> choices_of(DefectEffect);

/// Where it looks at the clock.
enum class DefectCheck { request, start };
std::span<const Choice> choices_of(DefectCheck);

struct ClockDefect {
  ClockDefectKind kind = ClockDefectKind::february_29;
  AddYearRule rule = AddYearRule::invalid;
  std::int64_t years = 1;
  TimeWidth width = TimeWidth::i32_seconds;
  Duration ahead{};
  UptimeWrap counter = UptimeWrap::ms_u32;
  DefectCheck checked = DefectCheck::request;
  DefectEffect effect = DefectEffect::error;
  Ratio share{1, 1};
  std::int64_t threads = 1;

  void fields(FieldVisitor& v) {
    v.required("kind", kind, "what it stumbles over");
    v.optional("rule", rule, "add_year: how the date is made");
    v.optional("years", years, "add_year: how many", {1, 100});
    v.optional("width", width, "width: what the time is kept in");
    v.optional("ahead", ahead, "width: the time kept lies so far in the future");
    v.optional("counter", counter, "uptime: what counts it");
    v.optional("checked", checked, "where it looks at the clock");
    v.optional("effect", effect, "what comes of it");
    v.optional("share", share, "share of the requests, or starts, that come by it");
    v.optional("threads", threads, "busy_timers: threads of each instance that are kept busy",
               {1, 1024});
  }
};

}  // namespace leapday
