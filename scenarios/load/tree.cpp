/// \file tree.cpp
/// Version check, inheritance, overlays and settings. Why: see tree.hpp.
#include "scenarios/load/tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/merge.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday::loading {
namespace {

bool check_version(const Document& root, Problems& problems) {
  const Document* version = root.find("leapday");
  if (version == nullptr) {
    return problems.add(root.at, "leapday", "is missing", "begin the file with leapday: 1") &&
           false;
  }
  if (version->kind == Document::Kind::scalar && version->text == "1") return true;
  const Scalar<std::int64_t> number = parse_integer(version->text);
  const bool newer = number && *number > 1;
  problems.add(
      version->at, "leapday",
      newer ? fmt::format("version {} of the language is newer than this Leapday", version->text)
            : fmt::format("{} is not a version of the language", quoted(version->text)),
      newer ? "upgrade Leapday, or write the file for version 1" : "write leapday: 1");
  return false;
}

std::optional<Document> parse(std::string_view text, const std::string& name, Problems& problems) {
  std::vector<Problem> found;
  std::optional<Document> root = read_yaml(text, name, found);
  problems.add(std::move(found));
  if (!root) return std::nullopt;
  if (root->kind != Document::Kind::map) {
    problems.add(root->at, {}, "a scenario is a map of sections", "begin the file with leapday: 1");
    return std::nullopt;
  }
  if (!check_version(*root, problems)) return std::nullopt;
  return root;
}

void remove_key(Document& map, std::string_view key) {
  std::erase_if(map.entries, [&](const Document::Entry& entry) { return entry.key == key; });
}

/// Lays `root` over the file its `extends` names, and so on up.
std::optional<Document> extend(Document root, std::vector<std::string>& chain, Files& files,
                               Problems& problems) {
  const Document* extends = root.find("extends");
  if (extends == nullptr) return root;
  if (extends->kind != Document::Kind::scalar || extends->text.empty()) {
    problems.add(extends->at, "extends", "is not a file name", "name one scenario file");
    return std::nullopt;
  }
  const auto file = files.read(extends->text, extends->at, "extends", kMaxFileBytes);
  if (!file) {
    problems.add(file.problems());
    return std::nullopt;
  }
  const std::string& path = (*file)->path;
  if (std::find(chain.begin(), chain.end(), path) != chain.end() || chain.size() >= kMaxExtends) {
    chain.push_back(path);
    problems.add(extends->at, "extends", "the files extend each other: " + listed(chain, "and"),
                 "remove one extends");
    return std::nullopt;
  }
  chain.push_back(path);
  std::optional<Document> base = parse((*file)->text, path, problems);
  if (base) base = extend(std::move(*base), chain, files, problems);
  if (!base) return std::nullopt;
  remove_key(root, "extends");
  merge_over(*base, root);
  return base;
}

/// The child that one part of a dotted path names, made when it is missing.
Document* step(Document& node, const std::string& part, const SourceLocation& at) {
  if (node.kind == Document::Kind::sequence) {
    const Scalar<std::int64_t> index = parse_integer(part);
    if (!index || *index < 0 || *index >= static_cast<std::int64_t>(node.items.size()))
      return nullptr;
    return &node.items[static_cast<std::size_t>(*index)];
  }
  if (node.kind == Document::Kind::null) node.kind = Document::Kind::map;
  if (node.kind != Document::Kind::map || part.empty()) return nullptr;
  if (Document* child = node.find(part)) return child;
  node.entries.push_back({part, at, Document{.kind = Document::Kind::null, .at = at}});
  return &node.entries.back().value;
}

void apply_setting(Document& root, std::string key, const std::string& text, Problems& problems) {
  const SourceLocation at{"--set " + key, 0, 0};
  std::vector<Problem> found;
  std::optional<Document> value = read_yaml(text, at.file, found);
  if (!value || value->kind == Document::Kind::null) {
    if (found.empty() || text.empty()) found = {{at, {}, "has no value", "write --set name=value"}};
    problems.add(std::move(found));
    return;
  }
  if (key.find('.') == key.npos) {
    const Document* variables = root.find("vars");
    if (variables == nullptr || variables->find(key) == nullptr) {
      std::vector<std::string> known;
      if (variables != nullptr) {
        for (const Document::Entry& entry : variables->entries) known.push_back(entry.key);
      }
      problems.add(at, {}, fmt::format("no variable is named {}", quoted(key)),
                   suggestion(key, known, "sections are set by path, such as run.duration=1h"));
      return;
    }
    key.insert(0, "vars.");
  }
  Document* node = &root;
  for (std::size_t from = 0; node != nullptr && from <= key.size();) {
    const std::size_t dot = std::min(key.find('.', from), key.size());
    node = step(*node, key.substr(from, dot - from), at);
    from = dot + 1;
  }
  if (node == nullptr) {
    problems.add(at, {}, "there is no such place", "name a key by its path, such as run.duration");
    return;
  }
  *node = std::move(*value);
}

}  // namespace

