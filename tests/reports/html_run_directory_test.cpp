/// \file html_run_directory_test.cpp
/// Run directories: whole or absent, replaceable, replayable.
/// Why: an interrupted or failing command must never leave something that looks like a result.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include "leapday/run_directory.hpp"
#include "tests/reports/html_fixture.hpp"

namespace {

using namespace leapday;
using namespace leapday::html_test;
namespace fs = std::filesystem;

/// A folder that is gone after the test.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "leapday-test-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  std::set<std::string> names() const { return names_in(path); }
  static std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
};

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A format whose text a test supplies.
class TestFormat final : public Format {
 public:
  using Write = std::function<std::string()>;
  TestFormat(std::string name, Write write) : name_(std::move(name)), write_(std::move(write)) {}
  std::string_view file_name() const override { return name_; }
  std::string write(const Rehearsal&, const FormatOptions& options) const override {
    return write_() + options.replay_command;
  }

 private:
  std::string name_;
  Write write_;
};

void add_format(Registry& registry, const std::string& name, const TestFormat::Write& write) {
  registry.formats.add(name, "for a test",
                       [name, write] { return std::make_unique<TestFormat>(name, write); });
}

Registry one_format(const std::string& text = "result ") {
  Registry registry;
  add_format(registry, "summary.txt", [text] { return text; });
  return registry;
}

/// The smallest rehearsal, of a scenario file with two files beside it.
Rehearsal rehearsal_in(const Folder& folder) {
  Rehearsal rehearsal = make_rehearsal(5, 1, 3, false);
  Scenario scenario = make_scenario();
  scenario.file = folder.file("shop.yaml", "leapday: 1\n");
  folder.file("base/common.yaml", "topology: {}\n");
  folder.file("trace.csv", "time\n0.5\n");
  scenario.provenance = {
      {"run.duration", "5s", Origin::stated, {scenario.file, 1, 1}, {}},
      {"apps.shop", "", Origin::stated, {(folder.path / "base/common.yaml").string(), 1, 1}, {}},
      {"apps.other", "", Origin::stated, {"/etc/hostname", 1, 1}, {}}};
  scenario.loads["shoppers"].trace = TraceSpec{.file = "trace.csv"};
  auto file = std::make_shared<ScenarioFile>(*rehearsal.file);
  file->file = scenario.file;
  file->cells = {scenario};
  rehearsal.file = file;
  return rehearsal;
}

/// The message of the only problem.
template <class T>
std::string problem_of(const Result<T>& result) {
  BOOST_REQUIRE(!result);
  BOOST_REQUIRE(result.problems().size() == 1U);
  return result.problems()[0].message;
}

/// A process id that no process has: that of a child already waited for.
pid_t gone_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_directory)

BOOST_AUTO_TEST_CASE(holds_the_reports_the_scenario_and_a_manifest_that_reads_back) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  RunDirectoryOptions options;
  options.environment = "staging";
  options.set = {{"peak", "900/s"}};
  options.created_by = "leapday run";

  const auto written =
      write_run_directory((out.path / "run/").string(), rehearsal, one_format(), options);

  BOOST_REQUIRE(written);
  BOOST_TEST(*written == (out.path / "run").string());
  BOOST_TEST(out.names() == std::set<std::string>{"run"});
  BOOST_TEST(Folder::names_in(*written) ==
             (std::set<std::string>{"manifest.json", "scenario", "summary.txt"}));
  BOOST_TEST(
      text_of(out.path / "run/summary.txt").ends_with(" --env staging --set peak=900/s --seed 7"));
  const auto manifest = read_manifest(*written);
  BOOST_REQUIRE(manifest);
  BOOST_TEST(manifest->environment == "staging");
  BOOST_TEST((manifest->set == options.set));
  BOOST_TEST(manifest->created_by == "leapday run");
  BOOST_TEST(manifest->scenario_file == rehearsal.file->file);
  BOOST_TEST((manifest->outcome == Outcome::fail));
  BOOST_TEST((manifest->seeds == std::vector<std::uint64_t>{7, 8, 9}));
  BOOST_REQUIRE(manifest->runs.size() == 3U);
  BOOST_TEST(manifest->runs[2].trace_hash == rehearsal.runs[2].trace_hash);
  BOOST_TEST((manifest->runs[1].outcome == Outcome::pass));
  BOOST_TEST(manifest->cells.at(0).digest == "77c1d0b1e2f3a405");
  BOOST_TEST(replay_differences(*manifest, rehearsal).empty());
}

