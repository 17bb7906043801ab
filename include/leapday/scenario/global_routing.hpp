/// \file global_routing.hpp
/// How clients find a cloud: names that resolve by weight and priority, caches that outlive them.
/// Why: with more than one cloud the slowest part of a failover is a cache that nobody owns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// A place that the name may resolve to.
struct DnsAnswer {
  std::int64_t weight = 1;
  std::int64_t priority = 1;

  void fields(FieldVisitor& v) {
    v.optional("weight", weight, "share among the places of its priority", {0, 1e6});
    v.optional("priority", priority,
               "the lowest number with a healthy place answers; 1 comes first", {1, 1000});
  }
};

/// How the name server watches the places.
struct DnsHealthCheck {
  Duration interval{std::chrono::seconds{30}};
  std::int64_t threshold = 3;
  std::string app;

  void fields(FieldVisitor& v) {
    v.optional("interval", interval, "time between two checks of a place");
    v.optional("threshold", threshold, "checks in a row that change what is believed of a place",
               {1, 100});
    v.optional("app", app, "a place also fails when its routers know no instance of this app");
    v.check(interval > Duration{0}, "interval", "must be more than 0", "write 30s");
  }
};

/// Global routing by DNS.
struct Dns {
  NamedMap<DnsAnswer> to;
  Duration ttl{std::chrono::seconds{60}};
  std::int64_t resolvers = 1000;
  Ratio overstay{};
  Duration overstay_by{};
  std::optional<DnsHealthCheck> health_check;
  bool local_routes = true;

  void fields(FieldVisitor& v) {
    v.required("to", to, "clouds, regions or zones that clients may be sent to");
    v.optional("ttl", ttl, "how long a resolver keeps an answer");
    v.optional("resolvers", resolvers, "caches that clients share, each with its own age",
               {1, 1e7});
    v.optional("overstay", overstay, "share of the resolvers that keep answers beyond the TTL");
    v.optional("overstay_by", overstay_by, "by how much those do");
    v.optional("health_check", health_check, "failed places are left out; none when absent");
    v.optional("local_routes", local_routes,
               "routers of a place know the instances of that place only");
    v.check(ttl > Duration{0}, "ttl", "must be more than 0", "write 60s");
    v.check(!to.empty(), "to", "names no place", "name a cloud, region or zone");
  }
};

}  // namespace leapday
