/// \file bad_files_test.cpp
/// Broken scenario files, each with the exact messages it must give.
/// Why: for most users the messages are the loader.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "leapday/load.hpp"
#include "leapday/random.hpp"
#include "tests/scenarios/test_registry.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;

const fs::path kBad = fs::path(LEAPDAY_SOURCE_DIR) / "tests/scenarios/bad";

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kBad)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Messages name files as the user gave them, so the test stands in their folder.
class InFolder {
 public:
  explicit InFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::current_path(folder);
  }
  ~InFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(broken)

BOOST_DATA_TEST_CASE(a_broken_file_gives_exactly_its_messages,
                     boost::unit_test::data::make(bad_files()), name) {
  const InFolder here(kBad);

  const Result<ScenarioFile> result = load(name, testing::test_registry());

  std::string messages;
  for (const Problem& problem : result.problems()) messages += to_string(problem) + "\n";
  BOOST_TEST(!result);
  const fs::path expected = fs::path(name).replace_extension(".expected");
  if (std::getenv("LEAPDAY_UPDATE") != nullptr) std::ofstream(expected) << messages;
  BOOST_TEST(messages == read(expected));
}

BOOST_AUTO_TEST_CASE(there_are_sixty_broken_files_at_least) {
  // Goal: a data test over an empty folder passes; this one does not.
  BOOST_TEST(bad_files().size() >= 60U);
}

BOOST_AUTO_TEST_CASE(every_message_names_a_place_and_a_fix) {
  const InFolder here(kBad);

  for (const std::string& name : bad_files()) {
    const Result<ScenarioFile> result = load(name, testing::test_registry());
    for (const Problem& problem : result.problems()) {
      BOOST_TEST_CONTEXT(to_string(problem)) {
        BOOST_TEST(problem.at.line > 0);
        BOOST_TEST(problem.at.column > 0);
        BOOST_TEST(!problem.fix.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(mutilated_files_give_a_value_or_problems_and_never_a_crash) {
  // Goal: what the fuzzer hunts for at length, a little of it in every run.
  Random random = Random::keyed(29);
  const Registry registry = testing::test_registry();
  const std::string pieces = "{}[]:,&*<>|'\"\n -0%$.()@#!~";
  for (const std::string& name : bad_files()) {
    const std::string original = read(kBad / name);
    for (int round = 0; round < 20; ++round) {
      std::string text = original;
      for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
        const std::size_t at = random.below(text.size());
        const std::size_t length = std::min<std::size_t>(1 + random.below(12), text.size() - at);
        switch (random.below(3)) {
          case 0:
            text[at] = pieces[random.below(pieces.size())];
            break;
          case 1:
            if (text.size() > length) text.erase(at, length);
            break;
          default:
            text.insert(at, text.substr(random.below(text.size()), length));
        }
      }

      const Result<ScenarioFile> result = load_text(text, "mutant.yaml", "", registry);

      BOOST_REQUIRE(static_cast<bool>(result) == result.problems().empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday
