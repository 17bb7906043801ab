/// \file timekeeping.cpp
/// One clock at a time: what it was, what is done to it, and who hears of it.
/// Why: see timekeeping.hpp.
#include "sim/model/timekeeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/clocks/calendar.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

constexpr ClockId kControl{};
/// Copies kept of one clock: what is older shows what the oldest of them did.
constexpr std::size_t kMostPast = 512;
/// What faults that overlap may do together, so that no clock overflows, stands still or runs back.
constexpr Duration kMostStep = 36525 * 24h;
constexpr double kMostDrift = 9e5;

clocks::ClockRate ppm(double parts) {
  return clocks::ClockRate::ratio(std::llround(parts * 1e3), 1'000'000'000);
}

/// A day that begins right after a leap second, as the table of clocks has it.
clocks::LeapSecond leap_of(const LeapBefore& leap) {
  return {leap.midnight / clocks::kSecondsPerDay, leap.seconds};
}

std::string_view event_of(clocks::LeapChange::Kind kind) {
  using Kind = clocks::LeapChange::Kind;
  switch (kind) {
    case Kind::step:
      return "clock.leap_step";
    case Kind::slew:
      return "clock.leap_slew";
    case Kind::freeze:
      return "clock.leap_freeze";
    case Kind::thaw:
      return "clock.leap_thaw";
  }
  return "";
}

}  // namespace

Duration between(WallTime a, WallTime b) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 60) / 1'000'000'000;
  const std::int64_t seconds = std::clamp(a.seconds - b.seconds, -kMost, kMost);
  return std::chrono::seconds{seconds} + Duration{a.nanoseconds - b.nanoseconds};
}

Timekeeping::Timekeeping(Platform& platform)
    : p_(platform), leap_(add_handler<&Timekeeping::on_leap>(platform.world.scheduler, this)) {
  plan_leaps();
  for_each_clock([this](ClockId id) { set_as_stated(id); });
  add_errors();
}

void Timekeeping::add_errors() {
  World& world = p_.world;
  for (std::uint32_t z = 0; z < world.zones.size(); ++z) {
    if (!world.measured("clock_error " + world.zones[z].name)) continue;
    errors_[z] = world.recorder.add_steps("clock_error", world.zones[z].name, 0);
    note_error(ZoneId{z});
  }
}

void Timekeeping::note_error(ZoneId zone) {
  const auto found = errors_.find(zone.index);
  if (found == errors_.end()) return;
  Duration most{};
  for (const HostId host : p_.world.zone(zone).hosts) {
    const Duration error = between(p_.world.wall(host), p_.world.true_wall());
    most = std::max(most, error < Duration{0} ? -error : error);
  }
  p_.world.recorder.step(found->second, p_.now(), static_cast<double>(most.count()) / 1e9);
}

/// Calls for the control plane's clock and every host's.
template <class Act>
void Timekeeping::for_each_clock(Act&& act) {
  act(kControl);
  for (std::uint32_t i = 0; i < p_.world.hosts.size(); ++i) act(ClockId{i});
}

void Timekeeping::set_as_stated(ClockId id) {
  const HostClockSpec& spec = p_.world.clock_spec(id);
  if (spec.offset == Duration{0} && spec.drift == 0) return;
  clocks::HostClock& clock = p_.world.own_clock(id);
  if (spec.offset != Duration{0}) clock.step(p_.now(), spec.offset);
  if (spec.drift != 0) clock.drift(p_.now(), ppm(spec.drift));
}

