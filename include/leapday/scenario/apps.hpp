/// \file apps.hpp
/// Apps with their endpoints and releases.
/// Why: this is the part of a scenario that its authors know best and change most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/platform.hpp"
#include "leapday/scenario/certificates.hpp"
#include "leapday/scenario/cron.hpp"
#include "leapday/scenario/defects.hpp"
#include "leapday/scenario/memory.hpp"
#include "leapday/scenario/scheduling.hpp"
#include "leapday/scenario/traffic.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class AppKind { http, tcp, worker, job };
std::span<const Choice> choices_of(AppKind);
enum class Discipline { fifo, processor_sharing };
std::span<const Choice> choices_of(Discipline);

struct Endpoint {
  std::string match;
  std::optional<Distribution> service_time;
  std::optional<Ratio> error_rate;
  std::vector<CallSpec> calls;
  std::optional<Bytes> response_size;

  void fields(FieldVisitor& v) {
    v.optional("match", match, "METHOD /path, * for any, for logs and manifests");
    v.optional("service_time", service_time, "own work per request, of one core at full speed");
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("calls", calls, "downstream calls, in sequence after the own work");
    v.optional("response_size", response_size, "bytes of an answer, for what traffic costs");
  }
};

/// What can differ between releases; absent values come from the app.
struct Release {
  std::string like;
  std::string manifest;
  std::string kubernetes;
  std::optional<Distribution> start_time;
  std::optional<Distribution> service_time;
  std::optional<double> service_time_factor;
  std::optional<Ratio> error_rate;
  std::optional<Ratio> crash_probability;
  std::optional<Ratio> start_failure;
  std::optional<Bytes> memory;
  std::optional<Bytes> disk;
  std::optional<Bytes> image_size;
  std::optional<double> cpu;
  std::optional<double> cpu_request;
  std::optional<double> cpu_weight;
  std::optional<MemoryUse> memory_use;
  std::optional<std::int64_t> instances;
  std::optional<std::int64_t> weight;
  std::optional<std::vector<ClockDefect>> clock_defects;

  void fields(FieldVisitor& v) {
    v.optional("like", like, "another release that supplies what is absent here");
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
    v.optional("kubernetes", kubernetes, "Kubernetes objects, relative to this file");
    v.optional("start_time", start_time, "from start until it listens");
    v.optional("service_time", service_time, "own work per request where the endpoint states none");
    v.optional("service_time_factor", service_time_factor, "multiplies every service time",
               {0, 1e6});
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("crash_probability", crash_probability,
               "probability that a request crashes its instance");
    v.optional("start_failure", start_failure, "probability that a start ends in a crash");
    v.optional("memory", memory, "memory per instance");
    v.optional("disk", disk, "disk per instance");
    v.optional("image_size", image_size,
               "bytes of its image or droplet, which a host fetches once before it starts there");
    v.optional("cpu", cpu, "CPU limit per instance in cores", {0.001, 1e5});
    v.optional("cpu_request", cpu_request, "cores that a host must have left for an instance",
               {0.001, 1e5});
    v.optional("cpu_weight", cpu_weight, "share of a contended host", {0.001, 1e6});
    v.optional("memory_use", memory_use, "memory that its processes use as time passes");
    v.optional("instances", instances, "instances wanted", {0, 2e6});
    v.optional("weight", weight,
               "weight of each of its instances, for the routing policies weighted, "
               "least_connections and consistent_hash",
               {1, 1000});
    v.optional("clock_defects", clock_defects,
               "what it gets wrong about time, in place of the app's");
  }
};

/// How the platform watches one app's instances; what is absent comes from the platform.
struct HealthChecks {
  std::optional<Duration> start_timeout;
  std::optional<Duration> startup_interval;
  std::optional<ProbeType> liveness_type;
  std::optional<Duration> liveness_interval;
  std::optional<Duration> liveness_timeout;
  std::optional<std::int64_t> liveness_failures;
  std::optional<ProbeType> readiness_type;
  std::optional<Duration> readiness_interval;
  std::optional<Duration> readiness_timeout;
  std::optional<std::int64_t> readiness_failures;