BOOST_AUTO_TEST_CASE(copies_the_scenario_with_what_it_refers_to_and_nothing_else) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);

  const auto written = write_run_directory((out.path / "run").string(), rehearsal, one_format());

  BOOST_REQUIRE(written);
  const auto manifest = read_manifest(*written);
  BOOST_REQUIRE(manifest);
  BOOST_REQUIRE(manifest->files.size() == 3U);  // /etc/hostname is not the scenario's.
  BOOST_TEST(manifest->files[0].copy == "scenario/shop.yaml");
  BOOST_TEST(manifest->files[1].copy == "scenario/base/common.yaml");
  BOOST_TEST(manifest->files[2].copy == "scenario/trace.csv");
  BOOST_TEST(text_of(out.path / "run/scenario/trace.csv") == "time\n0.5\n");
  BOOST_TEST(manifest->files[0].digest == "cb62d77442030e5a");
  BOOST_TEST(replay_path(*written, *manifest) == (out.path / "run/scenario/shop.yaml").string());
}

BOOST_AUTO_TEST_CASE(trusts_the_loaders_list_of_inputs_when_there_is_one) {
  const Folder sources;
  const Folder out;
  Rehearsal rehearsal = rehearsal_in(sources);
  auto file = std::make_shared<ScenarioFile>(*rehearsal.file);
  file->inputs = {file->file, sources.file("base/more.yml", "a: 1\n")};
  rehearsal.file = file;

  const auto written = write_run_directory((out.path / "run").string(), rehearsal, one_format());

  BOOST_REQUIRE(written);
  const auto manifest = read_manifest(*written);
  BOOST_REQUIRE(manifest->files.size() == 2U);
  BOOST_TEST(manifest->files[1].copy == "scenario/base/more.yml");
}

BOOST_AUTO_TEST_CASE(the_same_rehearsal_gives_the_same_bytes) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);

  BOOST_REQUIRE(write_run_directory((out.path / "a").string(), rehearsal, one_format()));
  BOOST_REQUIRE(write_run_directory((out.path / "b").string(), rehearsal, one_format()));

  BOOST_TEST(text_of(out.path / "a/manifest.json") == text_of(out.path / "b/manifest.json"));
}

BOOST_AUTO_TEST_CASE(a_failing_format_leaves_nothing) {
  const Folder sources;
  const Folder out;
  Registry registry = one_format();
  add_format(registry, "broken.txt", []() -> std::string { throw std::runtime_error("no ink"); });

  const auto written =
      write_run_directory((out.path / "run").string(), rehearsal_in(sources), registry);

  BOOST_TEST(problem_of(written).find("no ink") != std::string::npos);
  BOOST_TEST(out.names().empty());
}

BOOST_AUTO_TEST_CASE(a_failing_format_leaves_the_earlier_run_as_it_was) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  const std::string target = (out.path / "run").string();
  BOOST_REQUIRE(write_run_directory(target, rehearsal, one_format("earlier ")));
  Registry registry = one_format("later ");
  add_format(registry, "broken.txt", []() -> std::string { throw std::runtime_error("no ink"); });

  BOOST_TEST(!write_run_directory(target, rehearsal, registry));

  BOOST_TEST(text_of(out.path / "run/summary.txt").starts_with("earlier "));
  BOOST_TEST(out.names() == std::set<std::string>{"run"});
}

BOOST_AUTO_TEST_CASE(an_interrupt_while_writing_leaves_nothing) {
  const Folder sources;
  const Folder out;
  std::atomic<bool> cancel{false};
  Registry registry = one_format();
  add_format(registry, "slow.txt", [&] {
    cancel = true;  // As a signal handler would, while this report is being made.
    return std::string("slow");
  });
  RunDirectoryOptions options;
  options.cancel = &cancel;

  const auto written =
      write_run_directory((out.path / "run").string(), rehearsal_in(sources), registry, options);

  BOOST_TEST(problem_of(written) == "interrupted: nothing was written");
  BOOST_TEST(out.names().empty());
}

