/// \file platform.hpp
/// The constants and algorithm names that make one platform behave differently from another.
/// Why: constants are data with sources (scenarios/platforms/*.json); code names no number.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "leapday/fields.hpp"

namespace leapday {

/// What a health check looks at, from the easiest to pass to the hardest.
enum class ProbeType { process, port, http };

/// Where the CPU weight of an instance comes from that states none.
enum class CpuShares { equal, diego, dea_ng, request };
std::span<const Choice> choices_of(CpuShares);
std::span<const Choice> choices_of(ProbeType);

/// Where one constant came from.
struct ConstantSource {
  std::string key;
  std::string value;   ///< As written, with its unit.
  std::string source;  ///< Repository, commit and line, or a document.
  std::string status;  ///< verified, partial, recalled, assumed; "scenario" when overridden.
};

/// Every constant of a platform profile; `platform.set` in a scenario overrides any of them.
/// A zero duration or count means "off" where the help says so.
struct PlatformConstants {
  // Starting and probing instances.
  Duration start_timeout{};
  Duration startup_probe_interval{};
  Duration probe_work{};
  ProbeType readiness_probe_type = ProbeType::http;
  Duration readiness_probe_interval{};
  Duration readiness_probe_timeout{};
  std::int64_t readiness_failures = 1;
  ProbeType liveness_probe_type = ProbeType::http;
  Duration liveness_probe_interval{};
  Duration liveness_probe_timeout{};
  std::int64_t liveness_failures = 1;
  // Stopping.
  Duration drain_before_stop{};
  Duration graceful_stop{};
  Duration evacuation_timeout{};
  bool drain_evicts = false;
  Duration drain_retry_interval{};
  // Restarting after a crash.
  std::int64_t immediate_restarts = 0;
  Duration restart_backoff{};
  double restart_backoff_factor = 2;
  Duration restart_backoff_cap{};
  Duration restart_reset_after{};
  Duration restart_window{};
  std::int64_t restart_attempts = 0;
  Ratio restart_jitter{};
  Duration reschedule_delay{};
  Duration reschedule_cap{};
  std::int64_t restart_give_up = 0;
  bool restart_in_place = false;
  std::int64_t restarts_per_second = 0;
  Duration convergence_interval{};
  bool restart_by_wall_clock = false;
  // Detecting lost hosts.
  Duration heartbeat_interval{};
  Duration presence_ttl{};
  Duration presence_check_interval{};
  Duration eviction_delay{};
  Duration replace_after_quiet{};
  Duration eviction_interval{};
  Duration eviction_interval_partial{};
  Ratio eviction_partial_zone{1, 1};
  std::int64_t eviction_large_zone = 0;
  bool replace_keeps_route = true;
  bool presence_by_wall_clock = false;
  // Routing tables.
  Duration route_propagation{};
  Duration route_register_interval{};
  Duration route_stale_after{};
  Duration route_prune_interval{};
  bool route_prune_cut_off = true;
  bool route_withdraw_lost = true;
  bool route_tls = false;
  bool routes_by_wall_clock = false;
  std::int64_t router_attempts = 1;
  Duration router_connect_timeout{};
  Duration router_request_timeout{};
  Duration router_failed_cooldown{};
  std::int64_t router_max_connections = 0;
  // Placement.
  bool placement_asks_hosts = false;
  double placement_starting_weight = 0;
  double placement_bin_pack_weight = 0;
  Duration placement_reply_jitter{};
  std::int64_t host_max_instances = 0;
  std::int64_t host_max_starting = 0;
  Duration placement_patience{};
  Duration placement_retry_interval{};
  // Images, staging and quotas.
  Rate host_download_rate{};
  std::int64_t host_max_downloads = 0;
  Rate host_pull_rate{};
  std::int64_t host_pull_burst = 0;
  Duration pull_backoff{};
  Duration pull_backoff_cap{};
  Duration staging_timeout{};
  std::int64_t staging_max = 0;
  Bytes quota_memory{};
  bool quota_per_instance = false;
  // Deployment.
  Duration rollout_tick{};
  std::int64_t rollout_max_in_flight = 1;
  Ratio rollout_max_surge{};
  Ratio rollout_max_unavailable{};
  bool rollout_stops_first = false;
  Duration rollout_progress_deadline{};
  // Instance identity certificates and the agent that creates them.
  bool instance_certificates = false;
  Duration certificate_lifetime{};
  Duration agent_create_timeout{};
  std::int64_t agent_create_attempts = 0;
  bool healing = true;
  // CPU.
  Duration cpu_period{};
  bool cpu_quota = false;
  CpuShares cpu_shares = CpuShares::equal;
  // Memory.
  Duration memory_poll_interval{};
  double memory_kill_factor = 1;

