/// \file theory_queueing.cpp
/// What queueing theory says of stations and routers, as reference/validation.md lists it.
/// Why: every answer of a rehearsal rests on these. Means are compared in units of the service
/// time.
#include "sim/engine/ziggurat.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(theory_queueing)

using namespace leapday;
using namespace leapday::model;

namespace {

constexpr Duration kService = 10ms;
constexpr double kMean = 0.010;
const Distribution kExponential = Distribution::exponential(kService);

/// So long that about so many requests come at this rate.
Duration time_for(double requests, double per_second) {
  return Duration{static_cast<std::int64_t>(requests / per_second * 1e9)};
}

Scenario station(double load, Distribution law, double requests, std::int64_t servers = 1) {
  const double rate = load / kMean;
  Scenario scenario = shop(1, std::move(law), rate, time_for(requests, rate));
  scenario.apps["shop"].concurrency = servers;
  return scenario;
}

Scenario farm(std::int64_t instances, double utilisation, const std::string& policy,
              double requests, std::int64_t choices = 2) {
  const double rate = utilisation * static_cast<double>(instances) / kMean;
  Scenario scenario = shop(instances, kExponential, rate, time_for(requests, rate));
  scenario.apps["shop"].routing.policy = policy;
  scenario.apps["shop"].routing.choices = choices;
  return scenario;
}

/// Requests whose latency exceeds their own service time have waited: the share of those, from a
/// trace that states both.
double share_that_waits(double load, std::int64_t servers, std::size_t requests) {
  struct Tally {
    const std::vector<TraceRow>* rows;
    std::uint64_t waited = 0, all = 0;
    static void note(void* self, const SettledRequest& r) {
      auto& tally = *static_cast<Tally*>(self);
      if (r.number < tally.rows->size() / 20) return;  // the queue fills from empty
      ++tally.all;
      if (r.settled - r.sent > *(*tally.rows)[r.number].service_time) ++tally.waited;
    }
  };
  Scenario scenario;
  scenario.apps["shop"].concurrency = servers;
  scenario.loads["users"].to = "shop";
  std::vector<TraceRow>& rows = scenario.loads["users"].trace.emplace().rows;
  Random random = Random::keyed(7);
  double at = 0;
  for (std::size_t i = 0; i < requests; ++i) {
    at += engine::sample_exponential(random) * kMean / load;
    rows.push_back(
        {.at = engine::to_duration(at),
         .service_time = engine::to_duration(kMean * engine::sample_exponential(random))});
  }
  scenario.run.duration = rows.back().at + 10s;
  scenario.platform.algorithms.routing = "round_robin";
  TrafficLab lab(scenario);
  Tally tally{&rows};
  lab.traffic.watch(&Tally::note, &tally);
  lab.finish();
  return static_cast<double>(tally.waited) / static_cast<double>(tally.all);
}

}  // namespace

BOOST_AUTO_TEST_CASE(m_m_1) {
  LEAPDAY_LONG_TEST();
  const Record record = run(station(0.8, kExponential, 6e6));
  check_near("M/M/1 rho .8 W", mean_latency(record) / kMean, 5.0, 0.02);
  check_near("M/M/1 rho .8 p99", quantile(record, 0.99) / kMean, 23.03, 0.04);
  BOOST_TEST(record.stability.at(0).stable);
  check_near("its load", record.stability.at(0).offered_load, 0.8, 0.01);
}

BOOST_AUTO_TEST_CASE(m_m_c) {
  LEAPDAY_LONG_TEST();
  check_near("M/M/3 a 2.4 W", mean_latency(run(station(2.4, kExponential, 3e6, 3))) / kMean, 2.0787,
             0.02);
  check_near("M/M/3 a 2.4 P(wait)", share_that_waits(2.4, 3, 1'000'000), 0.6472, 0.02);
  check_near("M/M/10 a 8 P(wait)", share_that_waits(8, 10, 1'500'000), 0.4092, 0.02);
  check_near("M/M/100 a 90 P(wait)", share_that_waits(90, 100, 3'000'000), 0.2169, 0.05);
}

BOOST_AUTO_TEST_CASE(loss_systems) {
  LEAPDAY_LONG_TEST();
  Scenario erlang = station(8, kExponential, 1e6, 10);
  erlang.apps["shop"].queue_limit = 0;
  const Record lost = run(erlang);
  const Series& users = *lost.find_series("users");
  check_near(
      "M/M/10/10 a 8 loss",
      static_cast<double>(users.total.failed_total()) / static_cast<double>(users.total.injected),
      0.1217, 0.03);
  BOOST_TEST(users.total.failed_total() == failures(lost, FailureReason::rejected));

  Scenario bounded = station(0.9, kExponential, 2e6);
  bounded.apps["shop"].queue_limit = 9;  // and one in service
  const Record record = run(bounded);
  const Series& series = *record.find_series("users");
  check_near(
      "M/M/1/10 rho .9 blocked",
      static_cast<double>(series.total.failed_total()) / static_cast<double>(series.total.injected),
      0.0508, 0.03);
  check_near("M/M/1/10 rho .9 W", mean_latency(record) / kMean, 4.647, 0.03);
}

BOOST_AUTO_TEST_CASE(m_d_1) {
  LEAPDAY_LONG_TEST();
  const Distribution law = Distribution::deterministic(kService);
  for (const auto& [rho, w, n] : {std::tuple{0.5, 1.5, 1e6}, {0.8, 3.0, 2e6}, {0.9, 5.5, 4e6}}) {
    check_near("M/D/1 rho " + std::to_string(rho), mean_latency(run(station(rho, law, n))) / kMean,
               w, 0.02);
  }
}

BOOST_AUTO_TEST_CASE(processor_sharing_is_insensitive_to_the_law) {
  LEAPDAY_LONG_TEST();
  const Distribution two_points{
      .kind = Distribution::Kind::mixture,
      .parts = {{.weight = 0.9, .law = Distribution::deterministic(5ms)},
                {.weight = 0.1, .law = Distribution::deterministic(55ms)}}};
  const Distribution heavy{.kind = Distribution::Kind::gamma, .a = 0.25, .b = 0.040};
  for (const auto& [name, law] : {std::pair{"deterministic", Distribution::deterministic(kService)},
                                  {"exponential", kExponential},
                                  {"two points", two_points},
                                  {"gamma, cv 2", heavy}}) {
    Scenario scenario = station(0.8, law, 2e6);
    scenario.topology.zones["z"].cores = 1;
    scenario.apps["shop"].discipline = Discipline::processor_sharing;
    scenario.apps["shop"].concurrency = 0;
    check_near(std::string("M/G/1 processor sharing, ") + name, mean_latency(run(scenario)) / kMean,
               5.0, 0.03);
  }
}

BOOST_AUTO_TEST_CASE(round_robin_is_e3_m_1) {
  LEAPDAY_LONG_TEST();
  for (const auto& [rho, w, n] :
       {std::tuple{0.3, 1.152, 1e6}, {0.5, 1.494, 1e6}, {0.7, 2.358, 2e6}, {0.85, 4.566, 5e6}}) {
    check_near("round robin over 3, rho " + std::to_string(rho),
               mean_latency(run(farm(3, rho, "round_robin", n))) / kMean, w, 0.02);
  }
}

BOOST_AUTO_TEST_CASE(three_servers_by_policy) {
  LEAPDAY_LONG_TEST();
  const auto three = [](const std::string& policy) {  // lambda 24/s, mu 10/s each
    Scenario scenario = shop(3, Distribution::exponential(100ms), 24, time_for(4e6, 24));
    scenario.apps["shop"].routing.policy = policy;
    return scenario;
  };
  const Record random = run(three("random"));
  check_near("3 servers, random, W", mean_latency(random), 0.5, 0.02);
  check_near("3 servers, random, p99", quantile(random, 0.99), 2.3026, 0.04);
  check_near("3 servers, round robin, W", mean_latency(run(three("round_robin"))), 0.345942, 0.02);
  Scenario central = three("round_robin");
  central.apps["shop"].routing.max_connections = 1;
  central.apps["shop"].routing.queue_limit = 1'000'000;
  check_near("3 servers, central queue, W", mean_latency(run(central)), 0.207865, 0.02);
}