BOOST_AUTO_TEST_CASE(an_interrupted_rehearsal_is_not_written) {
  const Folder sources;
  const Folder out;
  Rehearsal rehearsal = rehearsal_in(sources);
  rehearsal.cancelled = true;

  BOOST_TEST(!write_run_directory((out.path / "run").string(), rehearsal, one_format()));
  BOOST_TEST(out.names().empty());
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_a_name_that_tells_and_the_next_run_clears_it) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  const std::string target = (out.path / "run").string();
  const pid_t child = ::fork();
  if (child == 0) {
    Registry registry = one_format();
    add_format(registry, "deadly.txt", []() -> std::string {
      ::kill(::getpid(), SIGKILL);
      return {};
    });
    write_run_directory(target, rehearsal, registry).problems();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_REQUIRE(WIFSIGNALED(status));
  BOOST_TEST(out.names() ==
             std::set<std::string>{".run.leapday-unfinished-" + std::to_string(child) + "-0"});

  BOOST_REQUIRE(write_run_directory(target, rehearsal, one_format()));

  BOOST_TEST(out.names() == std::set<std::string>{"run"});
}

BOOST_AUTO_TEST_CASE(clears_only_what_dead_processes_left_for_the_same_name) {
  const Folder sources;
  const Folder out;
  const std::string dead = std::to_string(gone_process());
  const std::string living = ".run.leapday-unfinished-" + std::to_string(::getppid()) + "-0";
  const std::string other = ".elsewhere.leapday-unfinished-" + dead + "-0";
  const std::string odd = ".run.leapday-unfinished-notes";
  for (const std::string& name : {living, other, odd, ".run.leapday-unfinished-" + dead + "-3"}) {
    out.file(name + "/half", "");
  }

  BOOST_REQUIRE(
      write_run_directory((out.path / "run").string(), rehearsal_in(sources), one_format()));

  BOOST_TEST(out.names() == (std::set<std::string>{"run", living, other, odd}));
}

BOOST_AUTO_TEST_CASE(an_earlier_run_moved_aside_by_a_killed_process_comes_back) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  const fs::path target = out.path / "run";
  BOOST_REQUIRE(write_run_directory(target.string(), rehearsal, one_format("earlier ")));
  fs::rename(target, out.path / (".run.leapday-unfinished-" + std::to_string(gone_process()) +
                                 "-0-earlier"));
  Registry registry;
  add_format(registry, "broken.txt", []() -> std::string { throw std::runtime_error("no ink"); });

  BOOST_TEST(!write_run_directory(target.string(), rehearsal, registry));

  BOOST_TEST(text_of(target / "summary.txt").starts_with("earlier "));
}

BOOST_AUTO_TEST_CASE(an_earlier_run_is_replaced_whole) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  const std::string target = (out.path / "deep/er/run").string();
  Registry earlier = one_format("earlier ");
  add_format(earlier, "old.txt", [] { return std::string("old"); });
  BOOST_REQUIRE(write_run_directory(target, rehearsal, earlier));

  BOOST_REQUIRE(write_run_directory(target, rehearsal, one_format("later ")));

  BOOST_TEST(text_of(fs::path(target) / "summary.txt").starts_with("later "));
  BOOST_TEST(!fs::exists(fs::path(target) / "old.txt"));
  BOOST_TEST(Folder::names_in(out.path / "deep/er") == std::set<std::string>{"run"});
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_taken_and_anything_else_refused) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  fs::create_directory(out.path / "empty");
  out.file("precious/thesis.txt", "years of work");
  out.file("lookalike/manifest.json", "{\"name\": \"some web app\"}");
  out.file("file", "text");

  BOOST_TEST(bool(write_run_directory((out.path / "empty").string(), rehearsal, one_format())));
  const auto precious =
      write_run_directory((out.path / "precious").string(), rehearsal, one_format());
  const auto lookalike =
      write_run_directory((out.path / "lookalike").string(), rehearsal, one_format());
  const auto file = write_run_directory((out.path / "file").string(), rehearsal, one_format());

  BOOST_TEST(problem_of(precious) == "exists and is not a run directory of Leapday");
  BOOST_TEST(problem_of(lookalike) == "exists and is not a run directory of Leapday");
  BOOST_TEST(problem_of(file) == "exists and is not a directory");
  BOOST_TEST(text_of(out.path / "precious/thesis.txt") == "years of work");
  BOOST_TEST(out.names() == (std::set<std::string>{"empty", "precious", "lookalike", "file"}));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_a_problem_not_an_exception) {
  const Folder sources;
  const Folder out;
  const std::string file = out.file("file", "");

  const auto written = write_run_directory(file + "/run", rehearsal_in(sources), one_format());

  BOOST_TEST(!problem_of(written).empty());
}

