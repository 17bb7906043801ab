/// \file scenario.hpp
/// A validated scenario: what stage 1 (scenarios/) hands to stage 2 (sim/, faults/).
/// Why: one value type, with every name checked, lets everything after loading assume sense.
/// The field lists here *are* the language: parsing, schema, docs and Python read them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/expression.hpp"
#include "leapday/fields.hpp"
#include "leapday/platform.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

class Fault;

// ---- run ------------------------------------------------------------------------------------

enum class TieOrder { fixed, shuffled };
std::span<const Choice> choices_of(TieOrder);
enum class Boot { warm, cold };
std::span<const Choice> choices_of(Boot);

/// How many of the seeds must pass, and how sure that must be.
struct Requirement {
  Ratio share{1, 1};
  Ratio confidence{9, 10};
  void fields(FieldVisitor& v) {
    v.optional("share", share, "share of the seeds that must pass, in each cell of the matrix");
    v.optional("confidence", confidence, "confidence of the interval the share is judged by");
  }
};

struct RunSpec {
  WallTime start{1704067200, 0};
  Duration warmup{};
  Duration duration{};
  std::int64_t seed = 1;
  TieOrder ties = TieOrder::fixed;
  Boot boot = Boot::warm;
  std::int64_t max_events = 2'000'000'000;
  std::int64_t max_events_per_instant = 10'000'000;
  std::optional<Requirement> require;

  void fields(FieldVisitor& v) {  // `matrix` is read by the loader: its keys are variables
    v.optional("start", start, "true UTC at t=0");
    v.optional("warmup", warmup, "simulated before t=0 and never judged");
    v.required("duration", duration, "simulated time from t=0");
    v.optional("seed", seed, "seed of every random stream", {0, 9e15});
    v.optional("ties", ties, "order of events at one instant");
    v.optional("boot", boot, "state at t=0");
    v.optional("max_events", max_events, "the run stops as inconclusive after this many events", {1, 1e15});
    v.optional("max_events_per_instant", max_events_per_instant, "livelock guard: events at one instant", {1000, 1e12});
    v.optional("require", require, "what share of many seeds must pass");
    v.check(duration > Duration{0}, "duration", "must be more than 0", "state a duration such as 10min");
  }
};

// ---- platform and topology ------------------------------------------------------------------

struct Zone {
  std::string region;
  std::int64_t hosts = 1;
  double cores = 8;
  Bytes memory{std::int64_t{32} << 30};
  Bytes disk{std::int64_t{100} << 30};
  Duration boot_time{60s};
  NamedMap<std::string> labels;

  void fields(FieldVisitor& v) {
    v.optional("region", region, "the region it is in");
    v.optional("hosts", hosts, "hosts, named zone-0, zone-1, ...", {1, 1e6});
    v.optional("cores", cores, "cores per host", {0.001, 1e5});
    v.optional("memory", memory, "memory per host");
    v.optional("disk", disk, "disk per host");
    v.optional("boot_time", boot_time, "time from power-on to a working host");
    v.optional("labels", labels, "labels of the zone's hosts");
  }
};

struct Region {
  std::string cloud;
  void fields(FieldVisitor& v) { v.optional("cloud", cloud, "the cloud it is in"); }
};

struct Cloud {
  std::string description;
  void fields(FieldVisitor& v) { v.optional("description", description, "free text"); }
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
    v.byte_rate("bandwidth", bandwidth, "bytes per second, such as 100MiB/s; unlimited when absent");
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

  void fields(FieldVisitor& v) {
    v.optional("clouds", clouds, "clouds by name");
    v.optional("regions", regions, "regions by name");
    v.optional("zones", zones, "zones by name; one zone of one large host when absent");
    v.optional("network", network, "latency, loss and bandwidth between places");
  }
};

// ---- traffic policies -----------------------------------------------------------------------

enum class Jitter { none, full, equal };
std::span<const Choice> choices_of(Jitter);

