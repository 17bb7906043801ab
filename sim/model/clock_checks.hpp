/// \file clock_checks.hpp
/// What requests meet that looks at a clock: certificates of routers, instances and dependencies,
/// and the tokens that they carry.
/// Why: each is checked by the clock of whoever checks, so that two machines that disagree about
/// the time refuse each other while both are well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/certificate_table.hpp"
#include "sim/model/platform_hooks.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class ClockChecks {
 public:
  ClockChecks(World& world, PlatformHooks& hooks);

  // ---- routers' certificate, which clients check by true time
  bool has_front_door() const { return front_door_.valid(); }
  bool clients_trust();

  // ---- instances' identity certificates, which routers check by their clocks
  bool checks_identity() const { return lifetime_ > Duration{0}; }
  /// Of instances that run: one is renewed half an hour before it ends, an eighth of a lifetime of
  /// four hours or less (Diego's executor, credmanager.go).
  bool trusts(RouterId router, InstanceId instance);

  // ---- tokens, which instances check by their clocks
  bool has_token(AppId app) const { return world_.apps[app.index].spec->token.has_value(); }
  /// RFC 7519, 4.1.4 and 4.1.5: before `exp`, not before `nbf`, each with the leeway.
  bool authorizes(InstanceId instance, SimTime sent) const;

  // ---- dependencies' certificates, which callers check by their clocks
  bool has_tls(std::uint32_t dependency) const { return tls_[dependency].spec != nullptr; }
  /// The caller has a connection, or makes one now. \param from None: it has no clock of its own.
  bool connects(std::uint32_t dependency, InstanceId from);
  /// Certificates that are not reloaded are read now.
  void started(InstanceId instance);
  void gone(InstanceId instance);
  /// Its connections are lost, and it starts anew.
  void restarted(std::uint32_t dependency);
  /// One caller's connection is lost.
  void lost(std::uint32_t dependency, InstanceId from);

 private:
  struct TlsState {
    const Tls* spec = nullptr;
    std::string name;
    CertificateId server, client;
    CertificateIssue served = 0;            ///< What it shows where it does not reload.
    std::vector<CertificateIssue> carried;  ///< Likewise its callers, by instance.
    std::vector<SimTime> since;             ///< By caller; kNever without a connection.
  };
  static constexpr SimTime kNever = SimTime::min();

  /// Why a handshake would fail now; empty when it would not.
  std::string refusal(TlsState& tls, InstanceId from) const;
  SimTime& connection(TlsState& tls, InstanceId from) const;
  /// Recorded when it begins and when it ends, not for each.
  void note(const std::string& subject, const std::string& why);

  World& world_;
  PlatformHooks& hooks_;
  CertificateId front_door_;
  Duration lifetime_{};  ///< Of identity certificates that routers check.
  Duration renewed_after_{};
  std::vector<ClockId> issuers_;             ///< Of tokens, by app.
  std::vector<TlsState> tls_;                ///< By dependency.
  std::map<std::string, EventId> refusing_;  ///< By subject, while handshakes with it fail.
};

}  // namespace leapday::model
