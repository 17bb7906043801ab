/// \file global_routing.hpp
/// Which place a client's resolver believes in, and what the name server would say now.
/// Why: the name server notices an outage in seconds; resolvers go on with what they were told
/// until their time is over, and some for longer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leapday/scenario.hpp"
#include "leapday/time.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/network.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// What a health check looks at besides the routers: whether one of them knows an instance.
class RouteKnowledge {
 public:
  virtual ~RouteKnowledge() = default;
  virtual bool knows_any(std::uint32_t router, std::uint32_t app) const = 0;
};

/// Resolvers are not simulated one by one: each has a phase, which says when it asked last, and the
/// name server's answers of the past are kept.
class GlobalRouting {
 public:
  /// `spec` outlives it.
  GlobalRouting(World& world, Network& network, const Dns& spec, const RouteKnowledge& routes);
  GlobalRouting(const GlobalRouting&) = delete;

  /// The routers of the place that this client's resolver sends it to now.
  const std::vector<std::uint32_t>& for_client(std::uint64_t client) const;
  /// The routers that the instances of a zone call others through.
  const std::vector<std::uint32_t>& for_zone(std::uint32_t zone) const;
  /// Whether a router knows the instances of that zone.
  bool serves(std::uint32_t router, std::uint32_t zone) const {
    return !spec_.local_routes || place_of_zone_[zone] == place_of_router_[router];
  }

 private:
  struct Location {
    std::string name;
    DnsAnswer answer;
    std::vector<std::uint32_t> routers;
    bool healthy = true;        ///< As the name server believes.
    std::int64_t contrary = 0;  ///< Checks in a row that say otherwise.
    Grid checks;
  };
  /// Places that answer from an instant on, with their weights summed up.
  struct Answer {
    SimTime at{};
    std::vector<std::uint32_t> places;
    std::vector<std::uint64_t> weights;
  };

  void find_places();
  Answer answer_now() const;
  bool passes(const Location& place) const;
  void on_check(std::uint32_t place, std::uint32_t);

  World& world_;
  Network& network_;
  const Dns& spec_;
  const RouteKnowledge& routes_;
  std::uint64_t salt_;
  std::uint32_t app_ = 0xffffffffU;  ///< That the health check asks for.
  std::vector<Location> places_;
  std::vector<std::uint32_t> place_of_zone_, place_of_router_;
  std::vector<std::uint32_t> all_;  ///< Routers.
  std::vector<Answer> answers_;     ///< Ascending by time.
  engine::HandlerId check_;
};

}  // namespace leapday::model
