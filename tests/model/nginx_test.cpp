/// \file nginx_test.cpp
/// The model against a real router, real back ends and real faults (tests/data/nginx).
/// Why: theory checks the arithmetic; only measurements check that the mechanisms are the right
/// ones.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(nginx)

using namespace leapday;
using namespace leapday::model;

namespace {

const std::string kData = LEAPDAY_SOURCE_DIR "/tests/data/nginx/";

std::vector<std::vector<std::string>> read_csv(const std::string& name) {
  std::ifstream file(kData + name);
  BOOST_REQUIRE_MESSAGE(file, "cannot read " << kData + name);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    std::vector<std::string>& row = rows.emplace_back();
    std::stringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
  }
  return rows;
}

/// What the measured path costs besides the service time, as the runs show it: an idle back end's
/// answer takes 0.28 ms longer, and a busy one starts the next request 0.08 ms after the last.
constexpr Duration kPath = 200us;       ///< Client, router and the sockets between, both ways.
constexpr Duration kPerRequest = 80us;  ///< Accepting and closing a connection at a back end.

/// What was measured: three single-server back ends behind one nginx.
struct Setup {
  const char* name;
  double rate;
  double seconds;
  const char* policy = "weighted";  ///< nginx's default is smooth weighted round robin.
  const char* fault = "";           ///< Of back end 0, from 20 s to 40 s.
  bool fixed_service = false;
  bool retries = true;
  bool post = false;
  Duration read_timeout = 60s;
  Duration client_timeout{};
  double slowdown = 1;  ///< Of back end 0.
};

constexpr Setup kSteady[] = {
    {"steady-rr-90", 90, 60},
    {"steady-rr-150", 150, 60},
    {"steady-rr-210", 210, 60},
    {"steady-rr-255", 255, 60},
    {.name = "steady-det-rr-210", .rate = 210, .seconds = 60, .fixed_service = true},
    {"steady-lc-210", 210, 60, "least_connections"},
    {"steady-r2-210", 210, 60, "power_of_d"},
    {"steady-rnd-210", 210, 60, "random"},
};
constexpr Setup kFaulty[] = {
    {"kill-120", 120, 60, "weighted", "kill"},
    {.name = "kill-noretry-120", .rate = 120, .seconds = 60, .fault = "kill", .retries = false},
    {.name = "kill-post-120", .rate = 120, .seconds = 60, .fault = "kill", .post = true},
    {.name = "hang-120", .rate = 120, .seconds = 70, .fault = "hang", .read_timeout = 1s},
    {.name = "slow1-rr-120", .rate = 120, .seconds = 60, .slowdown = 2.2},
    {.name = "overload-330", .rate = 330, .seconds = 30, .client_timeout = 5s},
};

Scenario scenario_of(const Setup& setup) {
  Scenario scenario;
  scenario.run.duration = Duration{static_cast<std::int64_t>(setup.seconds * 1e9)} + 20s;
  scenario.topology.zones["loopback"].hosts = 3;
  scenario.topology.network.clients = kPath / 2;
  App& app = scenario.apps["app"];
  app.instances = 3;
  app.service_time =
      setup.fixed_service ? Distribution::deterministic(10ms) : Distribution::exponential(10ms);
  app.routing.policy = setup.policy;
  app.routing.attempts = setup.retries ? 3 : 1;
  app.routing.connect_timeout = 60s;
  app.routing.request_timeout = setup.read_timeout;
  app.routing.ejection = Ejection{.kind = EjectionKind::nginx, .max_fails = 1, .fail_timeout = 10s};
  Load& load = scenario.loads["clients"];
  load.to = "app";
  load.rate = Rate{setup.rate};
  load.stop = Duration{static_cast<std::int64_t>(setup.seconds * 1e9)};
  load.policy.idempotent = !setup.post;
  if (setup.client_timeout > Duration{0}) load.policy.timeout = setup.client_timeout;
  return scenario;
}

struct Phase {
  double sum_ms = 0;
  std::uint64_t answered = 0;
  std::uint64_t errors = 0;
};

std::string phase_of(const Setup& setup, Duration sent) {
  if (sent < 5s) return "";
  const std::string fault = setup.fault;
  if (fault.empty()) return "steady";
  if (sent < 20s) return "before";
  if (sent < 40s) return "fault";
  return fault == "hang" ? "after" : "after_restart";
}

