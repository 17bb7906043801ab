/// \file requests_test.cpp
/// What requests allocate: nothing each. Rows of the record are made as time passes, whatever
/// happens in it.
/// Why: an allocation per request costs as much as all else that a request does.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "leapday/leapday.hpp"
#include "sim/model/request.hpp"

namespace {

std::uint64_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(size == 0 ? 1 : size)
                                                        : std::aligned_alloc(alignment, whole);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new[](std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace leapday;

constexpr std::string_view kModelC = R"(
leapday: 1
name: Fifty instances in turn
run: {duration: 24h}
apps:
  shop:
    instances: 50
    service_time: {exponential: {mean: 1ms}}
    routing: {policy: round_robin}
load: {users: {to: shop, rate: 25000/s}}
)";

constexpr std::string_view kGuarded = R"(
leapday: 1
name: Every guard a request can have
run: {duration: 24h}
platform: {profile: cf-diego}
topology:
  zones:
    z1: &zone {hosts: 4, cores: 4}
    z2: *zone
  network: {same_zone: 200us, same_region: 1ms, clients: 5ms}
routers: {count: 2, zones: [z1, z2]}
apps:
  shop:
    instances: 16
    discipline: processor_sharing
    concurrency: 0
    threads: 2
    service_time: {exponential: {mean: 1ms}}
    error_rate: 0.1%
    routing: {policy: power_of_d, request_timeout: 10s, attempts: 2, keep_alive: 16}
load:
  users:
    to: shop
    rate: 20000/s
    timeout: 2s
    retry: {max_retries: 2, backoff: 50ms, jitter: full, budget: 10%}
    breaker: {failure_rate: 50%}
)";

constexpr std::string_view kGraph = R"(
leapday: 1
name: Services that call each other
run: {duration: 24h}
topology: {zones: {z: {hosts: 20}}}
apps:
  gateway:
    instances: 4
    concurrency: 64
    service_time: {exponential: {mean: 100us}}
    calls: [{parallel: [{to: orders}, {to: catalogue, fan_out: 2}]}, {to: db, probability: 50%}]
  orders: &service
    instances: 4
    concurrency: 16
    service_time: {exponential: {mean: 1ms}}
    calls: [{to: stock, timeout: 1s}]
  catalogue: *service
  stock: {instances: 4, concurrency: 8, service_time: {exponential: {mean: 1ms}}}
dependencies:
  db: {kind: database, connections: 32, service_time: {exponential: {mean: 1ms}}}
load: {users: {to: gateway, rate: 5000/s}}
)";

struct Count {
  std::uint64_t allocations = 0;
  std::uint64_t requests = 0;
};

/// During this much simulated time, once pools and tables have grown to what they need.
Count count(std::string_view text, Duration length) {
  const Registry registry = builtin_registry();
  const Result<ScenarioFile> file = load_text(text, "test.yaml", "", registry);
  BOOST_REQUIRE(file);
  Run run(file->cells[0], registry, {.seed = 1});
  const SimTime begin = kSimStart + 20s;
  run.run_until(begin);
  const std::uint64_t before = allocations;
  run.run_until(begin + length);
  Count result{.allocations = allocations - before};
  const Record record = run.finish();
  result.requests = record.requests.answered + record.calls.answered;
  result.requests = result.requests * static_cast<std::uint64_t>(length.count()) /
                    static_cast<std::uint64_t>((length + 20s).count());
  return result;
}

/// A row of a series is a second long and costs a few allocations.
void check(std::string_view text, Duration length, std::uint64_t series) {
  const Count found = count(text, length);
  const auto seconds = static_cast<std::uint64_t>(length / 1s);

  BOOST_TEST(found.requests >= 1'000'000U);
  BOOST_TEST(found.allocations <= 4 * series * seconds);
  BOOST_TEST(found.allocations * 100 < found.requests);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_million_requests_over_fifty_instances_allocate_rows_only) {
  check(kModelC, 41s, 2);
}

BOOST_AUTO_TEST_CASE(a_million_requests_that_meet_every_guard_allocate_rows_only) {
  check(kGuarded, 51s, 2);
}

BOOST_AUTO_TEST_CASE(a_million_calls_between_services_allocate_rows_only) { check(kGraph, 41s, 6); }

/// A call that nothing happens to is a visit alone, in two cache lines; one that something happens
/// to, or that may be hedged, is all three.
BOOST_AUTO_TEST_CASE(a_request_in_flight_has_a_known_size) {
  BOOST_TEST(sizeof(model::Visit) == 128U);
  BOOST_TEST(sizeof(model::Call) + sizeof(model::Attempt) + sizeof(model::Visit) == 288U);
}
