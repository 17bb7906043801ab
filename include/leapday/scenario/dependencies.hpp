/// \file dependencies.hpp
/// The services that back apps: databases, caches, brokers and whatever somebody else runs.
/// Why: an app's outage is most often one of these, and how each of them fails is its own: a
/// database fails over, a cache stampedes, a broker delivers again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/scenario/certificates.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class DependencyKind { database, cache, queue, external };
std::span<const Choice> choices_of(DependencyKind);

/// When a database answers a write: at once, or once a replica has it too.
enum class ReplicationMode { async, sync };
std::span<const Choice> choices_of(ReplicationMode);

/// How a database's writes reach its replicas.
struct Replication {
  ReplicationMode mode = ReplicationMode::async;
  Distribution lag = Distribution::deterministic(0s);
  Duration apply{};
  std::int64_t rows = 1;

  void fields(FieldVisitor& v) {
    v.optional("mode", mode, "when a write is answered");
    v.optional("lag", lag, "from a commit until a replica has received it, in order");
    v.optional("apply", apply,
               "time in which a replica applies one write, one after another: its lag grows as the "
               "writes near 1/apply per second");
    v.optional("rows", rows,
               "a write changes one of so many rows, a read looks at one, all alike; with 1 every "
               "read that is behind is stale",
               {1, 1e12});
  }
};

/// What calls meet while a database has no primary.
enum class Unavailable { refuse, wait };
std::span<const Choice> choices_of(Unavailable);

/// From the loss of a primary to the next one.
struct Failover {
  Duration detection{30s};
  Duration promotion{10s};
  Unavailable calls = Unavailable::refuse;

  void fields(FieldVisitor& v) {
    v.optional("detection", detection,
               "until the loss of the primary is noticed; Patroni's ttl when absent");
    v.optional("promotion", promotion,
               "until the replica that has the most takes over, or longer if it has not applied "
               "all it received; 10s is an assumption");
    v.optional("calls", calls, "what becomes of calls that need the primary meanwhile");
  }
};

/// What a broker does with a message when it holds `capacity` of them.
enum class Overflow { refuse, block, drop_oldest };
std::span<const Choice> choices_of(Overflow);
enum class PoisonEffect { error, crash };
std::span<const Choice> choices_of(PoisonEffect);

/// Messages that no consumer can work on.
struct Poison {
  Ratio share{};
  PoisonEffect effect = PoisonEffect::error;

  void fields(FieldVisitor& v) {
    v.required("share", share, "probability that a message fails whoever works on it, each time");
    v.optional("effect", effect, "how it fails them");
  }
};

/// A backing service outside the platform's instances.
struct Dependency {
  DependencyKind kind = DependencyKind::external;
  std::optional<Distribution> service_time;
  std::int64_t connections = 0;
  std::optional<std::int64_t> queue_limit;
  Ratio error_rate{};
  std::string zone;
  std::optional<Tls> tls;
  // Of all but queues:
  std::optional<std::int64_t> pool;
  std::int64_t pool_min = 0;
  std::optional<Distribution> connect_time;
  double contention = 0;
  double coherency = 0;
  // Of databases:
  std::int64_t replicas = 0;
  Replication replication;
  Failover failover;
  // Of caches:
  Ratio hit_rate{};
  Duration warm_up{};
  std::string backed_by;
  std::optional<std::int64_t> keys;
  double zipf = 0;
  std::optional<Duration> ttl;
  bool coalesce = false;
  double early_refresh = 0;
  // Of queues:
  Duration redeliver_after{30s};
  std::int64_t max_deliveries = 0;
  std::optional<Poison> poison;
  std::optional<std::int64_t> capacity;
  Overflow overflow = Overflow::refuse;
  std::optional<Duration> retention;

  /// True where every call is served by one of several nodes, over connections that are its
  /// caller's own, or the slower the more there are.
  bool has_nodes() const { return replicas > 0 || pool || contention > 0 || coherency > 0; }

  void fields(FieldVisitor& v) {
    v.required("kind", kind, "what it is");
    v.optional("service_time", service_time,
               "work per call; for a cache, per hit; for a queue, per message published");
    v.optional("connections", connections,
               "calls served at once (connection pool), or with `pool` open connections, of each "
               "node; 0 unlimited",
               {0, 1e9});
    v.optional("queue_limit", queue_limit,
               "calls that may wait for a connection (with `pool`: in each caller's pool); "
               "unlimited when absent",
               {0, 1e9});
    v.optional("error_rate", error_rate, "probability of an error answer");
    v.optional("zone", zone, "where it is; as near as the caller when absent");
    v.optional("tls", tls, "it is reached over TLS");
    server_fields(v);
    database_fields(v);
    cache_fields(v);
    queue_fields(v);
  }

 private:
  void server_fields(FieldVisitor& v) {
    v.optional("pool", pool,
               "most connections that each calling instance keeps to each node; all callers share "
               "`connections` when absent",
               {1, 1e6});
    v.optional("pool_min", pool_min,
               "connections to the primary that a calling instance opens when it listens",
               {0, 1e6});
    v.optional("connect_time", connect_time,
               "work of opening a connection of a pool: TCP, TLS, authentication, a process");
    v.optional("contention", contention,
               "share of the work that calls do one at a time: sigma of the universal scalability "
               "law",
               {0, 1});
    v.optional("coherency", coherency,
               "work of each pair of calls to agree, per work of one call: kappa of the universal "
               "scalability law",
               {0, 1});
  }
  void database_fields(FieldVisitor& v) {
    v.optional("replicas", replicas,
               "database: replicas of the primary, for reads and to take over", {0, 100});
    v.optional("replication", replication, "database: how writes reach the replicas");
    v.optional("failover", failover, "database: what happens when the primary is lost");
  }
  void cache_fields(FieldVisitor& v) {
    v.optional("hit_rate", hit_rate, "cache: share of hits once warm");
    v.optional("warm_up", warm_up, "cache: time from cold to warm, hit rate rising in proportion");
    v.optional("backed_by", backed_by, "cache: dependency or app called on a miss");
    v.optional("keys", keys, "cache: a call asks for one of so many keys, in place of hit_rate",
               {1, 1e6});
    v.optional("zipf", zipf, "cache: key k is asked for as 1/k to this power; 0 for all alike",
               {0, 10});
    v.optional("ttl", ttl,
               "cache: a key is held so long after it was fetched; for ever when absent");
    v.optional("coalesce", coalesce,
               "cache: one fetch at a time per key, for which other misses wait (single flight)");
    v.optional("early_refresh", early_refresh,
               "cache: fetches a key before it expires, the likelier the nearer: beta of XFetch "
               "(Vattani et al., VLDB 2015), 0 for never",
               {0, 1000});
  }
  void queue_fields(FieldVisitor& v) {
    v.optional("redeliver_after", redeliver_after,
               "queue: an unacknowledged message comes back after this");
    v.optional("max_deliveries", max_deliveries,
               "queue: deliveries before a message is dropped; 0 unlimited", {0, 1e6});
    v.optional("poison", poison, "queue: messages that no consumer can work on");
    v.optional("capacity", capacity, "queue: messages that may wait in it; unlimited when absent",
               {1, 1e9});
    v.optional("overflow", overflow, "queue: what becomes of a message when it holds its capacity");
    v.optional("retention", retention,
               "queue: a message not acknowledged so long after it was published is dropped");
  }
};

}  // namespace leapday
