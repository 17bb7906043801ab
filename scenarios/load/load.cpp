/// \file load.cpp
/// The whole of stage 1 in order: read, merge, fill in, import, decode, read traces, validate.
/// Why: one place shows what happens to a file before it becomes a Scenario.
#include "leapday/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/decode/decoder.hpp"
#include "scenarios/load/digest.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/local_time.hpp"
#include "scenarios/load/manifests.hpp"
#include "scenarios/load/matrix.hpp"
#include "scenarios/load/merge.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/traces.hpp"
#include "scenarios/load/tree.hpp"
#include "scenarios/load/variables.hpp"
#include "scenarios/load/yaml_reader.hpp"
#include "scenarios/root.hpp"
#include "scenarios/validate/validate.hpp"

namespace leapday {
namespace loading {
namespace {

/// As if the file named that platform, and had set nothing for another.
void put_platform(Document& sections, const std::string& name) {
  Document* platform = nullptr;
  for (Document::Entry& entry : sections.entries) {
    if (entry.key == "platform") platform = &entry.value;
  }
  if (platform == nullptr) {
    Document map{.kind = Document::Kind::map, .at = sections.at};
    sections.entries.push_back({"platform", sections.at, std::move(map)});
    platform = &sections.entries.back().value;
  }
  if (platform->kind != Document::Kind::map) return;  // The decoder reports it.
  Document* profile = nullptr;
  for (Document::Entry& entry : platform->entries) {
    if (entry.key == "profile") profile = &entry.value;
  }
  const std::string stated = profile != nullptr ? profile->text : PlatformSection{}.profile;
  if (stated == name) return;
  Document value{.kind = Document::Kind::scalar, .at = platform->at};
  value.text = name;
  platform->entries = {{"profile", platform->at, std::move(value)}};
}

class Loader {
 public:
  Loader(const Registry& registry, const LoadOptions& options, Files files, std::string name)
      : registry_(registry), options_(options), files_(std::move(files)), name_(std::move(name)) {}

  Result<ScenarioFile> run(std::string_view text);

 private:
  std::vector<Scenario> cells(const Document& tree, bool first_only,
                              std::vector<std::uint64_t>* seeds);
  Scenario cell(const SplitTree& split, const MatrixCell& cell);
  void read_platform(const Document& sections, PlatformSection& section, Scenario& scenario);
  void finish_platform(const Document& sections, const PlatformSection& section,
                       Scenario& scenario);

