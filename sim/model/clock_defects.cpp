/// \file clock_defects.cpp
/// Conditions, the instants at which they change, and their effects. Why: see clock_defects.hpp.
#include "sim/model/clock_defects.hpp"

#include <algorithm>

#include "sim/clocks/calendar.hpp"
#include "sim/clocks/width.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

using clocks::kSecondsPerDay;

constexpr std::int64_t kGpsBegin = 315'964'800;  // 1980-01-06
constexpr std::int64_t kGpsEra = 1024 * 7 * kSecondsPerDay;
constexpr std::int64_t kNtpBegin = -2'208'988'800;  // 1900-01-01

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

clocks::AddYear rule_of(AddYearRule rule) {
  switch (rule) {
    case AddYearRule::refuse:
      return clocks::AddYear::refuse;
    case AddYearRule::invalid:
      return clocks::AddYear::invalid;
    case AddYearRule::clamp:
      return clocks::AddYear::clamp;
    case AddYearRule::roll:
      return clocks::AddYear::roll;
    case AddYearRule::days_365:
      break;
  }
  return clocks::AddYear::days_365;
}

clocks::Width width_of(TimeWidth width) {
  switch (width) {
    case TimeWidth::i32_seconds:
      return clocks::Width::i32_seconds;
    case TimeWidth::u32_seconds:
      return clocks::Width::u32_seconds;
    case TimeWidth::ntp32_seconds:
      return clocks::Width::ntp32_seconds;
    case TimeWidth::yymmddhhmm_i32:
      return clocks::Width::yymmddhhmm_i32;
    case TimeWidth::gps10_weeks:
      break;
  }
  return clocks::Width::gps10_weeks;
}

clocks::UptimeCounter counter_of(UptimeWrap wrap) {
  switch (wrap) {
    case UptimeWrap::ms_u32:
      return clocks::UptimeCounter::milliseconds_u32;
    case UptimeWrap::cs_i32:
      return clocks::UptimeCounter::centiseconds_i32;
    case UptimeWrap::cs_u32:
      return clocks::UptimeCounter::centiseconds_u32;
    case UptimeWrap::hours_i16:
      return clocks::UptimeCounter::hours_i16;
    case UptimeWrap::sched_clock:
      break;
  }
  return clocks::UptimeCounter::sched_clock_208d;
}

/// The first second after `at` from which a counter reads otherwise.
std::int64_t next_wrap(TimeWidth width, std::int64_t at) {
  constexpr std::int64_t k32 = std::int64_t{1} << 32;
  switch (width) {
    case TimeWidth::i32_seconds:
      return floor_to(at + k32 / 2, k32) + k32 / 2;
    case TimeWidth::u32_seconds:
      return floor_to(at, k32) + k32;
    case TimeWidth::ntp32_seconds:
      return floor_to(at - kNtpBegin, k32) + k32 + kNtpBegin;
    case TimeWidth::gps10_weeks:
      return floor_to(at - kGpsBegin, kGpsEra) + kGpsEra + kGpsBegin;
    case TimeWidth::yymmddhhmm_i32:
      break;
  }
  return floor_to(at, kSecondsPerDay) + kSecondsPerDay;
}

std::string_view word_of(ClockDefectKind kind) {
  return choices_of(kind)[static_cast<std::size_t>(kind)].name;
}

}  // namespace

ClockDefects::ClockDefects(Platform& platform)
    : p_(platform), look_(add_handler<&ClockDefects::on_look>(platform.world.scheduler, this)) {}

const std::vector<ClockDefect>& ClockDefects::defects_of(InstanceId instance) const {
  return p_.world.release_of(p_.world.instance(instance)).clock_defects;
}

bool ClockDefects::holds(const ClockDefect& defect, HostId id) const {
  const HostState& host = p_.world.host(id);
  const WallTime wall = p_.world.wall(id);
  const clocks::Civil date = clocks::civil(wall.seconds);
  switch (defect.kind) {
    case ClockDefectKind::add_year:
      return !clocks::add_years(wall, static_cast<int>(defect.years), rule_of(defect.rule));
    case ClockDefectKind::february_29:
      return date.month == 2 && date.day == 29;
    case ClockDefectKind::day_366:
      return clocks::is_leap_year(date.year) && date.month == 12 && date.day == 31;
    case ClockDefectKind::week_year:
      return clocks::week_year_differs(wall);
    case ClockDefectKind::width: {
      // A receiver counts from the era in which the run begins.
      const WallTime era{floor_to(p_.world.start.seconds - kGpsBegin, kGpsEra) + kGpsBegin, 0};
      const WallTime kept = wall + defect.ahead;
      return clocks::through(width_of(defect.width), kept, era) != kept;
    }
    case ClockDefectKind::uptime:
      return p_.now() - host.booted_at >= clocks::wraps_after(counter_of(defect.counter));
    case ClockDefectKind::busy_timers:
      return host.timers_late;
    case ClockDefectKind::negative_elapsed:
      break;  // each request finds out for itself
  }
  return false;
}

