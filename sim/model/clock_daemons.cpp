/// \file clock_daemons.cpp
/// Polls, corrections and what is lost. Why: see clock_daemons.hpp.
#include "sim/model/clock_daemons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "leapday/leap_seconds.hpp"
#include "sim/clocks/calendar.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

clocks::ClockRate rate_of(double parts_per_million) {
  return clocks::ClockRate::ratio(std::llround(parts_per_million * 1e3), 1'000'000'000);
}

clocks::LeapTable all_leaps(const RunSpec& run) {
  clocks::LeapTable table;
  for (const LeapBefore& leap : leap_seconds(run.leap_seconds)) {
    table.insert({leap.midnight / clocks::kSecondsPerDay, leap.seconds});
  }
  return table;
}

clocks::TaiTime tai_of(const clocks::LeapTable& table, WallTime utc) {
  std::int64_t day = utc.seconds / clocks::kSecondsPerDay;
  if (utc.seconds % clocks::kSecondsPerDay < 0) --day;
  return table.tai({day, utc.seconds - day * clocks::kSecondsPerDay, utc.nanoseconds});
}

using Program = std::variant<clocks::Ntpd, clocks::Chronyd>;

/// With what its packages ship; `knows` is the oscillator's error that an earlier life found out.
Program program_of(const ClockSync& spec, std::optional<clocks::ClockRate> knows, MonoTime now) {
  if (spec.daemon == TimeDaemon::chrony) {
    clocks::Chronyd::Options options = clocks::Chronyd::packaged();
    if (knows) {
      options.frequency = *knows;
      options.makestep.reset();  // its first three updates are behind it
    }
    return clocks::Chronyd(options);
  }
  clocks::Ntpd::Options options;
  if (spec.daemon == TimeDaemon::ntpsec) options = clocks::Ntpd::ntpsec();
  if (spec.panic) options.panic = *spec.panic;
  options.first_panic = spec.first_panic;
  options.drift_file = knows;
  clocks::Ntpd ntpd(options, now);
  if (knows) ntpd.update(now, {});
  return ntpd;
}

MonoTime since_start(SimTime at) { return MonoTime{at.time_since_epoch()}; }

}  // namespace

ClockDaemons::ClockDaemons(Platform& platform)
    : p_(platform),
      table_(all_leaps(platform.world.scenario.run)),
      begin_(tai_of(table_, platform.world.start)),
      graph_(table_),
      poll_(add_handler<&ClockDaemons::on_poll>(platform.world.scheduler, this)),
      slewed_(add_handler<&ClockDaemons::on_slewed>(platform.world.scheduler, this)) {
  add_sources();
  if (p_.world.scenario.topology.control_clock.sync) add_daemon(ClockId{});
  for (std::uint32_t i = 0; i < p_.world.hosts.size(); ++i) {
    if (p_.world.clock_spec(ClockId{i}).sync) add_daemon(ClockId{i});
  }
}

/// Each after those that it follows: a graph without circles, as the loader has seen to.
void ClockDaemons::add_sources() {
  constexpr auto kNotYet = static_cast<clocks::SourceGraph::Id>(-1);
  const auto& stated = p_.world.scenario.time_sources.entries;
  nodes_.assign(stated.size(), kNotYet);
  for (std::size_t round = 0; round < stated.size(); ++round) {
    for (std::size_t i = 0; i < stated.size(); ++i) {
      if (nodes_[i] != kNotYet) continue;
      const TimeSource& spec = stated[i].value;
      std::vector<clocks::SourceGraph::Id> upstream;
      for (std::size_t k = 0; k < stated.size(); ++k) {
        const auto& names = spec.follows;
        if (std::find(names.begin(), names.end(), stated[k].name) == names.end()) continue;
        upstream.push_back(nodes_[k]);
      }
      if (std::find(upstream.begin(), upstream.end(), kNotYet) != upstream.end()) continue;
      nodes_[i] = spec.follows.empty()
                      ? graph_.add_reference(spec.distance)
                      : graph_.add_server(upstream, spec.distance, rate_of(spec.holdover));
    }
  }
}

std::vector<char> ClockDaemons::met_by(const ClockSync& spec) const {
  const auto& stated = p_.world.scenario.time_sources.entries;
  std::vector<char> meets(stated.size());
  std::vector<std::string> left = spec.sources;
  while (!left.empty()) {
    const std::string name = left.back();
    left.pop_back();
    for (std::size_t i = 0; i < stated.size(); ++i) {
      if (stated[i].name != name || std::exchange(meets[i], 1) != 0) continue;
      left.insert(left.end(), stated[i].value.follows.begin(), stated[i].value.follows.end());
    }
  }
  return meets;
}

void ClockDaemons::add_daemon(ClockId clock) {
  const HostClockSpec& host = p_.world.clock_spec(clock);
  const ClockSync& spec = *host.sync;
  std::optional<clocks::ClockRate> knows;
  if (p_.world.scenario.run.boot == Boot::warm) knows = -rate_of(host.drift);
  std::vector<clocks::SourceGraph::Id> sources;
  const auto& stated = p_.world.scenario.time_sources.entries;
  for (const std::string& name : spec.sources) {
    for (std::size_t i = 0; i < stated.size(); ++i) {
      if (stated[i].name == name) sources.push_back(nodes_[i]);
    }
  }
  daemons_.push_back({.clock = clock,
                      .spec = &spec,
                      .sources = std::move(sources),
                      .meets = met_by(spec),
                      .program = program_of(spec, knows, since_start(p_.now())),
                      .after = {}});
  if (!knows || host.drift == 0) return;
  p_.world.own_clock(clock).slew(p_.now(), *knows);
}