/// Leap seconds that any clock does something about during the run. A smear that began before it is
/// made up for at its begin.
void Timekeeping::plan_leaps() {
  World& world = p_.world;
  const RunSpec& run = world.scenario.run;
  clocks::LeapTable table;
  for (const LeapBefore& leap : leap_seconds(run.leap_seconds)) table.insert(leap_of(leap));
  const WallTime first = world.true_wall(world.now());
  const WallTime last = world.true_wall(kSimStart + run.duration);
  constexpr std::int64_t kNear = 2 * clocks::kSecondsPerDay;
  std::vector<LeapMode> modes;
  for_each_clock([&](ClockId id) {
    const LeapMode mode = world.clock_spec(id).leap;
    if (std::find(modes.begin(), modes.end(), mode) == modes.end()) modes.push_back(mode);
  });
  bool any = false;
  for (const LeapBefore& leap : leap_seconds(run.leap_seconds)) {
    if (leap.midnight < first.seconds - kNear || leap.midnight > last.seconds + kNear) continue;
    any = true;
    const clocks::LeapSecond second = leap_of(leap);
    const clocks::TaiTime begin = table.begin(second);
    // The leap second itself, or the one left out, begins right before its midnight.
    const SimTime begins = kSimStart +
                           true_time_between(world.start, {leap.midnight, 0}, run.leap_seconds) -
                           (leap.seconds > 0 ? Duration{1s} : Duration{0});
    for (const LeapMode mode : modes) {
      for (const clocks::LeapChange& change : leap_changes(table, second, mode)) {
        const Duration from_begin = std::chrono::seconds{change.at.seconds - begin.seconds} +
                                    Duration{change.at.nanoseconds - begin.nanoseconds};
        leaps_.push_back({mode, change, begins + from_begin});
      }
    }
  }
  std::stable_sort(leaps_.begin(), leaps_.end(),
                   [](const LeapStep& a, const LeapStep& b) { return a.at < b.at; });
  if (!any) return;
  // From here on no clock may follow true time by itself: that steps.
  const SimTime from = leaps_.empty() ? world.now() : std::min(world.now(), leaps_.front().at);
  for_each_clock([&](ClockId id) { world.own_clock(id, from); });
  for (std::uint32_t i = 0; i < leaps_.size(); ++i) {
    if (leaps_[i].at >= world.now()) {
      world.scheduler.schedule(leaps_[i].at, engine::Priority::fault, leap_, i);
      continue;
    }
    for_each_clock([&](ClockId id) {
      if (world.clock_spec(id).leap == leaps_[i].mode) apply(leaps_[i], id, world.own_clock(id));
    });
  }
}

void Timekeeping::on_leap(std::uint32_t index, std::uint32_t) {
  const LeapStep& step = leaps_[index];
  std::uint64_t machines = 0;
  for_each_clock(
      [&](ClockId id) { machines += p_.world.clock_spec(id).leap == step.mode ? 1 : 0; });
  const EventId event =
      p_.world.recorder.event(p_.now(), {}, std::string(event_of(step.change.kind)), "clocks",
                              fmt::format("of {} machine{}", machines, machines == 1 ? "" : "s"));
  for_each_clock([&](ClockId id) {
    if (p_.world.clock_spec(id).leap != step.mode) return;
    change(id, event, [&](clocks::HostClock& clock) { apply(step, id, clock); });
    const bool back =
        step.change.kind == clocks::LeapChange::Kind::step && step.change.by < Duration{0};
    if (back) p_.defects.leapt_back(id);
  });
}

void Timekeeping::apply(const LeapStep& step, ClockId id, clocks::HostClock& clock) {
  const clocks::LeapChange& change = step.change;
  switch (change.kind) {
    case clocks::LeapChange::Kind::step:
      return clock.step(step.at, change.by);
    case clocks::LeapChange::Kind::slew:
      return clock.slew(step.at, change.rate, change.wander);
    case clocks::LeapChange::Kind::freeze:
      return clock.freeze(step.at);
    case clocks::LeapChange::Kind::thaw:
      return clock.thaw(step.at);
  }
}

std::uint32_t Timekeeping::push(ClockId id, const ClockModifier& modifier, EventId begin) {
  pushed_[id].push_back({next_, modifier});
  combine(id, begin);
  // Who sets a clock, if only to what it shows, tells the kernel's timers.
  const bool set = modifier.drift == 0 && !modifier.frozen && modifier.amplitude == Duration{0};
  if (set) p_.defects.clock_set(id);
  return next_++;
}

