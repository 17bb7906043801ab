/// \file deployments_scale.cpp
/// A new number of instances for an app that may be in the middle of a deployment.
/// Why: whoever scales says how many, not of what; which release grows or shrinks follows from the
/// deployment under way, or from what the last one left behind.
#include <algorithm>

#include "sim/model/deployments.hpp"

namespace leapday::model {

bool Deployments::under_way(AppId app) const {
  return std::any_of(rolls_.begin(), rolls_.end(),
                     [&](const Roll& roll) { return roll.active() && roll.app == app; });
}

std::int64_t Deployments::wanted(AppId app, ReleaseId release) const {
  if (app.index < scaled_to_.size() && scaled_to_[app.index]) return *scaled_to_[app.index];
  return p_.world.app(app).releases[release.index].instances;
}

std::optional<std::string> Deployments::refused(AppId app, std::int64_t more) const {
  ReleaseId release = p_.fleet.groups[p_.first_group(app).index].release;
  for (const Group& group : p_.fleet.groups) {
    if (group.app == app && !group.slots.empty()) release = group.release;
  }
  return p_.quotas.refuses(app, release, more);
}

/// A deployment goes on towards the new count by its own rules: what it adds is of the release that
/// it brings. Without one, or before it has begun, the newest group takes the difference.
void Deployments::scale(AppId app, std::int64_t wanted, EventId cause) {
  scaled_to_.resize(p_.world.apps.size());
  scaled_to_[app.index] = wanted;
  for (Roll& roll : rolls_) {
    if (!roll.active() || roll.app != app) continue;
    roll.target = wanted;
    if (!roll.moves()) continue;
    if (std::ssize(p_.fleet.group(roll.fresh).slots) > wanted) p_.resize(roll.fresh, wanted, cause);
    schedule_next(roll);
    return;
  }
  scaled_.resize(p_.world.apps.size());
  GroupId& newest = scaled_[app.index];
  if (!newest.valid()) newest = p_.first_group(app);
  std::vector<GroupId> older;
  std::int64_t others = 0;
  for (std::uint32_t g = 0; g < p_.fleet.groups.size(); ++g) {
    const Group& group = p_.fleet.groups[g];
    if (group.app != app || group.slots.empty()) continue;
    older.push_back(GroupId{g});
    others += std::ssize(group.slots);
  }
  if (!older.empty()) {
    newest = older.back();
    older.pop_back();
    others -= std::ssize(p_.fleet.group(newest).slots);
  }
  for (const GroupId group : older) {  // what a deployment that stopped half-way left
    const std::int64_t size = std::ssize(p_.fleet.group(group).slots);
    const std::int64_t kept = std::clamp<std::int64_t>(wanted - (others - size), 0, size);
    p_.resize(group, kept, cause);
    others -= size - kept;
  }
  p_.resize(newest, std::max<std::int64_t>(wanted - others, 0), cause);
}

}  // namespace leapday::model
