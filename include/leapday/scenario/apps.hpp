/// \file apps.hpp
/// Apps with their endpoints and releases, and the services that back them.
/// Why: this is the part of a scenario that its authors know best and change most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/platform.hpp"
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
  std::optional<Distribution> start_time;
  std::optional<Distribution> service_time;
  std::optional<double> service_time_factor;
  std::optional<Ratio> error_rate;
  std::optional<Ratio> crash_probability;
  std::optional<Ratio> start_failure;
  std::optional<Bytes> memory;
  std::optional<Bytes> disk;
  std::optional<std::int64_t> instances;
  std::optional<std::int64_t> weight;

  void fields(FieldVisitor& v) {
    v.optional("like", like, "another release that supplies what is absent here");
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
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
    v.optional("instances", instances, "instances wanted", {0, 2e6});
    v.optional("weight", weight,
               "weight of each of its instances, for the routing policies weighted, "
               "least_connections and consistent_hash",
               {1, 1000});
  }
};

/// How the platform watches one app's instances; what is absent comes from the platform.
struct HealthChecks {
  std::optional<Duration> start_timeout;
  std::optional<ProbeType> liveness_type;
  std::optional<Duration> liveness_interval;
  std::optional<Duration> liveness_timeout;
  std::optional<ProbeType> readiness_type;
  std::optional<Duration> readiness_interval;
  std::optional<Duration> readiness_timeout;

  void fields(FieldVisitor& v) {
    v.optional("start_timeout", start_timeout,
               "an instance not ready this long after its start counts as crashed");
    v.optional("liveness_type", liveness_type,
               "what a liveness probe looks at; workers and jobs: process when absent");
    v.optional("liveness_interval", liveness_interval, "time between liveness probes; 0s for none");
    v.optional("liveness_timeout", liveness_timeout, "a liveness probe unanswered this long fails");
    v.optional("readiness_type", readiness_type,
               "what a readiness probe looks at; workers and jobs: process when absent");
    v.optional("readiness_interval", readiness_interval,
               "time between readiness probes; 0s for none after start");
    v.optional("readiness_timeout", readiness_timeout,
               "a readiness probe unanswered this long fails");
  }
};

struct App {
  AppKind kind = AppKind::http;
  std::int64_t instances = 1;
  Bytes memory{std::int64_t{256} << 20};
  Bytes disk{std::int64_t{1} << 30};
  std::optional<double> cpu;
  std::optional<double> cpu_weight;
  std::optional<double> threads;
  std::string manifest;
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
  std::optional<Duration> every;
  Routing routing;
  HealthChecks health;
  std::vector<std::string> zones;
  NamedMap<std::string> labels;
  NamedMap<std::int64_t> spread;
  std::optional<Bytes> response_size;

  void fields(FieldVisitor& v) {
    v.optional("kind", kind, "what it is to the platform");
    v.optional("instances", instances, "instances wanted", {0, 2e6});
    v.optional("memory", memory, "memory per instance");
    v.optional("disk", disk, "disk per instance");
    v.optional("cpu", cpu, "CPU limit per instance in cores, enforced when the platform has quotas",
               {0.001, 1e5});
    v.optional("cpu_weight", cpu_weight, "share of a contended host; by memory when absent",
               {0.001, 1e6});
    v.optional("threads", threads, "cores one instance can use at once, for processor_sharing",
               {0.001, 1e5});
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
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
    v.optional("every", every, "a job's period; once at the start when absent");
    v.optional("routing", routing, "how routers treat this app");
    v.optional("health", health,
               "probes of this app's instances, where they differ from the platform's");
    v.optional("zones", zones, "zones its instances may run in; all when absent");
    v.optional("spread", spread,
               "clouds, regions or zones with weights: each number of its instances stays in one");
    v.optional("labels", labels, "labels of its instances");
    v.optional("response_size", response_size,
               "bytes of an answer, where the endpoint states none");
  }
};

enum class DependencyKind { database, cache, queue, external };
std::span<const Choice> choices_of(DependencyKind);

/// A backing service outside the platform's instances.
struct Dependency {
  DependencyKind kind = DependencyKind::external;
  std::optional<Distribution> service_time;
  std::int64_t connections = 0;
  std::optional<std::int64_t> queue_limit;
  Ratio error_rate{};
  std::string zone;
  Ratio hit_rate{};
  Duration warm_up{};
  std::string backed_by;
  Duration redeliver_after{30s};
  std::int64_t max_deliveries = 0;

  void fields(FieldVisitor& v) {
    v.required("kind", kind, "what it is");
    v.optional("service_time", service_time,
               "work per call; for a cache, per hit; for a queue, per message published");
    v.optional("connections", connections, "calls served at once (connection pool); 0 unlimited",
               {0, 1e9});
    v.optional("queue_limit", queue_limit,
               "calls that may wait for a connection; unlimited when absent", {0, 1e9});
    v.optional("error_rate", error_rate, "probability of an error answer");
    v.optional("zone", zone, "where it is; as near as the caller when absent");
    v.optional("hit_rate", hit_rate, "cache: share of hits once warm");
    v.optional("warm_up", warm_up, "cache: time from cold to warm, hit rate rising in proportion");
    v.optional("backed_by", backed_by, "cache: dependency or app called on a miss");
    v.optional("redeliver_after", redeliver_after,
               "queue: an unacknowledged message comes back after this");
    v.optional("max_deliveries", max_deliveries,
               "queue: deliveries before a message is dropped; 0 unlimited", {0, 1e6});
  }
};

}  // namespace leapday