void Timekeeping::pop(std::uint32_t handle, EventId cause) {
  for (auto& [id, stack] : pushed_) {
    if (std::erase_if(stack, [&](const Pushed& p) { return p.handle == handle; }) == 0) continue;
    combine(id, cause);
    return;
  }
}

void Timekeeping::combine(ClockId id, EventId cause) {
  ClockModifier sum;
  for (const Pushed& pushed : pushed_[id]) {
    sum.step = std::clamp(sum.step + pushed.modifier.step, -kMostStep, kMostStep);
    sum.drift += pushed.modifier.drift;
    sum.frozen = sum.frozen || pushed.modifier.frozen;
    if (pushed.modifier.amplitude == Duration{0}) continue;
    sum.amplitude = pushed.modifier.amplitude;
    sum.period = pushed.modifier.period;
  }
  ClockModifier& before = in_force_[id];
  const ClockModifier old = before;
  before = sum;
  const Duration step = sum.step - old.step;
  EventId event = cause;
  if (step != Duration{0}) {
    event =
        p_.world.recorder.event(p_.now(), cause, "clock.stepped", name_of(id),
                                fmt::format("by {:.9g}s", static_cast<double>(step.count()) / 1e9));
  }
  change(id, event, [&](clocks::HostClock& clock) {
    const SimTime now = p_.now();
    if (sum.frozen && !old.frozen) clock.freeze(now);
    if (!sum.frozen && old.frozen) clock.thaw(now);
    if (step != Duration{0}) clock.step(now, step);
    if (sum.drift != old.drift)
      clock.drift(
          now, ppm(std::clamp(p_.world.clock_spec(id).drift + sum.drift, -kMostDrift, kMostDrift)));
    if (sum.amplitude != old.amplitude || sum.period != old.period) {
      clock.sinusoid(now, sum.amplitude, sum.period);
    }
  });
}

clocks::HostClock& Timekeeping::remembered(ClockId id) {
  clocks::HostClock& clock = p_.world.own_clock(id);
  std::deque<Past>& past = past_[id];
  past.push_back({p_.now(), clock});
  if (past.size() > kMostPast) past.pop_front();
  return clock;
}

WallTime Timekeeping::wall_at(ClockId id, SimTime then) const {
  const clocks::HostClock* own = p_.world.clock(id);
  if (own == nullptr) return p_.world.true_wall(then);
  const auto found = past_.find(id);
  if (found != past_.end()) {
    for (const Past& past : found->second) {
      if (then < past.until) return past.clock.realtime(then);
    }
  }
  return own->realtime(then);
}

Duration Timekeeping::elapsed(ClockId id, SimTime then) const {
  if (p_.world.clock(id) == nullptr) return p_.now() - then;
  return between(p_.world.wall(id), wall_at(id, then));
}

SimTime Timekeeping::due(ClockId id, WallTime at) const {
  const SimTime now = p_.now();
  const clocks::HostClock* own = p_.world.clock(id);
  if (own != nullptr) return own->when_realtime(now, at).value_or(kSimEnd);
  return std::max(now, now + between(at, p_.world.true_wall()));
}

SimTime Timekeeping::believed(ClockId id) const {
  if (p_.world.clock(id) == nullptr) return p_.now();
  return kSimStart + between(p_.world.wall(id), p_.world.start);
}

std::string Timekeeping::name_of(ClockId id) const {
  return id.valid() ? p_.world.hosts[id.index].name : "control";
}

WallTime Timekeeping::wall_now(ClockId id) const { return p_.world.wall(id); }

void Timekeeping::note_set_back(ClockId id, WallTime before) {
  const Duration back = between(before, p_.world.wall(id));
  if (!id.valid() || back <= Duration{0}) return;
  p_.world.hosts[id.index].went_back_at = p_.now();
  p_.world.hosts[id.index].went_back_by = back;
}

void Timekeeping::changed(ClockId id, EventId cause) {
  if (id.valid()) note_error(p_.world.hosts[id.index].zone);
  p_.clock_changed(id, cause);
}

}  // namespace leapday::model
