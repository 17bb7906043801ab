/// \file mirrors.cpp
/// Turns mirrors on and off, and says so in the record. Why: see mirrors.hpp.
#include "sim/model/mirrors.hpp"

#include <fmt/format.h>

namespace leapday::model {

Mirrors::Mirrors(World& world, Traffic& traffic, Triggers& triggers)
    : world_(world),
      traffic_(traffic),
      triggers_(triggers),
      end_(add_handler<&Mirrors::on_end>(world.scheduler, this)) {}

void Mirrors::arm() {
  for (const auto& entry : world_.scenario.mirrors) {
    entries_.push_back({.name = &entry.name, .spec = &entry.value});
  }
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].spec->at) {
      triggers_.add(*entries_[i].spec->at, false, *entries_[i].name, *this, i);
    } else {
      triggered(i, {});
    }
  }
}

void Mirrors::triggered(std::uint32_t index, EventId cause) {
  Entry& entry = entries_[index];
  const SimTime now = world_.now();
  traffic_.mirrors().turn(index, true);
  entry.span = world_.recorder.span_begin(*entry.name, Span::Kind::mirror, now);
  const double percent = entry.spec->share.value() * 100;
  entry.event = world_.recorder.event(
      now, cause, "mirror.begin", *entry.name,
      fmt::format("{:g}% of {} to {}", percent, entry.spec->from, entry.spec->to));
  triggers_.anchor(*entry.name, "begin", entry.event);
  if (entry.spec->length) {
    world_.scheduler.schedule(now + *entry.spec->length, engine::Priority::fault, end_, index);
  }
}

void Mirrors::on_end(std::uint32_t index, std::uint32_t) {
  const Entry& entry = entries_[index];
  traffic_.mirrors().turn(index, false);
  const EventId ended = world_.recorder.event(world_.now(), entry.event, "mirror.end", *entry.name);
  world_.recorder.span_end(entry.span, world_.now());
  triggers_.anchor(*entry.name, "end", ended);
}

}  // namespace leapday::model
