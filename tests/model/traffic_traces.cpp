/// \file traffic_traces.cpp
/// Which requests are traced, and whether their spans tell what happened to them.
/// Why: a sample that prefers some requests, or spans that do not add up, mislead whoever looks for
/// where the time went.
#include <algorithm>
#include <map>
#include <set>

#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_traces)

using namespace leapday;
using namespace leapday::model;
using Kind = TraceSpan::Kind;

namespace {

Duration length(const TraceSpan& span) { return span.end - span.begin; }

const std::string& subject(const Record& record, const TraceSpan& span) {
  return record.traces.names[span.subject];
}

std::vector<TraceSpan> spans_of(const RequestTrace& trace, Kind kind) {
  std::vector<TraceSpan> found;
  for (const TraceSpan& span : trace.spans) {
    if (span.kind == kind) found.push_back(span);
  }
  return found;
}

/// The trace of a request that must be in the sample.
const RequestTrace& request(const Record& record, std::uint64_t number) {
  for (const RequestTrace& trace : record.traces.requests) {
    if (trace.number == number && record.traces.names[trace.load] == "users") return trace;
  }
  BOOST_FAIL("request " << number << " is not in the sample");
  std::abort();
}

/// What every trace promises.
void check_nesting(const RequestTrace& trace, SimTime ended) {
  BOOST_REQUIRE(!trace.spans.empty());
  BOOST_TEST(trace.spans.size() <= Traces::kMostSpans);
  BOOST_TEST((trace.spans[0].kind == Kind::request));
  BOOST_TEST(trace.spans[0].parent == TraceSpan::kNoParent);
  for (std::size_t i = 0; i < trace.spans.size(); ++i) {
    const TraceSpan& span = trace.spans[i];
    BOOST_TEST((span.begin <= span.end));
    BOOST_TEST((span.end <= ended));
    if (span.open) BOOST_TEST((span.end == ended));
    if (i == 0) continue;
    BOOST_REQUIRE(span.parent < i);
    BOOST_TEST((trace.spans[i - 1].begin <= span.begin));
    const TraceSpan& parent = trace.spans[span.parent];
    BOOST_TEST((parent.begin <= span.begin));
    BOOST_TEST(span.abandoned == (span.end > parent.end));
  }
}

void check_all(const Record& record) {
  BOOST_TEST(record.traces.requests.size() <= Traces::kMost);
  for (const RequestTrace& trace : record.traces.requests) check_nesting(trace, record.ended);
}

/// A load of requests each second, evenly spaced from t=0, without a warm-up.
Scenario even(Duration service, double per_second, Duration duration) {
  Scenario scenario = shop(1, Distribution::deterministic(service), per_second, duration);
  scenario.run.warmup = Duration{0};
  scenario.loads["users"].arrivals = Arrivals::deterministic;
  return scenario;
}

void same_traces(const Record& a, const Record& b) {
  BOOST_TEST(a.traces.one_in == b.traces.one_in);
  BOOST_TEST(a.traces.names == b.traces.names);
  BOOST_TEST((a.traces.requests == b.traces.requests));
}

/// A rank as the documentation of Traces has it: from the seed and the request alone.
std::uint64_t rank(std::uint64_t seed, const std::string& load, std::uint64_t number) {
  const std::uint64_t key = hash_combine(hash_name(load), number);
  return (key ^ hash_combine(hash_name("traces"), seed)) * 0xd1342543de82ef95U;
}

}  // namespace

// ---- which ones ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_small_run_traces_every_request_but_those_of_the_warm_up) {
  Scenario scenario = shop(2, Distribution::exponential(10ms), 20, 10s);
  scenario.run.warmup = 5s;

  const Record record = run(scenario);

  BOOST_TEST(record.traces.one_in == 1U);
  BOOST_TEST(record.traces.requests.size() == record.find_series("users")->total.injected);
  BOOST_TEST(record.traces.requests.size() < record.requests.injected);
  check_all(record);
}