/// Adds one simulated run to the phases.
void simulate(const Setup& setup, std::uint64_t seed, std::map<std::string, Phase>& phases) {
  struct Watch {
    const Setup& setup;
    std::map<std::string, Phase>& phases;
    static void note(void* self, const SettledRequest& r) {
      const Watch& watch = *static_cast<Watch*>(self);
      const std::string name = phase_of(watch.setup, r.sent.time_since_epoch());
      if (name.empty()) return;
      Phase& phase = watch.phases[name];
      if (r.reason == FailureReason::count_) {
        ++phase.answered;
        phase.sum_ms += static_cast<double>((r.settled - r.sent).count()) * 1e-6;
      } else {
        ++phase.errors;
      }
    }
  };
  Scenario scenario = scenario_of(setup);
  // nginx counts whole seconds of the wall clock, which stands anywhere when a run begins.
  scenario.run.start.nanoseconds = static_cast<std::int32_t>(seed * 390'625'000 % 1'000'000'000);
  TrafficLab lab(scenario, seed);
  Watch watch{setup, phases};
  lab.traffic.watch(&Watch::note, &watch);
  if (setup.slowdown != 1) lab.set_host_speed({0}, 1 / setup.slowdown);
  const std::string fault = setup.fault;
  if (!fault.empty()) {
    lab.run_until(20s);
    if (fault == "kill") lab.traffic.instance_gone({0}, Departure::crash);
    if (fault == "hang") lab.hang({0}, true);
    lab.run_until(40s);
    if (fault == "kill") lab.traffic.instance_listening({0});
    if (fault == "hang") lab.hang({0}, false);
  }
  lab.finish();
}

/// Measured means and errors of one phase, by seed.
struct Measured {
  std::vector<double> mean_ms;
  std::vector<double> requests;
  std::vector<double> errors;
};

std::map<std::string, std::map<std::string, Measured>> measured_phases() {
  std::map<std::string, std::map<std::string, Measured>> result;
  for (const auto& row : read_csv("phases.csv")) {
    Measured& phase = result[row[0]][row[2]];
    phase.requests.push_back(std::stod(row[3]));
    phase.mean_ms.push_back(std::stod(row[4]));
    phase.errors.push_back(std::stod(row[5]));
  }
  return result;
}

void compare(const Setup& setup, int seeds) {
  static const auto kMeasured = measured_phases();
  std::map<std::string, Phase> ours;
  for (int seed = 1; seed <= seeds; ++seed) simulate(setup, static_cast<std::uint64_t>(seed), ours);
  double our_errors = 0, least_errors = 1e9, most_errors = 0;
  std::vector<double> error_sums(3);
  for (const auto& [name, measured] : kMeasured.at(setup.name)) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      sum += measured.mean_ms[i] * measured.requests[i];
      count += measured.requests[i];
      error_sums[i] += measured.errors[i];
    }
    const double pooled = sum / count;
    const double low =
        std::min(*std::min_element(measured.mean_ms.begin(), measured.mean_ms.end()), 0.9 * pooled);
    const double high =
        std::max(*std::max_element(measured.mean_ms.begin(), measured.mean_ms.end()), 1.1 * pooled);
    const Phase& phase = ours[name];
    const double mean = phase.sum_ms / static_cast<double>(phase.answered);
    our_errors += static_cast<double>(phase.errors) / seeds;
    char line[160];
    std::snprintf(line, sizeof line, "%-18s %-14s measured %9.3f ms [%9.3f, %9.3f]  model %9.3f ms",
                  setup.name, name.c_str(), pooled, low, high, mean);
    BOOST_TEST_MESSAGE(line);
    BOOST_TEST((mean >= low && mean <= high), line);
  }
  for (const double errors : error_sums) {
    least_errors = std::min(least_errors, errors);
    most_errors = std::max(most_errors, errors);
  }
  char line[160];
  std::snprintf(line, sizeof line, "%-18s %-14s measured %5.0f to %.0f  model %.2f per run",
                setup.name, "errors", least_errors, most_errors, our_errors);
  BOOST_TEST_MESSAGE(line);
  BOOST_TEST((our_errors >= least_errors - 2 && our_errors <= most_errors + 2), line);
}

}  // namespace

BOOST_AUTO_TEST_CASE(steady_runs_replay_request_by_request) {
  for (const Setup& setup : kSteady) {
    struct Replay {
      std::vector<double> measured_ms, error_ms;
      static void note(void* self, const SettledRequest& r) {
        auto& replay = *static_cast<Replay*>(self);
        const double ms = static_cast<double>((r.settled - r.sent).count()) * 1e-6;
        replay.error_ms.push_back(std::abs(ms - replay.measured_ms[r.number]));
      }
    } replay;
    Scenario scenario = scenario_of(setup);
    Load& load = scenario.loads["clients"];
    load.rate.reset();
    std::vector<TraceRow>& rows = load.trace.emplace().rows;
    Duration at{};
    for (const auto& row : read_csv(std::string(setup.name) + ".csv")) {
      at += std::chrono::microseconds(std::stoll(row[0]));
      rows.push_back({.at = at,
                      .service_time = std::chrono::microseconds(std::stoll(row[1])) + kPerRequest,
                      .instance = std::stoi(row[3])});
      replay.measured_ms.push_back(std::stod(row[2]) * 1e-3);
    }
    TrafficLab lab(scenario);
    lab.traffic.watch(&Replay::note, &replay);
    lab.finish();
    BOOST_REQUIRE(replay.error_ms.size() == rows.size());
    const auto middle = replay.error_ms.begin() + static_cast<long>(replay.error_ms.size() / 2);
    std::nth_element(replay.error_ms.begin(), middle, replay.error_ms.end());
    char line[120];
    std::snprintf(line, sizeof line, "%-18s replay of %zu requests: median absolute error %.3f ms",
                  setup.name, rows.size(), *middle);
    BOOST_TEST_MESSAGE(line);
    BOOST_TEST(*middle <= 0.15, line);
  }
}

BOOST_AUTO_TEST_CASE(steady_runs_are_predicted_by_policy) {
  for (const Setup& setup : kSteady) compare(setup, short_tests() ? 10 : 40);
}

BOOST_AUTO_TEST_CASE(faults_are_predicted) {
  for (const Setup& setup : kFaulty) compare(setup, short_tests() ? 10 : 40);
}

BOOST_AUTO_TEST_SUITE_END()