/// Attempts after the first, by whoever makes the call.
struct Retry {
  std::int64_t max_retries = 0;
  Duration backoff{};
  double factor = 2;
  Duration max_backoff{60s};
  Jitter jitter = Jitter::none;
  std::optional<Ratio> budget;
  std::int64_t budget_min_per_second = 0;

  void fields(FieldVisitor& v) {
    v.required("max_retries", max_retries, "retries after the first try", {0, 1000});
    v.optional("backoff", backoff, "wait before the first retry");
    v.optional("factor", factor, "growth of the wait", {1, 100});
    v.optional("max_backoff", max_backoff, "longest wait");
    v.optional("jitter", jitter, "how the wait is randomised");
    v.optional("budget", budget, "retries allowed as a share of first tries");
    v.optional("budget_min_per_second", budget_min_per_second, "retries per second allowed whatever the budget", {0, 1e9});
  }
};

/// Circuit breaker by failure rate over a rolling window (opossum's and Hystrix's scheme).
struct Breaker {
  Ratio failure_rate{1, 2};
  Duration window{10s};
  std::int64_t min_requests = 10;
  Duration open_for{30s};
  std::int64_t half_open_requests = 1;

  void fields(FieldVisitor& v) {
    v.optional("failure_rate", failure_rate, "share of failures that opens it");
    v.optional("window", window, "rolling window, in ten buckets");
    v.optional("min_requests", min_requests, "requests in the window before it may open", {1, 1e9});
    v.optional("open_for", open_for, "time until it lets trial requests through");
    v.optional("half_open_requests", half_open_requests, "trial requests that must succeed to close it", {1, 1e6});
  }
};

/// Client-side adaptive throttling (Google SRE book, chapter 21): reject locally with probability
/// max(0, (requests - K * accepts) / (requests + 1)) over the window.
struct Throttle {
  double k = 2;
  Duration window{120s};
  void fields(FieldVisitor& v) {
    v.optional("k", k, "multiplier of accepted requests", {1, 100});
    v.optional("window", window, "history that is counted");
  }
};

/// What a caller does around a call; shared by loads and by calls between apps.
struct CallPolicy {
  std::optional<Duration> timeout;
  std::optional<Retry> retry;
  std::optional<Breaker> breaker;
  std::optional<Throttle> throttle;
  std::optional<Duration> hedge_after;
  bool idempotent = true;

  void fields(FieldVisitor& v) {
    v.optional("timeout", timeout, "an attempt unanswered this long is abandoned");
    v.optional("retry", retry, "retries after failed attempts");
    v.optional("breaker", breaker, "circuit breaker of this caller");
    v.optional("throttle", throttle, "adaptive throttling of this caller");
    v.optional("hedge_after", hedge_after, "send a copy when unanswered this long; first answer wins");
    v.optional("idempotent", idempotent, "may be sent again once it was sent (POST may not)");
  }
};

/// One downstream call of an endpoint. Calls of a list run in sequence; one with `parallel` runs
/// its members at once. Exactly one of to, publish and parallel.
struct CallSpec {
  std::string to;
  std::string endpoint;
  std::string publish;
  std::vector<CallSpec> parallel;
  Ratio probability{1, 1};
  std::int64_t fan_out = 1;
  bool optional = false;
  CallPolicy policy;

  void fields(FieldVisitor& v);  // recursive: see scenarios/fields.cpp
};

enum class EjectionKind { none, nginx, consecutive };
std::span<const Choice> choices_of(EjectionKind);

/// Outlier ejection, per router and instance.
struct Ejection {
  EjectionKind kind = EjectionKind::none;
  std::int64_t max_fails = 1;
  Duration fail_timeout{10s};
  Ratio max_ejected{1, 1};

  void fields(FieldVisitor& v) {
    v.required("kind", kind, "whose rules");
    v.optional("max_fails", max_fails, "failures that eject", {1, 1e6});
    v.optional("fail_timeout", fail_timeout, "nginx: period failures are counted in and then time out of rotation; consecutive: base time out, times the number of ejections");
    v.optional("max_ejected", max_ejected, "share of instances that may be out at once");
  }
};

