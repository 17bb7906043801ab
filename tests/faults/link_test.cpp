/// \file link_test.cpp
/// link.latency, link.loss and link.partition.
/// Why: the network is the failure that looks like somebody else's.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string shop(const std::string& fault) {
  return R"(
run: {duration: 5min}
platform: {profile: cf-diego, set: {healing: false, router_connect_timeout: 300ms, router_failed_cooldown: 0s}}
topology: {zones: {edge: {hosts: 1}, near: {hosts: 1}, far: {hosts: 1}}, network: {same_region: 1ms}}
routers: {zones: [edge]}
apps:
  shop: {service_time: 10ms, instances: 2, concurrency: 8, start_time: 5s, zones: [near, far], routing: {attempts: 1}}
load: {users: {to: shop, rate: 40/s, timeout: 2s}}
faults:
  it: )" +
         fault + "\n";
}

BOOST_AUTO_TEST_SUITE(link_faults)

BOOST_AUTO_TEST_CASE(latency_is_added_in_each_direction_that_is_hit) {
  const auto run = [](const std::string& link) {
    return Rehearsal(
               shop("{at: 1min, kind: link.latency, target: " + link + ", add: 100ms, for: 1min}"))
        .run();
  };

  const Record both = run("edge <-> far"), one = run("edge -> far"), none = run("near <-> far");

  BOOST_TEST(latencies(both, 5, 59).slowest < 0.06);
  // Opening a connection costs a round trip more; idle ones are kept.
  BOOST_TEST(latencies(both, 65, 115).slowest > 0.2);
  BOOST_TEST(latencies(one, 65, 115).slowest > 0.1);
  BOOST_TEST(latencies(one, 65, 115).slowest < latencies(both, 65, 115).slowest);
  BOOST_TEST(latencies(none, 65, 115).slowest < 0.06);
  BOOST_TEST(latencies(both, 125, 299).slowest < 0.06);
  BOOST_TEST(both.find_span("it")->touched > 500U);
}

BOOST_AUTO_TEST_CASE(loss_shows_as_resending_not_as_errors) {
  const Record record =
      Rehearsal(shop("{at: 1min, kind: link.loss, target: edge <-> far, loss: 20%, for: 1min}"))
          .run();

  BOOST_TEST(latencies(record, 65, 115).slowest > 0.2);
  BOOST_TEST(failures(record, "users", FailureReason::reset, 0, 299) == 0U);
  BOOST_TEST(latencies(record, 130, 299).slowest < 0.06);
}

BOOST_AUTO_TEST_CASE(a_partition_lets_nothing_pass_and_refuses_nothing) {
  const Record record =
      Rehearsal(shop("{at: 1min, kind: link.partition, target: edge <-> far, for: 1min}")).run();

  BOOST_TEST(failures(record, "users", FailureReason::connect_timeout, 62, 118) +
                 failures(record, "users", FailureReason::timeout, 62, 118) >
             30U);
  BOOST_TEST(failures(record, "users", FailureReason::refused, 0, 299) == 0U);
  BOOST_TEST(failures(record, "users", 155, 299) == 0U);
  BOOST_TEST(events(record, "host.lost").empty());  // It still hears from control.
}

BOOST_AUTO_TEST_CASE(isolating_a_zone_cuts_it_from_everything) {
  const Record record =
      Rehearsal(shop("{at: 1min, kind: link.partition, target: far, for: 1min}")).run();

  BOOST_TEST(events(record, "host.lost", "far-0").size() == 1U);
  BOOST_TEST(events(record, "host.lost").size() == 1U);
  BOOST_TEST(first(record, "host.back", "far-0") >= 120);
  BOOST_TEST(failures(record, "users", 62, 118) > 30U);
  BOOST_TEST(failures(record, "users", 155, 299) == 0U);
  BOOST_TEST(events(record, "host.crashed").empty());
}

BOOST_AUTO_TEST_CASE(cut_off_from_control_alone_users_notice_nothing) {
  const Record record =
      Rehearsal(shop("{at: 1min, kind: link.partition, target: control <-> far, for: 1min}")).run();

  BOOST_TEST(events(record, "host.lost", "far-0").size() == 1U);
  BOOST_TEST(failures(record, "users", 0, 299) == 0U);
  BOOST_TEST(record.find_span("it")->touched == 1U);  // One host that is no longer heard.
}

/// How often far-0 was lost, over seeds.
std::size_t losses(const std::string& fault, std::uint64_t seeds) {
  const Rehearsal lab(shop(fault));
  std::size_t count = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    count += events(lab.run(seed), "host.lost", "far-0").size();
  }
  return count;
}

BOOST_AUTO_TEST_CASE(heavy_loss_delays_heartbeats_until_the_host_counts_as_lost) {
  const auto loss = [](const std::string& share) {
    return "{at: 1min, kind: link.loss, target: control <-> far, loss: " + share + ", for: 2min}";
  };
  // A heartbeat is resent after 200 ms, doubling. Every 5 s one is sent, 15 s of silence are too
  // many: one loss in ten never adds up to that, nine in ten soon do.
  BOOST_TEST(losses(loss("10%"), 10) == 0U);
  BOOST_TEST(losses(loss("90%"), 10) >= 10U);

  const Record record = Rehearsal(shop(loss("90%"))).run();

  BOOST_TEST(!events(record, "host.back", "far-0").empty());
  BOOST_TEST(events(record, "host.lost", "near-0").empty());
  BOOST_TEST(record.find_span("it")->touched > 0U);
  const std::vector<std::string> why{"fault.begin", "host.lost"};
  BOOST_TEST(chain(record, events(record, "host.lost", "far-0")[0]) == why,
             boost::test_tools::per_element());
  BOOST_TEST(value(record, "hosts_up", "hosts", 299) == 3);
}

BOOST_AUTO_TEST_CASE(all_heartbeats_lost_is_as_good_as_a_cut) {
  const Record record =
      Rehearsal(shop("{at: 1min, kind: link.loss, target: control <-> far, loss: 100%, for: 1min}"))
          .run();

  const double lost = first(record, "host.lost", "far-0");
  BOOST_TEST(lost >= 70);  // The last came up to 5 s before.
  BOOST_TEST(lost <= 75);
  const double back = first(record, "host.back", "far-0");
  BOOST_TEST(back >= 120);
  BOOST_TEST(back <= 125);
}

BOOST_AUTO_TEST_CASE(a_sudden_delay_is_one_silence_and_then_none) {
  const Record record = Rehearsal(shop("{at: 1min, kind: link.latency, target: control <-> far, "
                                       "add: 20s, for: 2min}"))
                            .run();

  BOOST_TEST(events(record, "host.lost", "far-0").size() == 1U);
  const double back = first(record, "host.back", "far-0");
  BOOST_TEST(back >= 80);  // The first that was sent after the minute is 20 s late.
  BOOST_TEST(back <= 85);
}

BOOST_AUTO_TEST_CASE(a_short_delay_is_no_silence) {
  BOOST_TEST(losses("{at: 1min, kind: link.latency, target: control <-> far, add: 2s, jitter: 2s, "
                    "for: 2min}",
                    10) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
