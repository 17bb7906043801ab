/// \file certificates.cpp
/// Certificates that end, and what notices: connections, starts, clients, renewers and monitors.
/// Why: nothing breaks when one ends. It breaks when something connects, starts or heals.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::uint64_t refused(const Record& record, const std::string& subject, std::size_t from,
                      std::size_t to) {
  return failures(record, subject, FailureReason::certificate, from, to);
}

/// A shop that calls its database over TLS; the certificate's last second is 00:01:00.
std::string over_tls(const std::string& tls, const std::string& more = {}) {
  return R"(
run: {start: 2024-01-01T00:00:00Z, duration: 4min}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
certificates: {db-cert: {not_after: 2024-01-01T00:01:00Z}}
dependencies: {db: {kind: database, service_time: 1ms, tls: {certificate: db-cert, )" +
         tls + R"(}}}
apps:
  shop: {instances: 2, spread: {a: 1, b: 1}, start_time: 2s, service_time: {deterministic: 1ms},
         calls: [{to: db, timeout: 1s}]}
load: {users: {to: shop, rate: 20/s, arrivals: deterministic}}
)" + more;
}

BOOST_AUTO_TEST_SUITE(certificates)

// Edge 48: RFC 5280, 4.1.2.5: both ends are included.
BOOST_AUTO_TEST_CASE(edge_48_the_last_second_is_valid_and_the_next_one_is_not) {
  const Record record = Rehearsal(over_tls("keep_open: false")).run();

  BOOST_TEST(failures(record, "users", 0, 61) == 0U);
  BOOST_TEST(failures(record, "users", 61, 240) == 179U * 20U);
  BOOST_TEST(refused(record, "db", 61, 240) == 179U * 20U);
  BOOST_TEST(first(record, "certificate.refused", "db") >= 61);
  BOOST_TEST(events(record, "certificate.refused").size() == 1U);
}

// Edge 51.
BOOST_AUTO_TEST_CASE(edge_51_a_connection_outlives_its_certificate_until_one_end_starts_anew) {
  const Record record = Rehearsal(over_tls("keep_open: true", R"(
faults: {kill: {at: 2min, kind: instance.crash, target: shop/0}}
)"))
                            .run();

  BOOST_TEST(failures(record, "users", 0, 120) <= 1U);  // one may be at work when it is killed
  BOOST_TEST(refused(record, "db", 0, 120) == 0U);
  BOOST_TEST(refused(record, "db", 125, 240) > 1000U);  // of the half that shop/0 gets
  BOOST_TEST(refused(record, "db", 125, 240) < 1300U);
}

BOOST_AUTO_TEST_CASE(a_connection_of_30_s_notices_within_30_s) {
  const Record record = Rehearsal(over_tls("keep_open: true, session: 30s")).run();

  BOOST_TEST(refused(record, "db", 0, 61) == 0U);
  BOOST_TEST(refused(record, "db", 91, 240) == 149U * 20U);
}

BOOST_AUTO_TEST_CASE(a_database_that_restarts_loses_every_connection) {
  const Record record = Rehearsal(over_tls("keep_open: true", R"(
faults: {restart: {at: 2min, kind: dependency.down, target: db, for: 5s}}
)"))
                            .run();

  BOOST_TEST(refused(record, "db", 0, 120) == 0U);
  BOOST_TEST(refused(record, "db", 126, 240) == 114U * 20U);
}

BOOST_AUTO_TEST_CASE(each_caller_checks_by_its_own_clock) {
  std::string ahead = over_tls("keep_open: false");
  ahead.replace(ahead.find("b: {hosts: 1}"), 13, "b: {hosts: 1, clock: {offset: 30s}}");
  const Record record = Rehearsal(ahead).run();

  BOOST_TEST(refused(record, "db", 0, 31) == 0U);
  const auto half = static_cast<double>(refused(record, "db", 31, 61));
  BOOST_TEST(half > 200);  // 30 s at 20/s, of which one instance of two
  BOOST_TEST(half < 400);
  BOOST_TEST(refused(record, "db", 61, 240) == 179U * 20U);
}

BOOST_AUTO_TEST_CASE(a_chain_is_as_long_lived_as_its_shortest_link) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 3min}
certificates:
  root: {not_after: 2024-01-01T00:00:59Z}
  leaf: {issuer: root, lifetime: 90d}
dependencies: {db: {kind: database, service_time: 1ms, tls: {certificate: leaf}}}
apps: {shop: {service_time: 1ms, calls: [{to: db}]}}
load: {users: {to: shop, rate: 10/s, arrivals: deterministic}}
renewers: {operator: {certificates: [root], at: 2min, takes: 10s}}
)")
                            .run();

  BOOST_TEST(refused(record, "db", 0, 60) == 0U);
  BOOST_TEST(refused(record, "db", 60, 130) == 700U);
  BOOST_TEST(refused(record, "db", 130, 180) == 0U);  // its key stays, and what it has signed
  BOOST_TEST(first(record, "certificate.renewed", "root") == 130);
  BOOST_TEST(events(record, "certificate.accepted", "db").size() == 1U);
}