/// How routers treat one app; what is absent comes from `routers`, then from the platform.
struct Routing {
  std::optional<std::string> policy;
  std::int64_t choices = 2;
  std::optional<std::int64_t> attempts;
  std::optional<Duration> connect_timeout;
  std::optional<Duration> request_timeout;
  std::optional<Ejection> ejection;
  std::optional<std::int64_t> max_connections;
  std::int64_t queue_limit = 0;
  bool per_connection = false;
  std::optional<std::int64_t> keep_alive;

  void fields(FieldVisitor& v) {
    v.optional("policy", policy, "routing policy by name (leapday list policies)");
    v.optional("choices", choices, "instances sampled by power_of_d", {1, 1000});
    v.optional("attempts", attempts, "instances tried for one request", {1, 100});
    v.optional("connect_timeout", connect_timeout, "an unanswered connection attempt fails after this");
    v.optional("request_timeout", request_timeout, "an unanswered request fails after this");
    v.optional("ejection", ejection, "outlier ejection");
    v.optional("max_connections", max_connections, "open requests per instance and router", {0, 1e9});
    v.optional("queue_limit", queue_limit, "requests that wait at the router while every instance is at max_connections", {0, 1e9});
    v.optional("per_connection", per_connection, "choose an instance per client connection, not per request");
    v.optional("keep_alive", keep_alive, "idle connections kept per instance; a new one costs a round trip", {0, 1e6});
  }
};

/// The platform's routers.
struct Routers {
  std::int64_t count = 1;
  std::vector<std::string> zones;
  Routing routing;

  void fields(FieldVisitor& v) {
    v.optional("count", count, "routers, named router-0, router-1, ...", {1, 10000});
    v.optional("zones", zones, "zones they run in, taken in turn");
    routing.fields(v);
  }
};

// ---- apps -----------------------------------------------------------------------------------

enum class AppKind { http, tcp, worker, job };
std::span<const Choice> choices_of(AppKind);
enum class Discipline { fifo, processor_sharing };
std::span<const Choice> choices_of(Discipline);

struct Endpoint {
  std::string match;
  std::optional<Distribution> service_time;
  std::optional<Ratio> error_rate;
  std::vector<CallSpec> calls;

  void fields(FieldVisitor& v) {
    v.optional("match", match, "METHOD /path, * for any, for logs and manifests");
    v.optional("service_time", service_time, "own work per request, of one core at full speed");
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("calls", calls, "downstream calls, in sequence after the own work");
  }
};

/// What can differ between releases; absent values come from the app.
struct Release {
  std::string like;
  std::string manifest;
  std::optional<Distribution> start_time;
  std::optional<Distribution> service_time;
  double service_time_factor = 1;
  std::optional<Ratio> error_rate;
  Ratio crash_probability{};
  Ratio start_failure{};
  std::optional<Bytes> memory;
  std::optional<Bytes> disk;
  std::optional<std::int64_t> instances;

  void fields(FieldVisitor& v) {
    v.optional("like", like, "another release that supplies what is absent here");
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
    v.optional("start_time", start_time, "from start to first passing probe");
    v.optional("service_time", service_time, "own work per request where the endpoint states none");
    v.optional("service_time_factor", service_time_factor, "multiplies every service time", {0, 1e6});
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("crash_probability", crash_probability, "probability that a request crashes its instance");
    v.optional("start_failure", start_failure, "probability that a start ends in a crash");
    v.optional("memory", memory, "memory per instance");
    v.optional("disk", disk, "disk per instance");
    v.optional("instances", instances, "instances wanted", {0, 2e6});
  }
};

/// How the platform watches one app's instances; what is absent comes from the platform.
struct HealthChecks {
  std::optional<Duration> start_timeout;
  std::optional<Duration> liveness_interval;
  std::optional<Duration> liveness_timeout;
  std::optional<Duration> readiness_interval;
  std::optional<Duration> readiness_timeout;

