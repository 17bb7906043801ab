/// \file trigger.cpp
/// Anchors as they are reached, conditions once per simulated second.
/// Why: what waits for an event is woken by it; nothing polls but conditions.
#include "sim/model/trigger.hpp"

#include <algorithm>

#include "leapday/leap_seconds.hpp"
#include "sim/model/condition.hpp"

namespace leapday::model {

SimTime absolute(const Instant& instant, const RunSpec& run) {
  Duration from_start = instant.offset;
  if (instant.wall) from_start += true_time_between(run.start, *instant.wall, run.leap_seconds);
  return kSimStart + from_start;
}

Triggers::Triggers(World& world)
    : world_(world),
      fire_(add_handler<&Triggers::on_fire>(world.scheduler, this)),
      second_(add_handler<&Triggers::on_second>(world.scheduler, this)) {}

void Triggers::add(const At& at, bool repeat, std::string name, TriggerTarget& target,
                   std::uint32_t index) {
  const auto entry = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back(
      {.at = &at, .repeat = repeat, .name = std::move(name), .target = &target, .index = index});
  if (const auto* instant = std::get_if<Instant>(&at.what)) {
    if (!instant->anchor) fire_at(entry, absolute(*instant, world_.scenario.run));
    return;
  }
  if (watching_) return;
  watching_ = true;
  world_.scheduler.schedule(kSimStart, engine::Priority::observer, second_, 0);
}

void Triggers::fire_at(std::uint32_t entry, SimTime at) {
  world_.scheduler.schedule(std::max(at, world_.now()), engine::Priority::fault, fire_, entry);
}

void Triggers::on_fire(std::uint32_t index, std::uint32_t) {
  const Entry& entry = entries_[index];
  entry.target->triggered(entry.index, entry.cause);
}

void Triggers::anchor(const std::string& name, const std::string& event, EventId cause,
                      double share, std::int64_t count) {
  world_.recorder.anchor(name, event, share, count, world_.now());
  Progress& progress = progress_[name];
  const Progress before = progress;
  const Progress now{share, count};
  if (event == "begin") progress = {};
  if (event == "done") progress = now;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    const auto* instant = std::get_if<Instant>(&entry.at->what);
    if (entry.done || instant == nullptr || !instant->anchor) continue;
    if (!matches(*instant->anchor, name, event, before, now)) continue;
    if (++entry.matches < instant->anchor->occurrence) continue;
    entry.done = true;
    entry.cause = cause;
    fire_at(i, world_.now() + instant->offset);
  }
}

bool Triggers::matches(const Anchor& anchor, const std::string& name, const std::string& event,
                       const Progress& before, const Progress& now) const {
  if (anchor.name != name || anchor.event != event) return false;
  if (anchor.percent) {
    const double wanted = anchor.percent->value();
    return now.share >= wanted && before.share < wanted;
  }
  if (anchor.argument) return now.count >= *anchor.argument && before.count < *anchor.argument;
  // `done` alone is `done(100%)`, as expectations read it.
  return event != "done" || (now.share >= 1 && before.share < 1);
}

void Triggers::on_second(std::uint32_t, std::uint32_t) {
  bool any = false;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (!std::holds_alternative<At::When>(entries_[i].at->what) || entries_[i].done) continue;
    watch(entries_[i], i);
    any = any || !entries_[i].done;
  }
  watching_ = any;
  if (!any) return;
  world_.scheduler.schedule(world_.now() + std::chrono::seconds{1}, engine::Priority::observer,
                            second_, 0);
}

void Triggers::watch(Entry& entry, std::uint32_t index) {
  const auto& when = std::get<At::When>(entry.at->what);
  for (const SimTime at : looks(when.condition, world_, entry.looked)) {
    if (!holds_at(when.condition, world_, at).value_or(false)) {
      entry.since.reset();
      entry.was_true = false;
      continue;
    }
    if (entry.was_true) continue;
    if (!entry.since) entry.since = at;
    if (at - *entry.since < when.hold) continue;
    entry.was_true = true;
    entry.done = !entry.repeat;
    entry.cause =
        world_.recorder.event(world_.now(), {}, "condition.met", entry.name, when.condition.text);
    fire_at(index, world_.now());
    if (entry.done) break;
  }
  entry.looked = world_.now();
}

}  // namespace leapday::model
