/// \file network.hpp
/// Delay, loss and reachability between places.
/// Why: one owner of the latency matrix and of what faults do to it, for requests, heartbeats and
/// routing messages alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "leapday/fault.hpp"
#include "leapday/ids.hpp"
#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// One end of a message: a host, a router, the clients, the control plane, or a dependency.
struct NetworkEnd {
  enum class Kind : std::uint8_t { host, clients, control, dependency, router };
  static constexpr std::uint32_t kNoApp = 0xffffffffU;
  Kind kind = Kind::host;
  std::uint32_t index = 0;
  std::uint32_t app = kNoApp;  ///< Of hosts: whose instance talks; none for the host itself.
};

class Network {
 public:
  explicit Network(World& world);
  ~Network();

  /// One-way time for a message to arrive now; nothing when the link is down. Loss shows as
  /// resending after 200 ms, doubling (TCP's RTO, RFC 6298); jitter and loss draw from `random`.
  std::optional<Duration> transit(NetworkEnd from, NetworkEnd to, Random& random);
  /// The time of a message while nothing draws or adds to it, as transit() would say.
  std::optional<Duration> fixed(NetworkEnd from, NetworkEnd to) const;
  bool reachable(NetworkEnd from, NetworkEnd to) const;
  /// True while whatever is sent from here to there takes one and the same time, and arrives.
  bool steady(NetworkEnd from, NetworkEnd to) const;
  /// True while every link is plain: zero latency, no loss, no modifier. Lets callers skip events.
  bool trivial() const { return trivial_; }
  /// True while every message takes the time that its two places say, which is less than four
  /// seconds: no modifier, jitter or loss. Then:
  bool calm() const { return calm_; }
  Duration from_clients(std::uint32_t router) const { return client_delays_[router].there; }
  Duration to_clients(std::uint32_t router) const { return client_delays_[router].back; }
  Duration to_host(std::uint32_t router, std::uint32_t host) const {
    const RouterSpot& spot = router_spots_[router];
    if (spot.host == host) return same_host_;
    return delays_[spot.there + host_locations_[host]];
  }
  Duration from_host(std::uint32_t router, std::uint32_t host) const {
    const RouterSpot& spot = router_spots_[router];
    if (spot.host == host) return same_host_;
    return delays_[host_locations_[host] * locations_ + spot.location];
  }

  /// Puts a modifier on one direction between two places (each host of a zone, ...).
  std::uint32_t push(Place from, Place to, const LinkModifier& modifier);
  void pop(std::uint32_t handle);

 private:
  struct Impl;
  struct RouterSpot {
    std::uint32_t host;  ///< No host's without one.
    std::uint32_t location;
    std::uint32_t there;  ///< First of its delays to other locations.
  };
  struct ThereAndBack {
    Duration there, back;
  };
  void note_delays();
  void note_calm();

  std::unique_ptr<Impl> impl_;
  bool trivial_ = true;
  bool calm_ = true;
  bool steady_ = true;  ///< Calm but for modifiers.
  // What calm messages take, where every request looks:
  std::uint32_t locations_ = 0;
  Duration same_host_{};
  std::vector<Duration> delays_;  ///< By location of sender and receiver.
  std::vector<std::uint32_t> host_locations_;
  std::vector<RouterSpot> router_spots_;
  std::vector<ThereAndBack> client_delays_;  ///< By router.
};

}  // namespace leapday::model
