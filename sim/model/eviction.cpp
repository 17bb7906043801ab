/// \file eviction.cpp
/// A queue for each zone, worked off at the rate that its condition allows.
/// Why: see eviction.hpp.
#include "sim/model/eviction.hpp"

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// Fewer lost hosts than this are no disruption of a zone (ComputeZoneState: notReady > 2).
constexpr std::int64_t kFewLost = 2;
/// How often a zone in which nothing is given up is looked at again, when nothing else says.
constexpr Duration kLook = std::chrono::seconds{5};

}  // namespace

Evictions::Evictions(Platform& platform)
    : p_(platform),
      zones_(platform.world.zones.size()),
      turn_(add_handler<&Evictions::on_turn>(platform.world.scheduler, this)) {
  for (Queue& queue : zones_) queue.next = p_.now();
}

Evictions::ZoneCondition Evictions::condition(ZoneId zone) const {
  std::int64_t lost = 0, all = 0;
  for (const HostId host : p_.world.zone(zone).hosts) {
    if (!p_.world.host(host).provisioned) continue;
    ++all;
    lost += p_.fleet.view(host).present ? 0 : 1;
  }
  if (lost == all) return ZoneCondition::full;
  const Ratio share = p_.constants.eviction_partial_zone;
  const bool much =
      static_cast<__int128>(lost) * share.den >= static_cast<__int128>(all) * share.num;
  return lost > kFewLost && much ? ZoneCondition::partial : ZoneCondition::normal;
}

/// The control plane then doubts itself, and gives up nothing.
bool Evictions::everywhere_lost() const {
  for (std::uint32_t z = 0; z < zones_.size(); ++z) {
    if (condition(ZoneId{z}) != ZoneCondition::full) return false;
  }
  return true;
}

Duration Evictions::interval(ZoneId zone) const {
  const ZoneCondition state = condition(zone);
  if (state == ZoneCondition::full && everywhere_lost()) return Duration{-1};
  if (state != ZoneCondition::partial) return p_.constants.eviction_interval;
  const auto size = static_cast<std::int64_t>(p_.world.zone(zone).hosts.size());
  if (size <= p_.constants.eviction_large_zone) return Duration{-1};
  return std::max(p_.constants.eviction_interval_partial, p_.constants.eviction_interval);
}

void Evictions::lost(HostId host) {
  if (p_.constants.eviction_interval == Duration{0}) {
    p_.presence.give_up(host);
    return;
  }
  const ZoneId zone = p_.world.host(host).zone;
  Queue& queue = zones_[zone.index];
  queue.hosts.push_back(host);
  // At the end of this instant, when all that is lost now is known to be.
  schedule(zone, std::max(p_.now(), queue.next));
}

void Evictions::back(HostId host) {
  std::erase(zones_[p_.world.host(host).zone.index].hosts, host);
}

void Evictions::schedule(ZoneId zone, SimTime at) {
  Queue& queue = zones_[zone.index];
  if (queue.key != 0) return;
  queue.key = p_.world.scheduler.schedule(at, engine::Priority::observer, turn_, zone.index);
}

void Evictions::on_turn(std::uint32_t index, std::uint32_t) {
  const ZoneId zone{index};
  Queue& queue = zones_[index];
  if (queue.key != p_.world.scheduler.current_key()) return;
  queue.key = 0;
  if (queue.hosts.empty()) return;
  const Duration wait = interval(zone);
  if (wait < Duration{0}) {
    const Duration look = p_.constants.presence_check_interval;
    schedule(zone, p_.now() + (look > Duration{0} ? look : kLook));
    return;
  }
  const HostId host = queue.hosts.front();
  queue.hosts.erase(queue.hosts.begin());
  queue.next = p_.now() + wait;
  p_.presence.give_up(host);
  if (!queue.hosts.empty()) schedule(zone, queue.next);
}

}  // namespace leapday::model
