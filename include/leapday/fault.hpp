/// \file fault.hpp
/// What a fault kind can do to the simulated platform.
/// Why: a fault is one file against this header; when, where and how long belong to the schedule.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/ids.hpp"
#include "leapday/random.hpp"
#include "leapday/scenario/certificates.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// A place in the network: a zone, a host, an app's instances, a dependency, clients, or control.
struct Place {
  enum class Kind { zone, host, app, dependency, routers, clients, control };
  Kind kind = Kind::zone;
  std::uint32_t index = 0;
};

/// Calendar rule by which a host's agent dates certificates (see docs/faults.md).
enum class CalendarRule { correct, naive_add_year };

/// What is pushed while a fault lasts. Modifiers of one thing combine: scales multiply, additions
/// add, probabilities combine as independent, flags or. The run removes them when the fault ends.
struct HostModifier {
  double speed = 1;  ///< Scales the CPU's speed.
  CalendarRule calendar = CalendarRule::correct;
  /// Configuration runs fail at the resource of this name; at the compilation when it is "*".
  std::string fails_at;
  /// It stands still, as a virtual machine does while it is moved or its computer sleeps: nothing
  /// on it makes progress, and nobody hears of it.
  bool suspended = false;
  bool clock_stops = false;  ///< While suspended: its time of day stands still too.
};
/// What happens to a source of time while a fault lasts.
struct TimeSourceModifier {
  Duration error{};  ///< What it shows too much.
  bool down = false;
};
/// What happens to a machine's clock while a fault lasts.
struct ClockModifier {
  Duration step{};       ///< Realtime jumps by this, and back at the end.
  double drift = 0;      ///< ppm that the oscillator runs fast besides.
  bool frozen = false;   ///< Realtime stands still, and moves on from there at the end.
  Duration amplitude{};  ///< Of a sine on realtime; the one pushed last counts.
  Duration period{};     ///< Of that sine.
};
struct InstanceModifier {
  bool hung = false;  ///< Accepts connections and work, makes no progress.
  double speed = 1;
};
struct LinkModifier {
  bool down = false;  ///< Nothing passes: connections time out, they are not refused.
  Duration latency_add{};
  Duration jitter_add{};
  Ratio loss{};  ///< Each message is lost with this probability and resent.
};
struct DependencyModifier {
  double slow_factor = 1;
  Duration latency_add{};
  Ratio error{};
  bool down = false;
  /// The database's primary at the time of the push is lost: its connections reset, and a replica
  /// takes over. It is back, as a replica of the new primary, when the modifier is removed.
  bool primary_lost = false;
};

/// The run as a fault sees it, at its begin. Targets were chosen by the schedule.
class FaultContext {
 public:
  virtual ~FaultContext() = default;

  virtual SimTime now() const = 0;
  /// The fault's own named stream.
  virtual Random& random() = 0;

  /// What the target expression chose; empty spans where it chose another kind.
  virtual std::span<const HostId> hosts() const = 0;
  virtual std::span<const InstanceId> instances() const = 0;
  virtual std::span<const ZoneId> zones() const = 0;
  virtual std::span<const DependencyId> dependencies() const = 0;
  /// Clocks of the hosts that were chosen, or that of the control plane's machine.
  virtual std::span<const ClockId> clocks() const = 0;
  virtual std::span<const RenewerId> renewers() const = 0;
  virtual std::span<const MonitorId> monitors() const = 0;
  virtual std::span<const TimeSourceId> time_sources() const = 0;
  /// The two ends of a link target.
  virtual std::optional<std::pair<Place, Place>> link() const = 0;
  virtual bool link_both_ways() const = 0;
  /// Every place that hosts of a zone exchange messages with, outside the zone.
  virtual std::vector<Place> outside(ZoneId zone) const = 0;

  virtual void push(HostId, const HostModifier&) = 0;
  virtual void push(InstanceId, const InstanceModifier&) = 0;
  virtual void push(ClockId, const ClockModifier&) = 0;
  virtual void push(Place from, Place to, const LinkModifier&) = 0;  ///< One direction.
  virtual void push(DependencyId, const DependencyModifier&) = 0;
  virtual void push(TimeSourceId, const TimeSourceModifier&) = 0;
  virtual void push(RenewerId, RenewerState) = 0;
  virtual void hang(MonitorId) = 0;  ///< Until the fault ends.
  /// Nobody can fetch images until the fault ends; what is being fetched fails.
  virtual void close_registry() = 0;

  /// The process ends at once; connections are reset; the platform's restart rules apply.
  virtual void crash(InstanceId) = 0;
  /// Power loss: silence, no reset. The host comes back when the fault ends, after its boot time;
  /// a fault without an end leaves it down.
  virtual void crash(HostId) = 0;
  /// Out of service until the fault ends: nothing new is placed there and what runs is replaced
  /// elsewhere, by the platform's rules for evacuation.
  virtual void drain(HostId) = 0;
  /// The cache holds nothing any more.
  virtual void flush(DependencyId) = 0;
  /// Power loss of every host of a zone, and of the routers in it.
  virtual void crash(ZoneId) = 0;
};

/// One kind of fault with its parameters.
class Fault {
 public:
  virtual ~Fault() = default;
  virtual std::unique_ptr<Fault> clone() const = 0;
  /// The one list of parameters.
  virtual void fields(FieldVisitor& visitor) = 0;
  virtual void begin(FaultContext& context) = 0;
  /// True when a fault of this kind is over as soon as it began (a crash of an instance).
  virtual bool one_shot() const { return false; }
  /// The target kinds that make sense, for validation: "hosts", "instances", "zones", "link",
  /// "dependency", "control" (the control plane's machine), "renewer", "monitor", "time_source", or
  /// of dependencies "database" or "cache" only. Empty: it takes no target.
  virtual std::span<const std::string_view> target_kinds() const = 0;
  /// The resource of its targets' configuration that it concerns; of most faults none.
  virtual std::string_view resource() const { return {}; }
};

/// Implements clone() for a fault that is copyable.
template <class Derived>
class FaultBase : public Fault {
 public:
  std::unique_ptr<Fault> clone() const final {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

}  // namespace leapday
