/// \file importing.cpp
/// Reads what is to be imported and hands it to its importer: include/leapday/import.hpp.
/// Why: foreign files pass through the same reader, with the same limits, as scenarios.
#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "leapday/import.hpp"
#include "scenarios/import/cf.hpp"
#include "scenarios/import/kubernetes.hpp"
#include "scenarios/import/placeholders.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/inherit.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/problems.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday {
namespace loading {
namespace {

/// All kinds of import: a new one is a file in scenarios/import and a line here.
struct Importer {
  std::string_view kind;
  ImportedScenario (*import)(const import::ImportInput& input, import::Context& context);
  bool inherits = false;   ///< Its files may inherit from others.
  bool variables = false;  ///< They may have placeholders.
};
constexpr std::array kImporters{Importer{"kubernetes", &import::import_kubernetes},
                                Importer{"cf", &import::import_cf, true, true}};

constexpr std::size_t kMostSources = 1000;
constexpr std::size_t kMostBytes = kMaxFileBytes * 4;  ///< Of all sources together.

std::optional<std::string> standard_input(Problems& problems) {
  std::string text;
  std::string block(65536, '\0');
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      problems.add({"-", 0, 0}, {}, fmt::format("cannot read it: {}", std::strerror(errno)),
                   "pipe the files' text in");
      return std::nullopt;
    }
    if (n == 0) return text;
    text.append(block, 0, static_cast<std::size_t>(n));
    if (text.size() > kMaxFileBytes) {
      problems.add({"-", 0, 0}, {}, fmt::format("larger than {} MiB", kMaxFileBytes >> 20),
                   "import fewer objects at once");
      return std::nullopt;
    }
  }
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// Names of the folder's YAML and JSON files, in order.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> found;
  DIR* directory = ::opendir(folder.c_str());
  if (directory == nullptr) return found;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json")) {
      const std::string path = folder + (folder.ends_with('/') ? "" : "/") + name;
      if (!is_folder(path)) found.push_back(path);
    }
  }
  ::closedir(directory);
  std::sort(found.begin(), found.end());
  return found;
}

std::string names_of(const std::vector<ImportSource>& sources) {
  constexpr std::size_t kShown = 5;
  std::string names;
  for (std::size_t i = 0; i < sources.size() && i < kShown; ++i) {
    names += (i == 0 ? "" : ", ") + printable(sources[i].name);
  }
  if (sources.size() > kShown) names += fmt::format(" and {} more", sources.size() - kShown);
  return names;
}

std::string header(std::string_view kind, const std::vector<ImportSource>& sources,
                   const std::vector<ImportSource>* newer) {
  const std::string rolled_out =
      newer == nullptr
          ? ""
          : fmt::format("# The next releases are what {} states otherwise.\n", names_of(*newer));
  return fmt::format(
      "# Imported by `leapday import {}` from {}.\n{}"
      "# What the files cannot say is marked \"assumed: ..., state yours\". At the end stands "
      "what\n"
      "# became of each attribute.\n",
      kind, names_of(sources), rolled_out);
}

std::string as_comments(const std::string& text) {
  std::string out = "\n";
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += "# " + text.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return out;
}

/// A template is no YAML yet; say so in place of what the parser makes of it.
void explain_template(const ImportSource& source, std::string_view kind,
                      std::vector<Problem>& found) {
  const std::size_t brace = source.text.find("{{");
  if (found.empty() || brace == source.text.npos || kind != "kubernetes") return;
  const std::string before = source.text.substr(0, brace);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') + 1;
  found = {{{source.name, static_cast<int>(line) + 1, static_cast<int>(brace - start) + 1},
            {},
            "a template, not yet YAML",
            "render it first: helm template CHART | leapday import kubernetes -"}};
}

/// The values of --vars-file by name.
import::Variables read_variables(const std::vector<ImportSource>& sources,
                                 Problems& problems){import::Variables values;
for (const ImportSource& source : sources) {
  std::vector<Problem> found;
  if (source.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    problems.add({source.name, 1, 1}, {}, "the file is empty",
                 "write name: value, or leave out --vars-file");
    continue;
  }
  auto map = read_yaml(source.text, source.name, found);
  problems.add(std::move(found));
  if (!map) continue;
  if (map->kind != Document::Kind::map) {
    problems.add(map->at, {}, "is no map of variables", "write name: value");
  }
  for (Document::Entry& entry : map->entries) {
    if (entry.value.kind != Document::Kind::null) values[entry.key] = std::move(entry.value);
  }
}
return values;
}  // namespace