SimTime ClockDefects::next_change(const ClockDefect& defect, HostId id) const {
  const WallTime wall = p_.world.wall(id);
  switch (defect.kind) {
    case ClockDefectKind::width: {
      const WallTime at{next_wrap(defect.width, (wall + defect.ahead).seconds), 0};
      return p_.time.due(ClockId{id.index}, at + -defect.ahead);
    }
    case ClockDefectKind::uptime: {
      const Duration age = clocks::wraps_after(counter_of(defect.counter));
      const SimTime at = p_.world.host(id).booted_at + age;
      return at > p_.now() ? at : kSimEnd;
    }
    case ClockDefectKind::busy_timers:
    case ClockDefectKind::negative_elapsed:
      return kSimEnd;
    default:
      break;
  }
  const std::int64_t midnight = floor_to(wall.seconds, kSecondsPerDay) + kSecondsPerDay;
  return p_.time.due(ClockId{id.index}, {midnight, 0});
}

std::optional<DefectEffect> ClockDefects::at_start(InstanceId instance) {
  const std::vector<ClockDefect>& defects = defects_of(instance);
  if (defects.empty()) return std::nullopt;
  Random& random = p_.world.stream("instance/" + p_.world.name_of(instance) + "/defects");
  for (const ClockDefect& defect : defects) {
    if (defect.checked != DefectCheck::start) continue;
    if (!holds(defect, p_.world.instance(instance).host)) continue;
    if (!random.chance(defect.share)) continue;
    p_.fleet.note(instance, {}, "defect.met", std::string(word_of(defect.kind)));
    return defect.effect;
  }
  return std::nullopt;
}

void ClockDefects::started(InstanceId instance) {
  if (defects_of(instance).empty()) return;
  watched_[instance.index] = {};
  look(instance);
}

void ClockDefects::ended(InstanceId instance) {
  const auto found = watched_.find(instance.index);
  if (found == watched_.end()) return;
  for (const std::uint32_t handle : found->second.hangs) p_.modifiers.pop(handle);
  watched_.erase(found);
}

void ClockDefects::on_look(std::uint32_t index, std::uint32_t) {
  const auto found = watched_.find(index);
  if (found == watched_.end() || found->second.key != p_.world.scheduler.current_key()) return;
  look(InstanceId{index});
}

void ClockDefects::look(InstanceId instance) {
  Watched& watched = watched_[instance.index];
  const HostId host = p_.world.instance(instance).host;
  const std::vector<ClockDefect>& defects = defects_of(instance);
  std::uint32_t now = 0;
  SimTime next = kSimEnd;
  for (std::size_t i = 0; i < defects.size(); ++i) {
    if (defects[i].checked == DefectCheck::start) continue;
    if (holds(defects[i], host)) now |= 1U << i;
    next = std::min(next, next_change(defects[i], host));
  }
  watched.key = 0;
  if (next < kSimEnd) {
    watched.key = p_.world.scheduler.schedule(std::max(next, p_.now() + Duration{1}),
                                              engine::Priority::fault, look_, instance.index);
  }
  if (now != watched.holds) apply(instance, watched, now);
}

void ClockDefects::apply(InstanceId instance, Watched& watched, std::uint32_t now) {
  const std::vector<ClockDefect>& defects = defects_of(instance);
  std::uint32_t met_by_requests = 0;
  std::int64_t busy = 0;
  bool hangs = false;
  EventId event;
  for (std::size_t i = 0; i < defects.size(); ++i) {
    const std::uint32_t bit = 1U << i;
    if ((now & bit) != (watched.holds & bit)) {
      event = p_.fleet.note(instance, {}, (now & bit) != 0 ? "defect.begin" : "defect.end",
                            std::string(word_of(defects[i].kind)));
    }
    if ((now & bit) == 0) continue;
    if (defects[i].kind == ClockDefectKind::busy_timers) {
      busy += defects[i].threads;
    } else if (defects[i].effect == DefectEffect::hang) {
      hangs = true;
    } else {
      met_by_requests |= bit;
    }
  }
  watched.holds = now;
  p_.world.instance(instance).defects = met_by_requests;
  if (hangs == watched.hangs.empty()) {
    if (hangs) {
      watched.hangs.push_back(p_.modifiers.push(instance, {.hung = true}, event));
    } else {
      p_.modifiers.pop(watched.hangs.back());
      watched.hangs.clear();
    }
  }
  if ((busy > 0) != watched.busy) {
    watched.busy = busy > 0;
    p_.traffic().keep_busy(instance, static_cast<std::uint32_t>(busy));
  }
}

void ClockDefects::look_at_host(HostId host) {
  if (watched_.empty()) return;
  const std::vector<InstanceId> here = p_.world.host(host).instances;
  for (const InstanceId instance : here) {
    if (watched_.contains(instance.index)) look(instance);
  }
}

void ClockDefects::clock_changed(ClockId clock) {
  if (clock.valid()) look_at_host(HostId{clock.index});
}

void ClockDefects::booted(HostId host) {
  p_.world.host(host).booted_at = p_.now();
  p_.world.host(host).timers_late = false;
  look_at_host(host);
}

void ClockDefects::leapt_back(ClockId clock) {
  if (!clock.valid() || p_.world.clock_spec(clock).rebase_on_step) return;
  p_.world.hosts[clock.index].timers_late = true;
  look_at_host(HostId{clock.index});
}

void ClockDefects::clock_set(ClockId clock) {
  if (!clock.valid()) return;
  p_.world.hosts[clock.index].timers_late = false;
  look_at_host(HostId{clock.index});
}

}  // namespace leapday::model