BOOST_AUTO_TEST_CASE(the_sample_is_exactly_the_requests_of_the_lowest_ranks) {
  Scenario scenario = shop(3, Distribution::exponential(1ms), 500, 20s);
  scenario.run.warmup = Duration{0};
  const Load users = scenario.loads["users"];
  scenario.loads["others"] = users;
  scenario.loads["others"].rate = Rate{100};
  const Record record = run(scenario, 7);
  std::map<std::string, std::set<std::uint64_t>> sampled;
  for (const RequestTrace& trace : record.traces.requests) {
    BOOST_TEST(sampled[record.traces.names[trace.load]].insert(trace.number).second);
  }
  const std::uint64_t one_in = record.traces.one_in;
  BOOST_REQUIRE(one_in > 1);

  std::size_t below = 0, below_twice = 0;
  for (const std::string load : {"users", "others"}) {
    const std::uint64_t sent = record.find_series(load)->total.injected;
    for (std::uint64_t number = 0; number < sent; ++number) {
      const std::uint64_t of = rank(7, load, number);
      const bool lowest = of <= ~std::uint64_t{0} / one_in;
      BOOST_TEST(lowest == sampled[load].contains(number), load << " " << number);
      below += lowest ? 1 : 0;
      below_twice += of <= ~std::uint64_t{0} / (one_in / 2) ? 1 : 0;
    }
  }

  BOOST_TEST(below == record.traces.requests.size());
  BOOST_TEST(below <= Traces::kMost);
  BOOST_TEST(below_twice > Traces::kMost);
}

BOOST_AUTO_TEST_CASE(another_seed_is_another_sample) {
  const Scenario scenario = shop(3, Distribution::exponential(1ms), 500, 20s);
  const auto numbers = [&](std::uint64_t seed) {
    std::set<std::uint64_t> sampled;
    for (const RequestTrace& trace : run(scenario, seed).traces.requests) {
      sampled.insert(trace.number);
    }
    return sampled;
  };

  BOOST_TEST((numbers(1) == numbers(1)));
  BOOST_TEST((numbers(1) != numbers(2)));
}

BOOST_AUTO_TEST_CASE(requests_come_by_time_of_sending) {
  Scenario scenario = shop(3, Distribution::exponential(1ms), 500, 20s);
  const Load users = scenario.loads["users"];
  scenario.loads["others"] = users;

  const Record record = run(scenario);

  const auto& requests = record.traces.requests;
  BOOST_TEST(requests.size() > Traces::kMost / 4);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    BOOST_TEST((requests[i - 1].spans[0].begin <= requests[i].spans[0].begin));
  }
}

BOOST_AUTO_TEST_CASE(a_sample_is_as_slow_as_the_whole) {
  // Goal: neither the fate of a request nor its service time has a part in whether it is taken.
  LEAPDAY_LONG_TEST();
  double sum = 0, squares = 0;
  std::size_t n = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Record record = run(shop(50, Distribution::exponential(10ms), 500, 20s), seed);
    const double mean = mean_latency(record);
    for (const RequestTrace& trace : record.traces.requests) {
      if (trace.spans[0].open) continue;
      const double latency = static_cast<double>(length(trace.spans[0]).count()) * 1e-9 - mean;
      sum += latency;
      squares += latency * latency;
      ++n;
    }
  }
  const auto count = static_cast<double>(n);
  const double off = sum / count;

  const double error = std::sqrt(squares / count / count);
  BOOST_TEST_MESSAGE("off by " << off / error << " standard errors, " << n << " requests");
  BOOST_TEST(n > 40 * Traces::kMost / 3);
  BOOST_TEST(std::abs(off) < 4 * error);
}

