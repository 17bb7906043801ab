/// \file modifiers.cpp
/// Recomputes a thing's effective values from every modifier in force.
/// Why: multiplying and dividing back would not return to exactly 1.
#include "sim/model/modifiers.hpp"

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {

std::uint32_t Modifiers::push(HostId host, const HostModifier& modifier, EventId begin,
                              std::uint32_t span) {
  hosts_[host.index].push_back({next_, modifier, begin, span});
  apply(host);
  return next_++;
}

std::uint32_t Modifiers::push(InstanceId instance, const InstanceModifier& modifier,
                              EventId begin) {
  instances_[instance.index].push_back({next_, modifier});
  apply(instance, begin);
  return next_++;
}

void Modifiers::pop(std::uint32_t handle) {
  for (auto& [index, stack] : hosts_) {
    if (std::erase_if(stack, [&](const OnHost& m) { return m.handle == handle; }) == 0) continue;
    apply(HostId{index});
    return;
  }
  for (auto& [index, stack] : instances_) {
    if (std::erase_if(stack, [&](const OnInstance& m) { return m.handle == handle; }) == 0) {
      continue;
    }
    apply(InstanceId{index}, {});
    return;
  }
}

void Modifiers::apply(HostId id) {
  HostState& host = p_.world.host(id);
  HostView& view = p_.fleet.view(id);
  const double speed = host.speed;
  host.speed = 1;
  host.calendar = CalendarRule::correct;
  view.calendar_event = {};
  view.calendar_span = view.fails_span = 0xffffffffU;
  view.fails_event = {};
  host.fails_at.clear();
  for (const OnHost& on : hosts_[id.index]) {
    host.speed *= on.modifier.suspended ? 0 : on.modifier.speed;
    if (!on.modifier.fails_at.empty()) {
      host.fails_at.push_back(on.modifier.fails_at);
      view.fails_event = on.begin;
      view.fails_span = on.span;
    }
    if (on.modifier.calendar == CalendarRule::correct) continue;
    host.calendar = on.modifier.calendar;
    view.calendar_event = on.begin;
    view.calendar_span = on.span;
  }
  if (host.speed == speed) return;
  const std::vector<InstanceId> here = host.instances;
  for (const InstanceId instance : here) {
    if (p_.fleet.track(instance).listening) p_.traffic().instance_changed(instance);
    p_.health.changed(instance);
  }
}

void Modifiers::apply(InstanceId id, EventId cause) {
  InstanceRecord& record = p_.world.instance(id);
  const bool hung = record.hung;
  const double speed = record.speed;
  record.hung = false;
  record.speed = 1;
  for (const OnInstance& on : instances_[id.index]) {
    record.hung = record.hung || on.modifier.hung;
    record.speed *= on.modifier.speed;
  }
  if (!p_.fleet.alive(id) || (record.hung == hung && record.speed == speed)) return;
  if (record.hung != hung) {
    p_.fleet.note(id, cause, record.hung ? "instance.hung" : "instance.recovered");
    const bool ready = record.ready;
    p_.fleet.lane(id, record.hung                               ? "hung"
                      : ready                                   ? "ready"
                      : record.state == InstanceState::running  ? "unready"
                      : record.state == InstanceState::stopping ? "stopping"
                                                                : "starting");
  }
  if (p_.fleet.track(id).listening) p_.traffic().instance_changed(id);
  p_.health.changed(id);
}

}  // namespace leapday::model