  void fields(FieldVisitor& v) {
    v.optional("start_timeout", start_timeout, "an instance not ready this long after its start counts as crashed");
    v.optional("liveness_interval", liveness_interval, "time between liveness probes; 0s for none");
    v.optional("liveness_timeout", liveness_timeout, "a liveness probe unanswered this long fails");
    v.optional("readiness_interval", readiness_interval, "time between readiness probes; 0s for none after start");
    v.optional("readiness_timeout", readiness_timeout, "a readiness probe unanswered this long fails");
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

  void fields(FieldVisitor& v) {
    v.optional("kind", kind, "what it is to the platform");
    v.optional("instances", instances, "instances wanted", {0, 2e6});
    v.optional("memory", memory, "memory per instance");
    v.optional("disk", disk, "disk per instance");
    v.optional("cpu", cpu, "CPU limit per instance in cores, enforced when the platform has quotas", {0.001, 1e5});
    v.optional("cpu_weight", cpu_weight, "share of a contended host; by memory when absent", {0.001, 1e6});
    v.optional("threads", threads, "cores one instance can use at once, for processor_sharing", {0.001, 1e5});
    v.optional("manifest", manifest, "Cloud Foundry manifest, relative to this file");
    v.optional("releases", releases, "releases by name");
    v.optional("release", release, "release that runs at t=0; the first when absent");
    v.optional("endpoints", endpoints, "endpoints by name");
    v.optional("service_time", service_time, "own work per request, of one core at full speed");
    v.optional("error_rate", error_rate, "probability of answering with an error");
    v.optional("calls", calls, "downstream calls of every endpoint that states none");
    v.optional("discipline", discipline, "how an instance shares itself among requests");
    v.optional("concurrency", concurrency, "requests served at once by one instance; 0 unlimited", {0, 1e9});
    v.optional("queue_limit", queue_limit, "requests that may wait at one instance; unlimited when absent", {0, 1e9});
    v.optional("start_time", start_time, "from start to first passing probe");
    v.optional("consumes", consumes, "queue that a worker takes messages from");
    v.optional("every", every, "a job's period; once at the start when absent");
    v.optional("routing", routing, "how routers treat this app");
    v.optional("health", health, "probes of this app's instances, where they differ from the platform's");
    v.optional("zones", zones, "zones its instances may run in; all when absent");
    v.optional("labels", labels, "labels of its instances");
  }
};

// ---- dependencies ---------------------------------------------------------------------------

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
    v.optional("service_time", service_time, "work per call; for a cache, per hit");
    v.optional("connections", connections, "calls served at once (connection pool); 0 unlimited", {0, 1e9});
    v.optional("queue_limit", queue_limit, "calls that may wait for a connection; unlimited when absent", {0, 1e9});
    v.optional("error_rate", error_rate, "probability of an error answer");
    v.optional("zone", zone, "where it is; as near as the caller when absent");
    v.optional("hit_rate", hit_rate, "cache: share of hits once warm");
    v.optional("warm_up", warm_up, "cache: time from cold to warm, hit rate rising in proportion");
    v.optional("backed_by", backed_by, "cache: dependency or app called on a miss");
    v.optional("redeliver_after", redeliver_after, "queue: an unacknowledged message comes back after this");
    v.optional("max_deliveries", max_deliveries, "queue: deliveries before a message is dropped; 0 unlimited", {0, 1e6});
  }
};

// ---- load -----------------------------------------------------------------------------------

enum class Arrivals { poisson, deterministic };
std::span<const Choice> choices_of(Arrivals);

/// A sinusoidal rate: mean + amplitude * sin(2 pi (t - offset) / period).
struct Sinusoid {
  Rate mean;
  Rate amplitude;
  Duration period{86400s};
  Duration offset{};
  void fields(FieldVisitor& v) {
    v.required("mean", mean, "mean rate");
    v.required("amplitude", amplitude, "peak above the mean; at most the mean");
    v.required("period", period, "length of one cycle");
    v.optional("offset", offset, "when it first crosses the mean upwards");
    v.check(amplitude <= mean, "amplitude", "larger than the mean", "rates cannot be negative");
  }
};

