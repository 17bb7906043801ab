/// \file traffic_stations.cpp
/// Cores and quotas, hanging, crashing, draining: what one instance does with its work.
/// Why: the closed forms of reference/validation.md and platforms.md (section 4) must come out to
/// the nanosecond, whatever else happens on the host.
#include <algorithm>
#include <map>

#include "sim/model/cpu.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_stations)

using namespace leapday;
using namespace leapday::model;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// When each task ended, by tag, in seconds.
std::map<std::uint32_t, double> ends(HostCpu& cpu, std::int64_t until = HostCpu::kNever) {
  std::map<std::uint32_t, double> result;
  cpu.share();
  for (std::int64_t at = cpu.next(); at < until && at != HostCpu::kNever; at = cpu.next()) {
    std::vector<std::uint32_t> done;
    cpu.advance(at, done);
    for (const std::uint32_t tag : done) result[tag] = static_cast<double>(at) * 1e-9;
    cpu.share();
  }
  return result;
}

/// A job of this length that needs `share` cores to make full progress.
void add_job(HostCpu& cpu, double seconds, double share, std::uint32_t tag) {
  cpu.add_task(cpu.add_group(share, share, 0), seconds * share * kSecond, tag);
}

void start(HostCpu& cpu, std::int64_t at = 0) {
  std::vector<std::uint32_t> none;
  cpu.advance(at, none);
  BOOST_REQUIRE(none.empty());
}

/// Latencies of trace rows by number, in seconds.
struct Latencies {
  std::map<std::uint64_t, double> seconds;
  static void note(void* self, const SettledRequest& r) {
    if (r.reason == FailureReason::count_) {
      static_cast<Latencies*>(self)->seconds[r.number] =
          static_cast<double>((r.settled - r.sent).count()) * 1e-9;
    }
  }
};

Scenario trace_of(std::vector<TraceRow> rows, Duration duration) {
  Scenario scenario;
  scenario.run.duration = duration;
  scenario.apps["shop"].service_time = Distribution::deterministic(1s);
  scenario.loads["users"].to = "shop";
  scenario.loads["users"].trace.emplace().rows = std::move(rows);
  scenario.platform.algorithms.routing = "round_robin";
  return scenario;
}

}  // namespace

// ---- CPU contention: progress rate = min(1, cores / sum of shares) ---------------------------

BOOST_AUTO_TEST_CASE(ten_jobs_on_four_cores) {
  HostCpu cpu(4, 0, 0);
  start(cpu);
  for (std::uint32_t i = 0; i < 10; ++i) add_job(cpu, 1, 1, i);
  for (const auto& [tag, end] : ends(cpu)) BOOST_TEST(std::abs(end - 2.5) <= 1e-9);
}

