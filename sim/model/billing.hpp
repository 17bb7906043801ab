/// \file billing.hpp
/// What is charged for: hosts, placed instances and bytes that leave, counted where they change.
/// Why: a rehearsal that ends well at four times the price has not ended well. Prices stay out of
/// it; the metric cost() multiplies what is counted here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "leapday/ids.hpp"
#include "leapday/scenario.hpp"
#include "leapday/time.hpp"

namespace leapday::model {

struct World;

/// Keeps the steps "hosts" by zone, "placed" by zone and app, and "egress", "to_regions" and
/// "to_zones" in bytes by zone. Does nothing in scenarios that state no price and ask for none.
class Billing {
 public:
  static constexpr std::uint32_t kClients = 0xffffffffU;

  /// The world's tables are filled; hosts of pools know whether they are there.
  void begin(World& world);
  bool on() const { return world_ != nullptr; }
  /// Somebody pays for answers, and answers have a size.
  bool charges_traffic() const { return charges_traffic_; }

  void host(ZoneId zone, int change);
  void instance(AppId app, ZoneId zone, int change);
  /// An answer goes from one zone to another, or to kClients.
  void moved(std::uint32_t from, std::uint32_t to, std::int64_t bytes);
  /// The run ends: what moved since the last row is told.
  void settle();

 private:
  enum Way : std::uint8_t { egress, to_regions, to_zones };
  static constexpr std::size_t kWays = 3;
  /// Bytes that have left a zone in one way.
  struct Counter {
    std::uint32_t step = 0;
    std::int64_t bytes = 0;
    SimTime told{};  ///< Up to when.
  };
  struct ZoneBill {
    std::uint32_t hosts_step = 0, placed_step = 0;
    std::int64_t hosts = 0, placed = 0;
    std::array<Counter, kWays> ways;
  };
  struct AppBill {
    std::uint32_t placed_step = 0;
    std::int64_t placed = 0;
  };

  World* world_ = nullptr;
  bool charges_traffic_ = false;
  std::vector<ZoneBill> zones_;
  std::vector<AppBill> apps_;
};

}  // namespace leapday::model
