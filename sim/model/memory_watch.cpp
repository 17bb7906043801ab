/// \file memory_watch.cpp
/// When a growing process crosses its limit, and the kill that follows.
/// Why: see memory_watch.hpp.
#include "sim/model/memory_watch.hpp"

#include <fmt/format.h>

#include "sim/engine/sampler.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

double mebibytes(double bytes) { return bytes / 1048576; }

}  // namespace

MemoryWatch::MemoryWatch(Platform& platform)
    : p_(platform),
      crossed_(add_handler<&MemoryWatch::on_crossed>(platform.world.scheduler, this)) {
  const Duration interval = p_.constants.memory_poll_interval;
  bool grows = false;
  for (const AppState& app : p_.world.apps) {
    for (const ReleaseState& release : app.releases) grows = grows || release.memory_use;
  }
  if (!grows || interval == Duration{0}) return;
  for (const HostState& host : p_.world.hosts) {
    polls_.push_back(seeded_grid(interval, p_.world.stream("memory_poll/" + host.name)));
  }
}

double MemoryWatch::growth_of(InstanceId instance, const ReleaseState& release) {
  const MemoryUse& use = *release.memory_use;
  if (use.vary.is_zero()) return use.growth.per_second;
  Random& random = p_.world.stream("memory/" + p_.world.name_of(instance));
  return use.growth.per_second * (1 + use.vary.value() * (2 * random.uniform() - 1));
}

void MemoryWatch::started(InstanceId instance) {
  const InstanceRecord& record = p_.world.instance(instance);
  const ReleaseState& release = p_.world.release_of(record);
  if (!release.memory_use) return;
  if (keys_.size() <= instance.index) {
    keys_.resize(instance.index + 1);
    growth_.resize(instance.index + 1);
  }
  const double growth = growth_of(instance, release);
  growth_[instance.index] = growth;
  keys_[instance.index] = 0;
  const double limit = static_cast<double>(release.memory.count) * p_.constants.memory_kill_factor;
  const double left = limit - static_cast<double>(release.memory_use->start.count);
  if (left >= 0 && growth <= 0) return;
  SimTime at = p_.now();
  if (left >= 0) {
    const Duration after = engine::to_duration(left / growth);
    if (after >= kSimEnd - at) return;  // Not in this run.
    at += after;
  }
  if (!polls_.empty()) at = polls_[record.host.index].ceil(at);
  keys_[instance.index] =
      p_.world.scheduler.schedule(at, engine::Priority::timer, crossed_, instance.index);
}

void MemoryWatch::on_crossed(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  if (keys_[index] != p_.world.scheduler.current_key() || !p_.fleet.alive(instance)) return;
  keys_[index] = 0;
  const InstanceRecord& record = p_.world.instance(instance);
  const ReleaseState& release = p_.world.release_of(record);
  const double age = static_cast<double>((p_.now() - record.started_at).count()) / 1e9;
  const double used = static_cast<double>(release.memory_use->start.count) + growth_[index] * age;
  const EventId killed = p_.fleet.note(
      instance, {}, "instance.oom_killed",
      fmt::format("{:.0f} MiB of {:.0f} MiB, {:.3f}s after its start", mebibytes(used),
                  mebibytes(static_cast<double>(release.memory.count)), age));
  p_.lifecycle.crash(instance, killed, "killed for its memory, exit 137");
}

}  // namespace leapday::model