/// A piece of the load's rate over time. Exactly one of rate, ramp_to, sinusoid and step points.
struct Phase {
  std::string name;
  std::optional<Rate> rate;
  std::optional<Rate> ramp_to;
  std::optional<Sinusoid> sinusoid;
  std::optional<Duration> length;
  std::optional<Arrivals> arrivals;

  void fields(FieldVisitor& v) {
    v.optional("name", name, "name of the span, for expectations");
    v.optional("rate", rate, "constant rate");
    v.optional("ramp_to", ramp_to, "linear from the last rate to this one");
    v.optional("sinusoid", sinusoid, "a daily curve");
    v.optional("for", length, "how long; the last phase may run to the end");
    v.optional("arrivals", arrivals, "arrival process");
  }
};

/// A closed loop of users who wait for an answer, think, and ask again.
struct ClosedLoop {
  std::int64_t clients = 1;
  Distribution think_time = Distribution::deterministic(1s);
  void fields(FieldVisitor& v) {
    v.required("clients", clients, "users", {1, 1e7});
    v.optional("think_time", think_time, "pause between an answer and the next request");
  }
};

/// One request of a trace, read at load time.
struct TraceRow {
  Duration at{};                          ///< From t=0.
  std::int32_t endpoint = -1;             ///< Index into the app's endpoints, -1 for the default.
  std::optional<Duration> service_time;   ///< Replaces the draw.
  std::optional<std::int32_t> instance;   ///< Replaces the router's choice: index within the app.
};

/// Requests replayed from a CSV file, or an access log in common or combined format.
struct TraceSpec {
  std::string file;
  std::string time_column = "time";
  std::string service_column;
  std::string instance_column;
  std::string endpoint_column;
  double speed_up = 1;
  std::vector<TraceRow> rows;  ///< Filled by the loader, sorted by time.

  void fields(FieldVisitor& v) {
    v.required("file", file, "CSV with a header, or *.log in common or combined log format, relative to this file");
    v.optional("time_column", time_column, "CSV column of the send time, in seconds from t=0; _ms and _us suffixes set the unit");
    v.optional("service_column", service_column, "CSV column of the service time, with the same suffixes");
    v.optional("instance_column", instance_column, "CSV column of the instance index chosen");
    v.optional("endpoint_column", endpoint_column, "CSV column of the endpoint's name");
    v.optional("speed_up", speed_up, "divides every interval", {1e-6, 1e6});
  }
};

struct Load {
  std::string to;
  std::string endpoint;
  NamedMap<Ratio> mix;
  std::optional<Rate> rate;
  Arrivals arrivals = Arrivals::poisson;
  std::vector<Phase> phases;
  std::optional<ClosedLoop> closed;
  std::optional<TraceSpec> trace;
  std::optional<Duration> stop;
  CallPolicy policy;
  std::int64_t connections = 0;

  void fields(FieldVisitor& v) {
    v.required("to", to, "the app it goes to");
    v.optional("endpoint", endpoint, "the endpoint it goes to");
    v.optional("mix", mix, "endpoints and their shares, which add up to 100%");
    v.optional("rate", rate, "constant rate, when there are no phases");
    v.optional("arrivals", arrivals, "arrival process");
    v.optional("phases", phases, "rates over time, back to back from t=0");
    v.optional("closed", closed, "a closed loop in place of a rate");
    v.optional("trace", trace, "recorded requests in place of a rate");
    v.optional("stop", stop, "no requests are sent from this time on");
    v.optional("connections", connections, "client connections, for routing per connection; 0 one per request", {0, 1e7});
    policy.fields(v);
  }
};

// ---- deployments, faults, promises ----------------------------------------------------------

