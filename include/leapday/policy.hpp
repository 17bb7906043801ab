/// \file policy.hpp
/// Decisions that can be swapped by name: which instance, which host.
/// Why: a policy reads a view and returns a choice; it never schedules, logs or scans for what
/// the view maintains.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "leapday/host_table.hpp"
#include "leapday/ids.hpp"
#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// The row that a routing policy chose, or none: one word, where a std::optional would be written
/// in two parts and read as one, for which every request would wait.
class RouteChoice {
 public:
  constexpr RouteChoice() = default;
  constexpr RouteChoice(std::nullopt_t) {}
  constexpr RouteChoice(std::uint32_t row) : row_(row) {}
  constexpr bool has_value() const { return row_ != kNone; }
  constexpr explicit operator bool() const { return has_value(); }
  /// Only when there is one.
  constexpr std::uint32_t operator*() const { return row_; }
  constexpr std::uint32_t value() const {
    if (!has_value()) throw std::bad_optional_access();
    return row_;
  }
  friend constexpr bool operator==(RouteChoice, RouteChoice) = default;

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  std::uint32_t row_ = kNone;
};

/// One instance as one router believes it to be.
struct RouteRow {
  InstanceId instance;
  std::uint32_t open = 0;  ///< Requests this router has open there.
  std::uint32_t weight = 1;
  bool usable = true;           ///< Neither ejected, cooling down, full, nor already tried.
  std::uint64_t name_hash = 0;  ///< Of "shop/3": stable between runs, for consistent hashing.
};

/// The part of a row that routers share: what the control plane told them.
struct RouteEntry {
  InstanceId instance;
  std::uint32_t weight = 1;
  std::uint64_t name_hash = 0;
};

/// The part of a row that is the router's own: what it has open there, and whether it goes there.
/// One word, in which whatever is not usable counts as busier than everything that is.
class RouteLoad {
 public:
  std::uint32_t open() const { return word_ & ~kOut; }
  bool usable() const { return word_ < kOut; }
  void opened() { ++word_; }
  void closed() { --word_; }
  void set_usable(bool usable) { word_ = usable ? word_ & ~kOut : word_ | kOut; }
  friend bool operator<(RouteLoad a, RouteLoad b) { return a.word_ < b.word_; }

 private:
  static constexpr std::uint32_t kOut = 1U << 31;
  std::uint32_t word_ = 0;
};

/// The usable row with the fewest open requests, the first of equals: a tournament over the rows
/// that is built when first asked for and maintained in O(log n) from then on.
class LeastOpen {
 public:
  RouteChoice find(std::span<const RouteLoad> rows) {
    if (leaves_ == 0) build(rows);
    if (rows.empty() || !rows[winners_[1]].usable()) return std::nullopt;
    return winners_[1];
  }
  /// A row's `open` or `usable` is another now.
  void changed(std::span<const RouteLoad> rows, std::uint32_t row) {
    if (leaves_ == 0) return;
    for (std::uint32_t node = (leaves_ + row) / 2; node > 0; node /= 2) play(rows, node);
  }
  /// Rows came or went.
  void reset() { leaves_ = 0; }

 private:
  void build(std::span<const RouteLoad> rows) {
    if (rows.empty()) return;
    leaves_ = std::bit_ceil(static_cast<std::uint32_t>(rows.size()));
    winners_.assign(2 * std::size_t{leaves_}, 0);
    for (std::uint32_t i = 0; i < leaves_; ++i) winners_[leaves_ + i] = i;
    for (std::uint32_t node = leaves_ - 1; node > 0; --node) play(rows, node);
  }
  void play(std::span<const RouteLoad> rows, std::uint32_t node) {
    const std::uint32_t a = winners_[2 * node];
    const std::uint32_t b = winners_[2 * node + 1];
    winners_[node] = b < rows.size() && rows[b] < rows[a] ? b : a;
  }

  std::vector<std::uint32_t> winners_;  ///< [1] is the root, [leaves_ + i] row i.
  std::uint32_t leaves_ = 0;
};

/// A router's view of one app, in registration order.
class RouteTable {
 public:
  /// `loads` has an element for each of `entries`, and so have `weights`, where they are not those
  /// of the entries.
  RouteTable(std::span<const RouteEntry> entries, const RouteLoad* loads, std::uint32_t usable,
             std::uint64_t version, LeastOpen* least = nullptr,
             const std::uint32_t* weights = nullptr)
      : entries_(entries),
        loads_(loads),
        usable_(usable),
        version_(version),
        least_(least),
        weights_(weights) {}
  /// The usable row with the fewest open requests, the first of equals.
  RouteChoice least() const {
    LeastOpen fresh;
    return (least_ != nullptr ? *least_ : fresh).find({loads_, entries_.size()});
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  RouteRow row(std::uint32_t index) const {
    const RouteEntry& entry = entries_[index];
    const RouteLoad load = loads_[index];
    const std::uint32_t weight = weights_ != nullptr ? weights_[index] : entry.weight;
    return {entry.instance, load.open(), weight, load.usable(), entry.name_hash};
  }
  /// One field of row(index).
  bool is_usable(std::uint32_t index) const { return loads_[index].usable(); }
  std::uint32_t open(std::uint32_t index) const { return loads_[index].open(); }
  /// How many rows are usable; size() means that no row needs to be skipped.
  std::uint32_t usable() const { return usable_; }
  /// Changes whenever rows come, go or change weight: lets policies keep derived tables.
  std::uint64_t version() const { return version_; }

 private:
  std::span<const RouteEntry> entries_;
  const RouteLoad* loads_;
  std::uint32_t usable_;
  std::uint64_t version_;
  LeastOpen* least_;
  const std::uint32_t* weights_;
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
  virtual RouteChoice pick(const RouteTable& table, const RouteRequest& request,
                           Random& random) = 0;
  /// False when no choice depends on RouteRow::open: requests may then end without the policy
  /// being able to tell in which order.
  virtual bool reads_open() const { return true; }
  /// False when an instance that a request has just failed at may be chosen for it again.
  virtual bool passes_over_tried() const { return true; }
};

/// What an app may state and a placement policy goes by. The filters are part of
/// PlacementRequest::may_use(), so that a policy that asks it has them.
struct PlacementHonours {
  bool cpu = true;           ///< cpu_request.
  bool hosts = true;         ///< node_selector, tolerations, node_affinity.required.
  bool preferences = false;  ///< node_affinity.preferred, taints of prefer_no_schedule.
  bool spreading = false;    ///< anti_affinity, topology_spread.
};

/// Chooses a host. One object per run.
class PlacementPolicy {
 public:
  virtual ~PlacementPolicy() = default;
  virtual PlacementHonours honours() const { return {}; }
  /// The order in which the hosts of a zone come, whatever is to be placed: HostTable's groups have
  /// it. It depends on nothing but what the hosts of a group have in common.
  virtual double rank(const HostRow& host, const PlacementWeights& weights) const = 0;
  virtual std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                                      Random& random) = 0;
  /// True on platforms that ask every host and take the first answer: place() then serves a warm
  /// boot only.
  virtual bool by_reply() const { return false; }
  /// How long a host that could take it waits before it answers.
  virtual Duration reply_delay(const HostRow&, std::uint32_t /*same_app*/) const { return {}; }
};

}  // namespace leapday
