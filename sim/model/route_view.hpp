/// \file route_view.hpp
/// What routers know of one app: lists of instances that many routers share, and each router's own
/// part on top of one.
/// Why: fifty routers that were told the same thing need not write it down fifty times. They differ
/// in what they have open and have met, and for a while in what they have heard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "leapday/policy.hpp"
#include "sim/model/ejection.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

/// Instances in the order in which they were registered. Routers share a list by its first `size`
/// entries each: one that has heard of one more has the same list, only more of it.
class RouteList {
 public:
  std::span<const RouteEntry> entries(std::uint32_t size) const { return {entries_.data(), size}; }
  const RouteEntry& entry(std::uint32_t row) const { return entries_[row]; }
  /// Tells registrations of one instance apart; ascending by row.
  std::uint32_t epoch(std::uint32_t row) const { return epochs_[row]; }
  /// The row of an instance among the first `size`; kNone when it is not there.
  std::uint32_t find(InstanceId instance, std::uint32_t size) const;
  std::uint32_t find_epoch(std::uint32_t epoch, std::uint32_t size) const;
  std::size_t bytes() const;

 private:
  friend class RouteLists;

  void append(const RouteEntry& entry, std::uint32_t epoch);
  void truncate(std::uint32_t size);
  void erase(std::uint32_t row);

  std::vector<RouteEntry> entries_;
  std::vector<std::uint32_t> epochs_;
  std::vector<std::uint32_t> by_instance_;  ///< Rows, ascending by instance.
  std::uint32_t users_ = 0;
  // What the latest router that went over to another list did: others will do the same.
  const RouteList* next_ = nullptr;
  std::uint32_t next_size_ = 0;  ///< Of this list, when it did.
  InstanceId next_removed_;
};

/// Where a router stands in the lists of one app.
struct RoutePosition {
  RouteList* list = nullptr;  ///< None while it knows of no instance.
  std::uint32_t size = 0;
  std::uint32_t latest = 0;  ///< The largest epoch that it ever had.

  std::span<const RouteEntry> entries() const {
    return list != nullptr ? list->entries(size) : std::span<const RouteEntry>{};
  }
  std::uint32_t find(InstanceId instance) const {
    return list != nullptr ? list->find(instance, size) : kNone;
  }
  friend bool operator==(const RoutePosition& a, const RoutePosition& b) {
    return a.list == b.list && a.size == b.size;
  }
};

/// All lists of one app. A list lives while a router stands in it.
class RouteLists {
 public:
  void add(RoutePosition& position, const RouteEntry& entry);
  void remove(RoutePosition& position, std::uint32_t row);
  /// From nowhere to where another router is.
  void follow(RoutePosition& position, const RoutePosition& other) {
    if (other.size > 0) enter(position, other.list, other.size);
  }
  void clear(RoutePosition& position) { enter(position, nullptr, 0); }
  std::size_t bytes() const;
  std::size_t size() const { return lists_.size(); }

 private:
  void enter(RoutePosition& position, RouteList* list, std::uint32_t size);
  void leave(RouteList* list);
  RouteList* copy(const RouteList& list, std::uint32_t size);
  void forget_next(const RouteList* list);

  std::vector<std::unique_ptr<RouteList>> lists_;
  std::uint32_t made_ = 0;  ///< Epochs.
};

/// How a router with weights divides an app's requests: so many for one release, the rest for all
/// others, whatever their instances are.
struct RouteSplit {
  ReleaseId release;
  Ratio share;
};

/// One router's view of one app. A router that has not yet sent the app a request has only its
/// place in a list.
struct RouteView {
  std::uint32_t router = 0;
  std::uint32_t usable = 0;
  RoutePosition place;
  std::uint64_t version = 1;
  std::unique_ptr<RouterPolicy> policy;  ///< None before first use.
  Random* random = nullptr;
  std::vector<RouteLoad> loads;    ///< By row; empty before first use.
  std::vector<RowHealth> health;   ///< By row; empty while nothing is the matter with any.
  std::vector<std::uint32_t> out;  ///< Rows ejected or cooling, ascending: they must be reviewed.
  LeastOpen least;
  std::optional<RouteSplit> split;
  std::vector<std::uint32_t> weights;  ///< By row, while there is a split.
  List waiting;                        ///< Attempts, while every instance is full.
  bool handing_out = false;            ///< Waiting requests are being handed to free instances.

  std::uint32_t size() const { return place.size; }
  bool empty() const { return place.size == 0; }
  std::uint32_t instance(std::uint32_t row) const { return place.list->entry(row).instance.index; }
  /// The instance's row; kNone without one.
  std::uint32_t find(std::uint32_t instance) const { return place.find({instance}); }
  std::uint32_t epoch(std::uint32_t row) const { return place.list->epoch(row); }
  RouteTable table() {
    return {place.entries(), loads.data(), usable,
            version,         &least,       weights.empty() ? nullptr : weights.data()};
  }

  const RowHealth& health_of(std::uint32_t row) const {
    static constexpr RowHealth kFresh{};
    return health.empty() ? kFresh : health[row];
  }
  /// The same, to be changed.
  RowHealth& own_health(std::uint32_t row) {
    if (health.empty()) health.resize(place.size);
    return health[row];
  }
};

}  // namespace leapday::model