BOOST_AUTO_TEST_CASE(jobs_of_two_shares_on_seven_cores) {
  HostCpu cpu(7, 0, 0);
  start(cpu);
  for (std::uint32_t i = 0; i < 5; ++i) add_job(cpu, 1, 2, i);
  for (std::uint32_t i = 5; i < 10; ++i) add_job(cpu, 2, 3, i);
  const auto end = ends(cpu);
  BOOST_REQUIRE(end.size() == 10U);
  for (const auto& [tag, at] : end) {
    BOOST_TEST(std::abs(at - (tag < 5 ? 3.571428571 : 5.714285714)) <= 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(jobs_that_come_later_slow_the_earlier_ones) {
  HostCpu cpu(7, 0, 0);
  start(cpu);
  for (std::uint32_t i = 0; i < 5; ++i) add_job(cpu, 2, 3, i);
  cpu.share();
  start(cpu, kSecond / 2);
  for (std::uint32_t i = 5; i < 10; ++i) add_job(cpu, 2, 2, i);
  const auto end = ends(cpu);
  BOOST_REQUIRE(end.size() == 10U);
  for (const auto& [tag, at] : end) {
    BOOST_TEST(std::abs(at - (tag < 5 ? 6.809523810 : 7.142857143)) <= 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(the_same_contention_in_a_run) {
  // Two apps on one host of 7 cores: threads and weight are a job's share, its work share x length.
  std::vector<TraceRow> rows;
  for (std::int32_t i = 0; i < 5; ++i)
    rows.push_back({.at = 0s, .service_time = 6s, .instance = i});
  Scenario scenario = trace_of(std::move(rows), 20s);
  scenario.topology.zones["z"].cores = 7;
  App& three = scenario.apps["shop"];
  three.instances = 5;
  three.discipline = Discipline::processor_sharing;
  three.threads = 3;
  three.cpu_weight = 3;
  App two = three;
  two.threads = 2;
  two.cpu_weight = 2;
  scenario.apps["other"] = two;
  Load& load = scenario.loads["others"];
  load.to = "other";
  for (std::int32_t i = 0; i < 5; ++i) {
    if (i == 0) load.trace.emplace();
    load.trace->rows.push_back({.at = 500ms, .service_time = 4s, .instance = i});
  }
  const Record record = run(scenario);
  BOOST_TEST(std::abs(mean_latency(record, "users") - 6.809523810) <= 1e-9);
  BOOST_TEST(std::abs(mean_latency(record, "others") - 6.642857143) <= 1e-9);
}

BOOST_AUTO_TEST_CASE(nobody_gets_less_than_its_share_nor_more_than_it_can_use) {
  // 4 cores: one instance with one request, one with ten; weights 1 and 1.
  HostCpu cpu(4, 0, 0);
  start(cpu);
  const std::uint32_t small = cpu.add_group(1, 0, 0);
  const std::uint32_t large = cpu.add_group(1, 0, 0);
  cpu.add_task(small, kSecond, 0);
  for (std::uint32_t i = 1; i <= 10; ++i) cpu.add_task(large, kSecond, i);
  const auto end = ends(cpu);
  BOOST_TEST(end.at(0) == 1.0);  // at full speed
  // The other ten share 3 cores for a second, then 4: 0.3 s each, then 0.7 at 0.4.
  for (std::uint32_t i = 1; i <= 10; ++i) BOOST_TEST(std::abs(end.at(i) - 2.75) <= 1e-9);
}

// ---- quotas per period (platforms.md 4 and 9.10) ---------------------------------------------

BOOST_AUTO_TEST_CASE(a_burst_within_its_quota_is_not_throttled) {
  const auto latency = [](double work_ms, double threads, double quota_cores, std::int64_t at) {
    HostCpu cpu(16, 100'000'000, 0);
    start(cpu, at);
    const std::uint32_t group = cpu.add_group(1, threads, quota_cores);
    cpu.add_task(group, work_ms * 1e6, 0);
    return (ends(cpu).at(0) - static_cast<double>(at) * 1e-9) * 1e3;
  };
  BOOST_TEST(std::abs(latency(100, 1, 0.4, 0) - 220) < 1e-6);
  BOOST_TEST(std::abs(latency(200, 8, 2, 0) - 25) < 1e-6);
  BOOST_TEST(std::abs(latency(500, 8, 2, 0) - 212.5) < 1e-6);  // kP + (W - kq)/n, k = 2
  BOOST_TEST(std::abs(latency(100, 1, 1.5, 0) - 100) < 1e-6);  // never reaches its quota
  double sum = 0;
  for (int phase = 0; phase < 1000; ++phase) sum += latency(100, 1, 0.4, phase * 100'000LL);
  check_near("mean over the phase, ms", sum / 1000, 190, 0.001);
}

BOOST_AUTO_TEST_CASE(quotas_hold_over_many_requests) {
  // A load of .5 cores against a quota of .4 cores falls behind by a fifth, though the host idles.
  HostCpu cpu(8, 100'000'000, 0);
  start(cpu);
  const std::uint32_t group = cpu.add_group(1, 0, 0.4);
  for (std::uint32_t i = 0; i < 1000; ++i) cpu.add_task(group, 5e6, i);
  cpu.share();
  std::vector<std::uint32_t> done;
  cpu.advance(10 * kSecond, done);
  BOOST_TEST(cpu.throttled_periods(group) == 100U);
  // 5 s of work in 125 periods; of the last, 40 ms on eight cores take 5 ms.
  cpu.advance(12'404'999'000, done);
  BOOST_TEST(done.empty());
  cpu.advance(12'405'001'000, done);
  BOOST_TEST(done.size() == 1000U);
}

// ---- stations --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_hung_instance_resumes_where_it_was) {
  for (const Discipline discipline : {Discipline::fifo, Discipline::processor_sharing}) {
    Scenario scenario = trace_of({{.at = 0s}, {.at = 100ms}}, 60s);
    scenario.apps["shop"].discipline = discipline;
    scenario.topology.zones["z"].cores = 1;
    TrafficLab lab(scenario);
    Latencies seen;
    lab.traffic.watch(&Latencies::note, &seen);
    lab.run_until(500ms);
    lab.hang({0}, true);
    lab.run_until(10s);
    BOOST_TEST(lab.traffic.open_requests({0}) == 2U);
    BOOST_TEST((lab.traffic.send_probe({0}, 1ms).fate == ProbeTicket::Fate::waits));
    lab.hang({0}, false);
    lab.finish();
    BOOST_TEST(std::abs(seen.seconds.at(0) - 10.5) <= 1e-9);
    BOOST_TEST(std::abs(seen.seconds.at(1) - 11.4) <= 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_host_stretches_what_is_left) {
  Scenario scenario = trace_of({{.at = 0s}}, 60s);
  TrafficLab lab(scenario);
  Latencies seen;
  lab.traffic.watch(&Latencies::note, &seen);
  lab.run_until(400ms);
  lab.set_host_speed({0}, 0.5);
  lab.run_until(800ms);  // 0.4 s left
  lab.set_host_speed({0}, 0.25);
  lab.finish();
  BOOST_TEST(std::abs(seen.seconds.at(0) - 2.4) <= 1e-9);
}

BOOST_AUTO_TEST_CASE(a_crash_resets_what_is_open_and_refuses_what_comes) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 100ms}, {.at = 2s}}, 10s);
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.traffic.instance_gone({0}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::reset) == 2U);
  BOOST_TEST(failures(record, FailureReason::refused) == 1U);
}

BOOST_AUTO_TEST_CASE(a_dead_host_is_silent) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 2s}}, 20s);
  scenario.apps["shop"].routing.connect_timeout = 5s;
  scenario.apps["shop"].routing.request_timeout = 8s;
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.world.host({0}).up = false;
  lab.traffic.instance_gone({0}, Departure::silence);
  lab.run_until(6999ms);
  BOOST_TEST(lab.world.recorder.requests().failed_total() == 0U);
  lab.run_until(7001ms);
  BOOST_TEST(lab.world.recorder.requests().failed_total() == 1U);  // nobody answered its handshake
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::connect_timeout) == 1U);
  BOOST_TEST(failures(record, FailureReason::router_timeout) == 1U);  // 8 s after it was sent
}