BOOST_AUTO_TEST_CASE(callers_may_have_to_show_one_too_and_reload_it_when_they_start) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 4min}
certificates: {server: {lifetime: 90d}, client: {not_after: 2024-01-01T00:00:59Z}}
dependencies:
  db: {kind: database, service_time: 1ms,
       tls: {certificate: server, client_certificate: client, reload: false}}
apps: {shop: {service_time: 1ms, start_time: 5s, calls: [{to: db}]}}
load: {users: {to: shop, rate: 10/s, arrivals: deterministic}}
renewers: {operator: {certificates: [client], at: 2min}}
faults: {restart: {at: 3min, kind: instance.crash, target: shop/0}}
)")
                            .run();

  BOOST_TEST(refused(record, "db", 0, 60) == 0U);
  BOOST_TEST(refused(record, "db", 60, 180) == 1200U);  // renewed at 120 s: nobody reads it
  BOOST_TEST(refused(record, "db", 186, 240) == 0U);
}

// R2: concourse-up#81. What runs goes on; what is made anew never reports.
BOOST_AUTO_TEST_CASE(
    what_starts_with_an_ended_certificate_never_reports_and_is_made_anew_for_ever) {
  const Record record = Rehearsal(R"(
run: {start: 2019-01-03T00:00:00Z, duration: 3h}
platform: {profile: cf-diego, set: {immediate_restarts: 1000, liveness_probe_interval: 0s}}
certificates: {nats: {not_after: 2019-01-03T00:30:00Z}}
apps:
  vm: {instances: 4, start_time: 1min, service_time: 1ms, start_certificates: [nats], health: {start_timeout: 10min}}
load: {users: {to: vm, rate: 4/s}}
renewers: {rotate: {certificates: [nats], at: 125min}}
faults: {dies: {at: 1h, kind: instance.crash, target: vm/0}}
)")
                            .run();

  const auto [least, most] = range(record, "ready", "vm", 0, 3600);
  BOOST_TEST(least == 4);  // nothing happens at 00:30:01
  const auto refusals = events(record, "certificate.refused", "vm/0");
  BOOST_REQUIRE(refusals.size() >= 6U);
  for (std::size_t i = 1; i < refusals.size(); ++i) {
    const double period = seconds(refusals[i].at) - seconds(refusals[i - 1].at);
    BOOST_TEST(std::abs(period - 600) <= 31);  // and until the next convergence
  }
  BOOST_TEST(seconds(refusals.back().at) < 7500);
  BOOST_TEST(value(record, "ready", "vm", 7000) == 3);
  BOOST_TEST(value(record, "ready", "vm", 10799) == 4);
}

BOOST_AUTO_TEST_CASE(clients_refuse_routers_and_come_back_in_a_storm) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 3min}
certificates: {front: {not_after: 2024-01-01T00:00:59Z}}
routers: {certificate: front}
apps: {shop: {service_time: 1ms}}
load:
  users: {to: shop, rate: 10/s, arrivals: deterministic, retry: {max_retries: 3, backoff: 1s, factor: 1}}
renewers: {operator: {certificates: [front], at: 2min}}
)")
                            .run();

  BOOST_TEST(refused(record, "users", 0, 60) == 0U);
  BOOST_TEST(refused(record, "users", 60, 117) == 570U);
  BOOST_TEST(refused(record, "users", 120, 180) == 0U);
  // What was sent in the last 3 s before the renewal is answered by one of its retries.
  BOOST_TEST(refused(record, "users", 118, 120) == 0U);
  BOOST_TEST(record.find_series("users")->retries >= 1700U);
  BOOST_TEST(record.find_series("shop")->total.injected < 1300U);  // none of them reached it
}

BOOST_AUTO_TEST_SUITE_END()

// ---- renewers and monitors -------------------------------------------------------------------

/// A year's certificate that ends on day 40, over 60 days.
Record sixty_days(const std::string& renewer, const std::string& more = {}) {
  return Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 60d}
certificates: {front: {not_after: 2024-02-10T00:00:00Z, lifetime: 90d}}
routers: {certificate: front}
apps: {shop: {service_time: 1ms}}
load: {users: {to: shop, rate: 0.01/s}}
renewers: {certbot: {certificates: [front], period: 12h, )" +
                   renewer + "}}\n" + more)
      .run();
}