void ClockDaemons::start() {
  for (std::uint32_t i = 0; i < daemons_.size(); ++i) {
    const ClockId clock = daemons_[i].clock;
    const std::string name = clock.valid() ? p_.world.hosts[clock.index].name : "control";
    const Grid grid = seeded_grid(daemons_[i].spec->poll, p_.world.stream("clock/" + name));
    p_.world.scheduler.schedule(grid.next(p_.now()), engine::Priority::fault, poll_, i);
  }
}

clocks::TaiTime ClockDaemons::tai() const { return begin_ + p_.now().time_since_epoch(); }

EventId ClockDaemons::note(const Daemon& daemon, const char* kind, std::string detail) {
  const std::string& name =
      daemon.clock.valid() ? p_.world.hosts[daemon.clock.index].name : std::string("control");
  return p_.world.recorder.event(p_.now(), cause(), kind, name, std::move(detail));
}

void ClockDaemons::on_poll(std::uint32_t index, std::uint32_t) {
  Daemon& daemon = daemons_[index];
  if (daemon.gone) return;
  p_.world.scheduler.schedule(p_.now() + daemon.spec->poll, engine::Priority::fault, poll_, index);
  const bool up = !daemon.clock.valid() || p_.world.hosts[daemon.clock.index].up;
  if (!up) return;
  for (const Pushed& pushed : pushed_) {
    if (daemon.meets[pushed.source] != 0) p_.time.notice();
  }
  const clocks::Selection selection = graph_.select(tai(), daemon.sources);
  lose_sources(daemon, !selection.offset.has_value());
  const MonoTime now = since_start(p_.now());
  if (!selection.offset) {
    if (auto* ntpd = std::get_if<clocks::Ntpd>(&daemon.program)) {
      correct(index, ntpd->lost());
    } else {
      correct(index, std::get<clocks::Chronyd>(daemon.program).lost(now));
    }
    return;
  }
  // Sources say how far they are from true time; the daemon sees how far it is from them.
  const Duration error = between(p_.world.wall(daemon.clock), p_.world.true_wall());
  const clocks::Measured measured{.offset = *selection.offset - error};
  if (auto* ntpd = std::get_if<clocks::Ntpd>(&daemon.program)) {
    correct(index, ntpd->update(now, measured, daemon.spec->poll));
  } else {
    correct(index, std::get<clocks::Chronyd>(daemon.program).update(now, measured));
  }
}

void ClockDaemons::lose_sources(Daemon& daemon, bool lost) {
  if (daemon.lost == lost) return;
  daemon.lost = lost;
  note(daemon, lost ? "clock.sources_lost" : "clock.sources_back",
       lost ? "no majority of its sources agrees" : "");
}

void ClockDaemons::correct(std::uint32_t index, const clocks::Correction& correction) {
  using Kind = clocks::Correction::Kind;
  Daemon& daemon = daemons_[index];
  if (correction.kind == Kind::ignore) return;
  EventId event;
  if (correction.kind == Kind::exit) {
    daemon.gone = true;
    event = note(daemon, "clock.daemon_exit", "the offset is beyond its panic threshold");
  } else if (correction.kind == Kind::step) {
    event = note(daemon, "clock.synced_step",
                 fmt::format("by {:.9g}s", static_cast<double>(correction.step.count()) / 1e9));
    p_.time.notice();
  }
  p_.time.change(daemon.clock, event,
                 [&](clocks::HostClock& clock) { clocks::apply(correction, clock, p_.now()); });
  if (correction.kind == Kind::step) p_.defects.clock_set(daemon.clock);
  daemon.slewed = 0;
  if (!correction.lasts) return;
  daemon.after = correction.after;
  daemon.slewed = p_.world.scheduler.schedule(p_.now() + *correction.lasts, engine::Priority::fault,
                                              slewed_, index);
}

void ClockDaemons::on_slewed(std::uint32_t index, std::uint32_t) {
  Daemon& daemon = daemons_[index];
  if (daemon.slewed != p_.world.scheduler.current_key()) return;
  daemon.slewed = 0;
  p_.time.change(daemon.clock, {},
                 [&](clocks::HostClock& clock) { clock.slew(p_.now(), daemon.after); });
}

std::uint32_t ClockDaemons::push(TimeSourceId source, const TimeSourceModifier& modifier,
                                 EventId begin) {
  pushed_.push_back({next_, source.index, modifier, begin});
  combine(source.index);
  return next_++;
}

void ClockDaemons::pop(std::uint32_t handle, EventId) {
  for (std::size_t i = 0; i < pushed_.size(); ++i) {
    if (pushed_[i].handle != handle) continue;
    const std::uint32_t source = pushed_[i].source;
    pushed_.erase(pushed_.begin() + static_cast<std::ptrdiff_t>(i));
    combine(source);
    return;
  }
}

void ClockDaemons::combine(std::uint32_t source) {
  constexpr Duration kMost = 36525 * 24h;
  Duration error{};
  bool down = false;
  for (const Pushed& pushed : pushed_) {
    if (pushed.source != source) continue;
    error = std::clamp(error + pushed.modifier.error, -kMost, kMost);
    down = down || pushed.modifier.down;
  }
  graph_.set_error(nodes_[source], error);
  graph_.reachable(nodes_[source], !down);
}

}  // namespace leapday::model
