/// \file dependency_test.cpp
/// dependency.slow, dependency.error and dependency.down.
/// Why: what an app does without its database is decided long before the database goes.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

Record shop(const std::string& fault) {
  return Rehearsal(R"(
run: {duration: 3min}
platform: {profile: cf-diego}
apps:
  shop: {service_time: 5ms, instances: 4, concurrency: 16, calls: [{to: db}]}
dependencies: {db: {kind: database, service_time: 10ms}, other: {kind: external, service_time: 1ms}}
load: {users: {to: shop, rate: 50/s, timeout: 2s}}
faults:
  it: )" + fault + "\n")
      .run();
}

BOOST_AUTO_TEST_SUITE(dependency_faults)

BOOST_AUTO_TEST_CASE(slowness_multiplies_work_and_adds_delay) {
  const Record factor = shop("{at: 1min, kind: dependency.slow, target: db, factor: 4, for: 1min}");
  const Record add = shop("{at: 1min, kind: dependency.slow, target: db, add: 100ms, for: 1min}");

  BOOST_TEST(std::abs(latencies(factor, 5, 55).mean - 0.015) < 0.001);
  BOOST_TEST(std::abs(latencies(factor, 65, 115).mean - 0.045) < 0.003);
  BOOST_TEST(std::abs(latencies(add, 65, 115).mean - 0.115) < 0.006);
  BOOST_TEST(std::abs(latencies(add, 125, 175).mean - 0.015) < 0.001);
}

BOOST_AUTO_TEST_CASE(errors_come_at_their_rate_and_fail_what_needs_the_answer) {
  const Record record =
      shop("{at: 1min, kind: dependency.error, target: db, rate: 25%, for: 1min}");

  const std::uint64_t failed = failures(record, "users", FailureReason::dependency, 60, 120);
  BOOST_TEST(failed > 600U);  // A quarter of 3000, give or take 4 sigma.
  BOOST_TEST(failed < 900U);
  BOOST_TEST(failures(record, "users", 0, 59) == 0U);
  BOOST_TEST(failures(record, "users", 121, 179) == 0U);
}

BOOST_AUTO_TEST_CASE(down_means_every_call_fails_until_it_is_back) {
  const Record record = shop("{at: 1min, kind: dependency.down, target: db, for: 1min}");

  const Series* users = record.find_series("users");
  for (std::size_t s = 61; s < 119; ++s) BOOST_TEST(users->by_send[s].answered == 0U);
  BOOST_TEST(failures(record, "users", 121, 179) == 0U);
  BOOST_TEST(record.find_span("it")->touched > 2500U);
}

BOOST_AUTO_TEST_CASE(what_nobody_calls_touches_nobody) {
  const Record record = shop("{at: 1min, kind: dependency.down, target: other, for: 1min}");

  BOOST_TEST(record.find_span("it")->touched == 0U);
  BOOST_TEST(failures(record, "users", 0, 179) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
