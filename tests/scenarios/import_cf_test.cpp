/// \file import_cf_test.cpp
/// Cloud Foundry manifests that do not say everything themselves: inherit, defaults for every app,
/// variables. Why: the oldest systems have the oldest manifests, and they are the ones to move.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "scenarios/import/cf_inherit.hpp"
#include "scenarios/import/placeholders.hpp"
#include "scenarios/load/yaml_reader.hpp"
#include "tests/scenarios/import_files.hpp"

namespace leapday {
namespace {

using testing::kImports;

Document document(const std::string& text, const std::string& name = "in.yml") {
  std::vector<Problem> problems;
  auto all = loading::read_yaml_documents(text, name, problems);
  BOOST_REQUIRE(problems.empty());
  return all.front();
}

Result<ImportedScenario> team(const std::vector<std::string>& files) {
  const auto sources = read_import_sources({(kImports / "cf/manifest.yml").string()});
  std::vector<std::string> paths;
  for (const std::string& file : files) paths.push_back((kImports / "cf" / file).string());
  const auto variables = read_import_sources(paths);
  BOOST_REQUIRE(sources);
  BOOST_REQUIRE(variables);
  return import_scenario("cf", *sources, *variables);
}

Scenario scenario(const ImportedScenario& from) {
  const auto file = load_text(from.text, "out.yaml", "", builtin_registry());
  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front()) + "\n" + from.text));
  return file->cells.front();
}

/// What one file inherits from others that stand in the test.
Document inherited(const std::map<std::string, std::string>& files, const std::string& first,
                   std::vector<Problem>& problems) {
  Document manifest = document(files.at(first), first);
  import::follow_inherit(
      manifest,
      [&](const Document& named) -> std::optional<import::InheritedManifest> {
        const auto found = files.find(named.text);
  if (found == files.end()) return std::nullopt;
  return import::InheritedManifest{found->first, document(found->second, found->first)};
},
      problems);
return manifest;
}  // namespace

/// A text with variables in place of its placeholders.
std::string filled(const std::string& text, const std::string& variables,
                   std::vector<Problem>& problems) {
  import::Variables values;
  for (const auto& entry : document(variables).entries) values[entry.key] = entry.value;
  Document node = document("a: '" + text + "'");
  import::fill_in(node, values, problems);
  return node.find("a")->text;
}

BOOST_AUTO_TEST_SUITE(importing_cf)

BOOST_AUTO_TEST_CASE(a_manifest_has_what_it_inherits_and_each_app_what_stands_at_the_top) {
  const auto made = team({"vars.yml", "production-vars.yml"});
  BOOST_REQUIRE_MESSAGE(made, (made ? "" : to_string(made.problems().front())));
  const Scenario both = scenario(*made);
  const App& web = *both.apps.find("shop-web");
  const App& worker = *both.apps.find("shop-worker");

  BOOST_TEST(web.instances == 4);
  BOOST_TEST(worker.instances == 2);
  BOOST_TEST(worker.memory.count == std::int64_t{512} << 20);
  BOOST_TEST(worker.disk.count == std::int64_t{1} << 30);
  BOOST_TEST((*web.health.liveness_type == ProbeType::http));
  BOOST_TEST((*worker.health.liveness_type == ProbeType::process));
  BOOST_TEST(both.loads.entries.size() == 1U);
}

BOOST_AUTO_TEST_CASE(of_several_variables_files_the_later_wins_and_lists_come_in_whole) {
  const auto both = team({"vars.yml", "production-vars.yml"});
  const auto reversed = team({"production-vars.yml", "vars.yml"});
  BOOST_REQUIRE(both);
  BOOST_REQUIRE(reversed);

  BOOST_TEST(scenario(*both).apps.find("shop-web")->memory.count == std::int64_t{1} << 30);
  BOOST_TEST(scenario(*reversed).apps.find("shop-web")->memory.count == std::int64_t{768} << 20);
  BOOST_TEST(*scenario(*both).apps.find("shop-web")->routing.policy == "gorouter_least_connection");
}

BOOST_AUTO_TEST_CASE(what_is_inherited_is_reported_under_its_own_file) {
  const auto made = team({"vars.yml", "production-vars.yml"});
  BOOST_REQUIRE(made);

  const auto memory =
      std::find_if(made->coverage.begin(), made->coverage.end(),
                   [](const ImportFinding& one) { return one.note == "apps.*.memory: 512MiB"; });
  BOOST_REQUIRE((memory != made->coverage.end()));
  BOOST_TEST(memory->at.file.ends_with("cf/base.yml"));
  BOOST_TEST(memory->at.line == 2);
}

