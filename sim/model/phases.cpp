/// \file phases.cpp
/// Lays the phases of each load back to back from t=0.
/// Why: their times are known from the scenario; only the record needs them as events.
#include "sim/model/phases.hpp"

namespace leapday::model {

Phases::Phases(World& world, Triggers& triggers)
    : world_(world),
      triggers_(triggers),
      mark_(add_handler<&Phases::on_mark>(world.scheduler, this)) {}

void Phases::arm() {
  for (const auto& load : world_.scenario.loads) {
    std::optional<SimTime> stop;
    if (load.value.stop) stop = kSimStart + *load.value.stop;
    add(load.name, kSimStart, stop, false);
    SimTime at = kSimStart;
    for (const Phase& phase : load.value.phases) {
      std::optional<SimTime> end;
      if (phase.length) end = at + *phase.length;
      if (stop && (!end || *end > *stop)) end = stop;
      if (!phase.name.empty()) add(phase.name, at, end, true);
      if (!phase.length) break;
      at = at + *phase.length;
    }
  }
  for (std::uint32_t i = 0; i < marks_.size(); ++i) {
    world_.scheduler.schedule(marks_[i].at, engine::Priority::observer, mark_, i);
  }
}

void Phases::add(const std::string& name, SimTime begin, std::optional<SimTime> end,
                 bool has_span) {
  const auto begun_by = static_cast<std::uint32_t>(marks_.size());
  marks_.push_back({.name = name, .at = begin, .begins = true, .has_span = has_span});
  if (!end || *end < begin) return;
  marks_.push_back(
      {.name = name, .at = *end, .begins = false, .has_span = has_span, .begun_by = begun_by});
}

void Phases::on_mark(std::uint32_t index, std::uint32_t) {
  Mark& mark = marks_[index];
  if (mark.has_span && mark.begins) {
    mark.span = world_.recorder.span_begin(mark.name, Span::Kind::phase, world_.now());
  } else if (mark.has_span) {
    world_.recorder.span_end(marks_[mark.begun_by].span, world_.now());
  }
  triggers_.anchor(mark.name, mark.begins ? "begin" : "end", {});
}

}  // namespace leapday::model
