/// \file import_in_place_test.cpp
/// `kubernetes:` and `manifest:` of apps and releases: what files say under what a scenario states.
/// Why: a scenario that repeats its manifests drifts away from them.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "tests/scenarios/import_files.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;

/// A folder that goes when the test ends.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("leapday-place-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  Result<ScenarioFile> load(const std::string& apps) const {
    return load_text(
        "leapday: 1\nname: n\nrun: {duration: 1min}\nplatform: {profile: kubernetes}\n" + apps,
        "s.yaml", path_.string(), builtin_registry());
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string deployment(const std::string& name, const std::string& spec,
                       const std::string& container) {
  return "kind: Deployment\nmetadata: {name: " + name + "}\nspec:\n  " + spec +
         "\n  template:\n    metadata: {labels: {tier: web}}\n    spec:\n      "
         "terminationGracePeriodSeconds: 60\n      containers:\n        - name: main\n          " +
         container + "\n";
}

const Provenance* origin_of(const Scenario& scenario, const std::string& path) {
  for (const Provenance& one : scenario.provenance) {
    if (one.path == path) return &one;
  }
  return nullptr;
}

BOOST_AUTO_TEST_SUITE(importing_in_place)

BOOST_AUTO_TEST_CASE(an_app_takes_from_its_kubernetes_file_what_it_does_not_state) {
  const Folder folder;
  folder.file("shop.yaml",
              deployment("shop", "replicas: 4",
                         "resources: {requests: {cpu: 250m, memory: 512Mi}, limits: {cpu: 1}}"
                         "\n          readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}"));

  const auto file =
      folder.load("apps: {shop: {kubernetes: shop.yaml, memory: 1GiB, service_time: 1ms}}\n");

  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front())));
  const App& shop = *file->cells[0].apps.find("shop");
  BOOST_TEST(shop.instances == 4);
  BOOST_TEST(shop.memory.count == std::int64_t{1} << 30);
  BOOST_TEST(*shop.cpu == 1);
  BOOST_TEST(*shop.cpu_weight == 256);
  BOOST_TEST((*shop.graceful_stop == 60s));
  BOOST_TEST((*shop.health.readiness_interval == 5s));
  BOOST_TEST(*shop.labels.find("tier") == "web");
  const Provenance* instances = origin_of(file->cells[0], "apps.shop.instances");
  BOOST_REQUIRE(instances != nullptr);
  BOOST_TEST((instances->origin == Origin::imported));
  BOOST_TEST(instances->at.file == folder / "shop.yaml");
  BOOST_TEST(instances->at.line == 4);
}

BOOST_AUTO_TEST_CASE(releases_take_sizes_and_counts_from_files_of_their_own) {
  const Folder folder;
  folder.file("v1.yaml",
              deployment("shop", "replicas: 4", "resources: {limits: {cpu: 1, memory: 1Gi}}"));
  folder.file("v2.yaml",
              deployment("shop", "replicas: 6", "resources: {limits: {cpu: 2, memory: 2Gi}}"));

  const auto file = folder.load(
      "apps: {shop: {service_time: 1ms, releases: {v1: {kubernetes: v1.yaml}, v2: {kubernetes: "
      "v2.yaml, like: v1}}}}\n");

  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front())));
  const App& shop = *file->cells[0].apps.find("shop");
  const Release& v1 = *shop.releases.find("v1");
  const Release& v2 = *shop.releases.find("v2");
  BOOST_TEST(*v1.instances == 4);
  BOOST_TEST(*v2.instances == 6);
  BOOST_TEST(v2.memory->count == std::int64_t{2} << 30);
  BOOST_TEST(*v1.cpu == 1);
  BOOST_TEST(*v2.cpu == 2);
  BOOST_TEST((*shop.graceful_stop == 60s));
  BOOST_TEST((origin_of(file->cells[0], "apps.shop.releases.v2.cpu")->origin == Origin::imported));
}

BOOST_AUTO_TEST_CASE(of_several_workloads_the_one_named_like_the_app_counts) {
  const Folder folder;
  folder.file("all.yaml", deployment("shop", "replicas: 4", "image: x") + "---\n" +
                              deployment("cart", "replicas: 2", "image: x"));

  const auto both = folder.load(
      "apps: {shop: {kubernetes: all.yaml, service_time: 1ms}, cart: {kubernetes: all.yaml, "
      "service_time: 1ms}}\n");
  const auto other = folder.load("apps: {web: {kubernetes: all.yaml, service_time: 1ms}}\n");

  BOOST_REQUIRE_MESSAGE(both, (both ? "" : to_string(both.problems().front())));
  BOOST_TEST(both->cells[0].apps.find("shop")->instances == 4);
  BOOST_TEST(both->cells[0].apps.find("cart")->instances == 2);
  BOOST_REQUIRE(!other);
  BOOST_TEST(to_string(other.problems().front())
                 .find("apps.web.kubernetes: none of the file's workloads is named \"web\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_language_cannot_say_is_a_warning_with_its_place) {
  const Folder folder;
  folder.file("shop.yaml", deployment("shop", "paused: true", "image: x"));

  const auto file = folder.load("apps: {shop: {kubernetes: shop.yaml, service_time: 1ms}}\n");

  BOOST_REQUIRE(file);
  bool told = false;
  for (const std::string& warning : file->cells[0].warnings) {
    told =
        told || warning.starts_with((folder / "shop.yaml") + ":4: Deployment/shop spec.paused: ");
  }
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(a_file_that_runs_nothing_and_a_second_importer_are_problems) {
  const Folder folder;
  folder.file("map.yaml", "kind: ConfigMap\nmetadata: {name: x}\n");
  folder.file("m.yml", "applications: [{name: shop}]\n");

  const auto nothing = folder.load("apps: {shop: {kubernetes: map.yaml, service_time: 1ms}}\n");
  const auto both =
      folder.load("apps: {shop: {kubernetes: map.yaml, manifest: m.yml, service_time: 1ms}}\n");
  const auto outside = folder.load("apps: {shop: {kubernetes: ../x.yaml, service_time: 1ms}}\n");

  BOOST_REQUIRE(!nothing);
  BOOST_TEST(nothing.problems().front().message == "nothing in this file runs pods");
  BOOST_REQUIRE(!both);
  BOOST_TEST(both.problems().front().message == "there is a manifest too");
  BOOST_REQUIRE(!outside);
}

BOOST_AUTO_TEST_CASE(a_manifest_in_place_inherits_too) {
  const Folder folder;
  folder.file("base.yml", "memory: 640M\n");
  folder.file("m.yml", "inherit: base.yml\napplications: [{name: shop, instances: 3}]\n");

  const auto file = folder.load("apps: {shop: {manifest: m.yml, service_time: 1ms}}\n");

  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front())));
  BOOST_TEST(file->cells[0].apps.find("shop")->memory.count == std::int64_t{640} << 20);
  const Provenance* memory = origin_of(file->cells[0], "apps.shop.memory");
  BOOST_TEST((memory->origin == Origin::imported));
  BOOST_TEST(memory->at.file == folder / "base.yml");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
