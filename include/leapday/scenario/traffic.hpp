/// \file traffic.hpp
/// What callers and routers do around a request: retries, breakers, hedging, ejection, routing.
/// Why: loads, calls between apps and routers share these, so that each is written down once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/scenario/certificates.hpp"
#include "leapday/scenario/global_routing.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

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
    v.optional("budget_min_per_second", budget_min_per_second,
               "retries per second allowed whatever the budget", {0, 1e9});
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
    v.optional("half_open_requests", half_open_requests,
               "trial requests that must succeed to close it", {1, 1e6});
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
    v.optional("hedge_after", hedge_after,
               "send a copy when unanswered this long; first answer wins");
    v.optional("idempotent", idempotent, "may be sent again once it was sent (POST may not)");
  }
};

/// What a call does to a database.
enum class Access { write, read };
std::span<const Choice> choices_of(Access);
/// Which nodes of a database may answer a read.
enum class Consistency { any, primary };
std::span<const Choice> choices_of(Consistency);

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
  std::optional<Access> access;
  std::optional<Consistency> consistency;

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
    v.optional("fail_timeout", fail_timeout,
               "nginx: period failures are counted in and then time out of rotation; consecutive: "
               "base time out, times the number of ejections");
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
    v.optional("connect_timeout", connect_timeout,
               "an unanswered connection attempt fails after this");
    v.optional("request_timeout", request_timeout, "an unanswered request fails after this");
    v.optional("ejection", ejection, "outlier ejection");
    v.optional("max_connections", max_connections, "open requests per instance and router",
               {0, 1e9});
    v.optional("queue_limit", queue_limit,
               "requests that wait at the router while every instance is at max_connections",
               {0, 1e9});
    v.optional("per_connection", per_connection,
               "choose an instance per client connection, not per request");
    v.optional("keep_alive", keep_alive,
               "idle connections kept per instance; a new one costs a round trip", {0, 1e6});
  }
};

/// The platform's routers.
struct Routers {
  std::int64_t count = 1;
  std::vector<std::string> zones;
  Routing routing;
  std::optional<Dns> dns;
  std::string certificate;

  void fields(FieldVisitor& v) {
    v.optional("count", count, "routers, named router-0, router-1, ...", {1, 10000});
    v.optional("zones", zones, "zones they run in, taken in turn");
    v.optional("dns", dns, "how clients find the routers of one cloud or another");
    v.optional("certificate", certificate,
               "what they show to clients, who check it for each request");
    routing.fields(v);
  }
};

}  // namespace leapday