std::optional<Document> read_tree(std::string_view text, const std::string& name, Files& files,
                                  Problems& problems) {
  std::optional<Document> root = parse(text, name, problems);
  if (!root) return std::nullopt;
  std::vector<std::string> chain{name};
  return extend(std::move(*root), chain, files, problems);
}

std::map<std::string, const Document*> find_environments(const Document& root, Problems& problems) {
  std::map<std::string, const Document*> environments;
  const Document* section = root.find("environments");
  if (section == nullptr) return environments;
  if (section->kind != Document::Kind::map) {
    problems.add(section->at, "environments", "is not a map",
                 "write environments: {staging: {...}}");
    return environments;
  }
  if (section->entries.size() > kMaxEnvironments) {
    problems.add(section->at, "environments", fmt::format("more than {}", kMaxEnvironments), "");
    return environments;
  }
  for (const Document::Entry& entry : section->entries) {
    const std::string path = "environments." + entry.key;
    if (!is_name(entry.key)) {
      problems.add(entry.key_at, path, fmt::format("{} is not a name", quoted(entry.key)),
                   "names are a letter, then letters, digits, _ and -");
    }
    if (entry.value.kind != Document::Kind::map) {
      problems.add(entry.value.at, path, "is not a map of sections", "write {vars: {peak: 40/s}}");
      continue;
    }
    for (const std::string_view key : {"leapday", "extends", "environments"}) {
      if (const Document* found = entry.value.find(key)) {
        problems.add(found->at, path, fmt::format("{} cannot stand in an environment", key),
                     "put it at the top of the file");
      }
    }
    environments.emplace(entry.key, &entry.value);
  }
  return environments;
}

void apply_settings(Document& root, const std::vector<std::pair<std::string, std::string>>& set,
                    Problems& problems) {
  for (const auto& [key, value] : set) apply_setting(root, key, value, problems);
}

SplitTree split_tree(Document root, Problems& problems) {
  SplitTree split;
  if (Document* variables = root.find("vars")) {
    if (variables->kind != Document::Kind::map) {
      problems.add(variables->at, "vars", "is not a map", "write vars: {peak: 400/s}");
    }
    for (Document::Entry& entry : variables->entries) {
      const std::string path = "vars." + entry.key;
      if (!is_name(entry.key)) {
        problems.add(entry.key_at, path, fmt::format("{} is not a name", quoted(entry.key)),
                     "names are a letter, then letters, digits, _ and -");
      } else if (entry.key == "seed") {
        problems.add(entry.key_at, path, "seed is no variable", "state it as run.seed");
      }
      if (entry.value.kind == Document::Kind::null) {
        problems.add(entry.value.at, path, "has no value", "give it a value or remove it");
      }
      split.variables.emplace(entry.key, std::move(entry.value));
    }
  }
  if (Document* run = root.find("run"); run != nullptr && run->kind == Document::Kind::map) {
    if (Document* matrix = run->find("matrix")) split.matrix = std::move(*matrix);
    remove_key(*run, "matrix");
  }
  for (const std::string_view key : {"leapday", "extends", "vars", "environments"}) {
    remove_key(root, key);
  }
  split.sections = std::move(root);
  return split;
}

}  // namespace leapday::loading
