/// \file fleet_test.cpp
/// What a large fleet takes in memory: an instance, a host, a router, each counted by allocations.
/// Why: a fleet of a hundred thousand instances fits only as long as nobody gives each of them one
/// more string, map or queue, and that is seen nowhere else.
#include <malloc.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>
#include <string>

#include "leapday/run.hpp"

namespace {

std::atomic<std::int64_t> allocated{0};

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  allocated += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
void release(void* memory) {
  if (memory != nullptr) allocated -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

// Counts the bytes that this program holds; what it counts is read in the tests below.
[[gnu::noinline]] void* operator new(std::size_t size) {
  return counted(std::malloc(size == 0 ? 1 : size));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t align) {
  const auto step = static_cast<std::size_t>(align);
  return counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

namespace leapday {
namespace {

struct Shape {
  std::int64_t hosts = 400;
  std::int64_t apps = 40;
  std::int64_t instances = 40;  ///< Of each app.
  std::int64_t routers = 2;
  Boot boot = Boot::warm;
  bool loads = false;
};

/// Bytes that a run of such a fleet holds a minute after its start.
double bytes(const Shape& shape, Duration after = 1min) {
  Scenario scenario;
  scenario.run.duration = 1h;
  scenario.run.boot = shape.boot;
  for (int z = 0; z < 4; ++z) {
    Zone& zone = scenario.topology.zones["zone-" + std::to_string(z)];
    zone.hosts = shape.hosts / 4;
    zone.cores = 64;
    zone.memory = Bytes{std::int64_t{1} << 40};
    zone.disk = Bytes{std::int64_t{1} << 44};
  }
  for (std::int64_t a = 0; a < shape.apps; ++a) {
    const std::string name = "an-application-with-a-name-" + std::to_string(a);
    scenario.apps[name].instances = shape.instances;
    scenario.apps[name].service_time = Distribution::exponential(10ms);
    if (!shape.loads) continue;
    Load& load = scenario.loads["load-" + std::to_string(a)];
    load.to = name;
    load.rate = Rate{200};
  }
  scenario.routers.count = shape.routers;
  const Registry registry = builtin_registry();
  const std::int64_t before = allocated;
  Run run(scenario, registry, {.seed = 1});
  run.run_until(kSimStart + after);
  return static_cast<double>(allocated - before);
}

BOOST_AUTO_TEST_SUITE(fleet)

double bytes_per_instance(Boot boot) {
  const Shape few{.instances = 100, .boot = boot};
  const Shape many{.instances = 500, .boot = boot};
  return (bytes(many) - bytes(few)) / (40 * 400);
}

BOOST_AUTO_TEST_CASE(an_instance_takes_half_a_kilobyte) {
  const double each = bytes_per_instance(Boot::warm);
  BOOST_TEST_MESSAGE("an instance takes " << each << " bytes");
  BOOST_TEST(each > 100);
  BOOST_TEST(each <= 512);
}

BOOST_AUTO_TEST_CASE(a_start_leaves_two_milestones_and_a_stream) {
  const double each = bytes_per_instance(Boot::cold) - bytes_per_instance(Boot::warm);
  BOOST_TEST_MESSAGE("a start leaves " << each << " bytes");
  BOOST_TEST(each > 2 * sizeof(RecordedEvent));
  BOOST_TEST(each <= 3 * 256);
}

BOOST_AUTO_TEST_CASE(a_host_takes_less_than_two_kilobytes) {
  const double each = (bytes({.hosts = 4'000}) - bytes({.hosts = 400})) / 3'600;
  BOOST_TEST_MESSAGE("a host takes " << each << " bytes");
  BOOST_TEST(each > 100);
  BOOST_TEST(each <= 2048);
}

BOOST_AUTO_TEST_CASE(routers_share_the_table_that_they_have_in_common) {
  const auto per_router = [](std::int64_t instances) {
    const Shape two{.instances = instances, .routers = 2};
    const Shape many{.instances = instances, .routers = 34};
    return (bytes(many) - bytes(two)) / 32;
  };
  // At rest a router takes the same whatever the number of instances it knows of.
  const double small = per_router(25);
  const double large = per_router(250);
  BOOST_TEST_MESSAGE("a router takes " << large / 40 << " bytes per app");
  BOOST_TEST(large / 40 <= 256);
  BOOST_TEST(std::abs(large - small) <= 0.1 * large);
}

BOOST_AUTO_TEST_CASE(a_router_in_use_adds_a_few_bytes_per_instance) {
  const auto of_routers = [](std::int64_t instances) {
    const Shape two{.instances = instances, .routers = 2, .loads = true};
    const Shape many{.instances = instances, .routers = 18, .loads = true};
    return (bytes(many, 5s) - bytes(two, 5s)) / 16;
  };
  const double each = (of_routers(200) - of_routers(100)) / (40 * 100);
  BOOST_TEST_MESSAGE("a router in use takes " << each << " bytes per instance");
  BOOST_TEST(each > 2);
  BOOST_TEST(each <= 24);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