BOOST_AUTO_TEST_CASE(maps_merge_lists_follow_each_other_and_the_nearer_value_wins) {
  std::vector<Problem> problems;
  const Document made = inherited(
      {{"a", "inherit: b\nmemory: 2G\nenv: {X: 1}\nservices: [two]\napplications: [{name: new}]\n"},
       {"b", "inherit: c\nmemory: 1G\nenv: {X: 0, Y: 2}\nservices: [one]\n"},
       {"c", "stack: old\napplications: [{name: base}]\n"}},
      "a", problems);

  BOOST_TEST(problems.empty());
  BOOST_TEST(made.find("memory")->text == "2G");
  BOOST_TEST(made.find("stack")->text == "old");
  BOOST_TEST(made.find("env")->find("X")->text == "1");
  BOOST_TEST(made.find("env")->find("Y")->text == "2");
  BOOST_REQUIRE(made.find("services")->items.size() == 2U);
  BOOST_TEST(made.find("services")->items[0].text == "one");
  BOOST_REQUIRE(made.find("applications")->items.size() == 2U);
  BOOST_TEST(made.find("applications")->items[0].find("name")->text == "base");
}

BOOST_AUTO_TEST_CASE(circles_and_long_chains_end_with_a_problem) {
  std::vector<Problem> circle, itself, chain;
  std::map<std::string, std::string> many;
  for (int i = 0; i < 40; ++i) {
    many["m" + std::to_string(i)] = "inherit: m" + std::to_string(i + 1) + "\n";
  }
  many["m40"] = "memory: 1G\n";

  inherited({{"a", "inherit: b\n"}, {"b", "memory: 1G\ninherit: a\n"}}, "a", circle);
  inherited({{"a", "inherit: a\n"}}, "a", itself);
  inherited(many, "m0", chain);

  BOOST_REQUIRE(circle.size() == 1U);
  BOOST_TEST(to_string(circle[0]).starts_with(
      "b:2:10: error: inherit: these manifests inherit from each other in a circle"));
  BOOST_TEST(itself.size() == 1U);
  BOOST_REQUIRE(chain.size() == 1U);
  BOOST_TEST(chain[0].message == "more than 16 manifests inherit from each other");
}

BOOST_AUTO_TEST_CASE(a_text_without_a_folder_and_a_path_out_of_it_read_nothing) {
  const auto from = [](const std::string& path, const std::optional<std::string>& folder) {
    const auto made =
        import_scenario("cf", {{"in.yml", "inherit: " + path + "\napplications: []\n", folder}});
    BOOST_REQUIRE(!made);
    return made.problems().front().message;
  };

  BOOST_TEST(from("base.yml", std::nullopt) ==
             "this manifest has no folder, so it cannot name files");
  BOOST_TEST(from("../shop.yaml", (kImports / "cf/").string()) ==
             "\"../shop.yaml\" is not a path below the manifest's folder");
  BOOST_TEST(from("/etc/passwd", (kImports / "cf/").string()).find("not a path below") !=
             std::string::npos);
  BOOST_TEST(from("nothing.yml", (kImports / "cf/").string()) ==
             "cannot read \"nothing.yml\": no such file");
}

BOOST_AUTO_TEST_CASE(a_manifest_without_a_list_is_one_application) {
  const auto made = import_scenario("cf", {{"in.yml", "name: shop\nmemory: 64M\ninstances: 3\n"}});

  BOOST_REQUIRE(made);
  BOOST_TEST(scenario(*made).apps.find("shop")->instances == 3);
  BOOST_TEST(scenario(*made).apps.find("shop")->memory.count == std::int64_t{64} << 20);
}

BOOST_AUTO_TEST_CASE(placeholders_follow_the_rules_of_the_cli) {
  std::vector<Problem> problems;
  const std::string values = "a: x\nmap: {b: {c: deep}}\nmap.d: dotted\nnest: ((a))\nn: 3\n";

  BOOST_TEST(filled("((a))-((n))-((a))", values, problems) == "x-3-x");
  BOOST_TEST(filled("((map.b.c))", values, problems) == "deep");
  BOOST_TEST(filled("((map.d))", values, problems) == "dotted");
  BOOST_TEST(filled("((!a))", values, problems) == "x");
  BOOST_TEST(filled("((nest)) ((unknown)) (( a )) ((a)", values, problems) ==
             "((a)) ((unknown)) (( a )) ((a)");
  BOOST_TEST(problems.empty());
  filled("text ((map))", values, problems);
  BOOST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].message == "((map)) is no plain value, but stands inside a text");
}

BOOST_AUTO_TEST_CASE(variables_cannot_blow_a_manifest_up) {
  const std::string large = "v: '" + std::string(60'000, 'x') + "'\n";
  std::string manifest = "applications:\n- name: a\n  env:\n";
  for (int i = 0; i < 2000; ++i) manifest += "    k" + std::to_string(i) + ": ((v))\n";

  const auto made = import_scenario("cf", {{"in.yml", manifest}}, {{"v.yml", large}});

  BOOST_REQUIRE(!made);
  BOOST_TEST(made.problems().front().message == "the variables are too large for so many uses");
}

BOOST_AUTO_TEST_CASE(defaults_cannot_blow_a_manifest_up) {
  std::string manifest = "env:\n";
  for (int i = 0; i < 1000; ++i) manifest += "  k" + std::to_string(i) + ": 1\n";
  manifest += "applications:\n";
  for (int i = 0; i < 2000; ++i) manifest += "- name: a" + std::to_string(i) + "\n";

  const auto made = import_scenario("cf", {{"in.yml", manifest}});

  BOOST_REQUIRE(!made);
  BOOST_TEST(made.problems().front().message.find("too large for so many") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday
}  // namespace leapday