  void fields(FieldVisitor& v) {
    v.optional("start_timeout", start_timeout,
               "an instance not ready this long after its start counts as crashed");
    v.optional("startup_interval", startup_interval, "time between probes until the first success");
    v.optional("liveness_type", liveness_type,
               "what a liveness probe looks at; workers and jobs: process when absent");
    v.optional("liveness_interval", liveness_interval, "time between liveness probes; 0s for none");
    v.optional("liveness_timeout", liveness_timeout, "a liveness probe unanswered this long fails");
    v.optional("liveness_failures", liveness_failures,
               "liveness probes failed in a row before a restart", {1, 1000});
    v.optional("readiness_type", readiness_type,
               "what a readiness probe looks at; workers and jobs: process when absent");
    v.optional("readiness_interval", readiness_interval,
               "time between readiness probes; 0s for none after start");
    v.optional("readiness_timeout", readiness_timeout,
               "a readiness probe unanswered this long fails");
    v.optional("readiness_failures", readiness_failures,
               "readiness probes failed in a row before traffic stops", {1, 1000});
  }
};

/// How many of an app's instances a drain may take away (a Kubernetes PodDisruptionBudget). Shares
/// are of the instances wanted and round up, as the disruption controller has it.
struct DisruptionBudget {
  std::optional<std::int64_t> min_available;
  std::optional<Ratio> min_available_share;
  std::optional<std::int64_t> max_unavailable;
  std::optional<Ratio> max_unavailable_share;

  bool stated() const {
    return min_available || min_available_share || max_unavailable || max_unavailable_share;
  }
  void fields(FieldVisitor& v) {
    v.optional("min_available", min_available, "instances that must stay ready", {0, 2e6});
    v.optional("min_available_share", min_available_share,
               "share of the wanted instances that must stay ready");
    v.optional("max_unavailable", max_unavailable, "instances that may be missing", {0, 2e6});
    v.optional("max_unavailable_share", max_unavailable_share,
               "share of the wanted instances that may be missing");
    const int stated_keys = min_available.has_value() + min_available_share.has_value() +
                            max_unavailable.has_value() + max_unavailable_share.has_value();
    v.check(stated_keys <= 1, "min_available", "a budget has one limit only",
            "keep one of its four keys");
  }
};

struct App {
  AppKind kind = AppKind::http;
  std::int64_t instances = 1;
  Bytes memory{std::int64_t{256} << 20};
  Bytes disk{std::int64_t{1} << 30};
  Bytes image_size{};
  std::optional<double> cpu;
  std::optional<double> cpu_request;
  std::optional<double> cpu_weight;
  std::optional<double> threads;
  std::optional<MemoryUse> memory_use;
  std::string manifest;
  std::string kubernetes;
  NamedMap<Release> releases;
  std::string release;
  NamedMap<Endpoint> endpoints;
  std::optional<Distribution> service_time;
  std::optional<Ratio> error_rate;
  std::vector<CallSpec> calls;
  Discipline discipline = Discipline::fifo;
  std::int64_t concurrency = 1;
  std::optional<std::int64_t> queue_limit;
  Distribution start_time = Distribution::deterministic(5s);
  std::string consumes;
  std::optional<std::int64_t> prefetch;
  std::optional<Duration> every;
  std::optional<Cron> cron;
  Routing routing;
  HealthChecks health;
  DisruptionBudget disruption_budget;
  Duration min_ready{};
  std::optional<Duration> drain_before_stop;
  std::optional<Duration> graceful_stop;
  std::vector<std::string> zones;
  NamedMap<std::string> labels;
  NamedMap<std::int64_t> spread;
  NamedMap<std::string> node_selector;
  std::vector<Toleration> tolerations;
  NodeAffinity node_affinity;
  AntiAffinity anti_affinity;
  std::vector<TopologySpread> topology_spread;
  std::optional<Bytes> response_size;
  std::vector<std::string> start_certificates;
  std::optional<Token> token;
  std::vector<ClockDefect> clock_defects;