BOOST_AUTO_TEST_CASE(failures_are_in_the_sample_as_often_as_in_the_run) {
  Scenario scenario = shop(4, Distribution::exponential(5ms), 500, 60s);
  scenario.apps["shop"].error_rate = Ratio{1, 5};

  const Record record = run(scenario);

  std::size_t failed = 0;
  for (const RequestTrace& trace : record.traces.requests) {
    failed += trace.spans[0].reason == FailureReason::error ? 1 : 0;
  }
  const auto n = static_cast<double>(record.traces.requests.size());
  const double share = static_cast<double>(failed) / n;
  BOOST_TEST(std::abs(share - 0.2) < 4 * std::sqrt(0.2 * 0.8 / n));
}

BOOST_AUTO_TEST_CASE(a_long_run_keeps_no_more_than_a_short_one) {
  LEAPDAY_LONG_TEST();
  const Record record = run(shop(10, Distribution::exponential(1ms), 2000, 600s));

  BOOST_TEST(record.traces.requests.size() <= Traces::kMost);
  BOOST_TEST(record.traces.requests.size() > Traces::kMost / 4);
  BOOST_TEST(record.traces.one_in >= 4096U);
  check_all(record);
}

// ---- the same on every path ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(slices_and_paths_of_a_run_tell_the_same_traces) {
  Scenario scenario = shop(3, Distribution::exponential(10ms), 250, 30s);
  const Record whole = run(scenario);
  TrafficLab sliced(scenario, 1, true);
  for (int slice = 1; slice < 100; ++slice) sliced.run_until(slice * 217ms);
  TrafficLab slow(scenario, 1, false);

  same_traces(whole, sliced.finish());
  same_traces(whole, slow.finish());
  BOOST_TEST(sliced.traffic.settled_eagerly() > 1000U);
}

BOOST_AUTO_TEST_CASE(a_direct_call_has_the_spans_of_a_guarded_one) {
  // Goal: a time-out that never passes takes the calls off their short cut, and changes no span.
  const auto scenario = [](bool guarded) {
    Scenario graph = shop(3, Distribution::exponential(5ms), 60, 20s);
    CallSpec stock{.to = "stock"}, price{.to = "price", .fan_out = 2}, log{.to = "price"};
    if (guarded) stock.policy.timeout = price.policy.timeout = log.policy.timeout = 1h;
    if (guarded) graph.loads["users"].policy.timeout = 1h;
    CallSpec group;
    group.parallel = {stock, price};
    graph.apps["shop"].concurrency = 8;
    graph.apps["shop"].calls = {group, log};
    graph.apps["stock"].service_time = Distribution::exponential(10ms);
    graph.apps["price"].service_time = Distribution::exponential(3ms);
    graph.apps["price"].error_rate = Ratio{1, 20};
    return graph;
  };
  const Record direct = run(scenario(false)), guarded = run(scenario(true));

  BOOST_TEST(direct.requests.failed_total() > 10U);
  check_all(direct);
  same_traces(direct, guarded);
}

// ---- what the spans say ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(queue_and_service_add_up_to_a_latency_known_in_advance) {
  // Goal: one server, 30 ms of work, arrivals 20 ms apart: request n waits n times 10 ms.
  const Scenario scenario = even(30ms, 50, 1s);

  const Record record = run(scenario);

  check_all(record);
  const SimTime first = request(record, 0).spans[0].begin;
  for (std::uint64_t n = 0; n < 20; ++n) {
    const RequestTrace& trace = request(record, n);
    BOOST_TEST((trace.spans[0].begin - first == n * 20ms));
    BOOST_TEST((length(trace.spans[0]) == 30ms + n * 10ms));
    BOOST_TEST(trace.spans[0].answered());
    BOOST_TEST(trace.spans.size() == (n == 0 ? 4U : 5U));
    BOOST_TEST((length(spans_of(trace, Kind::service).at(0)) == 30ms));
    if (n > 0) BOOST_TEST((length(spans_of(trace, Kind::queue).at(0)) == n * 10ms));
    BOOST_TEST(subject(record, trace.spans[1]) == "router-0");
    BOOST_TEST(subject(record, trace.spans[2]) == "shop/0");
  }
  const RequestTrace& last = record.traces.requests.back();
  BOOST_TEST(last.spans[0].open);
  BOOST_TEST(!last.spans[0].answered());
  BOOST_TEST(spans_of(last, Kind::service).empty());
}

