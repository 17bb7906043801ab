/// \file platform_images.cpp
/// Images on their way to hosts: limits, shares of a link, what is there already, and a registry
/// that does not answer.
/// Why: "the replacement starts in ten seconds" was measured on a host that had the image.
#include <fmt/format.h>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// So many apps, each with an image of its own, on one host that starts from nothing.
std::string apps_on_one_host(const std::string& platform, int apps, const std::string& size) {
  std::string text = "run: {duration: 15min, boot: cold}\nplatform: " + platform +
                     "\ntopology: {zones: {z: {hosts: 1, memory: 64GiB}}}\napps:\n";
  for (int i = 0; i < apps; ++i) {
    text += fmt::format("  a{}: {{image_size: {}, start_time: 1s, service_time: 5ms}}\n", i, size);
  }
  return text;
}

std::vector<double> times(const Record& record, const std::string& kind) {
  std::vector<double> found;
  for (const RecordedEvent& event : events(record, kind)) found.push_back(seconds(event.at));
  return found;
}

void check_times(const std::vector<double>& found, const std::vector<double>& expected) {
  BOOST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-6, i << ": " << found[i]);
  }
}

BOOST_AUTO_TEST_SUITE(platform_images)

BOOST_AUTO_TEST_CASE(a_diego_cell_fetches_five_at_once_and_they_share_its_link) {
  // rep's max_concurrent_downloads is 5: five of 100 MiB over 100 MiB/s take 5 s together, the two
  // that waited 2 s more.
  const Rehearsal lab(
      apps_on_one_host("{profile: cf-diego, set: {host_download_rate: 100MiB/s}}", 7, "100MiB"));

  const Record record = lab.run();

  check_times(times(record, "image.pulling"), {0, 0, 0, 0, 0, 5, 5});
  check_times(times(record, "image.pulled"), {5, 5, 5, 5, 5, 7, 7});
}

BOOST_AUTO_TEST_CASE(a_kubelet_pulls_one_after_the_other) {
  const Rehearsal lab(
      apps_on_one_host("{profile: kubernetes, set: {host_download_rate: 100MiB/s}}", 3, "200MiB"));

  const Record record = lab.run();

  check_times(times(record, "image.pulling"), {0, 2, 4});
  check_times(times(record, "image.pulled"), {2, 4, 6});
}

BOOST_AUTO_TEST_CASE(what_comes_later_slows_down_what_is_on_its_way) {
  // 300 MiB alone for 1 s, then half of the link each: 100 MiB of the second are through after 2 s.
  const Rehearsal lab(R"(
run: {duration: 2min, warmup: 0s}
platform: {profile: cf-diego, set: {host_download_rate: 100MiB/s, rollout_tick: 0s}}
topology: {zones: {z: {hosts: 1}}}
apps:
  big: {start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {image_size: 300MiB}}}
  small: {start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {image_size: 100MiB}}}
deployments:
  first: {at: 10s, app: big, release: v2}
  second: {at: 11s, app: small, release: v2}
)");

  const Record record = lab.run();

  check_times(times(record, "image.pulling"), {10, 11});
  check_times(times(record, "image.pulled"), {13, 14});
}

BOOST_AUTO_TEST_CASE(instances_of_one_release_wait_for_one_fetch_and_the_next_one_for_none) {
  const Rehearsal lab(R"(
run: {duration: 3min, boot: cold}
platform: {profile: cf-diego, set: {host_download_rate: 100MiB/s}}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {instances: 4, image_size: 1GiB, start_time: 1s, service_time: 5ms}}
faults: {kill: {at: 1min, kind: instance.crash, target: shop/2}}
)");

  const Record record = lab.run();

  check_times(times(record, "image.pulled"), {10.24});
  BOOST_TEST(events(record, "instance.pulling").size() == 4U);
  for (const RecordedEvent& ready : events(record, "instance.ready")) {
    const double at = seconds(ready.at);
    BOOST_TEST((at > 11.23 && at < 13.3) != (at >= 61), at);
  }
  BOOST_TEST(events(record, "instance.started", "shop/2").size() == 2U);
  BOOST_TEST(seconds(events(record, "instance.ready", "shop/2").back().at) < 64);
}

BOOST_AUTO_TEST_CASE(a_warm_boot_has_what_it_runs_and_an_app_without_a_size_fetches_nothing) {
  const Rehearsal warm(R"(
run: {duration: 2min}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {instances: 4, image_size: 1GiB, start_time: 1s, service_time: 5ms}}
faults: {kill: {at: 1min, kind: instance.crash, target: shop/2}}
)");
  const Rehearsal plain(apps_on_one_host("{profile: kubernetes}", 3, "0B"));

  BOOST_TEST(events(warm.run(), "image.pulling").empty());
  BOOST_TEST(events(plain.run(), "instance.pulling").empty());
}

BOOST_AUTO_TEST_CASE(a_host_that_dies_while_it_fetches_leaves_nothing_and_another_begins_anew) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform:
  profile: cf-diego
  set: {host_download_rate: 10MiB/s}
  algorithms: {placement: first_fit}
