/// \file placement.cpp
/// Sorts a batch, shows the policy the hosts, and keeps what does not fit for later.
/// Why: the policy only chooses; what fits and what the platform believes is the same for all.
#include "sim/model/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/engine/assert.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {

Placement::Placement(Platform& platform)
    : p_(platform),
      random_(platform.world.stream("placement")),
      round_(add_handler<&Placement::on_round>(platform.world.scheduler, this)) {
  const World& world = p_.world;
  const std::string& name = world.scenario.platform.algorithms.placement;
  const auto* item = world.registry.placement.find(name);
  LEAPDAY_ASSERT(item != nullptr, "no placement policy is called " + name);
  policy_ = item->make();
  for (const ZoneState& zone : world.zones) {
    for (const HostId host : zone.hosts) {
      const HostState& state = world.hosts[host.index];
      HostRow row;
      row.host = host;
      row.zone = state.zone;
      row.memory_total = state.memory_total;
      row.disk_total = state.disk_total;
      row.instances_limit = static_cast<std::uint32_t>(p_.constants.host_max_instances);
      rows_.push_back(row);
    }
  }
}

void Placement::enqueue(InstanceId instance) {
  waiting_.push_back({instance, false});
  if (round_due_) return;
  round_due_ = true;
  p_.world.scheduler.schedule(p_.now(), engine::Priority::control, round_, 0);
}

void Placement::cancel(InstanceId instance) {
  std::erase_if(waiting_, [instance](const Waiting& w) { return w.instance == instance; });
}

void Placement::capacity_changed() {
  if (waiting_.empty() || round_due_) return;
  round_due_ = true;
  p_.world.scheduler.schedule(p_.now(), engine::Priority::control, round_, 0);
}

/// Index 0 of every app first, then tasks, then the rest by index; of equals the larger memory
/// (cloudfoundry/auction sortable_auctions.go).
void Placement::sort_batch() {
  const auto rank = [this](const Waiting& waiting) {
    const InstanceRecord& record = p_.world.instances[waiting.instance.index];
    const bool task = p_.world.apps[record.app.index].spec->kind == AppKind::job;
    const int tier = task ? 1 : record.number == 0 ? 0 : 2;
    return std::tuple{tier, task ? 0 : record.number, -p_.world.release_of(record).memory.count,
                      record.app.index, waiting.instance.index};
  };
  std::sort(waiting_.begin(), waiting_.end(),
            [&](const Waiting& a, const Waiting& b) { return rank(a) < rank(b); });
}

void Placement::run_warm() {
  warmed_.assign(p_.world.hosts.size(), 0);
  run_round(true);
  warmed_.clear();
}

void Placement::run_round(bool warm) {
  round_due_ = false;
  sort_batch();
  std::vector<Waiting> batch;
  batch.swap(waiting_);
  std::vector<Waiting> left;
  // What did not fit once does not fit for an equal instance later in the round.
  std::vector<std::pair<AppId, ReleaseId>> hopeless;
  for (Waiting& waiting : batch) {
    const InstanceRecord& record = p_.world.instance(waiting.instance);
    const std::pair kind{record.app, record.release};
    const bool skip = std::find(hopeless.begin(), hopeless.end(), kind) != hopeless.end();
    if (!skip && place(waiting.instance, warm)) continue;
    if (!skip) hopeless.push_back(kind);
    if (!waiting.reported) {
      waiting.reported = true;
      const ReleaseState& release = p_.world.release_of(record);
      p_.fleet.note(waiting.instance, p_.fleet.slot_of(waiting.instance).cause,
                    "instance.unplaceable",
                    fmt::format("no usable host has {} MiB of memory and {} MiB of disk left",
                                release.memory.count >> 20, release.disk.count >> 20));
    }
    left.push_back(waiting);
  }
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
}

bool Placement::place(InstanceId instance, bool warm) {
  const InstanceRecord& record = p_.world.instance(instance);
  const ReleaseState& release = p_.world.release_of(record);
  Slot& slot = p_.fleet.slot_of(instance);
  fill_rows(record, release);
  std::optional<HostId> host;
  if (slot.restart_on.valid()) {
    for (const HostRow& row : rows_) {
      if (row.host == slot.restart_on && row.usable) host = row.host;
    }
  }
  if (!host) {
    const PlacementRequest request{.app = record.app,
                                   .memory = release.memory,
                                   .disk = release.disk,
                                   .starting_weight = p_.constants.placement_starting_weight,
                                   .bin_pack_weight = p_.constants.placement_bin_pack_weight,
                                   .same_app_by_zone = same_app_by_zone_};
    host = policy_->place(rows_, request, random_);
  }
  if (!host) return false;
  slot.restart_on = {};
  p_.fleet.put(instance, *host);
  if (warm) {
    ++warmed_[host->index];
    p_.lifecycle.warm(instance);
  } else {
    p_.lifecycle.placed(instance);
  }
  return true;
}

void Placement::fill_rows(const InstanceRecord& record, const ReleaseState& release) {
  World& world = p_.world;
  const AppState& app = world.app(record.app);
  zone_allowed_.assign(world.zones.size(), app.spec->zones.empty() ? 1 : 0);
  for (const std::string& name : app.spec->zones) {
    for (std::size_t z = 0; z < world.zones.size(); ++z) {
      if (world.zones[z].name == name) zone_allowed_[z] = 1;
    }
  }
  same_app_by_zone_.assign(world.zones.size(), 0);
  for (HostRow& row : rows_) row.same_app = 0;
  for (const InstanceId other : app.instances) {
    const HostId host = world.instance(other).host;
    if (!host.valid() || !p_.fleet.view(host).present) continue;
    // Hosts of zones come first in the table of hosts, in the order of the rows.
    ++rows_[host.index].same_app;
    ++same_app_by_zone_[world.host(host).zone.index];
  }
  for (HostRow& row : rows_) {
    const HostState& state = world.host(row.host);
    const HostView& view = p_.fleet.view(row.host);
    row.memory_used = state.memory_used;
    row.disk_used = state.disk_used;
    row.instances = static_cast<std::uint32_t>(state.instances.size());
    row.starting = view.starting + static_cast<std::uint32_t>(view.start_queue.size());
    if (!warmed_.empty()) row.starting += warmed_[row.host.index];
    row.usable = view.present && !view.faulty && view.drains == 0 &&
                 zone_allowed_[row.zone.index] != 0 &&
                 (view.heard || !p_.constants.placement_asks_hosts) && usable(row, release);
  }
}

bool Placement::usable(const HostRow& row, const ReleaseState& release) const {
  return row.memory_used.count + release.memory.count <= row.memory_total.count &&
         row.disk_used.count + release.disk.count <= row.disk_total.count &&
         (row.instances_limit == 0 || row.instances < row.instances_limit);
}

}  // namespace leapday::model
