/// \file policy.hpp
/// Decisions that can be swapped by name: which instance, which host.
/// Why: a policy reads a view and returns a choice; it never schedules, logs or scans for what
/// the view maintains.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "leapday/ids.hpp"
#include "leapday/random.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// One instance as one router believes it to be.
struct RouteRow {
  InstanceId instance;
  std::uint32_t open = 0;       ///< Requests this router has open there.
  std::uint32_t weight = 1;
  bool usable = true;           ///< Neither ejected, cooling down, full, nor already tried.
  std::uint64_t name_hash = 0;  ///< Of "shop/3": stable between runs, for consistent hashing.
};

/// A router's view of one app, in registration order.
class RouteTable {
 public:
  RouteTable(std::span<const RouteRow> rows, std::uint32_t usable, std::uint64_t version)
      : rows_(rows), usable_(usable), version_(version) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }
  const RouteRow& row(std::uint32_t index) const { return rows_[index]; }
  std::span<const RouteRow> rows() const { return rows_; }
  /// How many rows are usable; size() means that no row needs to be skipped.
  std::uint32_t usable() const { return usable_; }
  /// Changes whenever rows come, go or change weight: lets policies keep derived tables.
  std::uint64_t version() const { return version_; }

 private:
  std::span<const RouteRow> rows_;
  std::uint32_t usable_;
  std::uint64_t version_;
};

/// What a routing policy may know of the request.
struct RouteRequest {
  std::uint64_t key = 0;  ///< Stable hash of the client or session.
};

/// Parameters a routing policy is made with.
struct RouterPolicyOptions {
  std::int64_t choices = 2;
};

/// Picks a row for each request. One object per router and app.
class RouterPolicy {
 public:
  virtual ~RouterPolicy() = default;
  /// Index of a usable row, or nothing when there is none.
  virtual std::optional<std::uint32_t> pick(const RouteTable& table, const RouteRequest& request,
                                            Random& random) = 0;
};

/// A host as placement sees it.
struct HostRow {
  HostId host;
  ZoneId zone;
  Bytes memory_total, memory_used;
  Bytes disk_total, disk_used;
  std::uint32_t instances = 0;
  std::uint32_t instances_limit = 0;  ///< 0 unlimited.
  std::uint32_t starting = 0;
  std::uint32_t same_app = 0;         ///< Instances of the app being placed.
  bool usable = true;                 ///< Believed up, not draining, fits.
};

/// What is to be placed.
struct PlacementRequest {
  AppId app;
  Bytes memory, disk;
  double starting_weight = 0;
  double bin_pack_weight = 0;
  std::span<const std::uint32_t> same_app_by_zone;  ///< Indexed by zone.
};

/// Chooses a host. One object per run.
class PlacementPolicy {
 public:
  virtual ~PlacementPolicy() = default;
  virtual std::optional<HostId> place(std::span<const HostRow> hosts,
                                      const PlacementRequest& request, Random& random) = 0;
};

}  // namespace leapday
