/// \file load_test.cpp
/// What good files become: inheritance, variables, overlays, matrices, origins, laws, limits.
/// Why: the broken files show what is refused; these show what is understood.
#include "leapday/load.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "leapday/words.hpp"
#include "tests/scenarios/test_registry.hpp"

namespace leapday {
namespace {

const std::string kGood = LEAPDAY_SOURCE_DIR "/tests/scenarios/good/";

std::string messages(const Result<ScenarioFile>& result) {
  std::string out;
  for (const Problem& problem : result.problems()) out += to_string(problem) + "\n";
  return out;
}

/// Loads text that must be right.
ScenarioFile must_load(const std::string& text, const LoadOptions& options = {}) {
  Result<ScenarioFile> result = load_text(text, "test.yaml", "", testing::test_registry(), options);
  BOOST_REQUIRE_MESSAGE(result, messages(result));
  return std::move(result).value();
}

std::string complaints(const std::string& text, const LoadOptions& options = {}) {
  return messages(load_text(text, "test.yaml", "", testing::test_registry(), options));
}

const std::string kHead = "leapday: 1\nname: A test\nrun: {duration: 10min}\n";
const std::string kShop = "apps:\n  shop: {instances: 2, service_time: 20ms}\n";

const Provenance* origin_of(const Scenario& scenario, std::string_view path) {
  for (const Provenance& p : scenario.provenance) {
    if (p.path == path) return &p;
  }
  return nullptr;
}

bool near(double a, double b, double relative = 1e-12) {
  return std::abs(a - b) <= relative * std::abs(b);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(the_complete_example_loads_and_means_what_it_says) {
  const Result<ScenarioFile> result = load(kGood + "complete.yaml", testing::test_registry());

  BOOST_REQUIRE_MESSAGE(result, messages(result));
  BOOST_REQUIRE(result->cells.size() == 2U);
  BOOST_TEST(result->seeds.size() == 50U);
  BOOST_TEST(result->seeds.back() == 50U);
  BOOST_TEST(result->inputs.size() == 4U);
  BOOST_TEST(result->inputs[0] == kGood + "complete.yaml");
  const Scenario& s = result->cells[0];
  BOOST_TEST(s.cell == "peak=400/s");
  BOOST_TEST(s.run.start.seconds == 1330471800);
  BOOST_TEST(s.run.duration.count() == Duration(2h).count());
  BOOST_TEST(s.platform.constants.evacuation_timeout.count() == Duration(20min).count());
  BOOST_TEST(s.topology.zones.find("z2")->hosts == 10);
  BOOST_TEST(s.apps.find("shop")->endpoints.size() == 2U);
  BOOST_TEST((s.apps.find("mailer")->kind == AppKind::worker));
  BOOST_TEST(s.loads.find("shoppers")->phases[1].ramp_to->per_second == 400.0);
  BOOST_TEST(result->cells[1].loads.find("shoppers")->phases[2].rate->per_second == 600.0);
  BOOST_TEST((s.objectives.find("paying")->target == Ratio{1999, 2000}));
  BOOST_TEST(s.objectives.find("paying")->good.latency->count() == Duration(800ms).count());
  BOOST_TEST(s.expectations.size() == 10U);
  BOOST_TEST(s.faults.find("cell-dies")->prototype != nullptr);
  BOOST_TEST(s.digest.size() == 16U);
  BOOST_TEST(s.digest != result->cells[1].digest);
}

BOOST_AUTO_TEST_CASE(a_manifest_supplies_what_the_scenario_does_not_state) {
  const Result<ScenarioFile> result = load(kGood + "complete.yaml", testing::test_registry());

  BOOST_REQUIRE_MESSAGE(result, messages(result));
  const App& shop = *result->cells[0].apps.find("shop");
  const Release& v1 = *shop.releases.find("v1");
  BOOST_TEST(v1.instances.value() == 30);
  BOOST_TEST(v1.memory->count == std::int64_t{1} << 30);
  BOOST_TEST(v1.disk->count == std::int64_t{512} << 20);
  BOOST_TEST(shop.releases.find("v2")->memory->count == std::int64_t{1536} << 20);
  BOOST_TEST(shop.routing.policy.value() == "gorouter_least_connection");
  BOOST_TEST(shop.health.start_timeout->count() == Duration(120s).count());
  BOOST_TEST(shop.health.liveness_timeout->count() == Duration(5s).count());
  BOOST_TEST(shop.health.readiness_interval->count() == Duration(2s).count());
  BOOST_TEST(*shop.labels.find("tier") == "web");
  const Provenance* memory = origin_of(result->cells[0], "apps.shop.releases.v1.memory");
  BOOST_REQUIRE(memory != nullptr);
  BOOST_TEST((memory->origin == Origin::imported));
  BOOST_TEST(memory->at.file == kGood + "shop/v1.yml");
  BOOST_TEST(memory->at.line == 15);
}

BOOST_AUTO_TEST_CASE(every_value_keeps_where_it_came_from) {
  const ScenarioFile file = must_load(
      "leapday: 1\nname: A test\nvars: {work: {assume: 20ms, vary: 30%}, wait: 5s}\nrun: "
      "{duration: 10min}\n"
      "apps:\n  shop: {instances: 2, service_time: $work, start_time: $wait, concurrency: {assume: "
      "4}}\n");
  const Scenario& s = file.cells[0];

  BOOST_TEST((origin_of(s, "apps.shop.instances")->origin == Origin::stated));
  BOOST_TEST(origin_of(s, "apps.shop.instances")->at.line == 6);
  BOOST_TEST((origin_of(s, "apps.shop.service_time")->origin == Origin::assumed));
  BOOST_TEST((*origin_of(s, "apps.shop.service_time")->vary == Ratio{3, 10}));
  BOOST_TEST((origin_of(s, "apps.shop.start_time")->origin == Origin::variable));
  BOOST_TEST((origin_of(s, "apps.shop.concurrency")->origin == Origin::assumed));
  BOOST_TEST((origin_of(s, "apps.shop.memory")->origin == Origin::defaulted));
  BOOST_TEST(origin_of(s, "apps.shop.memory")->value == "256MiB");
  BOOST_TEST((origin_of(s, "topology.network.same_zone")->origin == Origin::defaulted));
  BOOST_TEST((origin_of(s, "platform.profile")->origin == Origin::defaulted));
  BOOST_TEST((origin_of(s, "platform.set.start_timeout")->origin == Origin::profile));
}

BOOST_AUTO_TEST_CASE(overlays_go_extends_file_environment_set) {
  const std::string text =
      "leapday: 1\nname: A test\nvars: {peak: 10/s, other: 1/s}\nrun: {duration: 10min, seed: "
      "3}\n" +
      kShop +
      "load:\n  users: {to: shop, rate: $peak, timeout: 1s}\n  more: {to: shop, rate: $other}\n"
      "environments:\n  staging: {vars: {peak: 20/s}, run: {seed: 4}, load: {users: {timeout: "
      "~}}}\n";

  const ScenarioFile plain = must_load(text);
  const ScenarioFile staging = must_load(text, {.environment = "staging"});
  const ScenarioFile set =
      must_load(text, {.environment = "staging", .set = {{"peak", "30/s"}, {"run.seed", "5"}}});

  BOOST_TEST(plain.cells[0].loads.find("users")->rate->per_second == 10.0);
  BOOST_TEST(plain.seeds == std::vector<std::uint64_t>{3});
  BOOST_TEST(staging.cells[0].loads.find("users")->rate->per_second == 20.0);
  BOOST_TEST(staging.seeds == std::vector<std::uint64_t>{4});
  BOOST_TEST(!staging.cells[0].loads.find("users")->policy.timeout.has_value());
  BOOST_TEST(set.cells[0].loads.find("users")->rate->per_second == 30.0);
  BOOST_TEST(set.seeds == std::vector<std::uint64_t>{5});
  BOOST_TEST(set.cells[0].loads.find("more")->rate->per_second == 1.0);
}

BOOST_AUTO_TEST_CASE(a_setting_that_names_nothing_is_refused) {
  const std::string text = kHead + kShop;

  BOOST_TEST(complaints(text, {.set = {{"peak", "1/s"}}}) ==
             "--set peak: error: no variable is named \"peak\"\n"
             "  fix: sections are set by path, such as run.duration=1h\n");
  BOOST_TEST(
      complaints(text, {.set = {{"run.duratoin", "1h"}}}) ==
      "--set run.duratoin: error: run.duratoin: unknown key\n  fix: did you mean duration?\n");
  BOOST_TEST(complaints(text, {.set = {{"run.duration.x", "1h"}}}) ==
             "--set run.duration.x: error: there is no such place\n"
             "  fix: name a key by its path, such as run.duration\n");
}

BOOST_AUTO_TEST_CASE(a_matrix_is_the_product_of_its_lists) {
  const ScenarioFile file = must_load(
      "leapday: 1\nname: A test\nvars: {peak: 1/s, n: 1}\n"
      "run: {duration: 10min, matrix: {peak: [10/s, 20/s], n: [2, 3], seed: [7, 5]}}\n"
      "apps:\n  shop: {instances: $n, service_time: 20ms}\nload:\n  users: {to: shop, rate: "
      "$peak}\n");

  BOOST_REQUIRE(file.cells.size() == 4U);
  BOOST_TEST(file.cells[1].cell == "peak=10/s, n=3");
  BOOST_TEST(file.cells[2].apps.find("shop")->instances == 2);
  BOOST_TEST(file.cells[2].loads.find("users")->rate->per_second == 20.0);
  BOOST_TEST(file.seeds == (std::vector<std::uint64_t>{7, 5}));
}

BOOST_AUTO_TEST_CASE(merge_keys_and_aliases_work_as_in_yaml) {
  const ScenarioFile file =
      must_load(kHead +
                "apps:\n  a: &a {instances: 2, service_time: 1ms}\n  b: {<<: *a, instances: 3}\n"
                "  c:\n    <<: [{memory: 1GiB}, *a]\n    instances: 4\n  d: *a\n");
  const Scenario& s = file.cells[0];

  BOOST_TEST(s.apps.find("b")->instances == 3);
  BOOST_TEST(s.apps.find("b")->service_time->a == 0.001);
  BOOST_TEST(s.apps.find("c")->memory.count == std::int64_t{1} << 30);
  BOOST_TEST(s.apps.find("c")->instances == 4);
  BOOST_TEST(s.apps.find("d")->instances == 2);
}

BOOST_AUTO_TEST_CASE(laws_are_turned_into_their_parameters) {
  const ScenarioFile file =
      must_load(kHead +
                "apps:\n  a: {service_time: {lognormal: {median: 12ms, p99: 80ms}}}\n"
                "  b: {service_time: {lognormal: {mean: 1s, cv: 150%}}}\n  c: {service_time: "
                "{gamma: {mean: 30ms, cv: 80%}}}\n"
                "  d: {service_time: {pareto: {scale: 10ms, shape: 2.5}}}\n"
                "  e: {service_time: {mixture: [{weight: 90%, law: 5ms}, {weight: 10%, law: "
                "{uniform: {low: 1s, high: 3s}}}]}}\n"
                "  f: {service_time: {weibull: {scale: 20ms, shape: 0.7}}}\n  g: {service_time: "
                "{deterministic: 40ms}}\n");
  const auto law = [&](const char* app) { return *file.cells[0].apps.find(app)->service_time; };

  BOOST_TEST(near(law("a").a, std::log(0.012)));
  BOOST_TEST(near(law("a").b, std::log(80.0 / 12.0) / 2.3263478740408408));
  BOOST_TEST(near(law("b").b * law("b").b, std::log(1 + 1.5 * 1.5)));
  BOOST_TEST(near(law("b").mean(), 1.0));
  BOOST_TEST(near(law("c").a, 1 / 0.64));
  BOOST_TEST(near(law("c").mean(), 0.03));
  BOOST_TEST(near(law("d").mean(), 0.01 * 2.5 / 1.5));
  BOOST_TEST(near(law("e").mean(), 0.9 * 0.005 + 0.1 * 2.0));
  BOOST_TEST(law("f").a == 0.7);
  BOOST_TEST(law("g").a == 0.04);
}

BOOST_AUTO_TEST_CASE(json_is_as_good_as_yaml) {
  const std::string yaml = kHead + kShop + "load:\n  users: {to: shop, rate: 10/s}\n";
  const std::string json =
      "{\"leapday\": 1, \"name\": \"A test\", \"run\": {\"duration\": \"10min\"},\n"
      "\t\"apps\": {\"shop\": {\"instances\": 2, \"service_time\": \"20ms\"}},\n"
      "\t\"load\": {\"users\": {\"to\": \"shop\", \"rate\": \"10/s\"}}}\n";

  BOOST_TEST(must_load(yaml).cells[0].digest == must_load(json).cells[0].digest);
}

BOOST_AUTO_TEST_CASE(layout_and_comments_do_not_change_what_is_loaded) {
  const std::string compact = kHead + kShop;
  const std::string spread =
      "# a comment\nleapday: 1\nname: A test\nrun:\n  duration: 10min\napps:\n  shop:\n"
      "    instances: 2\n    service_time: 20ms\n";
  const std::string other = kHead + "apps:\n  shop: {instances: 3, service_time: 20ms}\n";

  BOOST_TEST(must_load(compact).cells[0].digest == must_load(spread).cells[0].digest);
  BOOST_TEST(must_load(compact).cells[0].digest != must_load(other).cells[0].digest);
}

BOOST_AUTO_TEST_CASE(a_scenario_without_places_gets_one_large_host) {
  const Scenario s = must_load(kHead + kShop).cells[0];

  BOOST_REQUIRE(s.topology.zones.size() == 1U);
  BOOST_TEST(s.topology.zones.entries[0].value.hosts == 1);
  BOOST_TEST((origin_of(s, "topology.zones.zone")->origin == Origin::defaulted));
}

BOOST_AUTO_TEST_CASE(an_overlay_replaces_a_law_whole_and_removes_with_nothing) {
  const std::string text =
      kHead +
      "apps:\n  shop: {service_time: {lognormal: {median: 12ms, p99: 80ms}}, queue_limit: 5}\n"
      "environments:\n  fast: {apps: {shop: {service_time: {exponential: {mean: 1ms}}, "
      "queue_limit: }}}\n";

  const Scenario s = must_load(text, {.environment = "fast"}).cells[0];

  BOOST_TEST((s.apps.find("shop")->service_time->kind == Distribution::Kind::exponential));
  BOOST_TEST(!s.apps.find("shop")->queue_limit.has_value());
}

BOOST_AUTO_TEST_CASE(a_byte_rate_is_in_bytes_per_second) {
  const Scenario s =
      must_load(kHead + kShop +
                "topology:\n  zones: {a: {}, b: {}}\n  network:\n    links: [{from: a, to: b, "
                "bandwidth: 100MiB/s, loss: 0.5%}]\n")
          .cells[0];

  BOOST_TEST(s.topology.network.links[0].bandwidth.per_second == 100.0 * 1048576);
  BOOST_TEST((s.topology.network.links[0].loss == Ratio{1, 200}));
}

BOOST_AUTO_TEST_CASE(a_dollar_sign_and_yaml_words_are_taken_as_they_stand) {
  const Scenario s =
      must_load(
          "leapday: 1\nname: costs $$5 and $5\nrun: {duration: 1min}\n"
          "apps:\n  shop: {service_time: 1ms, labels: {country: no, version: 1.10}}\n")
          .cells[0];

  BOOST_TEST(s.name == "costs $5 and $5");
  BOOST_TEST(*s.apps.find("shop")->labels.find("country") == "no");
  BOOST_TEST(*s.apps.find("shop")->labels.find("version") == "1.10");
}

BOOST_AUTO_TEST_CASE(text_without_a_folder_reaches_no_file) {
  const std::string text = "leapday: 1\nextends: base.yaml\nname: A test\nrun: {duration: 1min}\n";

  BOOST_TEST(complaints(text).find("has no folder") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_large_file_loads_in_seconds) {
  // Goal: nothing in the loader is quadratic. 20,000 apps that call each other in a row, and as
  // many loads and expectations, are 4 MB; a quadratic step would take minutes.
  std::string text = kHead + "apps:\n";
  std::string loads = "load:\n", expects = "expect:\n";
  constexpr int kApps = 20000;
  for (int i = 0; i < kApps; ++i) {
    const std::string n = std::to_string(i);
    text +=
        "  app" + n + ": {instances: 2, memory: 64MiB, service_time: {exponential: {mean: 3ms}}";
    if (i > 0) text += ", calls: [{to: app" + std::to_string(i - 1) + "}]";
    text += "}\n";
    loads += "  load" + n + ": {to: app" + n + ", rate: 1/min}\n";
    expects += "  expect" + n + ": success(load" + n + ") >= 99% in every 5min\n";
  }
  text += loads + expects;

  const auto before = std::chrono::steady_clock::now();
  const ScenarioFile file = must_load(text);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;

  BOOST_TEST(file.cells[0].apps.size() == static_cast<std::size_t>(kApps));
  BOOST_TEST(took.count() < 60.0);  // generous: sanitizers and loaded machines
}

BOOST_AUTO_TEST_CASE(the_library_is_compiled_in) {
  const auto library = library_scenarios();

  BOOST_TEST(library.size() >= 6U);
  for (const auto& [name, text] : library)
    BOOST_TEST(text.find("leapday: 1") != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(every_profile_that_ships_loads_with_a_source_for_each_constant) {
  BOOST_TEST(!profile_names().empty());
  for (const std::string& name : profile_names()) {
    const Result<PlatformProfile> profile = load_profile(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(profile);
      BOOST_TEST(profile->name == name);
      BOOST_TEST(!profile->title.empty());
      for (const ConstantSource& source : profile->sources)
        BOOST_TEST(!source.source.empty(), source.key);
    }
  }
  BOOST_TEST(!load_profile("cf-deigo"));
}

BOOST_AUTO_TEST_CASE(a_gate_without_rollback_is_warned_of) {
  const std::string gated =
      kHead +
      "apps:\n  shop: {instances: 2, service_time: 20ms, releases: {v1: {}, v2: {}}}\n"
      "deployments:\n  rollout: {at: 1min, app: shop, release: v2, "
      "gate: {condition: ready(shop) > 1}";

  const auto stuck = must_load(gated + "}\n").cells[0].warnings;
  const auto safe = must_load(gated + ", rollback: true}\n").cells[0].warnings;

  BOOST_REQUIRE(stuck.size() == safe.size() + 1);
  BOOST_TEST(stuck.back().find("rollback: true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_load_on_an_app_that_never_has_an_instance_is_warned_of) {
  const std::string empty = kHead +
                            "apps:\n  shop: {instances: 0, service_time: 20ms, release: v1, "
                            "releases: {v1: {}, v2: {instances: 2}}}\n"
                            "load: {users: {to: shop, rate: 1/s}}\n";
  const std::string deployed =
      empty + "deployments: {rollout: {at: 1min, app: shop, release: v2}}\n";

  const auto nobody = must_load(empty).cells[0].warnings;

  BOOST_REQUIRE(nobody.size() == must_load(deployed).cells[0].warnings.size() + 1);
  BOOST_TEST(nobody.back().find("users sends requests to shop") == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_stated_and_decides_nothing_is_warned_of) {
  const auto warnings = [](const std::string& keys) {
    return must_load(kHead + "apps:\n  shop: {service_time: 20ms" + keys + "}\n").cells[0].warnings;
  };
  const std::size_t usual = warnings("").size();

  BOOST_TEST(warnings(", threads: 2, discipline: processor_sharing").size() == usual);
  BOOST_TEST(warnings(", queue_limit: 5, concurrency: 2").size() == usual);
  BOOST_TEST(warnings(", threads: 2").size() == usual + 1);
  BOOST_TEST(warnings(", queue_limit: 5, concurrency: 0").size() == usual + 1);
}

BOOST_AUTO_TEST_CASE(what_the_platform_never_looks_at_is_warned_of) {
  const auto warnings = [](const std::string& platform, const std::string& keys = "") {
    return must_load("leapday: 1\nname: t\nrun: {duration: 1min}\nplatform: {profile: " + platform +
                     "}\napps: {shop: {service_time: 20ms" + keys + "}}\n")
        .cells[0]
        .warnings;
  };
  const auto count = [](const std::vector<std::string>& all) {
    return std::count_if(all.begin(), all.end(), [](const std::string& text) {
      return text.find(" has no effect: ") != text.npos;
    });
  };
  BOOST_TEST(count(warnings("cf-diego")) == 0);
  BOOST_TEST(count(warnings("cf-diego, set: {restart_attempts: 3}")) == 1);
  BOOST_TEST(count(warnings("nomad, set: {restart_attempts: 3}")) == 0);
  BOOST_TEST(count(warnings("cf-diego, set: {placement_reply_jitter: 1ms}")) == 1);
  BOOST_TEST(count(warnings("cf-diego, set: {drain_retry_interval: 1s}")) == 1);
  BOOST_TEST(count(warnings("kubernetes, set: {drain_retry_interval: 1s}")) == 0);
  const std::string budget = ", disruption_budget: {min_available: 1}";
  BOOST_TEST(count(warnings("cf-diego", budget)) == 1);
  BOOST_TEST(count(warnings("kubernetes", budget)) == 0);
}

BOOST_AUTO_TEST_CASE(what_a_stranger_wrote_is_shown_with_escapes) {
  BOOST_TEST(printable("caf\u00e9 \U0001F600 \"a\\b\"") == "caf\u00e9 \U0001F600 \"a\\b\"");
  BOOST_TEST(printable("\x1b[31m\n\t\x7f") == "\\x1b[31m\\n\\t\\x7f");
  BOOST_TEST(printable("a\u202eb\u200bc\u2066d\ufeff\u009b") ==
             "a\\u202eb\\u200bc\\u2066d\\ufeff\\u009b");
  BOOST_TEST(printable("\xed\xa0\x80|\xc0\x80|\xf4\x90\x80\x80|\xe2\x82") ==
             "\ufffd\ufffd\ufffd|\ufffd\ufffd|\ufffd\ufffd\ufffd\ufffd|\ufffd\ufffd");
  const Problem hostile{{"a\x1b.yaml", 1, 2}, "apps.\u202e", "odd\r", "mend\n"};
  BOOST_TEST(to_string(hostile) == "a\\x1b.yaml:1:2: error: apps.\\u202e: odd\\r\n  fix: mend\\n");
}

BOOST_AUTO_TEST_CASE(fixes_name_each_word_once_and_the_nearest_first) {
  BOOST_TEST(suggestion("shpo", {"load", "shop"}) == "did you mean shop?");
  BOOST_TEST(suggestion("xyz", {"target", "for", "for", "at"}) == "use one of for, at or target");
  BOOST_TEST(suggestion("xyz", {}, "remove it") == "remove it");
}

BOOST_AUTO_TEST_CASE(thousands_of_problems_cost_no_more_than_the_first_hundreds) {
  // Goal: each unknown name is compared with every known one, so that a hostile file could make
  // the loader work for hours on problems that nobody is shown.
  const auto seconds_of = [](const std::string& target) {
    std::string text = kHead + kShop + "load:\n";
    for (int i = 0; i < 20'000; ++i) {
      text += "  l" + std::to_string(i) + ": {to: " + target + ", rate: 1/s}\n";
    }
    const auto start = std::chrono::steady_clock::now();
    const auto result = load_text(text, "test.yaml", "", testing::test_registry());
    BOOST_TEST(static_cast<bool>(result) == (target == "shop"));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };

  BOOST_TEST(seconds_of("nobody") < 3 * seconds_of("shop") + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday
