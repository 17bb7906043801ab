/// \file ids.hpp
/// Typed indices into the tables of one run.
/// Why: swapping a host and an instance must not compile.
#pragma once

#include <compare>
#include <cstdint>

namespace leapday {

/// Index of an entity in its run's table. Names, not ids, are stable between runs.
template <class Tag>
struct Id {
  static constexpr std::uint32_t kNone = 0xffffffffU;
  std::uint32_t index = kNone;

  constexpr bool valid() const { return index != kNone; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using ZoneId = Id<struct ZoneTag>;
using HostId = Id<struct HostTag>;
using AppId = Id<struct AppTag>;
using ReleaseId = Id<struct ReleaseTag>;
using InstanceId = Id<struct InstanceTag>;
using RouterId = Id<struct RouterTag>;
using DependencyId = Id<struct DependencyTag>;
using LoadId = Id<struct LoadTag>;
using EndpointId = Id<struct EndpointTag>;
/// The clock of a host, or with kNone that of the control plane's own machine.
using ClockId = Id<struct ClockTag>;
using CertificateId = Id<struct CertificateTag>;
using RenewerId = Id<struct RenewerTag>;
using MonitorId = Id<struct MonitorTag>;
using TimeSourceId = Id<struct TimeSourceTag>;
/// Position in Record::events; what caused an event.
using EventId = Id<struct EventTag>;

}  // namespace leapday
