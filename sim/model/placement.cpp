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
namespace {

/// Tables so small that looking at each row again costs little.
constexpr std::size_t kChecked = 64;

}  // namespace

Placement::Placement(Platform& platform)
    : p_(platform),
      random_(platform.world.stream("placement")),
      round_(add_handler<&Placement::on_round>(platform.world.scheduler, this)),
      weights_{platform.constants.placement_starting_weight,
               platform.constants.placement_bin_pack_weight,
               platform.constants.placement_reply_jitter},
      hosts_([this](const HostRow& host) { return policy_->rank(host, weights_); }) {
  const World& world = p_.world;
  const std::string& name = world.scenario.platform.algorithms.placement;
  const auto* item = world.registry.placement.find(name);
  LEAPDAY_ASSERT(item != nullptr, "no placement policy is called " + name);
  policy_ = item->make();
  if (policy_->by_reply()) race_.emplace(p_, *this);
  for (const ZoneState& zone : world.zones) {
    for (const HostId host : zone.hosts) hosts_.add(row_of(host));
  }
  std::uint32_t kinds = 0;
  for (const AppState& app : world.apps) {
    add_allowed(app);
    first_kind_.push_back(kinds);
    kinds += static_cast<std::uint32_t>(app.releases.size() * allowed_zones_.back().size());
  }
  hopeless_.resize(kinds);
}

void Placement::add_allowed(const AppState& app) {
  const World& world = p_.world;
  const std::vector<std::string>& names = app.spec->zones;
  const auto stated = [&](const ZoneState& zone) {
    return names.empty() || std::find(names.begin(), names.end(), zone.name) != names.end();
  };
  std::vector<std::vector<char>>& places = allowed_zones_.emplace_back();
  std::vector<std::uint32_t>& pattern = patterns_.emplace_back();
  for (const auto& place : app.spec->spread) {
    pattern.insert(pattern.end(), static_cast<std::size_t>(place.value),
                   static_cast<std::uint32_t>(places.size()));
    std::vector<char>& allowed = places.emplace_back();
    for (const ZoneState& zone : world.zones) {
      const bool inside = zone.name == place.name || world.regions[zone.region] == place.name ||
                          world.clouds[zone.cloud] == place.name;
      allowed.push_back(inside && stated(zone) ? 1 : 0);
    }
  }
  if (!places.empty()) return;
  std::vector<char>& allowed = places.emplace_back();
  if (names.empty()) return;
  for (const ZoneState& zone : world.zones) allowed.push_back(stated(zone) ? 1 : 0);
}

void Placement::enqueue(InstanceId instance) {
  waiting_.push_back({.instance = instance});
  request_round(p_.now());
}

void Placement::request_round(SimTime at) {
  if (round_due_ && round_at_ <= at) return;
  round_due_ = true;
  round_at_ = at;
  p_.world.scheduler.schedule(at, engine::Priority::control, round_, 0);
}

void Placement::cancel(InstanceId instance) {
  std::erase_if(waiting_, [instance](const Waiting& w) { return w.instance == instance; });
  if (race_) race_->cancel(instance);
}

void Placement::capacity_changed() {
  if (!waiting_.empty()) request_round(p_.now());
}

void Placement::on_round(std::uint32_t, std::uint32_t) {
  if (!round_due_ || p_.now() < round_at_) return;  // An earlier one was asked for since.
  run_round(false);
}

/// Index 0 of every app first, then tasks, then the rest by index; of equals the larger memory
/// (cloudfoundry/auction sortable_auctions.go).
void Placement::sort_batch() {
  if (waiting_.size() < 2) return;
  for (Waiting& waiting : waiting_) {
    const InstanceRecord& record = p_.world.instances[waiting.instance.index];
    const bool task = p_.world.apps[record.app.index].spec->kind == AppKind::job;
    waiting.tier = task ? 1 : record.number == 0 ? 0 : 2;
    waiting.number = task ? 0 : record.number;
    waiting.memory = p_.world.release_of(record).memory.count;
    waiting.app = record.app.index;
  }
  std::sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
    return std::tie(a.tier, a.number, b.memory, a.app, a.instance) <
           std::tie(b.tier, b.number, a.memory, b.app, b.instance);
  });
}

std::vector<InstanceId> Placement::unplaceable() const {
  std::vector<InstanceId> found;
  for (const Waiting& waiting : waiting_) {
    if (waiting.reported) found.push_back(waiting.instance);
  }
  return found;
}

void Placement::run_warm() {
  warmed_.assign(p_.world.hosts.size(), 0);
  run_round(true);
  p_.routes.warm_done();
  for (std::uint32_t i = 0; i < warmed_.size(); ++i) {
    if (warmed_[i] > 0) p_.fleet.changed(HostId{i});
  }
  warmed_.clear();
}

void Placement::run_round(bool warm) {
  round_due_ = false;
  sort_batch();
  if (race_ && !warm) {
    ask_hosts();
    return;
  }
  std::vector<Waiting> batch;
  batch.swap(waiting_);
  std::vector<Waiting> left;
  for (Waiting& waiting : batch) {
    const InstanceRecord& record = p_.world.instance(waiting.instance);
    char& skip = hopeless_[kind_of(record)];
    if (skip == 0 && place(waiting.instance, warm)) continue;
    skip = 1;
    report_unplaceable(waiting);
    left.push_back(waiting);
  }
  for (const Waiting& waiting : left) {
    const InstanceRecord& record = p_.world.instance(waiting.instance);
    hopeless_[kind_of(record)] = 0;
  }
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
}