  const Registry& registry_;
  const LoadOptions& options_;
  Files files_;
  std::string name_;
  Problems problems_;
};

Result<ScenarioFile> Loader::run(std::string_view text) {
  std::optional<Document> tree = read_tree(text, name_, files_, problems_);
  if (!tree) return problems_.take_sorted();
  const auto environments = find_environments(*tree, problems_);
  std::optional<Document> chosen = *tree;
  if (!options_.environment.empty()) {
    const auto found = environments.find(options_.environment);
    if (found == environments.end()) {
      std::vector<std::string> known;
      for (const auto& [name, overlay] : environments) known.push_back(name);
      problems_.add({"--env " + options_.environment, 0, 0}, {},
                    fmt::format("no environment is named {}", quoted(options_.environment)),
                    suggestion(options_.environment, known, "add it to environments"));
      return problems_.take_sorted();
    }
    merge_over(*chosen, *found->second);
  }
  apply_settings(*chosen, options_.set, problems_);

  ScenarioFile file;
  file.file = name_;
  file.cells = cells(*chosen, false, &file.seeds);
  if (environments.size() * count_nodes(*tree) > kMaxCellNodes) {
    problems_.add(tree->find("environments")->at, "environments",
                  "the file is too large for so many environments", "use fewer");
    return problems_.take_sorted();
  }
  // The other environments are checked too, so that a mistake is not found on the day of its use.
  for (const auto& [name, overlay] : environments) {
    if (name == options_.environment) continue;
    Document other = *tree;
    merge_over(other, *overlay);
    cells(other, true, nullptr);
  }
  if (!problems_.empty()) return problems_.take_sorted();
  file.inputs = files_.inputs();
  return file;
}

std::vector<Scenario> Loader::cells(const Document& tree, bool first_only,
                                    std::vector<std::uint64_t>* seeds) {
  const SplitTree split = split_tree(tree, problems_);
  std::vector<std::string> names;
  for (const auto& [name, value] : split.variables) names.push_back(name);
  std::vector<std::string> fixed;
  for (const auto& [name, value] : options_.set) fixed.push_back(name);
  Matrix matrix;
  matrix.cells.emplace_back();
  if (split.matrix) matrix = read_matrix(*split.matrix, names, fixed, problems_);
  if (matrix.cells.size() * count_nodes(split.sections) > kMaxCellNodes) {
    problems_.add(split.matrix->at, "run.matrix", "the file is too large for so many cells",
                  "use fewer values");
    return {};
  }
  std::vector<Scenario> scenarios;
  for (const MatrixCell& combination : matrix.cells) {
    scenarios.push_back(cell(split, combination));
    if (first_only || problems_.full()) break;
  }
  if (!matrix.seeds.empty()) {
    const Document* run = split.sections.find("run");
    const Document* seed = run != nullptr ? run->find("seed") : nullptr;
    if (seed != nullptr) {
      problems_.add(seed->at, "run.seed", "the matrix states seeds too", "keep one of the two");
    }
  }
  if (seeds != nullptr) {
    *seeds = matrix.seeds;
    if (seeds->empty()) seeds->push_back(static_cast<std::uint64_t>(scenarios.front().run.seed));
  }
  return scenarios;
}

Scenario Loader::cell(const SplitTree& split, const MatrixCell& combination) {
  std::map<std::string, Document> values = split.variables;
  for (const auto& [name, value] : combination.variables) values[name] = value;
  Scenario scenario;
  scenario.file = name_;
  scenario.cell = combination.name;

  Document sections = split.sections;
  Variables variables(std::move(values), problems_);
  variables.substitute(sections, {});
  for (const std::string& name : variables.unused()) {
    scenario.warnings.push_back(fmt::format("variable {} is never used", name));
  }
  for (const auto& [name, value] : variables.resolved()) {
    const Document* assumed = value.find("assume");
    scenario.provenance.push_back({"vars." + name,
                                   assumed != nullptr ? assumed->text : value.text,
                                   assumed != nullptr ? Origin::assumed : Origin::stated,
                                   value.at,
                                   {}});
  }
  std::set<std::string> imported;
  import_manifests(sections, files_, imported, scenario.warnings, problems_);

  if (!options_.platform.empty()) put_platform(sections, options_.platform);
  const DecodeContext context{registry_, problems_, files_, imported, scenario.provenance};
  Root root{scenario, {}};
  read_platform(sections, root.platform, scenario);
  Decoder decoder(context);
  decoder.decode_map(sections, [&](FieldVisitor& v) { root.fields(v); });
  finish_platform(sections, root.platform, scenario);
  read_traces(scenario, sections, files_, problems_);
  read_local_time(scenario, sections, files_, problems_);
  validate(scenario, sections, registry_, problems_);
  scenario.digest = digest(sections, files_);
  return scenario;
}

void Loader::read_platform(const Document& sections, PlatformSection& section, Scenario& scenario) {
  const Document* platform = sections.find("platform");
  const Document* name = platform != nullptr ? platform->find("profile") : nullptr;
  if (name != nullptr && name->kind == Document::Kind::scalar) section.profile = name->text;
  Result<PlatformProfile> profile = load_profile(section.profile);
  if (!profile) {
    SourceLocation at = name != nullptr ? name->at : SourceLocation{name_, 0, 0};
    for (const Problem& p : profile.problems()) {
      problems_.add(p.at.file.empty() ? at : p.at, "platform.profile", p.message, p.fix);
    }
    return;
  }
  scenario.platform = std::move(profile).value();
  section.constants = scenario.platform.constants;
  section.algorithms = scenario.platform.algorithms;
}

void Loader::finish_platform(const Document& sections, const PlatformSection& section,
                             Scenario& scenario) {
  PlatformProfile& platform = scenario.platform;
  platform.constants = section.constants;
  platform.algorithms = section.algorithms;
  const Document* node = sections.find("platform");
  const Document* set = node != nullptr ? node->find("set") : nullptr;
  if (set != nullptr) {
    for (const Document::Entry& entry : set->entries) {
      std::erase_if(platform.sources, [&](const ConstantSource& s) { return s.key == entry.key; });
      const Document* assumed = entry.value.find("assume");
      platform.sources.push_back({entry.key, assumed != nullptr ? assumed->text : entry.value.text,
                                  fmt::format("{}:{}", entry.value.at.file, entry.value.at.line),
                                  "scenario"});
    }
  }
  std::string doubtful;
  for (const std::string_view status : {"partial", "recalled", "assumed"}) {
    std::vector<std::string> keys;
    for (const ConstantSource& source : platform.sources) {
      if (source.status == status) keys.push_back(source.key);
    }
    if (keys.empty()) continue;
    doubtful +=
        fmt::format("{}{}: {}", doubtful.empty() ? "" : "; ", status, listed(keys, "and", 100));
  }
  if (!doubtful.empty()) {
    scenario.warnings.push_back(fmt::format("platform {} has constants that are not verified ({})",
                                            platform.name, doubtful));
  }
}

}  // namespace
}  // namespace loading

Result<ScenarioFile> load(const std::string& path, const Registry& registry,
                          const LoadOptions& options) {
  Result<std::string> text = loading::read_user_file(path, loading::kMaxFileBytes);
  if (!text) return text.problems();
  const std::size_t slash = path.rfind('/');
  loading::Files files(slash == path.npos ? "" : path.substr(0, slash + 1), true);
  files.add_input(path);
  return loading::Loader(registry, options, std::move(files), path).run(*text);
}

Result<ScenarioFile> load_text(std::string_view text, const std::string& name,
                               const std::string& folder, const Registry& registry,
                               const LoadOptions& options) {
  if (text.size() > loading::kMaxFileBytes) {
    return std::vector<Problem>{{{name, 0, 0},
                                 {},
                                 fmt::format("larger than {} MiB", loading::kMaxFileBytes >> 20),
                                 "keep data in files of its own"}};
  }
  loading::Files files(folder, !folder.empty());
  return loading::Loader(registry, options, std::move(files), name).run(text);
}

}  // namespace leapday