topology: {zones: {z: {hosts: 3}}}
apps: {shop: {image_size: 1GiB, start_time: 1s, service_time: 5ms}}
faults:
  dies: {at: 1min, kind: host.crash, target: z-0}
  dies-too: {at: 2min, kind: host.crash, target: z-1, for: 1min}
)");

  const Record record = lab.run();

  // It moves to z-1, which dies in the middle of its 102.4 s, and then to z-2.
  const auto pulling = events(record, "image.pulling");
  BOOST_REQUIRE(pulling.size() == 2U);
  BOOST_TEST(pulling[0].subject == "z-1");
  BOOST_TEST(pulling[1].subject == "z-2");
  BOOST_TEST(seconds(pulling[1].at) > 120);
  check_times(times(record, "image.pulled"), {seconds(pulling[1].at) + 102.4});
  BOOST_TEST((chain(record, pulling[0]) ==
              std::vector<std::string>{"fault.begin", "host.crashed", "host.lost",
                                       "instance.started", "instance.pulling", "image.pulling"}));
}

BOOST_AUTO_TEST_CASE(a_kubelet_that_finds_no_registry_asks_again_after_10_s_doubled_up_to_300_s) {
  const Rehearsal lab(R"(
run: {duration: 30min, boot: cold}
platform: {profile: kubernetes, set: {host_download_rate: 100MiB/s}}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {image_size: 100MiB, start_time: 1s, service_time: 5ms}}
faults: {outage: {at: 0s, kind: registry.down, for: 15min}}
)");

  const Record record = lab.run();

  const auto failed = times(record, "image.pull_failed");
  const std::vector<double> waits{10, 20, 40, 80, 160, 300};
  BOOST_REQUIRE(failed.size() >= 6U);
  for (std::size_t i = 0; i + 1 < failed.size(); ++i) {
    BOOST_TEST(std::abs(failed[i + 1] - failed[i] - waits[std::min<std::size_t>(i, 5)]) < 1e-6);
  }
  // The outage is over at 900 s: the next look is 300 s after that at 610 s, and the pull 1 s.
  BOOST_TEST(std::abs(failed.back() - 610) < 1e-6);
  check_times(times(record, "image.pulled"), {911});
  BOOST_TEST(record.find_span("outage")->touched == failed.size());
  BOOST_TEST((chain(record, events(record, "image.backing_off").front()) ==
              std::vector<std::string>{"fault.begin", "image.pull_failed", "image.backing_off"}));
}

BOOST_AUTO_TEST_CASE(what_is_on_its_way_fails_with_its_registry) {
  const Rehearsal lab(R"(
run: {duration: 10min, boot: cold}
platform: {profile: kubernetes, set: {host_download_rate: 10MiB/s}}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {image_size: 100MiB, start_time: 1s, service_time: 5ms}}
faults: {outage: {at: 5s, kind: registry.down, for: 5s}}
)");

  const Record record = lab.run();

  // It asks again 10 s after it failed, and begins anew.
  check_times(times(record, "image.pull_failed"), {5});
  check_times(times(record, "image.pulled"), {25});
}

BOOST_AUTO_TEST_CASE(without_back_off_a_failed_fetch_is_a_crash) {
  const Rehearsal lab(R"(
run: {duration: 10min, boot: cold}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {image_size: 100MiB, start_time: 1s, service_time: 5ms}}
faults: {outage: {at: 0s, kind: registry.down, for: 1min}}
)");

  const Record record = lab.run();

  // Two restarts at once, then by Diego's back-off until the registry is there again.
  const auto crashed = events(record, "instance.crashed", "shop/0");
  BOOST_REQUIRE(crashed.size() >= 3U);
  BOOST_TEST(seconds(crashed[2].at) == 0);
  BOOST_TEST(crashed[0].detail == "its image could not be fetched");
  BOOST_TEST((chain(record, crashed[0]) ==
              std::vector<std::string>{"fault.begin", "image.pull_failed", "instance.crashed"}));
  BOOST_TEST(value(record, "ready", "shop", 599) == 1);
}

BOOST_AUTO_TEST_CASE(a_kubelet_begins_ten_pulls_at_once_and_five_a_second) {
  // Tiny images take no time: the burst of 10 is used up at once, the others have to come back.
  const Rehearsal lab(apps_on_one_host("{profile: kubernetes}", 14, "1B"));

  const Record record = lab.run();

  const auto failed = events(record, "image.pull_failed");
  BOOST_TEST(failed.size() == 4U);
  for (const RecordedEvent& event : failed) BOOST_TEST(seconds(event.at) < .1);
  const auto pulled = times(record, "image.pulled");
  BOOST_REQUIRE(pulled.size() == 14U);
  BOOST_TEST(pulled[9] < .1);
  for (std::size_t i = 10; i < 14; ++i) BOOST_TEST(std::abs(pulled[i] - 10) < .1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
