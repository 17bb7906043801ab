/// \file clock_checks.cpp
/// Handshakes and tokens. Why: see clock_checks.hpp.
#include "sim/model/clock_checks.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

/// Machines may come to differ about the time.
bool clocks_may_differ(const Scenario& scenario) {
  const auto own = [](const HostClockSpec& clock) {
    return clock.offset != Duration{0} || clock.drift != 0 || clock.leap != LeapMode::step ||
           clock.sync.has_value();
  };
  const auto sets_clocks = [](const auto& fault) {
    if (fault.value.prototype == nullptr) return false;
    const auto kinds = fault.value.prototype->target_kinds();
    return std::find(kinds.begin(), kinds.end(), "control") != kinds.end();
  };
  return own(scenario.topology.control_clock) ||
         std::any_of(scenario.topology.zones.begin(), scenario.topology.zones.end(),
                     [&](const auto& zone) { return own(zone.value.clock); }) ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(), sets_clocks);
}

}  // namespace

ClockChecks::ClockChecks(World& world, PlatformHooks& hooks)
    : world_(world),
      hooks_(hooks),
      front_door_(world.certificates.find(world.scenario.routers.certificate)) {
  const PlatformConstants& platform = world.scenario.platform.constants;
  if (platform.instance_certificates && platform.route_tls && clocks_may_differ(world.scenario)) {
    lifetime_ = platform.certificate_lifetime;
    renewed_after_ = lifetime_ <= 4h ? lifetime_ - lifetime_ / 8 : lifetime_ - 30min;
  }
  for (const AppState& app : world.apps) {
    ClockId& issuer = issuers_.emplace_back();
    if (!app.spec->token || app.spec->token->issuer.empty()) continue;
    for (const ZoneState& zone : world.zones) {
      if (zone.name == app.spec->token->issuer) issuer = ClockId{zone.hosts.front().index};
    }
  }
  for (const auto& dependency : world.scenario.dependencies) {
    TlsState& tls = tls_.emplace_back();
    tls.name = dependency.name;
    if (!dependency.value.tls) continue;
    tls.spec = &*dependency.value.tls;
    tls.server = world.certificates.find(tls.spec->certificate);
    tls.client = world.certificates.find(tls.spec->client_certificate);
  }
}

bool ClockChecks::clients_trust() {
  const CertificateTable& table = world_.certificates;
  const CertificateIssue issue = table.newest(front_door_);
  const WallTime now = world_.true_wall();
  const bool trusted = table.valid(front_door_, issue, now);
  if (!trusted || !refusing_.empty()) {
    note("routers", trusted ? std::string() : table.refusal(front_door_, issue, now));
  }
  return trusted;
}

bool ClockChecks::trusts(RouterId router, InstanceId instance) {
  const HostId machine = world_.routers[router.index].host;
  const InstanceRecord& record = world_.instances[instance.index];
  const ClockId cell{record.host.index};
  if (world_.clock(ClockId{machine.index}) == nullptr && world_.clock(cell) == nullptr) return true;
  // What ran before the run began was issued its certificate half a lifetime earlier.
  const SimTime begin = kSimStart - world_.scenario.run.warmup;
  const SimTime first = record.started_at <= begin ? begin - lifetime_ / 2 : record.started_at;
  const SimTime issued = first + (world_.now() - first) / renewed_after_ * renewed_after_;
  const std::int64_t not_before = hooks_.wall_at(cell, issued).seconds;
  const std::int64_t not_after =
      not_before + std::chrono::duration_cast<std::chrono::seconds>(lifetime_).count();
  const std::int64_t now = world_.wall(machine).seconds;
  return now >= not_before && now <= not_after;
}