BOOST_AUTO_TEST_CASE(a_draining_instance_finishes_what_it_has) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 100ms}, {.at = 200ms}}, 10s);
  TrafficLab lab(scenario);
  lab.run_until(150ms);
  lab.traffic.instance_draining({0});
  lab.run_until(1500ms);
  BOOST_TEST(lab.drained_instances.empty());
  lab.run_until(2500ms);
  BOOST_TEST(lab.drained_instances.size() == 1U);
  const Record record = lab.finish();
  BOOST_TEST(record.requests.answered == 2U);
  BOOST_TEST(failures(record, FailureReason::refused) == 1U);
}

BOOST_AUTO_TEST_CASE(an_idle_instance_is_drained_at_once) {
  Scenario scenario = trace_of({}, 1s);
  TrafficLab lab(scenario);
  lab.traffic.instance_draining({0});
  BOOST_TEST(lab.drained_instances.empty());  // not in the middle of the call
  lab.run_until(1ms);
  BOOST_TEST(lab.drained_instances.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_may_crash_its_instance) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 100ms}}, 10s);
  scenario.apps["shop"].releases["v1"].crash_probability = Ratio{1, 1};
  TrafficLab lab(scenario);
  const Record record = lab.finish();
  BOOST_TEST(lab.crashed_instances.size() == 1U);
  BOOST_TEST(failures(record, FailureReason::reset) == 2U);  // the one that waited went with it
}

