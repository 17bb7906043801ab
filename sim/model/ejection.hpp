/// \file ejection.hpp
/// When a router takes an instance out of rotation, and when it lets it back.
/// Why: each router learns of failures by its own requests; the rules decide how many of those a
/// dead instance costs, and how soon a revived one is used again.
#pragma once

#include <cstdint>

#include "leapday/scenario.hpp"
#include "leapday/time.hpp"

namespace leapday::model {

/// What one router remembers of one instance.
struct RowHealth {
  std::uint32_t idle = 0;  ///< Kept connections that nobody uses.
  bool ejected = false;
  bool cooling = false;  ///< Failed to connect lately (gorouter).
  bool full = false;     ///< At max_connections.
  SimTime cooling_until{};
  // nginx: whole seconds of the router's clock, as in ngx_http_upstream_rr_peer_t.
  std::int64_t fails = 0;
  std::int64_t checked = kLongAgo;
  std::int64_t accessed = kLongAgo;
  // consecutive:
  std::int64_t ejections = 0;
  SimTime ejected_until{};

  static constexpr std::int64_t kLongAgo = -(std::int64_t{1} << 40);
  bool usable() const { return !ejected && !cooling && !full; }
};

/// What a router's clocks show: nginx counts in whole seconds of the wall clock, and is fooled when
/// that is stepped; others use a monotonic clock.
struct RouterTime {
  SimTime now{};
  std::int64_t second = 0;
};

/// The rules of one app, applied to one row at a time; each call leaves `ejected` as it now is.
class EjectionRules {
 public:
  explicit EjectionRules(const Ejection& spec) : spec_(spec) {}
  EjectionKind kind() const { return spec_.kind; }

  /// Time has passed for a row that is out.
  void review(RowHealth& row, RouterTime time) const;
  /// The row was chosen for a request. nginx lets one probe through per period.
  void chosen(RowHealth& row, RouterTime time, std::uint32_t rows) const;
  void succeeded(RowHealth& row, std::uint32_t rows) const;
  /// `out`: rows that are ejected already.
  void failed(RowHealth& row, RouterTime time, std::uint32_t rows, std::uint32_t out) const;

 private:
  bool out_by_nginx(const RowHealth& row, std::int64_t second, std::uint32_t rows) const;
  void eject(RowHealth& row, SimTime now) const;
  Ejection spec_;
};

}  // namespace leapday::model
