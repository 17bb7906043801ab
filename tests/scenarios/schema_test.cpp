/// \file schema_test.cpp
/// The language's descriptions of itself: schema, reference page, explain, starter.
/// Why: they are generated, so what can go wrong is that they contradict the decoder.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "leapday/load.hpp"
#include "tests/scenarios/test_registry.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;

const std::string kTests = LEAPDAY_SOURCE_DIR "/tests/scenarios/";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Runs schema_check.py over files; true when none of them surprises.
bool schema_says(const std::string& what, const std::vector<std::string>& files) {
  const fs::path folder =
      fs::temp_directory_path() / ("leapday-schema-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "schema.json") << json_schema(testing::test_registry());
  std::ofstream(folder / "starter.yaml") << starter_scenario();
  std::string command = "/usr/bin/python3 " + kTests + "schema_check.py " +
                        (folder / "schema.json").string() + " " + what;
  for (const std::string& file : files) {
    command += " " + (file == "starter" ? (folder / "starter.yaml").string() : kTests + file);
  }
  const bool as_said = std::system(command.c_str()) == 0;
  fs::remove_all(folder);
  return as_said;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptions)

BOOST_AUTO_TEST_CASE(the_schema_accepts_what_the_loader_accepts) {
  BOOST_TEST(schema_says(
      "accept", {"starter", "good/complete.yaml", "good/base/shop.yaml", "good/every_form.yaml"}));
}

BOOST_AUTO_TEST_CASE(the_schema_refuses_what_a_schema_can_see) {
  // Goal: every broken file whose mistake is in its shape, not in its names or sums.
  std::vector<std::string> files;
  for (const char* number : {"01", "02", "03", "05", "21", "22", "23", "24", "25", "26", "29",
                             "31", "32", "33", "34", "35", "37", "40", "41", "42", "43", "44",
                             "45", "47", "51", "54", "71", "72", "82", "83", "91", "93", "95"}) {
    for (const auto& entry : fs::directory_iterator(kTests + "bad")) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(number) && name.ends_with(".yaml")) files.push_back("bad/" + name);
    }
  }
  BOOST_TEST(files.size() == 33U);
  BOOST_TEST(schema_says("reject", files));
}

BOOST_AUTO_TEST_CASE(every_form_of_every_key_loads) {
  const auto result = load(kTests + "good/every_form.yaml", testing::test_registry());

  for (const Problem& problem : result.problems()) BOOST_TEST_MESSAGE(to_string(problem));
  BOOST_TEST(static_cast<bool>(result));
}

BOOST_AUTO_TEST_CASE(the_starter_loads_without_a_warning_of_its_own) {
  const auto result = load_text(starter_scenario(), "starter.yaml", "", testing::test_registry());

  for (const Problem& problem : result.problems()) BOOST_TEST_MESSAGE(to_string(problem));
  BOOST_REQUIRE(result);
  for (const std::string& warning : result->cells[0].warnings) {
    BOOST_TEST(warning.starts_with("platform "), warning);
  }
}

BOOST_AUTO_TEST_CASE(the_reference_page_that_is_checked_in_is_current) {
  // Goal: `LEAPDAY_UPDATE=1 test_scenarios` writes it anew.
  const fs::path page = LEAPDAY_SOURCE_DIR "/docs/reference.md";
  const std::string current = reference_page(builtin_registry());

  if (std::getenv("LEAPDAY_UPDATE") != nullptr) std::ofstream(page) << current;
  BOOST_TEST((read(page) == current));
}

BOOST_AUTO_TEST_CASE(the_reference_names_every_section_kind_and_metric) {
  const std::string page = reference_page(testing::test_registry());

  for (const char* part :
       {"## topology", "`apps.*.routing.ejection.kind`", "`run.matrix`", "`host.crash`",
        "`dependency.slow` | `add`: added to every call (required)", "`burn_rate` | objective",
        "`apps.*.endpoints.*.calls[].parallel`", "| `lognormal` |"}) {
    BOOST_TEST(page.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_CASE(explain_finds_keys_by_pattern_and_by_example) {
  const Registry registry = testing::test_registry();

  BOOST_TEST(*explain("apps.*.routing.policy", registry) ==
             *explain("apps.shop.routing.policy", registry));
  BOOST_TEST(explain("apps.shop.calls.to", registry)->starts_with("apps.*.calls[].to: text\n"));
  BOOST_TEST(explain("apps.shop.calls[3].parallel[0].to", registry)->find("called") !=
             std::string::npos);
  BOOST_TEST(explain("faults.x.step", registry)->find("signed duration") != std::string::npos);
  BOOST_TEST(explain("host.crash", registry)->starts_with("fault host.crash"));
  BOOST_TEST(explain("p99.9", registry)->starts_with("metric p99.9"));
  BOOST_TEST(explain("platform cf-diego", registry)->find("evacuation_timeout") !=
             std::string::npos);
  const auto wrong = explain("apps.shop.routing.polcy", registry);
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.problems()[0].fix == "did you mean apps.*.routing.policy?");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday
