/// \file theory_clients.cpp
/// What callers do to a service that fails, as reference/validation.md lists it, and the parts of
/// it that are rules rather than theory.
/// Why: retries, budgets, breakers and throttles decide whether an outage ends with its cause.
#include "sim/engine/sampler.hpp"
#include "sim/model/arrivals.hpp"
#include "sim/model/breaker.hpp"
#include "sim/model/retry.hpp"
#include "sim/model/throttle.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(theory_clients)

using namespace leapday;
using namespace leapday::model;

namespace {

/// A service that answers at once, or fails with this probability.
Scenario flaky(Ratio errors, double per_second, Duration duration) {
  Scenario scenario = shop(1, Distribution::deterministic(0ms), per_second, duration);
  scenario.apps["shop"].concurrency = 0;
  scenario.apps["shop"].error_rate = errors;
  return scenario;
}

double load_factor(const Record& record) {
  return static_cast<double>(record.attempts.injected) /
         static_cast<double>(record.requests.injected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(three_attempts_multiply_the_load) {
  Scenario scenario = flaky(Ratio{1, 2}, 1000, 400s);
  scenario.loads["users"].policy.retry = Retry{.max_retries = 2};
  check_near("3 attempts, p .5: load", load_factor(run(scenario)), 1.75, 0.005);

  scenario.apps["shop"].error_rate = Ratio{1, 1};
  const Record all_fail = run(scenario);
  BOOST_TEST(all_fail.attempts.injected == 3 * all_fail.requests.injected);
  BOOST_TEST(all_fail.find_series("users")->retries ==
             2 * all_fail.find_series("users")->total.injected);

  scenario.loads["users"].policy.retry->budget = Ratio{1, 10};
  const double budgeted = load_factor(run(scenario));
  BOOST_TEST_MESSAGE("with a 10 % budget: load x" << budgeted);
  BOOST_TEST(budgeted <= 1.1);
  BOOST_TEST(budgeted > 1.09);
}

BOOST_AUTO_TEST_CASE(retries_of_a_closed_loop_follow_the_geometric_series) {
  for (const std::int64_t tenths : {1, 5}) {
    const double p = static_cast<double>(tenths) / 10;
    Scenario scenario = flaky(Ratio{tenths, 10}, 0, 300s);
    Load& load = scenario.loads["users"];
    load.rate.reset();
    load.closed = ClosedLoop{.clients = 100, .think_time = Distribution::deterministic(100ms)};
    load.policy.retry = Retry{.max_retries = 3};
    const Record record = run(scenario);
    const double p4 = p * p * p * p;
    check_near("100 clients x 10/s, requests", static_cast<double>(record.requests.injected),
               1000 * 315.0, 0.001);
    check_near("success",
               static_cast<double>(record.requests.answered) /
                   static_cast<double>(record.requests.injected),
               1 - p4, 0.002);
    check_near("load", load_factor(record), (1 - p4) / (1 - p), 0.005);
  }
}

BOOST_AUTO_TEST_CASE(adaptive_throttling_keeps_twice_what_is_accepted) {
  // A back end that takes one request per 10 ms and turns the others away, asked 2000/s.
  Scenario scenario = shop(1, Distribution::deterministic(10ms), 2000, 600s);
  scenario.run.warmup = 200s;
  scenario.apps["shop"].queue_limit = 0;
  scenario.loads["users"].policy.throttle = Throttle{.k = 2, .window = 120s};
  const Record record = run(scenario);
  const Series& users = *record.find_series("users");
  const auto requests = static_cast<double>(users.total.injected);
  const auto accepts = static_cast<double>(users.total.answered);
  const double seen = static_cast<double>(record.find_series("shop")->total.injected);
  check_near("back end sees, of what it accepts", seen / accepts, 2.0, 0.05);
  const double rejected = static_cast<double>(failures(record, FailureReason::throttled));
  check_near("rejected at the client", rejected / requests,
             (requests - 2 * accepts) / (requests + 1), 0.05);
}

BOOST_AUTO_TEST_CASE(a_retry_storm_outlives_its_cause_iff_all_tries_exceed_the_service_rate) {
  // mu = 100/s, two retries after a timeout of 1 s; the instance hangs from 30 s to 60 s.
  const auto good_after = [](double per_second, std::int64_t retries) {
    Scenario scenario = shop(1, Distribution::exponential(10ms), per_second, 900s);
    scenario.run.warmup = {};
    Load& load = scenario.loads["users"];
    load.policy.timeout = 1s;
    load.policy.retry = Retry{.max_retries = retries};
    TrafficLab lab(scenario);
    lab.run_until(30s);
    lab.hang({0}, true);
    lab.run_until(60s);
    lab.hang({0}, false);
    const Record record = lab.finish();
    const std::vector<SecondCounts>& seconds = record.find_series("users")->by_send;
    std::uint64_t sent = 0, answered = 0;
    for (std::size_t s = 800; s < 890; ++s) {
      sent += seconds[s].sent;
      answered += seconds[s].answered;
    }
    return static_cast<double>(answered) / static_cast<double>(sent);
  };
  for (const std::int64_t retries : {1, 2, 3}) {
    const double critical = 100.0 / static_cast<double>(1 + retries);
    const double below = good_after(critical * 0.85, retries);
    const double above = good_after(critical * 1.15, retries);
    BOOST_TEST_MESSAGE(retries << " retries: good " << below << " below, " << above
                               << " above lambda (1 + R) = mu");
    BOOST_TEST(below > 0.99);
    BOOST_TEST(above < 0.1);
  }
}

BOOST_AUTO_TEST_CASE(a_caller_that_gives_up_leaves_its_work_to_the_server) {
  Scenario scenario;
  scenario.apps["shop"].service_time = Distribution::deterministic(3s);
  Load& load = scenario.loads["users"];
  load.to = "shop";
  load.policy.timeout = 1s;
  load.trace.emplace().rows = {{.at = 0s}, {.at = 100ms}};
  scenario.run.duration = 5s;
  TrafficLab lab(scenario);
  lab.run_until(4s);
  BOOST_TEST(lab.traffic.open_requests({0}) == 1U);  // the second, whose caller went long ago
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::timeout) == 2U);
  BOOST_TEST(record.attempts.abandoned == 2U);
  BOOST_TEST(record.requests.in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(requests_that_are_not_idempotent_are_sent_once) {
  Scenario scenario = flaky(Ratio{1, 1}, 100, 10s);
  scenario.loads["users"].policy.retry = Retry{.max_retries = 2};
  scenario.loads["users"].policy.idempotent = false;
  BOOST_TEST(load_factor(run(scenario)) == 1.0);
}

BOOST_AUTO_TEST_CASE(back_off_grows_and_jitter_spreads_it) {
  const Retry plain{.max_retries = 9, .backoff = 100ms, .factor = 2, .max_backoff = 500ms};
  Random random = Random::keyed(1);
  BOOST_TEST(backoff(plain, 1, random).count() == 100'000'000);
  BOOST_TEST(backoff(plain, 3, random).count() == 400'000'000);
  BOOST_TEST(backoff(plain, 4, random).count() == 500'000'000);
  Retry full = plain;
  full.jitter = Jitter::full;
  Retry equal = plain;
  equal.jitter = Jitter::equal;
  double sum_full = 0, sum_equal = 0;
  std::int64_t least_equal = 1'000'000'000;
  for (int i = 0; i < 100'000; ++i) {
    sum_full += static_cast<double>(backoff(full, 2, random).count());
    const std::int64_t e = backoff(equal, 2, random).count();
    sum_equal += static_cast<double>(e);
    least_equal = std::min(least_equal, e);
  }
  check_near("full jitter, mean", sum_full / 1e5, 100e6, 0.01);
  check_near("equal jitter, mean", sum_equal / 1e5, 150e6, 0.01);
  BOOST_TEST(least_equal >= 100'000'000);
}

BOOST_AUTO_TEST_CASE(retries_wait_their_back_off) {
  Scenario scenario = flaky(Ratio{1, 1}, 0, 10s);
  Load& load = scenario.loads["users"];
  load.trace.emplace().rows = {{.at = 0s}};
  load.policy.retry = Retry{.max_retries = 2, .backoff = 1s};
  struct Seen {
    SimTime settled{};
    static void note(void* self, const SettledRequest& r) {
      static_cast<Seen*>(self)->settled = r.settled;
    }
  } seen;
  TrafficLab lab(scenario);
  lab.traffic.watch(&Seen::note, &seen);
  lab.finish();
  BOOST_TEST((seen.settled == kSimStart + 3s));  // after 1 s and 2 s more
}

BOOST_AUTO_TEST_CASE(a_breaker_opens_tries_and_closes) {
  const Breaker spec{.failure_rate = Ratio{1, 2},
                     .window = 10s,
                     .min_requests = 10,
                     .open_for = 30s,
                     .half_open_requests = 2};
  CircuitBreaker breaker(spec);
  const auto at = [](int s) { return kSimStart + std::chrono::seconds(s); };
  for (int i = 0; i < 9; ++i) {
    BOOST_TEST(breaker.admit(at(0)));
    breaker.settled(at(0), i >= 5);
  }
  BOOST_TEST(!breaker.is_open());  // 5 of 9 failed, but 9 are too few to tell
  breaker.admit(at(1));
  breaker.settled(at(1), true);
  BOOST_TEST(!breaker.is_open());  // only a failure opens it
  breaker.admit(at(1));
  breaker.settled(at(1), false);
  BOOST_TEST(breaker.is_open());  // 6 of 11
  BOOST_TEST(!breaker.admit(at(30)));
  BOOST_TEST(breaker.admit(at(31)));
  BOOST_TEST(breaker.admit(at(31)));
  BOOST_TEST(!breaker.admit(at(31)));  // two trials at most
  breaker.settled(at(32), true);
  breaker.settled(at(32), false);
  BOOST_TEST(breaker.is_open());
  BOOST_TEST(!breaker.admit(at(61)));
  BOOST_TEST(breaker.admit(at(62)));
  BOOST_TEST(breaker.admit(at(62)));
  breaker.settled(at(63), true);
  breaker.settled(at(63), true);
  BOOST_TEST(!breaker.is_open());
}

BOOST_AUTO_TEST_CASE(failures_older_than_the_window_do_not_open_a_breaker) {
  const Breaker spec{.min_requests = 10};
  CircuitBreaker forgetful(spec);
  for (int i = 0; i < 9; ++i) {
    forgetful.admit(kSimStart);
    forgetful.settled(kSimStart, false);
  }
  const SimTime later = kSimStart + 10s;
  for (int i = 0; i < 9; ++i) {
    forgetful.admit(later);
    forgetful.settled(later, false);
  }
  BOOST_TEST(!forgetful.is_open());
}

BOOST_AUTO_TEST_CASE(an_open_breaker_spares_the_service) {
  Scenario scenario = flaky(Ratio{1, 1}, 100, 100s);
  scenario.loads["users"].policy.breaker = Breaker{};
  const Record record = run(scenario);
  BOOST_TEST(failures(record, FailureReason::circuit_open) >
             record.find_series("users")->total.injected * 9 / 10);
  BOOST_TEST(record.attempts.injected < 100U);
}

BOOST_AUTO_TEST_CASE(arrivals_follow_steps_ramps_and_curves) {
  Scenario scenario = flaky(Ratio{}, 0, 4000s);
  scenario.run.warmup = {};
  Load& load = scenario.loads["users"];
  load.rate.reset();
  load.phases = {
      {.name = "flat", .rate = Rate{100}, .length = 1000s},
      {.name = "up", .ramp_to = Rate{300}, .length = 1000s},
      {.name = "day",
       .sinusoid =
           Sinusoid{.mean = Rate{200}, .amplitude = Rate{100}, .period = 1000s, .offset = 2000s},
       .length = 1000s},
      {.name = "even", .rate = Rate{10}, .arrivals = Arrivals::deterministic}};
  const Record record = run(scenario);
  const auto sent = [&](std::size_t from, std::size_t to) {
    double sum = 0;
    const auto& seconds = record.find_series("users")->by_send;
    for (std::size_t s = from; s < to && s < seconds.size(); ++s) sum += seconds[s].sent;
    return sum;
  };
  check_near("flat", sent(0, 1000), 100'000, 0.01);
  check_near("first half of the ramp", sent(1000, 1500), 75'000, 0.01);
  check_near("second half of the ramp", sent(1500, 2000), 125'000, 0.01);
  check_near("the curve's upper half", sent(2000, 2500), 500 * (200 + 100 * 2 / 3.14159265), 0.01);
  check_near("the curve's lower half", sent(2500, 3000), 500 * (200 - 100 * 2 / 3.14159265), 0.01);
  BOOST_TEST(std::abs(sent(3000, 4000) - 10'000) <= 1);
}

BOOST_AUTO_TEST_CASE(even_arrivals_under_a_curve_never_crowd) {
  std::vector<RatePiece> pieces;
  Load load;
  load.arrivals = Arrivals::deterministic;
  load.phases = {{.sinusoid = Sinusoid{.mean = Rate{10}, .amplitude = Rate{10}, .period = 100s},
                  .length = 1000s}};
  ArrivalProcess process(rate_pieces(load, kSimStart));
  Random random;
  std::size_t count = 0;
  SimTime last = kSimStart - 1s;
  for (SimTime next = process.next(random); next != ArrivalProcess::kNever;
       next = process.next(random)) {
    BOOST_REQUIRE((next > last));
    last = next;
    ++count;
  }
  BOOST_TEST(count >= 9'999U);
  BOOST_TEST(count <= 10'001U);
}

BOOST_AUTO_TEST_CASE(a_stopped_load_sends_nothing_more) {
  Scenario scenario = flaky(Ratio{}, 100, 20s);
  scenario.loads["users"].stop = 10s;
  const Record record = run(scenario);
  BOOST_TEST(record.find_series("users")->by_send.size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_mix_is_exact_in_its_ratios) {
  Scenario scenario = flaky(Ratio{}, 2000, 100s);
  App& app = scenario.apps["shop"];
  app.endpoints["browse"].service_time = Distribution::deterministic(1ms);
  app.endpoints["checkout"].error_rate = Ratio{1, 1};
  scenario.loads["users"].mix["browse"] = Ratio{9, 10};
  scenario.loads["users"].mix["checkout"] = Ratio{1, 10};
  const Record record = run(scenario);
  const auto share = [&](const std::string& subject) {
    return static_cast<double>(record.find_series(subject)->total.injected) /
           static_cast<double>(record.find_series("users")->total.injected);
  };
  check_near("browse", share("users.browse"), 0.9, 0.005);
  check_near("checkout", share("users.checkout"), 0.1, 0.03);
  BOOST_TEST(record.find_series("users.checkout")->total.answered == 0U);
  BOOST_TEST(record.find_series("shop.browse")->total.answered ==
             record.find_series("users.browse")->total.answered);
}

BOOST_AUTO_TEST_CASE(one_more_retry_shifts_no_other_requests_numbers) {
  // The same seed with and without retries: the requests that succeed at once are the same ones.
  struct Seen {
    std::vector<SimTime> answered = std::vector<SimTime>(2000);
    static void note(void* self, const SettledRequest& r) {
      auto& seen = *static_cast<Seen*>(self);
      if (r.number < 2000 && r.reason == FailureReason::count_) seen.answered[r.number] = r.settled;
    }
  };
  const auto answers = [](std::int64_t retries) {
    Scenario scenario = shop(1, Distribution::exponential(10ms), 100, 30s);
    scenario.run.warmup = {};
    scenario.apps["shop"].concurrency = 0;
    scenario.apps["shop"].error_rate = Ratio{1, 5};
    scenario.loads["users"].policy.retry = Retry{.max_retries = retries};
    TrafficLab lab(scenario);
    Seen seen;
    lab.traffic.watch(&Seen::note, &seen);
    lab.finish();
    return seen.answered;
  };
  const std::vector<SimTime> plain = answers(0);
  const std::vector<SimTime> retried = answers(3);
  std::size_t same = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != SimTime{}) BOOST_TEST((plain[i] == retried[i]));
    same += plain[i] != SimTime{} ? 1 : 0;
  }
  BOOST_TEST(same > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