BOOST_AUTO_TEST_CASE(a_replacement_goes_on_with_the_series_of_its_name) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 3s}}, 10s);
  TrafficLab lab(scenario);
  lab.run_until(2s);
  lab.traffic.instance_gone({0}, Departure::crash);
  lab.traffic.route_remove({0}, {0});
  lab.world.apps[0].instances.clear();
  lab.add_instance(0);
  const Record record = lab.finish();
  const auto named = std::count_if(record.series.begin(), record.series.end(),
                                   [](const Series& s) { return s.subject == "shop/0"; });
  BOOST_TEST(named == 1);
  BOOST_TEST(record.find_series("shop/0")->total.answered == 2U);
}

BOOST_AUTO_TEST_CASE(a_probe_waits_like_a_request) {
  Scenario scenario = trace_of({{.at = 0s}, {.at = 0s}, {.at = 0s}}, 10s);
  TrafficLab lab(scenario);
  using Fate = ProbeTicket::Fate;
  BOOST_TEST((lab.traffic.send_probe({0}, 1ms).fate == Fate::answered));
  BOOST_TEST((lab.traffic.send_probe({0}, 1ms).takes == 1ms));
  BOOST_TEST(!lab.traffic.watch_load({0}));
  lab.run_until(400ms);
  BOOST_TEST(lab.loaded_instances.size() == 1U);  // Told once.
  BOOST_TEST(lab.traffic.watch_load({0}));
  const ProbeTicket ticket = lab.traffic.send_probe({0}, 1ms);
  BOOST_TEST((ticket.fate == Fate::waits));
  lab.run_until(2999ms);
  BOOST_TEST(!lab.traffic.probe_served({0}, ticket.turn));
  lab.run_until(3001ms);  // Three requests of a second each stood before it.
  BOOST_TEST(lab.traffic.probe_served({0}, ticket.turn));
  lab.hang({0}, true);
  const ProbeTicket hung = lab.traffic.send_probe({0}, 1ms);
  BOOST_TEST((hung.fate == Fate::waits));
  BOOST_TEST(!lab.traffic.probe_served({0}, hung.turn));
  lab.hang({0}, false);
  BOOST_TEST(lab.traffic.probe_served({0}, hung.turn));
  lab.traffic.instance_gone({0}, Departure::crash);
  BOOST_TEST((lab.traffic.send_probe({0}, 1ms).fate == Fate::refused));
}

BOOST_AUTO_TEST_CASE(what_a_release_states_is_not_taken_from_the_one_it_is_like) {
  Scenario scenario = shop(1, Distribution::deterministic(10ms), 20, 100s);
  App& app = scenario.apps["shop"];
  app.concurrency = 0;
  app.releases["mended"].like = "broken";
  app.releases["mended"].service_time_factor = 1;
  app.releases["mended"].crash_probability = Ratio{};
  app.releases["broken"].service_time_factor = 3;
  app.releases["broken"].crash_probability = Ratio{1, 1};
  TrafficLab lab(scenario);
  const Record record = lab.finish();
  BOOST_TEST(lab.crashed_instances.empty());
  BOOST_TEST(std::abs(mean_latency(record) - 0.010) < 1e-9);
}

BOOST_AUTO_TEST_CASE(releases_differ_in_speed_and_errors) {
  Scenario scenario = shop(1, Distribution::deterministic(10ms), 20, 100s);
  scenario.apps["shop"].releases["v2"].service_time_factor = 1.5;
  scenario.apps["shop"].releases["v2"].error_rate = Ratio{1, 4};
  scenario.apps["shop"].concurrency = 0;
  const Record record = run(scenario);
  BOOST_TEST(std::abs(mean_latency(record) - 0.015) < 1e-9);
  check_near("errors",
             static_cast<double>(failures(record, FailureReason::error)) /
                 static_cast<double>(record.find_series("users")->total.injected),
             0.25, 0.08);
}

BOOST_AUTO_TEST_SUITE_END()
