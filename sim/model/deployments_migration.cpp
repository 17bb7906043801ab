/// \file deployments_migration.cpp
/// A change of the schema before the new release starts, and what older releases meet after it.
/// Why: code can be rolled back and a schema cannot; a release that is returned to then fails on
/// the tables of the one that it is to save everybody from.
#include <fmt/format.h>

#include <algorithm>

#include "sim/model/deployments.hpp"

namespace leapday::model {

void Deployments::migrate_or_start(Roll& roll) {
  if (roll.spec->migration) {
    migrate(roll);
  } else {
    start(roll);
  }
}

void Deployments::migrate(Roll& roll) {
  const Duration duration = roll.spec->migration->duration;
  roll.phase = Roll::Phase::migrating;
  note(roll, {}, "deployment.migrating",
       fmt::format("for {}s", static_cast<double>(duration.count()) / 1e9));
  p_.world.scheduler.schedule(p_.now() + duration, engine::Priority::control, migrated_,
                              index_of(roll));
}

/// Also when a newer deployment took over meanwhile: nobody stops a task that is under way.
void Deployments::on_migrated(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  const std::uint64_t broken = break_older(roll);
  note(roll, {}, "deployment.migrated",
       broken == 0 ? std::string() : fmt::format("breaks {} older releases", broken));
  anchor(roll, "migrated");
  if (roll.phase == Roll::Phase::migrating) start(roll);
}

/// Older ones are those that the app lists before it. Of two migrations that break a release the
/// one that breaks more of it counts.
std::uint64_t Deployments::break_older(const Roll& roll) {
  const Migration& migration = *roll.spec->migration;
  if (migration.breaks.is_zero()) return 0;
  AppState& app = p_.world.app(roll.app);
  for (std::uint32_t r = 0; r < roll.release.index; ++r) {
    for (EndpointState& endpoint : app.releases[r].endpoints) {
      const auto& named = migration.endpoints;
      if (!named.empty() && std::find(named.begin(), named.end(), endpoint.name) == named.end()) {
        continue;
      }
      if (migration.breaks.value() > endpoint.broken.value()) endpoint.broken = migration.breaks;
    }
  }
  p_.traffic().releases_changed(roll.app);
  return roll.release.index;
}

}  // namespace leapday::model
