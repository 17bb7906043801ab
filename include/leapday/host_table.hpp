/// \file host_table.hpp
/// Hosts as placement sees them, in groups of hosts that are alike.
/// Why: of ten thousand hosts most are in one of a few states. A policy that looks at states finds
/// its host without looking at every host; the groups are kept up to date as hosts change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "leapday/ids.hpp"
#include "leapday/random.hpp"
#include "leapday/scenario/scheduling.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// What an instance that requests nothing counts as where hosts are compared by requests
/// (kubernetes/kubernetes:pkg/scheduler/util/pod_resources.go: 100 m and 200 MB).
inline constexpr std::int64_t kLeastCpu = 100;  ///< Thousandths of a core.
inline constexpr std::int64_t kLeastMemory = 200 * 1024 * 1024;
constexpr std::int64_t counted_request(std::int64_t requested, std::int64_t least) {
  return requested > 0 ? requested : least;
}

/// One host. Hosts of one zone have the same totals and the same limit.
struct HostRow {
  HostId host;
  ZoneId zone;
  Bytes memory_total, memory_used;
  Bytes disk_total, disk_used;
  /// In thousandths of a core: what it has, and what instances on it request. The total is 0 where
  /// placement does not look at CPU.
  std::int64_t cpu_total = 0, cpu_used = 0;
  /// The same, and memory, with a least amount for each instance that requests none.
  std::int64_t cpu_counted = 0;
  Bytes memory_counted;
  std::uint32_t instances = 0;
  std::uint32_t instances_limit = 0;  ///< 0 unlimited.
  std::uint32_t starting = 0;
  bool usable = true;  ///< Believed up and not draining.

  std::int64_t memory_left() const { return memory_total.count - memory_used.count; }
  friend bool operator==(const HostRow&, const HostRow&) = default;
};

/// How many instances of the app that is placed a host has already.
struct HostShare {
  std::uint32_t row = 0;
  std::uint32_t count = 0;
};

/// The weights that the platform gives to a policy.
struct PlacementWeights {
  double starting = 0;
  double bin_pack = 0;
  Duration reply_jitter{};
};

/// What a zone's hosts gain and lose with one app.
struct ZonePreference {
  std::int64_t affinity = 0;  ///< Weights of the preferred terms that they match.
  std::int64_t taints = 0;    ///< Taints of prefer_no_schedule that it does not tolerate.
};

/// A soft rule on where the instances of one app are, besides each other.
struct SoftSpread {
  Across across = Across::zone;
  std::int64_t max_skew = 1;
};
struct SoftApart {
  Across across = Across::host;
  std::int64_t weight = 100;
};

/// What is to be placed.
struct PlacementRequest {
  AppId app;
  Bytes memory, disk;
  std::int64_t cpu = 0;  ///< Thousandths of a core.
  PlacementWeights weights;
  std::span<const std::uint32_t> same_app_by_zone;  ///< Indexed by zone.
  std::span<const HostShare> same_app;              ///< Ascending by row; nowhere else is any.
  std::span<const char> zones;                      ///< Indexed by zone: allowed. Empty: all are.
  /// A host takes another of the app only while it has fewer.
  std::uint32_t most_on_host = 0xffffffffU;
  std::span<const ZonePreference> preferences;  ///< Indexed by zone. Empty: all alike.
  std::span<const std::uint32_t> regions;       ///< Indexed by zone. Empty: all in one.
  std::span<const SoftSpread> soft_spread;      ///< What the app states.
  std::span<const SoftApart> soft_apart;
  bool states_spread = false;  ///< Hard rules or soft ones: the platform's own are not for it.

  bool allows(ZoneId zone) const { return zones.empty() || zones[zone.index] != 0; }
  /// It has room.
  bool fits(const HostRow& host) const {
    return host.memory_used.count + memory.count <= host.memory_total.count &&
           host.disk_used.count + disk.count <= host.disk_total.count &&
           (cpu == 0 || host.cpu_used + cpu <= host.cpu_total) &&
           (host.instances_limit == 0 || host.instances < host.instances_limit);
  }
  bool may_use(const HostRow& host) const { return host.usable && allows(host.zone) && fits(host); }
  std::uint32_t in_zone(ZoneId zone) const {
    return zone.index < same_app_by_zone.size() ? same_app_by_zone[zone.index] : 0;
  }
  std::uint32_t on_host(std::uint32_t row) const;
  /// One more of the app may go to a host that has so many.
  bool takes_another(std::uint32_t on_host) const { return on_host < most_on_host; }
};

/// Usable hosts of one zone that differ in nothing but their place in the table.
struct HostGroup {
  double rank = 0;
  HostRow like;                      ///< One of them.
  std::vector<std::uint32_t> hosts;  ///< Rows, ascending.

  /// The first that has no instance of the app yet.
  std::optional<std::uint32_t> first_free(std::span<const HostShare> same_app) const;
};

/// Rows in the order of the topology, and for each zone its groups in the order of the policy.
class HostTable {
 public:
  /// Where to look first among hosts of one zone, whatever is placed: lower comes first.
  using Rank = std::function<double(const HostRow&)>;
  /// In tables of up to so many rows policies with random ties look at every row, and draw for each
  /// tie that they meet on the way; in larger ones they draw once.
  static constexpr std::size_t kFew = 256;

  explicit HostTable(Rank rank, std::size_t few = kFew) : rank_(std::move(rank)), few_(few) {}

  void add(const HostRow& row);
  /// Replaces a row by one of the same host.
  void change(std::uint32_t index, const HostRow& row);

  std::span<const HostRow> rows() const { return rows_; }
  const HostRow& row(std::uint32_t index) const { return rows_[index]; }
  bool few() const { return rows_.size() <= few_; }
  std::uint32_t zones() const { return static_cast<std::uint32_t>(zones_.size()); }
  /// Ascending by rank.
  std::span<const std::unique_ptr<HostGroup>> groups(ZoneId zone) const {
    return zones_[zone.index];
  }
  /// Whether the zone has a host for it.
  bool has_room(ZoneId zone, const PlacementRequest& request) const;

 private:
  using Groups = std::vector<std::unique_ptr<HostGroup>>;
  Groups::iterator find(Groups& groups, double rank, const HostRow& row) const;
  void enter(std::uint32_t index);
  void leave(std::uint32_t index);

  Rank rank_;
  std::size_t few_;
  std::vector<HostRow> rows_;
  std::vector<Groups> zones_;
};

/// Equally good hosts on the way to one of them.
class TiedHosts {
 public:
  void clear() { groups_.clear(), rows_.clear(), free_of_app_ = 0; }
  /// Those of the group that have no instance of the app: at least one.
  void add(const HostGroup& group) {
    groups_.push_back(&group);
    free_of_app_ += group.hosts.size();
  }
  void add(std::uint32_t row) { rows_.push_back(row); }
  bool empty() const { return groups_.empty() && rows_.empty(); }
  /// One of them, each as likely.
  std::uint32_t draw(std::span<const HostShare> same_app, Random& random);

 private:
  std::vector<const HostGroup*> groups_;
  std::vector<std::uint32_t> rows_;
  std::uint64_t free_of_app_ = 0;  ///< At most so many in groups_.
};

}  // namespace leapday
