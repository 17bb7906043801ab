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

  /// Puts a modifier on one direction between two places (each host of a zone, ...).
  std::uint32_t push(Place from, Place to, const LinkModifier& modifier);
  void pop(std::uint32_t handle);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  bool trivial_ = true;
};

}  // namespace leapday::model
