/// \file presence.hpp
/// Who the control plane believes alive, from heartbeats that arrive or do not.
/// Why: nobody tells a platform that a host died; the delay until it knows is most of an outage.
#pragma once

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// Heartbeats are not simulated one by one: what they would have told is computed when the power
/// or a link changes. Only over a link that loses or delays them is each a message.
class Presence {
 public:
  explicit Presence(Platform& platform);

  /// The host's power or a link may have changed. True when its heartbeats start or stop arriving,
  /// or begin to arrive at odd times.
  bool refresh(HostId host, EventId cause);
  /// How many did.
  std::uint64_t refresh_all(EventId cause);

  /// The control plane's clock was set, and heartbeats may be older by it than they are.
  void clock_changed(EventId cause);

  /// Power loss, and its end: the host is back after its boot time.
  void power_off(HostId host, EventId cause);
  void power_on(HostId host, EventId cause);
  /// It is up after this time.
  void boot(HostId host, Duration takes);
  /// Configured for the first time since its boot, or again: what runs there may report.
  void join(HostId host, EventId cause);
  /// Without power from the beginning, and known to be.
  void absent(HostId host);
  /// The machine is given back; what was there, if anything, is made anew elsewhere. `drained`: it
  /// was drained for this.
  void halt(HostId host, bool drained);
  /// Taken out of use for good; with healing its instances are made anew elsewhere.
  void mark_faulty(HostId host, EventId cause, std::string why);

  /// Instances of a lost host are replaced once the platform's patience with it has passed.
  void give_up(HostId host);

  /// Out of service, and in service again.
  void drain(HostId host, EventId cause);
  void undrain(HostId host, EventId cause);

 private:
  /// When a host is lost that was last heard of then, if nothing is heard of it meanwhile.
  SimTime expiry(SimTime heard) const;
  EventId switch_off(HostId host, EventId cause, std::string kind);
  Grid heartbeats(HostId host) const;
  bool steady(HostId host) const;
  bool follow(HostId host, EventId cause);
  void silent(HostId host, EventId cause);
  void arrived(HostId host);
  void on_beat(std::uint32_t host, std::uint32_t);
  void on_arrival(std::uint32_t host, std::uint32_t silences);
  void on_expiry(std::uint32_t host, std::uint32_t);
  void on_heard(std::uint32_t host, std::uint32_t);
  void on_evict(std::uint32_t host, std::uint32_t);
  void on_booted(std::uint32_t host, std::uint32_t);
  void reconcile(HostId host);
  void reconcile(InstanceId instance);

  Platform& p_;
  Grid checks_;
  engine::HandlerId beat_, arrival_, expiry_, heard_, evict_, booted_;
};

}  // namespace leapday::model