  void fields(FieldVisitor& v) {
    health_fields(v);
    restart_fields(v);
    routing_fields(v);
    placement_fields(v);
    image_fields(v);
    agent_fields(v);
  }

 private:
  void health_fields(FieldVisitor& v) {
    v.optional("start_timeout", start_timeout,
               "an instance not ready this long after its start counts as crashed; 0 never");
    v.optional("startup_probe_interval", startup_probe_interval,
               "time between probes until the first success");
    v.optional("probe_work", probe_work, "work of answering an http probe");
    v.optional("readiness_probe_type", readiness_probe_type, "what a readiness probe looks at");
    v.optional("readiness_probe_interval", readiness_probe_interval,
               "time between readiness probes; 0 for none after start");
    v.optional("readiness_probe_timeout", readiness_probe_timeout,
               "a readiness probe unanswered this long fails");
    v.optional("readiness_failures", readiness_failures,
               "readiness probes failed in a row before traffic stops", {1, 1000});
    v.optional("liveness_probe_type", liveness_probe_type, "what a liveness probe looks at");
    v.optional("liveness_probe_interval", liveness_probe_interval,
               "time between liveness probes; 0 for none");
    v.optional("liveness_probe_timeout", liveness_probe_timeout,
               "a liveness probe unanswered this long fails");
    v.optional("liveness_failures", liveness_failures,
               "liveness probes failed in a row before a restart", {1, 1000});
    v.optional("drain_before_stop", drain_before_stop,
               "time between leaving the routing tables and the stop signal");
    v.optional("graceful_stop", graceful_stop, "time between the stop signal and the kill");
    v.optional("evacuation_timeout", evacuation_timeout,
               "how long what runs on a drained host waits for its replacement; 0 not at all");
    v.optional("drain_evicts", drain_evicts,
               "a drain stops instances one by one as disruption budgets allow; otherwise each "
               "stays until its replacement is ready or evacuation_timeout has passed");
    v.optional("drain_retry_interval", drain_retry_interval,
               "time until a refused eviction is tried again; 0 at every change");
  }
  void restart_fields(FieldVisitor& v) {
    v.optional("immediate_restarts", immediate_restarts, "crashes in a row restarted without delay",
               {0, 1e6});
    v.optional("restart_backoff", restart_backoff, "delay of the first restart that waits");
    v.optional("restart_backoff_factor", restart_backoff_factor,
               "growth of the delay with each further crash", {1, 100});
    v.optional("restart_backoff_cap", restart_backoff_cap, "longest restart delay");
    v.optional("restart_reset_after", restart_reset_after,
               "an instance that ran this long starts counting crashes anew");
    v.optional("restart_window", restart_window,
               "health_manager: a crash this long after the one before counts as the first; nomad: "
               "interval in which restart_attempts are counted");
    v.optional("restart_attempts", restart_attempts,
               "nomad: restarts on the same host within restart_window before it moves", {0, 1e6});
    v.optional("restart_jitter", restart_jitter, "nomad: a restart waits up to this much longer");
    v.optional("reschedule_delay", reschedule_delay, "nomad: delay of the first move to a host");
    v.optional("reschedule_cap", reschedule_cap, "nomad: longest delay of a move");
    v.optional("restart_give_up", restart_give_up,
               "crashes after which it is not restarted; 0 never gives up", {0, 1e9});
    v.optional("restart_in_place", restart_in_place,
               "a crashed instance restarts on its host; otherwise it is placed anew");
    v.optional("restarts_per_second", restarts_per_second,
               "requests to start what crashed or was lost, sent in one batch each second: hosts "
               "that are emptied first, then the app that was changed longest ago; 0 for no limit",
               {0, 1e6});
    v.optional("convergence_interval", convergence_interval,
               "delayed restarts are rounded up to the next multiple; 0 for none");
    v.optional("restart_by_wall_clock", restart_by_wall_clock,
               "restart delays end at a time of day of the control plane's clock, and crashes are "
               "counted by it");
    v.optional("heartbeat_interval", heartbeat_interval, "time between a host's heartbeats");
    v.optional("presence_ttl", presence_ttl, "a host unheard of this long is lost");
    v.optional("presence_check_interval", presence_check_interval,
               "how often losses are looked for; 0 at the very expiry");
    v.optional("eviction_delay", eviction_delay,
               "time from a host's loss to replacing its instances");
    v.optional("replace_after_quiet", replace_after_quiet,
               "instances of a lost host are replaced only when their app has not been deployed or "
               "scaled for this long; 0 at once");
    v.optional("eviction_interval", eviction_interval,
               "time between two lost hosts of a zone that are given up; 0 for no limit");
    v.optional("eviction_interval_partial", eviction_interval_partial,
               "the same while eviction_partial_zone of the zone is lost, and not all of it");
    v.optional("eviction_partial_zone", eviction_partial_zone,
               "share of a zone's hosts that has to be lost for eviction_interval_partial");
    v.optional("eviction_large_zone", eviction_large_zone,
               "zones of at most this many hosts give up no host while they are partly lost",
               {0, 1e6});
    v.optional("presence_by_wall_clock", presence_by_wall_clock,
               "heartbeats age by the control plane's time of day: a step forward makes them old");
    v.optional("replace_keeps_route", replace_keeps_route,
               "a lost instance keeps its route until its replacement runs");
  }
  void routing_fields(FieldVisitor& v) {
    v.optional("route_propagation", route_propagation,
               "time for a routing change to reach a router");
    v.optional("route_register_interval", route_register_interval,
               "time between an instance's re-registrations; 0 for none");
    v.optional("route_stale_after", route_stale_after,
               "a route not re-registered this long may be pruned; 0 never");
    v.optional("route_prune_interval", route_prune_interval,
               "how often stale routes are looked for");
    v.optional("route_prune_cut_off", route_prune_cut_off,
               "a router that hears nothing goes on pruning; otherwise it keeps what it has");
    v.optional("route_withdraw_lost", route_withdraw_lost,
               "the control plane withdraws the routes of instances on lost hosts; otherwise they "
               "have to go stale");
    v.optional(
        "route_tls", route_tls,
        "instances are reached over TLS: their routes never go stale, and a router drops one "
        "it cannot connect to until that registers again");
    v.optional("routes_by_wall_clock", routes_by_wall_clock,
               "registrations age by the router's time of day: a step forward makes them stale");
    v.optional("router_attempts", router_attempts, "instances a router tries for one request",
               {1, 100});
    v.optional("router_connect_timeout", router_connect_timeout,
               "an unanswered connection attempt fails after this");
    v.optional("router_request_timeout", router_request_timeout,
               "an unanswered request fails after this; 0 never");
    v.optional("router_failed_cooldown", router_failed_cooldown,
               "an instance that failed to connect is passed over this long; 0 for none");
    v.optional("router_max_connections", router_max_connections,
               "open requests per instance and router; 0 unlimited", {0, 1e9});
  }
  void placement_fields(FieldVisitor& v) {
    v.optional("placement_asks_hosts", placement_asks_hosts,
               "placement asks each host, so that a silent one gets nothing; otherwise a dead host "
               "is filled until it counts as lost");
    v.optional("placement_starting_weight", placement_starting_weight,
               "placement penalty per starting instance on a host", {0, 1e6});
    v.optional(
        "placement_bin_pack_weight", placement_bin_pack_weight,
        "placement penalty per position of a host within its zone: above 0 fills hosts in order",
        {0, 1e6});
    v.optional("placement_reply_jitter", placement_reply_jitter,
               "reply_race: a host's answer takes up to this much longer, besides the network");
    v.optional("host_max_instances", host_max_instances, "instances a host may hold; 0 unlimited",
               {0, 1e9});
    v.optional("host_max_starting", host_max_starting,
               "instances a host may start at once; 0 unlimited", {0, 1e9});
    v.optional("placement_patience", placement_patience,
               "reply_race: how long an answer is waited for");
    v.optional("placement_retry_interval", placement_retry_interval,
               "reply_race: time until hosts are asked again when none answered");
    v.optional("rollout_tick", rollout_tick,
               "how often a deployment looks at its instances; 0 at every change");
    v.optional("rollout_max_in_flight", rollout_max_in_flight, "new instances started at once",
               {1, 1e6});
    v.optional("rollout_max_surge", rollout_max_surge,
               "instances above the desired count; 0 to use max in flight");
    v.optional("rollout_max_unavailable", rollout_max_unavailable,
               "instances below the desired count");
    v.optional("rollout_stops_first", rollout_stops_first,
               "as many old instances as may be in flight stop before new ones start");
    v.optional("rollout_progress_deadline", rollout_progress_deadline,
               "a deployment without progress this long has failed; 0 never");
  }
  void image_fields(FieldVisitor& v) {
    v.byte_rate("host_download_rate", host_download_rate,
                "bytes per second that a host fetches images at, all of them together");
    v.optional("host_max_downloads", host_max_downloads,
               "images that a host fetches at once, first come first served; 0 unlimited",
               {0, 1e6});
    v.optional("host_pull_rate", host_pull_rate,
               "fetches that a host may begin: one more fails at once; 0/s for no limit");
    v.optional("host_pull_burst", host_pull_burst, "of these, how many at once", {0, 1e6});
    v.optional(
        "pull_backoff", pull_backoff,
        "an instance whose image could not be fetched asks again after this long, then twice "
        "as long; 0 counts as a crash");
    v.optional("pull_backoff_cap", pull_backoff_cap, "longest wait before it asks again");
    v.optional("staging_timeout", staging_timeout,
               "a deployment whose staging takes longer has failed; 0 never");
    v.optional("staging_max", staging_max,
               "releases staged at once, first come first served; 0 unlimited", {0, 1e6});
    v.optional("quota_memory", quota_memory, "memory of a quota that states no limit; 0B for none");
    v.optional(
        "quota_per_instance", quota_per_instance,
        "a quota admits instance by instance, and counts each until it is gone; otherwise it "
        "counts what is wanted, and a change that exceeds it is refused as a whole");
  }
  void agent_fields(FieldVisitor& v) {
    v.optional("instance_certificates", instance_certificates,
               "new instances get an identity certificate dated by their host's clock");
    v.optional("certificate_lifetime", certificate_lifetime,
               "validity of an identity certificate; 0 for one calendar year");
    v.optional("agent_create_timeout", agent_create_timeout,
               "the agent waits this long for a new instance to report; 0 uses start_timeout");
    v.optional("agent_create_attempts", agent_create_attempts,
               "failed creations after which the host is marked faulty; 0 never", {0, 1e6});
    v.optional("healing", healing, "instances of lost or faulty hosts are recreated elsewhere");
    v.optional("cpu_period", cpu_period, "CFS quota period");
    v.optional("cpu_quota", cpu_quota,
               "enforce cpu as a quota per period; otherwise it is a weight");
    v.optional("cpu_shares", cpu_shares, "the CPU weight of what states none");
    v.optional("memory_poll_interval", memory_poll_interval,
               "how often a host looks for instances above their memory; 0 when its kernel kills "
               "them at once");
    v.optional("memory_kill_factor", memory_kill_factor,
               "an instance is killed for more than this many times its memory", {1, 1000});
  }
};

/// Policies by name; each must be registered.
struct PlatformAlgorithms {
  std::string placement = "spread";
  std::string routing = "round_robin";
  std::string restart = "diego_backoff";

  void fields(FieldVisitor& v) {
    v.optional("placement", placement, "placement policy");
    v.optional("routing", routing, "routing policy");
    v.optional("restart", restart, "restart policy");
  }
};

/// A profile after `extends` and `platform.set`.
struct PlatformProfile {
  std::string name;
  std::string title;
  std::string extends;        ///< The profile that supplies what this one does not state, if any.
  std::string version_range;  ///< Of the platform it was read from; may be empty.
  PlatformConstants constants;
  PlatformAlgorithms algorithms;
  std::vector<ConstantSource> sources;  ///< One per constant that the profile or the scenario sets.
};

}  // namespace leapday
