/// \file scaling_metrics.cpp
/// The way of a measurement: read at intervals from whoever answers, kept for a while, delivered
/// late.
/// Why: an instance that starts, or whose host is silent, is missing, and how a policy takes that
/// is half of what it is.
#include <algorithm>

#include "sim/model/scaling.hpp"

namespace leapday::model {

ScalingMetrics::ScalingMetrics(Platform& platform, AppId app, const MetricsPipeline& pipeline)
    : p_(platform), app_(app), pipeline_(pipeline), read_at_(platform.now()) {}

/// Its process runs, on a host that the control plane can talk to.
bool ScalingMetrics::answers(InstanceId instance) const {
  if (!p_.fleet.alive(instance)) return false;
  const InstanceRecord& record = p_.world.instance(instance);
  if (!p_.fleet.view(record.host).heard) return false;
  return !pipeline_.only_ready || p_.fleet.track(instance).believed_ready;
}

void ScalingMetrics::scrape() {
  for (Source& source : sources_) source.fresh = false;
  for (const Group& group : p_.fleet.groups) {
    if (group.app != app_) continue;
    for (const SlotId id : group.slots) {
      const InstanceId current = p_.fleet.slots[id.index].current;
      if (current.valid() && answers(current)) read(current);
    }
  }
  for (Source& source : sources_) forget(source.samples, source.fresh);
  std::erase_if(sources_,
                [](const Source& source) { return !source.fresh && source.samples.empty(); });
  if (AppMeter* meter = p_.traffic().app_meter(app_)) {
    routers_.push_back(meter->take(read_at_, p_.now()));
    read_at_ = p_.now();
    forget(routers_, true);
  }
}

void ScalingMetrics::read(InstanceId instance) {
  auto at = std::lower_bound(
      sources_.begin(), sources_.end(), instance,
      [](const Source& source, InstanceId id) { return source.instance.index < id.index; });
  const bool known = at != sources_.end() && at->instance == instance;
  if (!known) {
    const SimTime started = p_.world.instance(instance).started_at;
    const SimTime since = std::max(started, p_.now() - pipeline_.scrape);
    at = sources_.insert(at, Source{.instance = instance, .read_at = since});
  }
  Source& source = *at;
  const InstanceReading now = p_.traffic().read_meter(instance);
  const Duration window = p_.now() - source.read_at;
  if ((known || !pipeline_.two_readings) && window > Duration{0}) {
    const auto length = static_cast<double>(window.count());
    const auto arrived = static_cast<double>(now.arrived - source.reading.arrived);
    source.samples.push_back({.at = p_.now(),
                              .window = window,
                              .cpu = (now.busy - source.reading.busy) / length,
                              .open = (now.open - source.reading.open) / length,
                              .rate = arrived * 1e9 / length});
  }
  source.reading = now;
  source.read_at = p_.now();
  source.fresh = true;
}

/// What is older than samples are kept, but for what is on its way and, if asked, the latest.
template <class Sample>
void ScalingMetrics::forget(std::vector<Sample>& samples, bool keep_latest) const {
  const SimTime oldest = p_.now() - pipeline_.keep - pipeline_.delay;
  std::size_t gone = 0;
  while (gone < samples.size() && samples[gone].at < oldest) ++gone;
  if (keep_latest && gone == samples.size() && gone > 0) --gone;
  // The latest that has been delivered is the one to have until the next is.
  if (keep_latest && gone > 0 && gone < samples.size() &&
      samples[gone].at + pipeline_.delay > p_.now()) {
    --gone;
  }
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(gone));
}

template <class Sample>
std::span<const Sample> ScalingMetrics::delivered(const std::vector<Sample>& samples) const {
  std::size_t count = samples.size();
  while (count > 0 && samples[count - 1].at + pipeline_.delay > p_.now()) --count;
  return {samples.data(), count};
}

std::span<const InstanceSample> ScalingMetrics::samples(InstanceId instance) const {
  const auto at = std::lower_bound(
      sources_.begin(), sources_.end(), instance,
      [](const Source& source, InstanceId id) { return source.instance.index < id.index; });
  if (at == sources_.end() || at->instance != instance) return {};
  return delivered(at->samples);
}

std::span<const RouterSample> ScalingMetrics::routers() const { return delivered(routers_); }

}  // namespace leapday::model
