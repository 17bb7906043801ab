/// \file topology.hpp
/// Clouds, regions, zones, hosts and the network between them.
/// Why: placement, latency and blast radius all begin with where things are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/scenario/clocks.hpp"
#include "leapday/scenario/cron.hpp"
#include "leapday/scenario/hosts.hpp"
#include "leapday/scenario/scheduling.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

struct Zone {
  std::string region;
  std::int64_t hosts = 1;
  double cores = 8;
  Bytes memory{std::int64_t{32} << 30};
  Bytes disk{std::int64_t{100} << 30};
  Distribution boot_time = Distribution::deterministic(60s);
  std::optional<BringUp> bring_up;
  std::optional<Duration> boot_timeout;
  std::optional<HostConfiguration> configuration;
  std::optional<HostPool> pool;
  std::optional<Price> price;
  NamedMap<std::string> labels;
  std::vector<Taint> taints;
  HostClockSpec clock;
  Duration uptime{};
  std::optional<LocalTimeRules> local_time;

  void fields(FieldVisitor& v) {
    v.optional("region", region, "the region it is in");
    v.optional("hosts", hosts, "hosts, named zone-0, zone-1, ...", {1, 1e6});
    v.optional("cores", cores, "cores per host", {0.001, 1e5});
    v.optional("memory", memory, "memory per host");
    v.optional("disk", disk, "disk per host");
    v.optional("boot_time", boot_time, "time from power-on to a working host");
    v.optional("bring_up", bring_up, "whether hosts that are to boot do so at once");
    v.optional("boot_timeout", boot_timeout,
               "a host that is not up after this long is left out; never when absent");
    v.optional("configuration", configuration, "a Chef run that a host goes through when it boots");
    v.optional("pool", pool, "hosts come and go, `hosts` at the most");
    v.optional("price", price, "what is charged here, where it differs from the region");
    v.optional("labels", labels, "labels of the zone's hosts");
    v.optional("taints", taints, "what keeps instances off its hosts that do not tolerate it");
    v.optional("clock", clock, "the clocks of its hosts");
    v.optional("uptime", uptime, "how long its hosts are up when the run begins");
    v.optional("local_time", local_time, "the rules of local time on its hosts; UTC when absent");
  }
};

struct Region {
  std::string cloud;
  std::optional<Price> price;
  void fields(FieldVisitor& v) {
    v.optional("cloud", cloud, "the cloud it is in");
    v.optional("price", price, "what is charged here, where it differs from the cloud");
  }
};

struct Cloud {
  std::string description;
  std::optional<Price> price;
  void fields(FieldVisitor& v) {
    v.optional("description", description, "free text");
    v.optional("price", price, "what is charged here");
  }
};

/// One direction, or both, between two zones, regions, clouds, `clients` or `control`.
struct NetworkLink {
  std::string from;
  std::string to;
  bool one_way = false;
  Duration latency{};
  Duration jitter{};
  Ratio loss{};
  Rate bandwidth{};

  void fields(FieldVisitor& v) {
    v.required("from", from, "a zone, region, cloud, clients or control");
    v.required("to", to, "a zone, region, cloud, clients or control");
    v.optional("one_way", one_way, "only from -> to; otherwise both directions");
    v.optional("latency", latency, "one-way delay");
    v.optional("jitter", jitter, "uniform addition of up to this much");
    v.optional("loss", loss, "probability that a message is lost and resent after 200ms, doubling");
    v.byte_rate("bandwidth", bandwidth,
                "bytes per second, such as 100MiB/s; unlimited when absent");
  }
};

/// Defaults by distance; `links` override. All zero unless stated, and reports say so.
struct Network {
  Duration same_host{};
  Duration same_zone{};
  Duration same_region{};
  Duration same_cloud{};
  Duration between_clouds{};
  Duration clients{};
  std::vector<NetworkLink> links;

  void fields(FieldVisitor& v) {
    v.optional("same_host", same_host, "one-way latency within a host");
    v.optional("same_zone", same_zone, "one-way latency between hosts of a zone");
    v.optional("same_region", same_region, "one-way latency between zones of a region");
    v.optional("same_cloud", same_cloud, "one-way latency between regions of a cloud");
    v.optional("between_clouds", between_clouds, "one-way latency between clouds");
    v.optional("clients", clients, "one-way latency between clients and routers");
    v.optional("links", links, "what differs between two places");
  }
};

struct Topology {
  NamedMap<Cloud> clouds;
  NamedMap<Region> regions;
  NamedMap<Zone> zones;
  Network network;
  std::optional<HostAutoscaler> host_autoscaler;
  HostClockSpec control_clock;
  std::string currency{"USD"};

  void fields(FieldVisitor& v) {
    v.optional("clouds", clouds, "clouds by name");
    v.optional("regions", regions, "regions by name");
    v.optional("zones", zones, "zones by name; one zone of one large host when absent");
    v.optional("network", network, "latency, loss and bandwidth between places");
    v.optional("host_autoscaler", host_autoscaler, "pools grow and shrink by these rules");
    v.optional("control_clock", control_clock, "the clocks of the control plane's machine");
    v.optional("currency", currency, "what prices are in");
  }
};

}  // namespace leapday