constexpr double kDay = 86'400;

std::uint64_t all_refused(const Record& record) {
  return record.requests.failed[static_cast<std::size_t>(FailureReason::certificate)];
}

BOOST_AUTO_TEST_SUITE(renewals)

BOOST_AUTO_TEST_CASE(a_renewer_renews_thirty_days_before_the_end) {
  const Record record = sixty_days("renew_before: 30d");

  const double at = first(record, "certificate.renewed", "front");
  BOOST_TEST(at >= 10 * kDay);
  BOOST_TEST(at < 10.5 * kDay);
  BOOST_TEST(events(record, "certificate.renewed").size() == 1U);  // the next ends on day 100
  BOOST_TEST(all_refused(record) == 0U);
  BOOST_TEST(value(record, "renewals", "certbot", 20 * kDay) == 1);
}

BOOST_AUTO_TEST_CASE(one_that_fails_says_so_twice_a_day_for_a_month) {
  const Record record = sixty_days("state: fails");

  BOOST_TEST(events(record, "renewer.failed").size() >= 58U);
  BOOST_TEST(value(record, "failed_renewals", "certbot", 40 * kDay) >= 58);
  BOOST_TEST(all_refused(record) > 10'000U);
}

BOOST_AUTO_TEST_CASE(one_that_hangs_says_nothing_and_one_that_lies_says_that_it_is_done) {
  const Record hung = sixty_days("state: hangs");
  const Record lied = sixty_days("state: lies");

  BOOST_TEST(events(hung, "renewer.hung").size() == 1U);
  BOOST_TEST(events(hung, "renewer.failed").empty());
  BOOST_TEST(events(lied, "renewer.lied").size() >= 58U);
  BOOST_TEST(value(lied, "failed_renewals", "certbot", 59 * kDay) == 0);
  for (const Record* record : {&hung, &lied}) BOOST_TEST(all_refused(*record) > 10'000U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_ends_in_time_costs_nothing) {
  const Record record = sixty_days(
      "renew_before: 30d",
      "faults: {broken: {at: 5d, kind: renewer.failure, target: certbot, for: 20d, state: hangs}}");

  const double at = first(record, "certificate.renewed", "front");
  BOOST_TEST(at >= 25 * kDay);
  BOOST_TEST(at < 25.5 * kDay);
  BOOST_TEST(first(record, "renewer.recovered", "certbot") == 25 * kDay);
  BOOST_TEST(record.find_span("broken")->touched >= 1U);
  BOOST_TEST(all_refused(record) == 0U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_a_month_behind_renews_a_month_late) {
  std::string behind = "renew_before: 10d";
  const Record right = sixty_days(behind);
  const Record late =
      sixty_days(behind, "topology: {control_clock: {offset: -30d}, zones: {z: {hosts: 1}}}");

  BOOST_TEST(all_refused(right) == 0U);
  BOOST_TEST(all_refused(late) > 10'000U);
}

// R3: the 30-day alarm never came, as the poller hung on another certificate ahead of it.
BOOST_AUTO_TEST_CASE(a_monitor_that_hangs_on_one_certificate_warns_of_none_behind_it) {
  const auto with_odd = [&](const std::string& more) {
    return Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 60d}
certificates: {odd: {lifetime: 1000d}, front: {not_after: 2024-02-10T00:00:00Z, lifetime: 90d}}
routers: {certificate: front}
apps: {shop: {service_time: 1ms}}
load: {users: {to: shop, rate: 0.01/s}}
renewers: {somebody: {certificates: [front], takes: 1h}}
expiry_monitors:
  poller: {certificates: [odd, front], period: 1h, renewer: somebody, response: 1d, )" +
                     more + "}\n")
        .run();
  };
  const Record hung = with_odd("hangs_on: [odd]");
  const Record mended = with_odd("hangs_on: [odd], timeout: 1min");

  BOOST_TEST(events(hung, "monitor.hung").size() == 1U);
  BOOST_TEST(events(hung, "monitor.warned").empty());
  BOOST_TEST(value(hung, "warnings", "poller", 59 * kDay) == 0);
  BOOST_TEST(all_refused(hung) > 10'000U);

  const double warned = first(mended, "monitor.warned");
  BOOST_TEST(warned >= 10 * kDay);
  BOOST_TEST(warned < 10 * kDay + 2 * 3600);
  BOOST_TEST(first(mended, "certificate.renewed", "front") == warned + kDay + 3600);
  BOOST_TEST(all_refused(mended) == 0U);
}

BOOST_AUTO_TEST_CASE(a_hang_that_is_injected_ends_with_its_fault) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 30d}
certificates: {front: {not_after: 2024-02-10T00:00:00Z}}
routers: {certificate: front}
apps: {shop: {service_time: 1ms}}
load: {users: {to: shop, rate: 0.01/s}}
expiry_monitors: {poller: {certificates: [front], period: 1h}}
faults: {stuck: {at: 5d, kind: monitor.hang, target: poller, for: 10d}}
)")
                            .run();

  BOOST_TEST(first(record, "monitor.hung") < 5 * kDay + 3600);
  BOOST_TEST(first(record, "monitor.recovered") == 15 * kDay);
  BOOST_TEST(first(record, "monitor.warned") >= 15 * kDay);
  BOOST_TEST(first(record, "monitor.warned") < 15 * kDay + 3600);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- identity certificates and tokens --------------------------------------------------------

BOOST_AUTO_TEST_SUITE(skew)

/// One instance of two is started anew at 60 s on a cell whose clock is ahead.
std::string ahead(const std::string& offset) {
  return R"(
run: {start: 2024-01-01T00:00:00Z, duration: 4min}
platform: {profile: cf-diego, set: {route_tls: true}}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1, clock: {offset: )" +
         offset + R"(}}}}
routers: {zones: [a]}
apps: {shop: {instances: 2, zones: [b], start_time: 2s, service_time: {deterministic: 1ms}}}
load: {users: {to: shop, rate: 50/s, arrivals: deterministic}}
faults: {kill: {at: 1min, kind: instance.crash, target: shop/0}}
)";
}

