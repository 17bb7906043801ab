/// \file database_test.cpp
/// database.primary_crash and cache.flush.
/// Why: both are over in a moment; what they leave behind is what counts.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

const std::string kShop = R"(
run: {duration: 4min}
platform: {profile: cf-diego}
apps:
  shop:
    service_time: 5ms
    instances: 4
    concurrency: 32
    endpoints:
      browse: {calls: [{to: pages}]}
      pay: {calls: [{to: db, access: write}]}
dependencies:
  db:
    kind: database
    service_time: 5ms
    replicas: 1
    replication: {lag: 500ms}
    failover: {detection: 20s, promotion: 10s}
  pages: {kind: cache, backed_by: db, keys: 200, ttl: 1h}
load: {users: {to: shop, mix: {browse: 50%, pay: 50%}, rate: 100/s, timeout: 2s}}
)";

BOOST_AUTO_TEST_SUITE(database_faults)

BOOST_AUTO_TEST_CASE(nothing_is_written_until_a_replica_is_promoted) {
  const Record record = Rehearsal(kShop + R"(
faults: {it: {at: 1min, kind: database.primary_crash, target: db, for: 1min}}
)")
                            .run();

  BOOST_TEST(first(record, "database.primary_lost", "db") == 60.0);
  BOOST_TEST(first(record, "database.loss_noticed", "db") == 80.0);
  BOOST_TEST(first(record, "database.promoted", "db") == 90.0);
  BOOST_TEST(first(record, "database.recovered", "db") == 120.0);
  BOOST_TEST(failures(record, "users.pay", FailureReason::dependency, 61, 90) > 1300U);
  BOOST_TEST(failures(record, "users.pay", 91, 239) == 0U);
  BOOST_TEST(failures(record, "users.browse", 0, 239) == 0U);
  const std::uint64_t lost = record.find_counter("lost_writes", "db")->total;
  BOOST_TEST(lost > 10U);  // of the 25 of half a second
  BOOST_TEST(lost < 45U);
  BOOST_TEST(record.find_span("it")->touched > 1300U);
}

BOOST_AUTO_TEST_CASE(each_event_of_a_failover_names_its_cause) {
  const Record record = Rehearsal(kShop + R"(
faults: {it: {at: 1min, kind: database.primary_crash, target: db, for: 1min}}
)")
                            .run();

  const auto cause = [&](const std::string& kind) {
    return record.events.at(events(record, kind).front().cause.index).kind;
  };
  BOOST_TEST(cause("database.primary_lost") == "fault.begin");
  BOOST_TEST(cause("database.promoted") == "database.primary_lost");
  BOOST_TEST(cause("database.recovered") == "fault.end");
}

BOOST_AUTO_TEST_CASE(a_database_without_nodes_of_its_own_is_down_meanwhile) {
  const Record record = Rehearsal(R"(
run: {duration: 2min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, concurrency: 32, calls: [{to: db}]}}
dependencies: {db: {kind: database, service_time: 5ms}}
load: {users: {to: shop, rate: 50/s}}
faults: {it: {at: 30s, kind: database.primary_crash, target: db, for: 20s}}
)")
                            .run();

  BOOST_TEST(failures(record, "users", 31, 50) ==
             record.find_series("users")->by_send[31].sent + failures(record, "users", 32, 50));
  BOOST_TEST(failures(record, "users", 51, 119) == 0U);
}

BOOST_AUTO_TEST_CASE(a_flushed_cache_asks_the_database_for_every_key_again) {
  const std::string fault = R"(
faults: {it: {at: 1min, kind: cache.flush, target: pages}}
)";
  const Record record = Rehearsal(kShop + fault).run();
  const Record twin = Rehearsal(kShop + fault).run(1, true);

  BOOST_TEST(twin.find_counter("misses", "pages")->total < 20U);
  BOOST_TEST(record.find_counter("misses", "pages")->total > 195U);
  BOOST_TEST(events(record, "cache.flushed", "pages").size() == 1U);
  BOOST_TEST(record.find_span("it")->touched > 190U);
}

BOOST_AUTO_TEST_CASE(they_hit_what_they_are_for_and_nothing_else) {
  const Registry registry = builtin_registry();
  const auto problem = [&](const std::string& fault) {
    const auto loaded =
        load_text("leapday: 1\nname: test\n" + kShop + "faults: {it: " + fault + "}\n", "test.yaml",
                  "", registry);
    BOOST_REQUIRE(!loaded);
    return loaded.problems().front();
  };

  const Problem flush = problem("{at: 1min, kind: cache.flush, target: db}");
  BOOST_TEST(flush.message == "cache.flush cannot hit db, which is a database");
  BOOST_TEST(flush.fix == "it hits a cache");
  const Problem crash = problem("{at: 1min, kind: database.primary_crash, target: pages}");
  BOOST_TEST(crash.message == "database.primary_crash cannot hit pages, which is a cache");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