BOOST_AUTO_TEST_CASE(a_scenario_without_a_file_replays_from_the_path_it_was_given) {
  const Folder out;
  Rehearsal rehearsal = make_rehearsal(5, 1, 1, false);  // Its file does not exist here.

  const auto written = write_run_directory((out.path / "run").string(), rehearsal, one_format());

  BOOST_REQUIRE(written);
  const auto manifest = read_manifest(*written);
  BOOST_REQUIRE(manifest);
  BOOST_TEST(manifest->files.empty());
  BOOST_TEST(replay_path(*written, *manifest) == "scenarios/library/rollout_host_dies.yaml");
}

BOOST_AUTO_TEST_CASE(manifests_that_are_not_sound_are_refused_with_a_reason) {
  const Folder out;
  const Folder sources;
  BOOST_REQUIRE(
      write_run_directory((out.path / "run").string(), rehearsal_in(sources), one_format()));
  const std::string good = text_of(out.path / "run/manifest.json");
  const auto message_for = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    out.file("bad/manifest.json", text);
    return problem_of(read_manifest((out.path / "bad").string()));
  };

  BOOST_TEST(problem_of(read_manifest((out.path / "none").string())) == "cannot be read");
  BOOST_TEST(message_for("{", "[").find("is not a manifest") == 0U);
  BOOST_TEST(message_for("\"version\": 1", "\"version\": 2").find("its version is 2") !=
             std::string::npos);
  BOOST_TEST(message_for("leapday run directory", "shopping list").find("another kind") !=
             std::string::npos);
  BOOST_TEST(
      message_for("scenario/shop.yaml", "../../etc/passwd").find("out of the run directory") !=
      std::string::npos);
  BOOST_TEST(message_for("\"shown\": 0", "\"shown\": 9").find("not among its runs") !=
             std::string::npos);
  BOOST_TEST(message_for("\"trace_hash\": \"9a", "\"trace_hash\": \"zz").find("no trace hash") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(every_difference_is_named) {
  const Folder sources;
  const Folder out;
  const Rehearsal rehearsal = rehearsal_in(sources);
  BOOST_REQUIRE(write_run_directory((out.path / "run").string(), rehearsal, one_format()));
  const auto manifest = read_manifest((out.path / "run").string());
  BOOST_REQUIRE(manifest);

  Rehearsal other = rehearsal;
  other.runs[1].trace_hash ^= 1;
  other.runs[2].verdict.outcome = Outcome::inconclusive;
  auto file = std::make_shared<ScenarioFile>(*other.file);
  file->cells[0].digest = "0000000000000000";
  other.file = file;
  const std::vector<Problem> problems = replay_differences(*manifest, other);
  Rehearsal shorter = rehearsal;
  shorter.runs.pop_back();

  BOOST_REQUIRE(problems.size() == 3U);
  BOOST_TEST(problems[0].message ==
             "the scenario's digest was 77c1d0b1e2f3a405, now it is 0000000000000000");
  BOOST_TEST(problems[1].path == "seed 8");
  BOOST_TEST(problems[1].message ==
             "trace hash was 9ae16a3b2f904050, the replay's is 9ae16a3b2f904051");
  BOOST_TEST(problems[2].message == "the verdict was fail, the replay's is inconclusive");
  BOOST_TEST(replay_differences(*manifest, shorter).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_command_survives_a_shell) {
  Rehearsal rehearsal = make_rehearsal(5, 1, 1, true);
  auto file = std::make_shared<ScenarioFile>(*rehearsal.file);
  file->file = "it's; rm -rf $HOME.yaml";
  rehearsal.file = file;
  RunDirectoryOptions options;
  options.environment = "a b";
  options.set = {{"peak", "400/s"}, {"x", "`id`"}};

  BOOST_TEST(replay_command(rehearsal, options) ==
             "leapday run 'it'\\''s; rm -rf $HOME.yaml' --env 'a b' --set peak=400/s "
             "--set 'x=`id`' --seed 7 --twin");
}

BOOST_AUTO_TEST_SUITE_END()