bool ClockChecks::authorizes(InstanceId instance, SimTime sent) const {
  const InstanceRecord& record = world_.instances[instance.index];
  const Token& token = *world_.apps[record.app.index].spec->token;
  const ClockId issuer = issuers_[record.app.index];
  SimTime issued = sent;
  if (token.reuse > Duration{0}) {
    const Duration age = sent.time_since_epoch() % token.reuse;
    issued -= age < Duration{0} ? age + token.reuse : age;
  }
  // NumericDate is written in whole seconds by most libraries.
  const WallTime iat{hooks_.wall_at(issuer, issued).seconds, 0};
  const WallTime now = world_.wall(record.host);
  if (token.not_before && iat > now + token.leeway) return false;
  return now < iat + token.lifetime + token.leeway;
}

// ---- connections to dependencies -------------------------------------------------------------

SimTime& ClockChecks::connection(TlsState& tls, InstanceId from) const {
  // What has no instance of its own, a cache that misses, shares the first place.
  const std::size_t place = from.valid() ? from.index + 1 : 0;
  if (place >= tls.since.size()) tls.since.resize(world_.instances.size() + 1, kNever);
  return tls.since[place];
}

std::string ClockChecks::refusal(TlsState& tls, InstanceId from) const {
  const CertificateTable& table = world_.certificates;
  const WallTime own =
      from.valid() ? world_.wall(world_.instances[from.index].host) : world_.true_wall();
  const CertificateIssue served = tls.spec->reload ? table.newest(tls.server) : tls.served;
  if (!table.valid(tls.server, served, own)) return table.refusal(tls.server, served, own);
  if (!tls.client.valid()) return {};
  CertificateIssue carried = table.newest(tls.client);
  if (!tls.spec->reload && from.valid() && from.index < tls.carried.size()) {
    carried = tls.carried[from.index];
  }
  const WallTime now = world_.true_wall();
  if (table.valid(tls.client, carried, now)) return {};
  return table.refusal(tls.client, carried, now);
}

bool ClockChecks::connects(std::uint32_t dependency, InstanceId from) {
  TlsState& tls = tls_[dependency];
  SimTime& since = connection(tls, from);
  if (since != kNever) {
    if (!tls.spec->session || world_.now() - since < *tls.spec->session) return true;
    since = kNever;
  }
  const std::string why = refusal(tls, from);
  if (!why.empty() || !refusing_.empty()) note(tls.name, why);
  if (!why.empty()) return false;
  if (tls.spec->keep_open) since = world_.now();
  return true;
}

void ClockChecks::started(InstanceId instance) {
  for (TlsState& tls : tls_) {
    if (tls.spec == nullptr) continue;
    connection(tls, instance) = kNever;
    if (tls.spec->reload || !tls.client.valid()) continue;
    if (tls.carried.size() <= instance.index) tls.carried.resize(instance.index + 1);
    tls.carried[instance.index] = world_.certificates.newest(tls.client);
  }
}

void ClockChecks::gone(InstanceId instance) {
  for (TlsState& tls : tls_) {
    if (tls.spec != nullptr) connection(tls, instance) = kNever;
  }
}

void ClockChecks::restarted(std::uint32_t dependency) {
  TlsState& tls = tls_[dependency];
  if (tls.spec == nullptr) return;
  std::fill(tls.since.begin(), tls.since.end(), kNever);
  tls.served = world_.certificates.newest(tls.server);
}

void ClockChecks::lost(std::uint32_t dependency, InstanceId from) {
  if (tls_[dependency].spec != nullptr) connection(tls_[dependency], from) = kNever;
}

void ClockChecks::note(const std::string& subject, const std::string& why) {
  const auto known = refusing_.find(subject);
  if (why.empty() == (known == refusing_.end())) return;
  Recorder& recorder = world_.recorder;
  if (why.empty()) {
    recorder.event(world_.now(), known->second, "certificate.accepted", subject);
    refusing_.erase(known);
  } else {
    refusing_[subject] = recorder.event(world_.now(), {}, "certificate.refused", subject, why);
  }
}

}  // namespace leapday::model
