/// \file platform_restart_queue.cpp
/// The Health Manager's queue: so many requests a second, evacuations first, older apps first.
/// Why: after the loss of a rack the last app waits for all the others.
#include <fmt/format.h>

#include <algorithm>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

constexpr const char* kDirect =
    "platform: {profile: cf-2012, set: {placement_reply_jitter: 0s, restarts_per_second: ";

BOOST_AUTO_TEST_SUITE(platform_restart_queue)

BOOST_AUTO_TEST_CASE(a_lost_host_of_120_apps_is_replaced_50_apps_a_second) {
  std::string text = R"(
run: {duration: 4min}
platform: {profile: cf-2012}
topology: {zones: {z: {hosts: 1, memory: 64GiB}, y: {hosts: 4, memory: 64GiB}}}
apps:
)";
  for (int i = 0; i < 120; ++i) {
    // Two of each on the host that dies: one request names both.
    text += fmt::format("  a{}: {{start_time: 1s, service_time: 5ms, instances: 4, ", i);
    text += "spread: {z: 1, y: 1}, memory: 128MiB, disk: 64MiB}\n";
  }
  text += "faults: {dies: {at: 40s, kind: host.crash, target: z-0}}\n";
  // What was placed by number stays where its number belongs, so the zone needs a second host.
  const auto at = text.find("z: {hosts: 1");
  text.replace(at, 12, "z: {hosts: 2");

  const Record record = Rehearsal(text).run();

  std::map<std::string, double> first_of;  // by app
  for (const RecordedEvent& event : events(record, "instance.started")) {
    const std::string app = event.subject.substr(0, event.subject.find('/'));
    const double at_second = seconds(event.at);
    const auto [known, fresh] = first_of.try_emplace(app, at_second);
    if (!fresh) known->second = std::min(known->second, at_second);
  }
  std::vector<double> started;
  for (const auto& [app, at_second] : first_of) started.push_back(at_second);
  std::sort(started.begin(), started.end());
  BOOST_REQUIRE(started.size() > 100U);
  // A batch's answers come within a quarter of a second; the next batch is a second later.
  BOOST_TEST(started[49] - started[0] < .5);
  BOOST_TEST(started[50] - started[0] > .7);
  BOOST_TEST(started[99] - started[50] < .5);
  BOOST_TEST(started[100] - started[50] > .7);
}

BOOST_AUTO_TEST_CASE(the_app_that_was_changed_longest_ago_comes_first) {
  const Rehearsal lab(std::string("run: {duration: 6min}\n") + kDirect + R"(1}}
topology: {zones: {z: {hosts: 1}, y: {hosts: 1}}}
apps:
  fresh: {start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}}}
  old: {start_time: 1s, service_time: 5ms}
deployments: {roll: {at: 10s, app: fresh, release: v2}}
faults:
  kill: {at: 3min, kind: instance.crash, target: all of instances of fresh}
  kill-too: {at: 3min, kind: instance.crash, target: all of instances of old}
)");
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Record record = lab.run(seed);

    const double old = seconds(events(record, "instance.started", "old/0").back().at);
    double fresh = 0;
    for (const RecordedEvent& event : events(record, "instance.started")) {
      if (event.subject.starts_with("fresh")) fresh = seconds(event.at);
    }
    BOOST_TEST(old > 180);
    BOOST_TEST(fresh > old + .7);
    BOOST_TEST(fresh < old + 1.3);
  }
}

BOOST_AUTO_TEST_CASE(what_is_evacuated_comes_before_what_has_crashed) {
  const Rehearsal lab(std::string("run: {duration: 6min}\n") + kDirect + R"(1}}
topology: {zones: {z: {hosts: 1}, y: {hosts: 1}, x: {hosts: 1}}}
apps:
  ballast: {memory: 16GiB, service_time: 5ms, zones: [x]}
  crashes: {start_time: 1s, service_time: 5ms, zones: [y]}
  moves: {start_time: 1s, service_time: 5ms, zones: [z, x]}
faults:
  kill: {at: 1min, kind: instance.crash, target: crashes/0}
  empty: {at: 1min, kind: host.drain, target: z-0}
)");

  const Record record = lab.run();

  // The crash was there before the drain, and its request waits for the next batch.
  const double crashed = first(record, "instance.started", "crashes/0");
  const double moved = first(record, "instance.started", "moves/0");
  BOOST_TEST(first(record, "instance.crashed") == 60);
  BOOST_TEST(moved < 61.3);
  BOOST_TEST(crashed > moved + .7);
  BOOST_TEST(crashed < moved + 1.3);
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_waits_for_a_batch) {
  const Rehearsal lab(std::string("run: {duration: 2min}\n") + kDirect + R"(0}}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {start_time: 1s, service_time: 5ms}}
faults: {kill: {at: 1min, kind: instance.crash, target: shop/0}}
)");

  BOOST_TEST(first(lab.run(), "instance.started") < 60.3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
