/// \file platform_gorouter.cpp
/// gorouter's two policies beside an instance that refuses connections.
/// Why: the one that looks cleverer goes to the dead again and again: nothing is ever open there.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// For 30 s after its crash the router knows of the dead instance only, and one that lives.
std::string beside_the_dead(const std::string& policy, int instances) {
  return "run: {duration: 2min}\n"
         "platform: {profile: cf-diego, set: {route_propagation: 30s, router_attempts: 3}, "
         "algorithms: {routing: " +
         policy + R"(}}
topology: {zones: {z: {hosts: 2}}}
apps: {shop: {start_time: 5s, service_time: {deterministic: 1ms}, instances: )" +
         std::to_string(instances) + R"(}}
load: {users: {to: shop, rate: 100/s, arrivals: deterministic}}
faults: {kill: {at: 1min, kind: instance.crash, target: shop/0}}
)";
}

BOOST_AUTO_TEST_SUITE(platform_gorouter)

BOOST_AUTO_TEST_CASE(round_robin_passes_over_what_refused_a_moment_ago) {
  const Record record = Rehearsal(beside_the_dead("round_robin", 2)).run();

  BOOST_TEST(failures(record, "users", 60, 90) == 0U);
  // One try in 30 s of cool-down, and perhaps one more when they are over.
  BOOST_TEST(record.find_series("shop/0")
                 ->total.failed[static_cast<std::size_t>(FailureReason::refused)] <= 2U);
}

BOOST_AUTO_TEST_CASE(least_connection_tries_the_dead_again_and_fails_one_request_in_four) {
  // Both have nothing open, so each try is a fair draw; there are as many tries as instances.
  const Record record = Rehearsal(beside_the_dead("gorouter_least_connection", 2)).run();

  const auto failed = static_cast<double>(failures(record, "users", 60, 90));
  BOOST_TEST(std::abs(failed - 3000 * .25) < 4 * 23.7);  // the standard deviation is 23.7
  BOOST_TEST(failures(record, "users", FailureReason::refused, 60, 90) ==
             static_cast<std::uint64_t>(failed));
}

BOOST_AUTO_TEST_CASE(three_tries_at_four_instances_fail_one_request_in_64) {
  const Record record = Rehearsal(beside_the_dead("gorouter_least_connection", 4)).run();

  const auto failed = static_cast<double>(failures(record, "users", 60, 90));
  BOOST_TEST(std::abs(failed - 3000 / 64.0) < 4 * 6.8);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