/// The documents of all sources as their tool sees them.
std::vector<Document> read_documents(const Importer& importer,
                                     const std::vector<ImportSource>& sources,
                                     const import::Variables& variables, Problems& problems) {
  std::vector<Document> documents;
  for (const ImportSource& source : sources) {
    std::vector<Problem> found;
    std::vector<Document> own = read_yaml_documents(source.text, source.name, found);
    explain_template(source, importer.kind, found);
    Files files(source.folder.value_or(""), source.folder.has_value());
    for (Document& document : own) {
      if (importer.inherits) inherit(document, files, problems);
      import::fill_in(document, variables, found);
      documents.push_back(std::move(document));
    }
    problems.add(std::move(found));
  }
  return documents;
}

Result<ImportedScenario> import_all(std::string_view kind, const std::vector<ImportSource>& sources,
                                    const std::vector<ImportSource>* newer,
                                    const std::vector<ImportSource>& variables) {
  Problems problems;
  const auto importer = std::find_if(kImporters.begin(), kImporters.end(),
                                     [&](const Importer& one) { return one.kind == kind; });
  if (importer == kImporters.end()) {
    problems.add({}, {}, fmt::format("{} is no kind of import", quoted(kind)),
                 "use " + listed(import_kinds(), "or"));
    return problems.take_sorted();
  }
  if (!variables.empty() && !importer->variables) {
    problems.add({variables.front().name, 0, 0}, {},
                 fmt::format("{} files have no ((placeholders)) that it could fill", kind),
                 "leave out --vars-file; what templates leave open is for their own tool");
    return problems.take_sorted();
  }
  const import::Variables values = read_variables(variables, problems);
  const auto documents = read_documents(*importer, sources, values, problems);
  std::vector<Document> later;
  if (newer != nullptr) later = read_documents(*importer, *newer, values, problems);
  if (!problems.empty()) return problems.take_sorted();
  import::Context context(keywords());
  ImportedScenario imported =
      importer->import({documents, newer != nullptr ? &later : nullptr}, context);
  problems.add(std::move(context.problems));
  if (!problems.empty()) return problems.take_sorted();
  if (!imported.text.empty()) {
    imported.text.insert(0, header(kind, sources, newer));
    imported.text += as_comments(coverage_report(imported));
  }
  return imported;
}

}  // namespace loading
}  // namespace leapday

std::vector<std::string> import_kinds() {
  std::vector<std::string> kinds;
  for (const loading::Importer& importer : loading::kImporters) kinds.emplace_back(importer.kind);
  return kinds;
}

bool import_takes_variables(std::string_view kind) {
  return std::any_of(
      loading::kImporters.begin(), loading::kImporters.end(),
      [&](const loading::Importer& one) { return one.kind == kind && one.variables; });
}

Result<std::vector<ImportSource>> read_import_sources(const std::vector<std::string>& paths) {
  using namespace loading;
  Problems problems;
  std::vector<ImportSource> sources;
  std::size_t bytes = 0;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (path == "-" || !is_folder(path)) {
      files.push_back(path);
      continue;
    }
    const auto found = files_in(path);
    if (found.empty()) {
      problems.add({path, 0, 0}, {}, "a folder without *.yaml, *.yml or *.json",
                   "name a folder of manifests");
    }
    files.insert(files.end(), found.begin(), found.end());
  }
  if (files.size() > kMostSources) {
    problems.add({files[kMostSources], 0, 0}, {}, fmt::format("more than {} files", kMostSources),
                 "import fewer at once");
    return problems.take_sorted();
  }
  for (const std::string& path : files) {
    if (path == "-") {
      if (auto text = standard_input(problems)) sources.push_back({"-", std::move(*text), {}});
    } else if (auto text = read_user_file(path, kMaxFileBytes)) {
      const std::size_t slash = path.rfind('/');
      const std::string folder = slash == path.npos ? "" : path.substr(0, slash + 1);
      sources.push_back({path, std::move(text).value(), folder});
    } else {
      problems.add(text.problems());
      continue;
    }
    bytes += sources.empty() ? 0 : sources.back().text.size();
    if (bytes <= kMostBytes) continue;
    problems.add({path, 0, 0}, {}, fmt::format("more than {} MiB in all", kMostBytes >> 20),
                 "import fewer at once");
    break;
  }
  if (!problems.empty()) return problems.take_sorted();
  return sources;
}

Result<ImportedScenario> import_scenario(std::string_view kind,
                                         const std::vector<ImportSource>& sources,
                                         const std::vector<ImportSource>& variables) {
  return loading::import_all(kind, sources, nullptr, variables);
}

Result<ImportedScenario> import_difference(std::string_view kind,
                                           const std::vector<ImportSource>& sources,
                                           const std::vector<ImportSource>& newer,
                                           const std::vector<ImportSource>& variables) {
  return loading::import_all(kind, sources, &newer, variables);
}

}  // namespace leapday
