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
  const PlacementHonours honours = policy_->honours();
  for (const AppState& app : world.apps) {
    rules_.emplace_back(world, app, honours);
    for (const ReleaseState& release : app.releases) {
      looks_at_cpu_ = looks_at_cpu_ || (honours.cpu && release.cpu_request > 0);
    }
  }
  for (const ZoneState& zone : world.zones) {
    regions_.push_back(zone.region);
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
  const std::vector<ZoneVerdict>& verdicts = rules_[allowed_zones_.size()].verdicts();
  std::vector<std::vector<char>>& places = allowed_zones_.emplace_back();
  std::vector<std::uint32_t>& pattern = patterns_.emplace_back();
  for (const auto& place : app.spec->spread) {
    pattern.insert(pattern.end(), static_cast<std::size_t>(place.value),
                   static_cast<std::uint32_t>(places.size()));
    std::vector<char>& allowed = places.emplace_back();
    for (std::size_t z = 0; z < verdicts.size(); ++z) {
      const ZoneState& zone = world.zones[z];
      const bool inside = zone.name == place.name || world.regions[zone.region] == place.name ||
                          world.clouds[zone.cloud] == place.name;
      allowed.push_back(inside && verdicts[z] == ZoneVerdict::open ? 1 : 0);
    }
  }
  if (!places.empty()) return;
  std::vector<char>& allowed = places.emplace_back();
  const auto open = [](ZoneVerdict verdict) { return verdict == ZoneVerdict::open; };
  if (std::all_of(verdicts.begin(), verdicts.end(), open)) return;
  for (const ZoneVerdict verdict : verdicts) allowed.push_back(open(verdict) ? 1 : 0);
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
  bool again = false;
  for (Waiting& waiting : batch) {
    const InstanceRecord& record = p_.world.instance(waiting.instance);
    const bool hard = rules(record.app).hard();
    char& skip = hopeless_[kind_of(record)];
    if (skip == 0 && place(waiting.instance, warm)) {
      again = again || hard;  // It may have made room for those of its app that wait.
      continue;
    }
    skip = hard ? 0 : 1;
    report_unplaceable(waiting);
    left.push_back(waiting);
  }
  for (const Waiting& waiting : left) {
    const InstanceRecord& record = p_.world.instance(waiting.instance);
    hopeless_[kind_of(record)] = 0;
  }
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
  if (again && !warm) capacity_changed();
}

void Placement::report_unplaceable(Waiting& waiting) {
  if (waiting.reported) return;
  waiting.reported = true;
  p_.fleet.note(waiting.instance, p_.fleet.slot_of(waiting.instance).cause, "instance.unplaceable",
                why_not(p_.world.instance(waiting.instance)));
}

/// The first that waits of every app that is not asking already. What starts anew where it was
/// needs no answer.
void Placement::ask_hosts() {
  refresh();
  std::erase_if(waiting_, [this](const Waiting& waiting) {
    const HostId same = p_.fleet.slot_of(waiting.instance).restart_on;
    const PlacementRequest request = request_for(p_.world.instance(waiting.instance));
    if (!restarts_on(same, request)) return false;
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
  if (restarts_on(same, request)) host = same;
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

bool Placement::restarts_on(HostId host, const PlacementRequest& request) const {
  if (!host.valid()) return false;
  const HostRow& row = hosts_.row(host.index);
  return row.usable && request.fits(row);
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
  const PlacementRules& rules = rules_[record.app.index];
  PlacementRequest request{.app = record.app,
                           .memory = release.memory,
                           .disk = release.disk,
                           .cpu = looks_at_cpu_ ? release.cpu_request : 0,
                           .weights = weights_,
                           .same_app_by_zone = p_.fleet.by_zone(record.app),
                           .same_app = p_.fleet.shares(record.app),
                           .zones = zones_of(record),
                           .preferences = rules.preferences(),
                           .regions = regions_,
                           .soft_spread = rules.soft_spread(),
                           .soft_apart = rules.soft_apart(),
                           .states_spread = rules.states_spread()};
  if (rules.hard()) {
    open_zones_.assign(request.zones.begin(), request.zones.end());
    open_zones_.resize(regions_.size(), 1);
    request.most_on_host = rules.close(p_.fleet, record.app, open_zones_);
    request.zones = open_zones_;
  }
  return request;
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
  if (looks_at_cpu_) {
    row.cpu_total = static_cast<std::int64_t>(state.cores * 1000);
    row.cpu_used = state.cpu_used;
    row.cpu_counted = state.cpu_counted;
    row.memory_counted = state.memory_counted;
  }
  row.instances = static_cast<std::uint32_t>(state.instances.size());
  row.instances_limit = static_cast<std::uint32_t>(p_.constants.host_max_instances);
  row.starting = view.starting + static_cast<std::uint32_t>(view.start_queue.size());
  if (!warmed_.empty()) row.starting += warmed_[host.index];
  row.usable = takes_instances(view, p_.constants.placement_asks_hosts);
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
