/// \file data_test.cpp
/// Files that scenarios name: traces, access logs, samples, manifests, and where they may lie.
/// Why: data of others is less tidy than scenarios.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "leapday/load.hpp"
#include "scenarios/import/cf_manifest.hpp"
#include "scenarios/load/csv.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/traces.hpp"
#include "scenarios/load/yaml_reader.hpp"
#include "tests/scenarios/test_registry.hpp"

namespace leapday::loading {
namespace {

namespace fs = std::filesystem;

/// The import of a manifest that stands in the text.
import::CfApp manifest(const std::string& text,
                       const std::string& app = "shop"){std::vector<Problem> problems;
const auto tree = read_yaml(text, "manifest.yml", problems);
BOOST_REQUIRE(tree);
return import::import_cf_manifest(*tree, app);
}  // namespace

std::string value(const import::CfApp& app, const std::string& key, const std::string& inner = {}) {
  const Document* node = app.app.find(key);
  if (node != nullptr && !inner.empty()) node = node->find(inner);
  return node != nullptr ? node->text : "absent";
}

std::string size_of(const std::string& memory) {
  const import::CfApp app = manifest("applications: [{name: shop, memory: " + memory + "}]");
  return app.problems.empty() ? value(app, "memory") : "refused";
}

}  // namespace leapday::loading

BOOST_AUTO_TEST_SUITE(data)

BOOST_AUTO_TEST_CASE(traces_are_sorted_scaled_and_matched_to_endpoints) {
  const auto file =
      load(LEAPDAY_SOURCE_DIR "/tests/scenarios/good/every_form.yaml", testing::test_registry());

  BOOST_REQUIRE(file);
  const auto& loads = file->cells[0].loads;
  const auto& csv = loads.find("replay")->trace->rows;
  BOOST_REQUIRE(csv.size() == 2U);
  BOOST_TEST(csv[0].at.count() == Duration(500ms).count());  // sent_ms 1000 at twice the speed
  BOOST_TEST(csv[0].service_time->count() == Duration(900us).count());
  BOOST_TEST(csv[0].endpoint == 1);
  BOOST_TEST(*csv[1].instance == 0);
  const auto& log = loads.find("logged")->trace->rows;
  BOOST_REQUIRE(log.size() == 3U);  // two of one second are spread over it, in order of the file
  BOOST_TEST(log[0].at.count() == 0);
  BOOST_TEST(log[1].at.count() == Duration(500ms).count());
  BOOST_TEST(log[2].at.count() == Duration(2s).count());
  BOOST_TEST(log[0].endpoint == 0);
  BOOST_TEST(log[2].endpoint == 1);
}

BOOST_AUTO_TEST_CASE(the_most_specific_endpoint_wins_whatever_the_order) {
  NamedMap<Endpoint> endpoints;
  endpoints["browse"].match = "GET /*";
  endpoints["cart"].match = "GET /cart/*";
  endpoints["buy"].match = "POST /cart/*/buy";
  endpoints["rest"].match = "* /*";

  BOOST_TEST(match_endpoint(endpoints, "GET", "/") == 0);
  BOOST_TEST(match_endpoint(endpoints, "GET", "/cart/7") == 1);
  BOOST_TEST(match_endpoint(endpoints, "POST", "/cart/7/buy") == 2);
  BOOST_TEST(match_endpoint(endpoints, "POST", "/cart/7/sell") == 3);
  BOOST_TEST(match_endpoint(endpoints, "PUT", "nothing") == -1);
}

BOOST_AUTO_TEST_CASE(log_lines_in_common_and_combined_format_are_read) {
  LogLine line;

  BOOST_TEST(parse_log_line(
      R"(h - - [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326)", line));
  BOOST_TEST(line.second == 971211336);
  BOOST_TEST(line.path == "/a.gif");
  BOOST_TEST(parse_log_line(
      R"(h - - [10/Oct/2000:13:55:36 +0000] "GET /a\"b HTTP/1.0" 200 - "-" "x")", line));
  BOOST_TEST(line.path == R"(/a\"b)");
  for (const char* bad : {"", "[", R"(h - - [10/Oct/2000:13:55:36 -0700] "GET /)",
                          R"(h - - [31/Feb/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)",
                          R"(h - - [10/Okt/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)",
                          R"(h - - [10/Oct/2000:13:55:36 -0700] "-" 400 0)",
                          R"(h [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)"}) {
    BOOST_TEST(!parse_log_line(bad, line), bad);
  }
}

BOOST_AUTO_TEST_CASE(csv_is_read_as_rfc_4180_has_it) {
  Problems problems;
  CsvReader csv(
      "\xef\xbb\xbf"
      "a,\"b \"\"c\"\"\"\r\n1,\"x,\ny\"\r\n\r\n2,",
      "f.csv", "p", problems);

  BOOST_TEST(csv.header() == (std::vector<std::string>{"a", "b \"c\""}));
  BOOST_REQUIRE(csv.next());
  BOOST_TEST(csv.field(1) == "x,\ny");
  BOOST_REQUIRE(csv.next());
  BOOST_TEST(csv.location().line == 5);
  BOOST_TEST(csv.field(1).empty());
  BOOST_TEST(!csv.next());
  BOOST_TEST(problems.empty());
  BOOST_TEST(!CsvReader("a\n\"1", "f.csv", "p", problems).next());
  BOOST_TEST(problems.size() == 1U);
}

BOOST_AUTO_TEST_CASE(manifest_sizes_are_powers_of_1024_in_any_spelling) {
  BOOST_TEST(size_of("512M") == "512MiB");
  BOOST_TEST(size_of("256mb") == "256MiB");
  BOOST_TEST(size_of("1G") == "1GiB");
  BOOST_TEST(size_of("1.5GB") == "1536MiB");
  BOOST_TEST(size_of("64MiB") == "64MiB");
  BOOST_TEST(size_of("2048K") == "2MiB");
  BOOST_TEST(size_of("1.2G") == "1288490188B");
  BOOST_TEST(size_of("2097153B") == "2097153B");
  for (const char* bad :
       {"512", "-1", "0x10M", "M", "1Q", "1MM", "nan", "1e30G", "1e3M", "0M", "100B"})
    BOOST_TEST(size_of(bad) == "refused", bad);
}

BOOST_AUTO_TEST_CASE(the_web_process_and_both_spellings_win_over_app_keys) {
  const import::CfApp app = manifest(
      "instances: 9\napplications:\n- name: shop\n  memory: 64M\n  disk_quota: 1G\n  "
      "health_check_type: none\n"
      "  processes: [{type: web, memory: 128M, timeout: 90}, {type: clock, instances: 2}]\n  "
      "buildpacks: [ruby]\n  colour: red\n");

  BOOST_TEST(app.problems.empty());
  BOOST_TEST(value(app, "memory") == "128MiB");
  BOOST_TEST(value(app, "disk") == "1GiB");
  BOOST_TEST(value(app, "instances") == "9");
  BOOST_TEST(value(app, "health", "start_timeout") == "90s");
  BOOST_TEST(value(app, "health", "liveness_type") == "process");
  BOOST_REQUIRE(app.warnings.size() == 3U);
  BOOST_TEST(app.warnings[0] == "manifest.yml:9: colour is not a key of Cloud Foundry manifests");
  BOOST_TEST(app.warnings[1].find("process clock is left out") != std::string::npos);
  BOOST_TEST(app.warnings[2].ends_with("without effect on a rehearsal: buildpacks"));
}

BOOST_AUTO_TEST_CASE(placeholders_are_kept_for_the_caller_to_judge) {
  const import::CfApp app = manifest("applications: [{name: a, instances: ((n)), memory: ((m))G}]");

  BOOST_TEST(app.problems.empty());
  BOOST_TEST(value(app, "instances") == "((n))");
  BOOST_TEST(import::has_placeholder(value(app, "memory")));
}

BOOST_AUTO_TEST_CASE(a_stated_value_fills_a_placeholder) {
  const fs::path folder =
      fs::temp_directory_path() / ("leapday-data-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "m.yml") << "applications: [{name: shop, instances: ((n)), memory: 1G}]\n";

  const auto file = load_text(
      "leapday: 1\nname: n\nrun: {duration: 1min}\napps: {shop: {manifest: m.yml, instances: 3, "
      "service_time: 1ms}}\n",
      "s.yaml", folder.string(), testing::test_registry());

  BOOST_REQUIRE(file);
  BOOST_TEST(file->cells[0].apps.find("shop")->instances == 3);
  BOOST_TEST(file->cells[0].apps.find("shop")->memory.count == std::int64_t{1} << 30);
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(real_manifests_import_or_say_why) {
  // Goal: the corpus of public manifests; skipped where it is not there.
  const fs::path corpus = fs::path(LEAPDAY_SOURCE_DIR) / "../shared/corpus/cf";
  if (!fs::exists(corpus)) {
    BOOST_TEST_MESSAGE("skipped: no " << corpus);
    return;
  }
  int imported = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() != ".yml") continue;
    const auto text = read_user_file(entry.path().string(), 1 << 20);
    BOOST_REQUIRE(text);
    std::vector<Problem> problems;
    const auto tree = read_yaml(*text, entry.path().filename().string(), problems);
    BOOST_TEST_CONTEXT(entry.path()) {
      BOOST_REQUIRE(tree);
      const Document* apps = tree->find("applications");
      const Document* name = apps->items.front().find("name");
      const import::CfApp app =
          import::import_cf_manifest(*tree, name != nullptr ? name->text : "app");
      for (const Problem& problem : app.problems) BOOST_TEST_MESSAGE(to_string(problem));
      BOOST_TEST(app.problems.empty());
      ++imported;
    }
  }
  BOOST_TEST(imported >= 15);
}

BOOST_AUTO_TEST_CASE(files_lie_below_the_scenario_and_are_files) {
  const fs::path folder =
      fs::temp_directory_path() / ("leapday-files-" + std::to_string(::getpid()));
  fs::create_directories(folder / "inner/deep");
  std::ofstream(folder / "outside.txt") << "secret";
  std::ofstream(folder / "inner/a.txt") << "a";
  std::ofstream(folder / "inner/deep/b.txt") << "b";
  fs::create_directory_symlink(folder, folder / "inner/up");
  Files files((folder / "inner").string(), true);
  const auto reads = [&](const std::string& name, const std::string& from = "") {
    const auto file = files.read(name, {from, 1, 1}, "x", 100);
    return file ? (*file)->text : file.problems()[0].message;
  };

  BOOST_TEST(reads("a.txt") == "a");
  BOOST_TEST(reads("./deep/b.txt") == "b");
  BOOST_TEST(reads("../outside.txt").find("not a path below") != std::string::npos);
  BOOST_TEST(reads("deep/../../outside.txt").find("not a path below") != std::string::npos);
  BOOST_TEST(reads("up/outside.txt").find("symbolic link") != std::string::npos);
  BOOST_TEST(reads((folder / "outside.txt").string()).find("not a path below") !=
             std::string::npos);
  BOOST_TEST(reads("deep").find("a directory") != std::string::npos);
  BOOST_TEST(reads("").find("not a path below") != std::string::npos);
  BOOST_TEST(reads("b.txt", (folder / "inner/deep/b.txt").string()) ==
             "b");  // relative to who names it
  BOOST_TEST(files.inputs().size() == 2U);
  std::ofstream(folder / "inner/big.txt") << std::string(101, 'x');
  BOOST_TEST(reads("big.txt").find("larger than") != std::string::npos);
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::loading