BOOST_AUTO_TEST_CASE(the_network_is_what_a_visit_does_not_spend_at_the_instance) {
  Scenario scenario = even(30ms, 10, 1s);
  scenario.topology.network.same_zone = 1ms;
  scenario.topology.network.clients = 5ms;

  const Record record = run(scenario);

  check_all(record);
  const RequestTrace& trace = request(record, 0);
  BOOST_REQUIRE(trace.spans.size() == 4U);
  BOOST_TEST((length(trace.spans[3]) == 30ms));
  // Handshake, request and answer each way; clients are 5 ms away from their router.
  BOOST_TEST((length(trace.spans[2]) == 30ms + 4 * 1ms));
  BOOST_TEST((length(trace.spans[0]) == length(trace.spans[2]) + 2 * 5ms));
  BOOST_TEST((trace.spans[2].begin - trace.spans[1].begin == 5ms));
}

BOOST_AUTO_TEST_CASE(a_retry_after_a_crash_is_a_second_attempt) {
  Scenario scenario = even(300ms, 2, 2s);
  scenario.apps["shop"].instances = 2;
  scenario.loads["users"].policy.retry =
      Retry{.max_retries = 1, .backoff = 50ms, .jitter = Jitter::none};
  TrafficLab lab(scenario);
  lab.run_until(700ms);
  const InstanceId busy = lab.traffic.open_requests({0}) > 0 ? InstanceId{0} : InstanceId{1};
  const SimTime crash = lab.world.now();
  lab.traffic.instance_gone(busy, Departure::crash);
  for (std::uint32_t r = 0; r < lab.world.routers.size(); ++r) lab.traffic.route_remove({r}, busy);
  const Record record = lab.finish();

  check_all(record);
  std::size_t retried = 0;
  for (const RequestTrace& trace : record.traces.requests) {
    const std::vector<TraceSpan> attempts = spans_of(trace, Kind::attempt);
    if (attempts.size() < 2) continue;
    ++retried;
    BOOST_TEST((attempts[0].reason == FailureReason::reset));
    BOOST_TEST((attempts[0].end == crash));
    BOOST_TEST((spans_of(trace, Kind::visit)[0].reason == FailureReason::reset));
    BOOST_TEST((spans_of(trace, Kind::service)[0].reason == FailureReason::reset));
    BOOST_TEST((spans_of(trace, Kind::service)[0].end == crash));
    BOOST_TEST((attempts[1].begin == crash + 50ms));
    BOOST_TEST(attempts[1].number == 1U);
    BOOST_TEST(!attempts[1].hedge);
    BOOST_TEST(attempts[1].answered());
    BOOST_TEST(trace.spans[0].answered());
    const std::vector<TraceSpan> visits = spans_of(trace, Kind::visit);
    BOOST_TEST(visits.size() == 2U);
    BOOST_TEST(subject(record, visits[0]) != subject(record, visits[1]));
  }
  BOOST_TEST(retried == 1U);
}

/// The answer's way back is the network's, not the queue's.
BOOST_AUTO_TEST_CASE(who_leaves_a_routers_queue_without_a_turn_waits_no_longer) {
  Scenario scenario = even(100ms, 10, 3s);
  scenario.topology.network.clients = 500ms;
  scenario.apps["shop"].service_time = Distribution::deterministic(10s);
  scenario.apps["shop"].routing.max_connections = 1;
  scenario.apps["shop"].routing.queue_limit = 100;
  TrafficLab lab(scenario);
  lab.run_until(1500ms);
  const SimTime crash = lab.world.now();
  lab.traffic.instance_gone({0}, Departure::crash);
  for (std::uint32_t r = 0; r < lab.world.routers.size(); ++r) lab.traffic.route_remove({r}, {0});
  const Record record = lab.finish();

  check_all(record);
  std::size_t waited = 0;
  for (const RequestTrace& trace : record.traces.requests) {
    for (const TraceSpan& queue : spans_of(trace, Kind::queue)) {
      const TraceSpan& attempt = trace.spans[queue.parent];
      if (attempt.kind != Kind::attempt) continue;
      ++waited;
      BOOST_TEST((queue.end == crash));
      BOOST_TEST((attempt.end == crash + 500ms));
      BOOST_TEST((attempt.reason == FailureReason::unroutable));
    }
  }
  BOOST_TEST(waited > 0U);
}

BOOST_AUTO_TEST_CASE(a_hedge_runs_beside_the_first_attempt_and_the_loser_goes_on) {
  Scenario scenario = even(100ms, 1, 3s);
  scenario.apps["shop"].instances = 2;
  scenario.loads["users"].policy.hedge_after = 40ms;
  const Record record = run(scenario);

  check_all(record);
  const RequestTrace& trace = request(record, 0);
  const std::vector<TraceSpan> attempts = spans_of(trace, Kind::attempt);
  BOOST_REQUIRE(attempts.size() == 2U);
  BOOST_TEST(attempts[1].hedge);
  BOOST_TEST((attempts[1].begin - attempts[0].begin == 40ms));
  BOOST_TEST((attempts[0].end == trace.spans[0].end));
  BOOST_TEST(!attempts[0].abandoned);
  BOOST_TEST(attempts[1].abandoned);
  BOOST_TEST((attempts[1].end - trace.spans[0].end == 40ms));
}

BOOST_AUTO_TEST_CASE(what_a_caller_gave_up_on_ends_when_the_server_is_done) {
  Scenario scenario = even(100ms, 1, 3s);
  scenario.loads["users"].policy.timeout = 30ms;

  const Record record = run(scenario);

  check_all(record);
  const RequestTrace& trace = request(record, 0);
  BOOST_REQUIRE(trace.spans.size() == 4U);
  BOOST_TEST((trace.spans[0].reason == FailureReason::timeout));
  BOOST_TEST((length(trace.spans[0]) == 30ms));
  BOOST_TEST((trace.spans[2].reason == FailureReason::timeout));
  BOOST_TEST((length(trace.spans[2]) == 100ms));
  BOOST_TEST(trace.spans[2].abandoned);
  BOOST_TEST((length(trace.spans[3]) == 100ms));
  BOOST_TEST(!trace.spans[3].abandoned);
}

BOOST_AUTO_TEST_CASE(a_breaker_that_is_open_is_a_request_without_attempts) {
  Scenario scenario = even(1ms, 100, 5s);
  scenario.apps["shop"].error_rate = Ratio{1, 1};
  scenario.loads["users"].policy.breaker = Breaker{.open_for = 2s};

  const Record record = run(scenario);

  check_all(record);
  std::size_t refused = 0;
  for (const RequestTrace& trace : record.traces.requests) {
    if (trace.spans[0].reason != FailureReason::circuit_open) continue;
    ++refused;
    BOOST_TEST(trace.spans.size() == 1U);
    BOOST_TEST((length(trace.spans[0]) == Duration{0}));
  }
  BOOST_TEST(refused > 50U);
}