// platforms.md, 8: retriable and prunable, so that a fresh instance flaps every 20 s until the
// router's clock has come to its NotBefore.
BOOST_AUTO_TEST_CASE(a_fresh_instance_flaps_until_the_routers_clock_meets_its_cells) {
  const Record record = Rehearsal(ahead("90s")).run();

  const auto refusals = refused(record, "shop/0", 60, 240);
  BOOST_TEST(refusals >= 3U);  // once for each registration in 90 s
  BOOST_TEST(refusals <= 6U);
  BOOST_TEST(failures(record, "users", 65, 240) == 0U);  // the router tries the other one
  const Series* fresh = record.find_series("shop/0");
  const auto answered = [&](std::size_t from, std::size_t to) {
    std::uint64_t sum = 0;
    for (std::size_t s = from; s < to; ++s) sum += fresh->by_send[s].answered;
    return sum;
  };
  BOOST_TEST(answered(64, 148) == 0U);
  BOOST_TEST(answered(175, 240) > 1000U);
}

BOOST_AUTO_TEST_CASE(a_cell_that_is_behind_is_trusted_and_so_is_what_ran_before) {
  const Record behind = Rehearsal(ahead("-90s")).run();
  const Record fresh = Rehearsal(ahead("90s")).run();

  BOOST_TEST(refused(behind, "shop/0", 0, 240) == 0U);
  BOOST_TEST(refused(fresh, "shop/0", 0, 60) == 0U);
  BOOST_TEST(refused(fresh, "shop/1", 0, 240) == 0U);
}

/// Tokens of a right clock at a machine that is 5 s behind.
Record with_leeway(const std::string& leeway) {
  return Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 1min}
topology: {zones: {z: {hosts: 1, clock: {offset: -5s}}}}
apps: {shop: {service_time: 1ms, token: {lifetime: 5min, leeway: )" +
                   leeway + R"(}}}
load: {users: {to: shop, rate: 10/s, arrivals: deterministic}}
)")
      .run();
}

// Edge 50.
BOOST_AUTO_TEST_CASE(edge_50_a_token_from_the_future_is_refused_without_leeway) {
  const Record strict = with_leeway("0s");
  const Record lenient = with_leeway("60s");

  BOOST_TEST(failures(strict, "users", FailureReason::unauthorized, 0, 60) == 600U);
  BOOST_TEST(failures(lenient, "users", 0, 60) == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_used_again_ends_while_it_is) {
  const Record record = Rehearsal(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 20min}
topology: {zones: {z: {hosts: 1, clock: {offset: 2min}}}}
apps: {shop: {service_time: 1ms, token: {lifetime: 5min, reuse: 4min}}}
load: {users: {to: shop, rate: 10/s, arrivals: deterministic}}
)")
                            .run();

  // Issued every 4 min for 5; by a clock that is 2 min ahead each ends after 3.
  BOOST_TEST(failures(record, "users", 0, 180) == 0U);
  BOOST_TEST(failures(record, "users", FailureReason::unauthorized, 180, 240) == 600U);
  BOOST_TEST(failures(record, "users", 240, 420) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