enum class Strategy { rolling };
std::span<const Choice> choices_of(Strategy);

/// A condition that must hold before the deployment goes on; failing it may roll back.
struct HealthGate {
  Condition condition;
  Duration hold{};
  Duration within{300s};
  void fields(FieldVisitor& v) {
    v.required("condition", condition, "must hold before the next step, such as success(shop) >= 99%");
    v.optional("for", hold, "for this long");
    v.optional("within", within, "or the gate has failed");
  }
};

struct Deployment {
  At at;
  std::string app;
  std::string release;
  Strategy strategy = Strategy::rolling;
  std::optional<std::int64_t> max_in_flight;
  std::optional<Ratio> max_surge;
  std::optional<Ratio> max_unavailable;
  std::optional<HealthGate> gate;
  std::optional<Duration> progress_deadline;
  bool rollback = false;

  void fields(FieldVisitor& v) {
    v.required("at", at, "when it begins");
    v.required("app", app, "the app");
    v.required("release", release, "the release that replaces the running one");
    v.optional("strategy", strategy, "how");
    v.optional("max_in_flight", max_in_flight, "new instances started at once", {1, 1e6});
    v.optional("max_surge", max_surge, "instances above the wanted count, rounded up");
    v.optional("max_unavailable", max_unavailable, "instances below the wanted count, rounded down");
    v.optional("gate", gate, "health gate before each further step");
    v.optional("progress_deadline", progress_deadline, "without progress this long it has failed");
    v.optional("rollback", rollback, "return to the old release when it fails");
  }
};

/// A scheduled fault. Its own parameters stand in the same map and belong to the kind.
struct FaultSpec {
  At at;
  std::string kind;
  std::optional<TargetExpression> target;
  std::optional<Duration> length;
  bool repeat = false;
  std::shared_ptr<const Fault> prototype;  ///< With its parameters read; cloned for each run.

  void fields(FieldVisitor& v);  // uses the registry: see scenarios/fields.cpp
};

struct Objective {
  Entity of;
  GoodRequest good;
  Ratio target{999, 1000};
  Duration period{std::chrono::hours{24 * 30}};

  void fields(FieldVisitor& v);  // an entity is decoded from a string: see scenarios/fields.cpp
};

// ---- the whole ------------------------------------------------------------------------------

/// Where a resolved value came from.
enum class Origin { stated, variable, imported, profile, assumed, defaulted };
std::string_view to_string(Origin origin);

/// One resolved value.
struct Provenance {
  std::string path;   ///< "apps.shop.service_time"
  std::string value;  ///< As a reader would write it.
  Origin origin = Origin::stated;
  SourceLocation at;  ///< Unknown for defaults.
  std::optional<Ratio> vary;  ///< `vary: 20%` beside `assume`.
};

/// One run's worth of scenario: variables filled in, overlays merged, every reference checked.
struct Scenario {
  std::string name;
  std::string file;
  std::string digest;  ///< 64-bit hash of the resolved document, 16 hex digits.
  std::string cell;    ///< "peak=400/s" of a matrix; empty without one.
  RunSpec run;
  PlatformProfile platform;
  Topology topology;
  Routers routers;
  NamedMap<App> apps;
  NamedMap<Dependency> dependencies;
  NamedMap<Load> loads;
  NamedMap<Deployment> deployments;
  NamedMap<FaultSpec> faults;
  NamedMap<Objective> objectives;
  NamedMap<Expectation> expectations;
  std::vector<Provenance> provenance;
  std::vector<std::string> warnings;  ///< Things a reader should know, such as recalled constants.
};

/// What one file asks for: its matrix cells, each to be run with each seed.
struct ScenarioFile {
  std::string file;
  std::vector<Scenario> cells;       ///< At least one.
  std::vector<std::uint64_t> seeds;  ///< At least one.
  /// Every file that was read, the scenario's own first: what a run directory copies for a replay.
  std::vector<std::string> inputs;
};

}  // namespace leapday
