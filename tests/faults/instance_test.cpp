/// \file instance_test.cpp
/// instance.crash and instance.hang, and who is chosen for them.
/// Why: the choice is half of a fault; a wrong one breaks what was meant to stay.
#include <set>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string shop(const std::string& fault) {
  return R"(
run: {duration: 4min}
platform: {profile: cf-diego, set: {liveness_probe_interval: 0s}}
topology: {zones: {a: {hosts: 2, labels: {rack: r1}}, b: {hosts: 2, labels: {rack: r2}}}}
apps:
  shop: {service_time: 20ms, instances: 8, start_time: 10s, concurrency: 4, labels: {tier: web}}
  other: {service_time: 20ms, instances: 4, start_time: 10s}
load: {users: {to: shop, rate: 100/s, timeout: 1s}}
faults: {it: )" +
         fault + "}\n";
}

std::set<std::string> hit(const Record& record, const std::string& kind) {
  std::set<std::string> names;
  for (const RecordedEvent& event : events(record, kind)) names.insert(event.subject);
  return names;
}

BOOST_AUTO_TEST_SUITE(instance_faults)

BOOST_AUTO_TEST_CASE(a_crash_ends_the_process_at_once_and_is_over) {
  const Rehearsal lab(shop("{at: 1min, kind: instance.crash, target: shop/3}"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "instance.crashed", "shop/3") == 60);
  BOOST_TEST(value(record, "ready", "shop", 60) == 7);
  BOOST_TEST(value(record, "ready", "shop", 70) == 8);
  BOOST_TEST((record.find_span("it")->end == record.find_span("it")->begin));
  BOOST_TEST(record.find_span("it")->touched >= 1U);
}

BOOST_AUTO_TEST_CASE(a_hang_takes_requests_and_never_answers) {
  const Rehearsal lab(
      shop("{at: 1min, kind: instance.hang, target: 2 of instances of shop, for: 10s}"));

  const Record record = lab.run();

  BOOST_TEST(hit(record, "instance.hung").size() == 2U);
  BOOST_TEST(failures(record, "users", FailureReason::timeout, 60, 71) > 100U);
  BOOST_TEST(failures(record, "users", 120, 239) == 0U);
  BOOST_TEST(record.find_span("it")->touched > 100U);
}

BOOST_AUTO_TEST_CASE(a_percentage_rounds_up_and_the_seed_chooses) {
  const Rehearsal lab(shop("{at: 1min, kind: instance.crash, target: 30% of instances of shop}"));
  std::set<std::set<std::string>> choices;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto names = hit(lab.run(seed), "instance.crashed");
    BOOST_TEST(names.size() == 3U);  // 2.4
    choices.insert(names);
  }
  BOOST_TEST(choices.size() > 3U);
}

BOOST_AUTO_TEST_CASE(up_to_a_percentage_is_never_nobody) {
  const Rehearsal lab(
      shop("{at: 1min, kind: instance.crash, target: up to 50% of instances of shop}"));
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    sizes.insert(hit(lab.run(seed), "instance.crashed").size());
  }
  BOOST_TEST(*sizes.begin() >= 1U);
  BOOST_TEST(*sizes.rbegin() <= 4U);
  BOOST_TEST(sizes.size() >= 3U);
}

BOOST_AUTO_TEST_CASE(sets_are_narrowed_by_place_label_and_exception) {
  const auto crashed = [](const std::string& target) {
    return hit(Rehearsal(shop("{at: 1min, kind: instance.crash, target: " + target + "}")).run(),
               "instance.crashed")
        .size();
  };

  BOOST_TEST(crashed("all of instances of shop") == 8U);
  BOOST_TEST(crashed("all of instances") == 12U);
  BOOST_TEST(crashed("all of instances of shop in a") == 4U);
  BOOST_TEST(crashed("all of instances where tier=web") == 8U);
  BOOST_TEST(crashed("all of instances of shop where rack!=r1") == 4U);
  BOOST_TEST(crashed("all of instances of shop except shop/0") == 7U);
  BOOST_TEST(crashed("minority of instances of shop") == 3U);
  BOOST_TEST(crashed("majority of instances of shop") == 5U);
}

BOOST_AUTO_TEST_CASE(the_newest_is_the_one_that_started_last) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: cf-diego, set: {liveness_probe_interval: 0s}}
apps: {shop: {service_time: 5ms, instances: 4, start_time: 2s}}
faults:
  one: {at: 30s, kind: instance.crash, target: shop/2}
  hang: {at: 1min, kind: instance.hang, target: newest of instances of shop}
)");

  BOOST_TEST(first(lab.run(), "instance.hung", "shop/2") == 60);
}

BOOST_AUTO_TEST_CASE(a_condition_fires_once_unless_it_repeats) {
  const std::string when =
      "{at: when failed(users) > 0 for 3s, kind: instance.crash, target: 1 of instances of other";
  const std::string hang =
      "}, hang: {at: 1min, kind: instance.hang, target: shop/0, for: 10s}, "
      "again: {at: 2min, kind: instance.hang, target: shop/1, for: 10s";

  const Record once = Rehearsal(shop(when + hang + "}")).run();
  const Record repeated = Rehearsal(shop(when + ", repeat: true" + hang + "}")).run();

  BOOST_TEST(events(once, "fault.begin", "it").size() == 1U);
  const double began = first(once, "fault.begin", "it");
  BOOST_TEST(began >= 64);  // Requests time out after 1 s, and the condition holds for 3 s.
  BOOST_TEST(began <= 67);
  BOOST_TEST(events(repeated, "fault.begin", "it").size() >= 2U);
  BOOST_TEST(chain(once, events(once, "fault.begin", "it")[0])[0] == "condition.met");
}

BOOST_AUTO_TEST_CASE(nobody_to_hit_is_said_and_touches_nothing) {
  const Rehearsal lab(R"(
run: {duration: 2min}
platform: {profile: cf-diego, set: {liveness_probe_interval: 0s}}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1, boot_time: 10min}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 2s}}
faults:
  gone: {at: 10s, kind: host.crash, target: all of hosts in b}
  none: {at: 1min, kind: host.slow, target: all of hosts in b, factor: 2, for: 10s}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "fault.no_target", "none").size() == 1U);
  BOOST_TEST(record.find_span("none")->touched == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