BOOST_AUTO_TEST_CASE(power_of_two_and_three_choices) {
  LEAPDAY_LONG_TEST();
  struct Row {
    double rho, two, three, requests, tolerance;
  };
  for (const Row& row :
       {Row{0.5, 1.2673, 1.1277, 1e6, 0.01}, Row{0.7, 1.6202, 1.3634, 1e6, 0.01},
        Row{0.8, 1.9585, 1.5940, 1e6, 0.01}, Row{0.9, 2.6454, 2.0614, 1.5e6, 0.01},
        Row{0.95, 3.4610, 2.6137, 2.5e6, 0.01}, Row{0.99, 5.9275, 4.4080, 4e6, 0.03}}) {
    for (const std::int64_t choices : {2, 3}) {
      check_near(std::to_string(choices) + " choices of 100, lambda " + std::to_string(row.rho),
                 mean_latency(run(farm(100, row.rho, "power_of_d", row.requests, choices))) / kMean,
                 choices == 2 ? row.two : row.three, row.tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(fan_out_meets_the_slow_ones) {
  LEAPDAY_LONG_TEST();
  // "The Tail at Scale": 63 % and 18 %; exactly 1 - (1 - p)^n, of as many trials as there are
  // requests.
  const auto check_fan_out = [](std::int64_t copies, double slow, double requests) {
    const Distribution leaf{.kind = Distribution::Kind::mixture,
                            .parts = {{.weight = 1 - slow, .law = Distribution::deterministic(1ms)},
                                      {.weight = slow, .law = Distribution::deterministic(1s)}}};
    Scenario scenario = shop(1, Distribution::deterministic(0ms), 100, time_for(requests, 100));
    scenario.apps["shop"].concurrency = 0;
    scenario.apps["shop"].calls = {{.to = "leaf", .fan_out = copies}};
    scenario.apps["leaf"].concurrency = 0;
    scenario.apps["leaf"].service_time = leaf;
    const Record record = run(scenario);
    const Histogram& latency = record.find_series("users")->latency_total;
    const auto answered = static_cast<double>(latency.count());
    check_share("fan-out " + std::to_string(copies),
                1 - static_cast<double>(latency.count_at_most(500ms)) / answered, answered,
                1 - std::pow(1 - slow, static_cast<double>(copies)));
  };
  check_fan_out(100, 0.01, 50'000);
  check_fan_out(2000, 1e-4, 20'000);
}

BOOST_AUTO_TEST_CASE(the_tail_of_a_hedged_request_is_that_of_the_earlier_of_two) {
  // Two independent exponentials of mean m, the second begun after d if the first is not done:
  // P(T > t) = exp(-t/m) up to d, exp(-t/m) exp(-(t - d)/m) beyond; exp(-d/m) of them are hedged.
  const double m = 0.010, d = 0.008;
  Scenario scenario = shop(1, Distribution::exponential(10ms), 1000, short_tests() ? 20s : 300s);
  scenario.run.warmup = {};
  scenario.apps["shop"].concurrency = 0;
  scenario.loads["users"].policy.hedge_after = 8ms;
  TrafficLab lab(scenario);
  std::vector<double> latencies;
  lab.traffic.watch(
      [](void* self, const SettledRequest& r) {
        static_cast<std::vector<double>*>(self)->push_back(
            static_cast<double>((r.settled - r.sent).count()) * 1e-9);
      },
      &latencies);
  const Record record = lab.finish();

  const auto n = static_cast<double>(latencies.size());
  for (const double t : {0.002, 0.0079, 0.0081, 0.012, 0.020, 0.030}) {
    const auto above = std::count_if(latencies.begin(), latencies.end(),
                                     [t](double latency) { return latency > t; });
    check_share("P(T > " + std::to_string(t) + " s)", static_cast<double>(above) / n, n,
                std::exp(-t / m) * (t > d ? std::exp(-(t - d) / m) : 1));
  }
  const auto hedges =
      static_cast<double>(record.attempts.injected) - static_cast<double>(record.requests.injected);
  check_share("hedged", hedges / n, n, std::exp(-d / m));
}

BOOST_AUTO_TEST_CASE(hedging_cuts_the_tail_for_two_percent_more_load) {
  const Distribution law{
      .kind = Distribution::Kind::mixture,
      .parts = {
          {.weight = 0.98, .law = {.kind = Distribution::Kind::uniform, .a = 0.001, .b = 0.009}},
          {.weight = 0.02, .law = {.kind = Distribution::Kind::pareto, .a = 0.010, .b = 0.58}}}};
  Scenario scenario = shop(100, law, 1000, short_tests() ? 30s : 200s);
  scenario.apps["shop"].concurrency = 0;
  const Record plain = run(scenario);
  scenario.loads["users"].policy.hedge_after = 10ms;
  const Record hedged = run(scenario);

  BOOST_TEST_MESSAGE("p99.9 " << quantile(plain, 0.999) << " s without, " << quantile(hedged, 0.999)
                              << " s with a hedge at 10 ms");
  BOOST_TEST(quantile(plain, 0.999) > 1.0);
  BOOST_TEST(quantile(hedged, 0.999) < 0.074);
  const double load =
      static_cast<double>(hedged.attempts.injected) / static_cast<double>(hedged.requests.injected);
  BOOST_TEST_MESSAGE("load x" << load);
  BOOST_TEST(load > 1.015);
  BOOST_TEST(load < 1.025);
  BOOST_TEST(hedged.attempts.abandoned > 0U);
}

BOOST_AUTO_TEST_CASE(a_load_of_one_or_more_is_reported_as_unstable) {
  for (const double rho : {1.0, 1.02, 1.5, 3.0}) {
    const Record record = run(station(rho, kExponential, 20'000));
    BOOST_TEST(!record.stability.at(0).stable, "rho " << rho);
    BOOST_TEST(record.stability.at(0).offered_load >= 1 - 1e-9);
  }
  for (const double rho : {0.5, 0.9}) {
    BOOST_TEST(run(station(rho, kExponential, 20'000)).stability.at(0).stable, "rho " << rho);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_storm_is_unstable_though_its_first_tries_are_not) {
  Scenario scenario = station(0.6, kExponential, 60'000);
  scenario.apps["shop"].error_rate = Ratio{1, 1};
  scenario.loads["users"].policy.retry = Retry{.max_retries = 2};
  const Record record = run(scenario);
  BOOST_TEST(!record.stability.at(0).stable);
  BOOST_TEST(record.stability.at(0).offered_load > 1.2);
}

BOOST_AUTO_TEST_CASE(a_saturated_closed_loop_is_stable) {
  Scenario scenario = station(0.5, kExponential, 10'000);
  Load& load = scenario.loads["users"];
  load.rate.reset();
  load.closed = ClosedLoop{.clients = 50, .think_time = Distribution::exponential(1ms)};
  BOOST_TEST(run(scenario).stability.at(0).stable);
}

BOOST_AUTO_TEST_SUITE_END()