void Placement::report_unplaceable(Waiting& waiting) {
  if (waiting.reported) return;
  waiting.reported = true;
  const ReleaseState& release = p_.world.release_of(p_.world.instance(waiting.instance));
  p_.fleet.note(waiting.instance, p_.fleet.slot_of(waiting.instance).cause, "instance.unplaceable",
                fmt::format("no usable host has {} MiB of memory and {} MiB of disk left",
                            release.memory.count >> 20, release.disk.count >> 20));
}

/// The first that waits of every app that is not asking already. What starts anew where it was
/// needs no answer.
void Placement::ask_hosts() {
  refresh();
  std::erase_if(waiting_, [this](const Waiting& waiting) {
    const HostId same = p_.fleet.slot_of(waiting.instance).restart_on;
    const PlacementRequest request = request_for(p_.world.instance(waiting.instance));
    if (!same.valid() || !request.may_use(hosts_.row(same.index))) return false;
    start_on(waiting.instance, same);
    p_.lifecycle.placed(waiting.instance);
    return true;
  });
  for (const Waiting& waiting : waiting_) {
    if (!race_->asking(p_.world.instance(waiting.instance).app)) race_->ask(waiting.instance);
  }
}

void Placement::won(InstanceId instance, HostId host) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Waiting& w) { return w.instance == instance; });
  LEAPDAY_ASSERT(found != waiting_.end(), "a race was won for an instance that does not wait");
  // Nothing is reserved between the answer and the start: another may have come first.
  if (request_for(p_.world.instance(instance)).fits(row_of(host))) {
    waiting_.erase(found);
    start_on(instance, host);
    p_.lifecycle.placed(instance);
  }
  if (!waiting_.empty()) request_round(p_.now());
}

void Placement::nobody_answered(InstanceId instance) {
  for (Waiting& waiting : waiting_) {
    if (waiting.instance == instance) report_unplaceable(waiting);
  }
  request_round(p_.now() + p_.constants.placement_retry_interval);
}

void Placement::start_on(InstanceId instance, HostId host) {
  Slot& slot = p_.fleet.slot_of(instance);
  slot.restart_on = slot.avoid = {};
  p_.fleet.put(instance, host);
}

bool Placement::place(InstanceId instance, bool warm) {
  refresh();
  Slot& slot = p_.fleet.slot_of(instance);
  const PlacementRequest request = request_for(p_.world.instance(instance));
  std::optional<HostId> host;
  const HostId same = slot.restart_on;
  if (same.valid() && request.may_use(hosts_.row(same.index))) host = same;
  if (!host && slot.avoid.valid()) host = place_elsewhere(slot.avoid, request);
  if (!host) host = policy_->place(hosts_, request, random_);
  if (!host) return false;
  start_on(instance, *host);
  if (warm) {
    ++warmed_[host->index];
    p_.lifecycle.warm(instance);
  } else {
    p_.lifecycle.placed(instance);
  }
  return true;
}

/// As if the host were not there.
std::optional<HostId> Placement::place_elsewhere(HostId avoid, const PlacementRequest& request) {
  HostRow hidden = hosts_.row(avoid.index);
  const HostRow row = hidden;
  hidden.usable = false;
  hosts_.change(avoid.index, hidden);
  const std::optional<HostId> found = policy_->place(hosts_, request, random_);
  hosts_.change(avoid.index, row);
  return found;
}

PlacementRequest Placement::request_for(const InstanceRecord& record) const {
  const ReleaseState& release = p_.world.release_of(record);
  return {.app = record.app,
          .memory = release.memory,
          .disk = release.disk,
          .weights = weights_,
          .same_app_by_zone = p_.fleet.by_zone(record.app),
          .same_app = p_.fleet.shares(record.app),
          .zones = zones_of(record)};
}

HostRow Placement::row_of(HostId host) const {
  const HostState& state = p_.world.host(host);
  const HostView& view = p_.fleet.view(host);
  HostRow row;
  row.host = host;
  row.zone = state.zone;
  row.memory_total = state.memory_total;
  row.memory_used = state.memory_used;
  row.disk_total = state.disk_total;
  row.disk_used = state.disk_used;
  row.instances = static_cast<std::uint32_t>(state.instances.size());
  row.instances_limit = static_cast<std::uint32_t>(p_.constants.host_max_instances);
  row.starting = view.starting + static_cast<std::uint32_t>(view.start_queue.size());
  if (!warmed_.empty()) row.starting += warmed_[host.index];
  row.usable = view.present && !view.faulty && view.converged && view.drains == 0 &&
               (view.heard || !p_.constants.placement_asks_hosts);
  return row;
}

void Placement::refresh() {
  p_.fleet.settle_changed([this](HostId host) { hosts_.change(host.index, row_of(host)); });
  if (hosts_.rows().size() > kChecked) return;
  for (const HostRow& row : hosts_.rows()) {
    LEAPDAY_ASSERT(row == row_of(row.host), "placement was not told that a host has changed");
  }
}

}  // namespace leapday::model
