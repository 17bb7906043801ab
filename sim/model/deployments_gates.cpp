/// \file deployments_gates.cpp
/// What a deployment waits for and what makes it fail: health gates, the analysis of a release that
/// takes requests, the progress deadline.
/// Why: every strategy has them, and each looks at the run as an expectation would.
#include <fmt/format.h>

#include "sim/model/condition.hpp"
#include "sim/model/deployments.hpp"

namespace leapday::model {
namespace {

/// Live metrics are whole seconds.
constexpr Grid kSeconds{std::chrono::seconds{1}, {}};

}  // namespace

// ---- gate ------------------------------------------------------------------------------------

bool Deployments::gate_passes(Roll& roll) {
  if (!roll.spec->gate || roll.phase != Roll::Phase::rolling || roll.gate_open) return true;
  if (roll.gate_asked) return false;
  roll.gate_asked = p_.now();
  roll.gate_key = p_.world.scheduler.schedule(kSeconds.next(p_.now()), engine::Priority::observer,
                                              gate_, index_of(roll));
  return false;
}

void Deployments::on_gate(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.gate_key != p_.world.scheduler.current_key() || !roll.gate_asked) return;
  const HealthGate& gate = *roll.spec->gate;
  const SimTime now = p_.now();
  follow(roll.gate_true, gate.condition, p_.world, now - kSeconds.period);
  if (roll.gate_true && now - *roll.gate_true >= gate.hold) {
    roll.gate_asked.reset();
    roll.gate_true.reset();
    roll.gate_open = true;
    progress(roll);
    if (!paced(roll)) schedule_step(roll, now);
  } else if (now - *roll.gate_asked >= gate.within) {
    fail(roll, "gate: " + gate.condition.text, true, false);
  } else {
    roll.gate_key = p_.world.scheduler.schedule(now + kSeconds.period, engine::Priority::observer,
                                                gate_, index);
  }
}

// ---- a condition that ends a pause -----------------------------------------------------------

/// Only while it is paused: what was true before says nothing of the canary.
void Deployments::await(Roll& roll, const At::When& when, std::size_t pause) {
  roll.awaited = &when;
  roll.awaited_at = pause;
  roll.awaited_since.reset();
  roll.await_key = p_.world.scheduler.schedule(kSeconds.next(p_.now()), engine::Priority::observer,
                                               await_, index_of(roll));
}

void Deployments::on_await(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.await_key != p_.world.scheduler.current_key()) return;
  roll.await_key = 0;
  if (roll.phase != Roll::Phase::rolling) return;
  const SimTime now = p_.now();
  follow(roll.awaited_since, roll.awaited->condition, p_.world, now - kSeconds.period);
  if (roll.awaited_since && now - *roll.awaited_since >= roll.awaited->hold) {
    note(roll, {}, "condition.met", roll.awaited->condition.text);
    roll.strategy->resume(roll.awaited_at);
    if (!paced(roll)) schedule_step(roll, now);
  } else {
    roll.await_key = p_.world.scheduler.schedule(now + kSeconds.period, engine::Priority::observer,
                                                 await_, index);
  }
}

// ---- analysis --------------------------------------------------------------------------------

void Deployments::begin_analysis(Roll& roll) {
  if (roll.spec->analysis && roll.analysis_key == 0) schedule_measurement(roll);
}

void Deployments::schedule_measurement(Roll& roll) {
  const SimTime at = kSeconds.ceil(p_.now() + roll.spec->analysis->every);
  roll.analysis_key =
      p_.world.scheduler.schedule(at, engine::Priority::observer, measurement_, index_of(roll));
}

/// What cannot be told counts neither way: it does not abort, but nothing goes on because of it.
void Deployments::on_measurement(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.analysis_key != p_.world.scheduler.current_key()) return;
  roll.analysis_key = 0;
  if (roll.phase != Roll::Phase::rolling) return;
  const Analysis& analysis = *roll.spec->analysis;
  const std::optional<bool> holds = held(analysis.condition, p_.world, p_.now() - kSeconds.period);
  if (holds) {
    roll.measured_at = p_.now();
    roll.measured_well = *holds;
  }
  if (holds == false && ++roll.failures > analysis.failures) {
    fail(roll,
         fmt::format("analysis: {} failed {} times, {} allowed", analysis.condition.text,
                     roll.failures, analysis.failures),
         true, true);
    return;
  }
  if (holds == false) {
    note(roll, {}, "deployment.measured_badly",
         fmt::format("{} of {} allowed: {}", roll.failures, analysis.failures,
                     analysis.condition.text));
  }
  schedule_measurement(roll);
  if (!paced(roll)) schedule_step(roll, p_.now());
}

// ---- progress --------------------------------------------------------------------------------

void Deployments::progress(Roll& roll) {
  roll.progress_at = p_.now();
  const Duration limit =
      roll.spec->progress_deadline.value_or(p_.constants.rollout_progress_deadline);
  if (limit == Duration{0} || roll.failed || roll.waits) return;
  if (roll.phase != Roll::Phase::rolling) return;
  roll.deadline_key = p_.world.scheduler.schedule(p_.now() + limit, engine::Priority::control,
                                                  deadline_, index_of(roll));
}

void Deployments::stop_deadline(Roll& roll) {
  roll.waits = true;
  roll.deadline_key = 0;
}

void Deployments::resume_deadline(Roll& roll) {
  roll.waits = false;
  progress(roll);
}

void Deployments::on_deadline(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.deadline_key != p_.world.scheduler.current_key()) return;
  if (roll.phase != Roll::Phase::rolling) return;
  roll.deadline_key = 0;
  const double seconds = static_cast<double>((p_.now() - roll.progress_at).count()) / 1e9;
  // Kubernetes only reports this; what can still move goes on moving.
  fail(roll, fmt::format("no progress for {}s", seconds), false, false);
}

}  // namespace leapday::model
