/// \file quotas.cpp
/// The two ways of counting and of saying no.
/// Why: see quotas.hpp. Cloud Foundry: cloud_controller_ng's quota definitions over the desired
/// memory of started processes, both those that a deployment starts and those that it replaces.
/// Kubernetes: the ResourceQuota admission plug-in, over pods until they are gone.
#include "sim/model/quotas.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {

Quotas::Quotas(Platform& platform)
    : p_(platform), room_(add_handler<&Quotas::on_room>(platform.world.scheduler, this)) {
  for (const auto& stated : p_.world.scenario.quotas) {
    Quota quota;
    quota.name = &stated.name;
    const std::vector<std::string>& names = stated.value.apps;
    for (const AppState& app : p_.world.apps) {
      const bool in =
          names.empty() || std::find(names.begin(), names.end(), app.name) != names.end();
      quota.apps.push_back(in ? 1 : 0);
    }
    quota.instances = stated.value.instances;
    if (stated.value.memory) quota.memory = stated.value.memory->count;
    if (!quota.memory && !quota.instances) quota.memory = p_.constants.quota_memory.count;
    quotas_.push_back(std::move(quota));
  }
}

std::optional<std::string> Quotas::excess(const Quota& quota, std::int64_t used_memory,
                                          std::int64_t used_instances, std::int64_t memory,
                                          std::int64_t instances) {
  if (quota.memory && used_memory + memory > *quota.memory) {
    return fmt::format("quota {}: {} MiB more than {} of {} MiB", *quota.name, memory >> 20,
                       used_memory >> 20, *quota.memory >> 20);
  }
  if (quota.instances && used_instances + instances > *quota.instances) {
    return fmt::format("quota {}: {} more than {} of {} instances", *quota.name, instances,
                       used_instances, *quota.instances);
  }
  return std::nullopt;
}

std::optional<std::string> Quotas::refuses(AppId app, ReleaseId release, std::int64_t more) const {
  if (p_.constants.quota_per_instance || more <= 0) return std::nullopt;
  for (const Quota& quota : quotas_) {
    if (quota.apps[app.index] == 0) continue;
    std::int64_t memory = 0, instances = 0;
    for (const Group& group : p_.fleet.groups) {
      if (quota.apps[group.app.index] == 0) continue;
      const std::int64_t size = std::ssize(group.slots);
      instances += size;
      memory += size * p_.world.apps[group.app.index].releases[group.release.index].memory.count;
    }
    const std::int64_t each = p_.world.apps[app.index].releases[release.index].memory.count;
    if (auto why = excess(quota, memory, instances, more * each, more)) return why;
  }
  return std::nullopt;
}

bool Quotas::admits(SlotId id, EventId cause) {
  if (quotas_.empty() || !p_.constants.quota_per_instance) return true;
  const Slot& slot = p_.fleet.slots[id.index];
  const ReleaseId release = p_.fleet.group(slot.group).release;
  const AppState& app = p_.world.app(slot.app);
  const std::int64_t memory = app.releases[release.index].memory.count;
  for (const Quota& quota : quotas_) {
    if (quota.apps[slot.app.index] == 0) continue;
    const auto why = excess(quota, quota.used_memory, quota.used_instances, memory, 1);
    if (!why) continue;
    refused_.push_back(id);
    if (reported_.insert(id.index).second) {
      p_.world.recorder.event(p_.now(), cause, "quota.refused",
                              fmt::format("{}/{}", app.name, slot.number), *why);
    }
    return false;
  }
  reported_.erase(id.index);
  return true;
}

void Quotas::count(InstanceId instance, std::int64_t change) {
  if (quotas_.empty()) return;
  const InstanceRecord& record = p_.world.instance(instance);
  const std::int64_t memory = p_.world.release_of(record).memory.count;
  for (Quota& quota : quotas_) {
    if (quota.apps[record.app.index] == 0) continue;
    quota.used_memory += change * memory;
    quota.used_instances += change;
  }
}

void Quotas::ended(InstanceId instance) {
  count(instance, -1);
  if (refused_.empty() || room_due_) return;
  room_due_ = true;
  p_.world.scheduler.schedule(p_.now(), engine::Priority::control, room_, 0);
}

void Quotas::on_room(std::uint32_t, std::uint32_t) {
  room_due_ = false;
  std::vector<SlotId> again;
  again.swap(refused_);
  for (const SlotId id : again) {
    const Slot& slot = p_.fleet.slots[id.index];
    if (slot.removed || slot.current.valid() || slot.waiting || slot.given_up) {
      reported_.erase(id.index);
      continue;
    }
    p_.restarts.refill(id, slot.cause);
    p_.app_changed(slot.app);
  }
}

}  // namespace leapday::model
