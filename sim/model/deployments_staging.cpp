/// \file deployments_staging.cpp
/// Staging before anything else of a deployment: a queue for so many places, a time limit, failure.
/// Why: on the day on which everybody deploys a fix, the fix waits for a place among the others'.
#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/sampler.hpp"
#include "sim/model/deployments.hpp"

namespace leapday::model {
namespace {

enum : std::uint32_t { kWell = 0, kBadly = 1, kTooSlowly = 2 };

}  // namespace

void Deployments::stage(Roll& roll) {
  roll.phase = Roll::Phase::staging;
  const std::int64_t places = p_.constants.staging_max;
  if (places > 0 && staging_now_ >= places) {
    note(roll, {}, "deployment.awaits_staging",
         fmt::format("{} of {} places taken, {} wait before it", staging_now_, places,
                     staging_queue_.size()));
    staging_queue_.push_back(index_of(roll));
    return;
  }
  begin_staging(roll);
}

/// The limit is one of the stager's work: time in the queue does not count.
void Deployments::begin_staging(Roll& roll) {
  ++staging_now_;
  const Staging& staging = *roll.spec->staging;
  Random& random = p_.world.stream("staging/" + *roll.name);
  Duration takes = engine::Sampler(staging.takes).sample(random);
  std::uint32_t how = random.chance(staging.failure) ? kBadly : kWell;
  const Duration limit = p_.constants.staging_timeout;
  if (limit > Duration{0} && takes > limit) {
    takes = limit;
    how = kTooSlowly;
  }
  note(roll, {}, "deployment.staging");
  p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::control, staged_, index_of(roll),
                              how);
}

/// Nobody stops a stager whose deployment was superseded: it keeps its place to its end.
void Deployments::on_staged(std::uint32_t index, std::uint32_t how) {
  Roll& roll = rolls_[index];
  --staging_now_;
  if (roll.phase == Roll::Phase::staging) {
    if (how == kWell) {
      note(roll, {}, "deployment.staged");
      anchor(roll, "staged");
      migrate_or_start(roll);
    } else {
      fail(roll,
           how == kBadly
               ? std::string("staging failed")
               : fmt::format("staging took longer than {}s",
                             static_cast<double>(p_.constants.staging_timeout.count()) / 1e9),
           true, false);
    }
  }
  while (!staging_queue_.empty() && staging_now_ < p_.constants.staging_max) {
    Roll& next = rolls_[staging_queue_.front()];
    staging_queue_.erase(staging_queue_.begin());
    if (next.phase == Roll::Phase::staging) begin_staging(next);
  }
}

}  // namespace leapday::model