  void fields(FieldVisitor& v) {
    v.optional("kind", kind, "what it is to the platform");
    v.optional("instances", instances, "instances wanted", {0, 2e6});
    v.optional("memory", memory, "memory per instance");
    v.optional("disk", disk, "disk per instance");
    v.optional("image_size", image_size,
               "bytes of each release's image or droplet, which a host fetches once before it "
               "starts there; 0B takes no time");
    v.optional("cpu", cpu, "CPU limit per instance in cores, enforced when the platform has quotas",
               {0.001, 1e5});
    v.optional("cpu_request", cpu_request,
               "cores that a host must have left for an instance, where placement looks at CPU; "
               "any host will do when absent",
               {0.001, 1e5});
    v.optional("cpu_weight", cpu_weight,
               "share of a contended host; by the platform's rule when absent", {0.001, 1e6});
    v.optional("memory_use", memory_use,
               "memory that its processes use as time passes, and are killed for above `memory`");
    v.optional("threads", threads, "cores one instance can use at once, for processor_sharing",
               {0.001, 1e5});
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
    v.optional("kubernetes", kubernetes, "Kubernetes objects, relative to this file");
    v.optional("releases", releases, "releases by name");
    v.optional("release", release, "release that runs at t=0; the first when absent");
    v.optional("endpoints", endpoints, "endpoints by name");
    v.optional("service_time", service_time, "own work per request, of one core at full speed");
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("calls", calls, "downstream calls of every endpoint that states none");
    v.optional("discipline", discipline, "how an instance shares itself among requests");
    v.optional("concurrency", concurrency, "requests served at once by one instance; 0 unlimited",
               {0, 1e9});
    v.optional("queue_limit", queue_limit,
               "requests that may wait at one instance; unlimited when absent", {0, 1e9});
    v.optional("start_time", start_time, "from start until it listens");
    v.optional("consumes", consumes, "queue that a worker takes messages from");
    v.optional("prefetch", prefetch,
               "messages that an instance of a worker holds at once, those that wait in it "
               "included; as many as it works on when absent",
               {1, 1e6});
    v.optional("every", every, "a job's period; once at the start when absent");
    v.optional("cron", cron, "when a job runs, in place of `every`");
    v.optional("routing", routing, "how routers treat this app");
    v.optional("health", health,
               "probes of this app's instances, where they differ from the platform's");
    v.optional("disruption_budget", disruption_budget,
               "what a drain must leave, on platforms whose drains evict");
    v.optional("min_ready", min_ready,
               "an instance counts as available to deployments when it was ready this long");
    v.optional("drain_before_stop", drain_before_stop,
               "time between leaving the routing tables and the stop signal");
    v.optional("graceful_stop", graceful_stop, "time between the stop signal and the kill");
    placement_fields(v);
    v.optional("labels", labels, "labels of its instances");
    v.optional("response_size", response_size,
               "bytes of an answer, where the endpoint states none");
    clock_fields(v);
  }

 private:
  void clock_fields(FieldVisitor& v) {
    v.optional("start_certificates", start_certificates,
               "certificates that an instance shows when it starts, checked by the control plane's "
               "clock: one that is not valid keeps it from ever reporting");
    v.optional("token", token, "what every request carries, checked by its instance's clock");
    v.optional("clock_defects", clock_defects, "what it gets wrong about time");
  }
  void placement_fields(FieldVisitor& v) {
    v.optional("zones", zones, "zones its instances may run in; all when absent");
    v.optional("spread", spread,
               "clouds, regions or zones with weights: each number of its instances stays in one");
    v.optional("node_selector", node_selector,
               "labels that a host must have, of the labels of its zone");
    v.optional("tolerations", tolerations, "taints of hosts that it tolerates");
    v.optional("node_affinity", node_affinity, "hosts that it needs or likes, by their labels");
    v.optional("anti_affinity", anti_affinity, "what its instances may not or should not share");
    v.optional("topology_spread", topology_spread,
               "how evenly its instances spread; softly over zones and hosts when absent");
  }
};

}  // namespace leapday