BOOST_AUTO_TEST_CASE(parallel_calls_and_those_to_dependencies_nest_in_their_visit) {
  Scenario scenario = even(10ms, 5, 2s);
  scenario.apps["stock"].service_time = Distribution::deterministic(20ms);
  scenario.apps["price"].service_time = Distribution::deterministic(5ms);
  Dependency& db = scenario.dependencies["db"];
  db.kind = DependencyKind::database;
  db.connections = 1;
  db.service_time = Distribution::deterministic(7ms);
  CallSpec group;
  group.parallel = {{.to = "stock"}, {.to = "price", .fan_out = 2}};
  scenario.apps["shop"].calls = {group, {.to = "db", .fan_out = 1}};

  const Record record = run(scenario);

  check_all(record);
  const RequestTrace& trace = request(record, 0);
  const std::vector<TraceSpan> calls = spans_of(trace, Kind::call);
  BOOST_REQUIRE(calls.size() == 4U);
  BOOST_TEST(subject(record, calls[0]) == "stock");
  BOOST_TEST(subject(record, calls[1]) == "price");
  BOOST_TEST(subject(record, calls[2]) == "price");
  BOOST_TEST(subject(record, calls[3]) == "db");
  for (const TraceSpan& call : calls) BOOST_TEST(call.parent == 2U);
  BOOST_TEST((length(calls[0]) == 20ms));
  BOOST_TEST((length(calls[1]) == 5ms));
  BOOST_TEST((length(calls[2]) == 10ms));  // waits for the other at the only instance
  BOOST_TEST((calls[0].begin == calls[2].begin));
  BOOST_TEST((calls[3].begin == calls[0].end));
  BOOST_TEST((length(calls[3]) == 7ms));
  BOOST_TEST((length(trace.spans[0]) == 10ms + 20ms + 7ms));
}

BOOST_AUTO_TEST_CASE(a_request_with_too_many_spans_says_that_some_are_missing) {
  Scenario scenario = even(1ms, 1, 3s);
  scenario.apps["stock"].service_time = Distribution::deterministic(1ms);
  scenario.apps["stock"].concurrency = 0;
  scenario.apps["shop"].calls = {{.to = "stock", .fan_out = 1000}};
  scenario.apps["shop"].concurrency = 2;
  const Record direct = run(scenario);
  scenario.apps["shop"].calls.front().policy.timeout = 1h;
  const Record guarded = run(scenario);

  check_all(direct);
  const RequestTrace& trace = request(direct, 0);
  BOOST_TEST(trace.truncated);
  BOOST_TEST(trace.spans.size() == Traces::kMostSpans);
  BOOST_TEST((length(trace.spans[0]) == 2ms));
  same_traces(direct, guarded);
}

BOOST_AUTO_TEST_CASE(whatever_happens_spans_nest) {
  Scenario scenario = shop(3, Distribution::exponential(20ms), 60, 10s);
  scenario.apps["shop"].concurrency = 4;
  scenario.apps["shop"].routing.request_timeout = 60ms;
  scenario.apps["shop"].routing.attempts = 3;
  scenario.apps["shop"].routing.max_connections = 5;
  scenario.apps["shop"].routing.queue_limit = 10;
  scenario.apps["shop"].calls = {{.to = "back", .policy = {.timeout = 40ms}}};
  scenario.apps["back"].service_time = Distribution::exponential(30ms);
  scenario.apps["back"].instances = 3;
  scenario.loads["users"].policy.timeout = 100ms;
  scenario.loads["users"].policy.retry = Retry{.max_retries = 3, .backoff = 5ms};
  scenario.loads["users"].policy.hedge_after = 30ms;

  const Record record = run(scenario);

  check_all(record);
  std::size_t waited_at_router = 0, abandoned = 0;
  for (const RequestTrace& trace : record.traces.requests) {
    for (const TraceSpan& span : trace.spans) {
      abandoned += span.abandoned ? 1 : 0;
      if (span.kind != Kind::queue) continue;
      waited_at_router += trace.spans[span.parent].kind == Kind::attempt ? 1 : 0;
    }
  }
  BOOST_TEST(waited_at_router > 0U);
  BOOST_TEST(abandoned > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
