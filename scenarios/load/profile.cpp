/// \file profile.cpp
/// Reads embedded profiles through the same decoder as scenarios. Why: see profile.hpp.
#include "scenarios/load/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "leapday/load.hpp"
#include "scenarios/decode/decoder.hpp"
#include "scenarios/load/embedded.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday {
namespace loading {
namespace {

constexpr std::array<std::string_view, 4> kStatuses{"verified", "partial", "recalled", "assumed"};

/// One constant as the file has it.
struct ConstantEntry {
  std::string value, unit, source, status;
  void fields(FieldVisitor& v) {
    v.required("value", value, "the constant, with its unit");
    v.optional("unit", unit, "unit, when the value has none");
    v.required("source", source, "where it was read");
    v.required("status", status, "verified, partial, recalled or assumed");
    v.check(std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end(), "status",
            "is not one of its values", "use verified, partial, recalled or assumed");
  }
};

struct ProfileFile {
  std::string profile, extends, title, version_range;
  PlatformAlgorithms algorithms;
  NamedMap<ConstantEntry> constants;
  void fields(FieldVisitor& v) {
    v.required("profile", profile, "its name");
    v.optional("extends", extends, "profile that supplies what is absent here");
    v.required("title", title, "what it stands for, in one line");
    v.optional("version_range", version_range, "versions of the platform it was read from");
    v.optional("algorithms", algorithms, "policies by name");
    v.optional("constants", constants, "constants by name");
  }
};

/// The constants as a map of plain values, for the decoder.
Document plain_constants(const Document& root, const ProfileFile& file) {
  Document map{.kind = Document::Kind::map, .at = root.at};
  const Document* constants = root.find("constants");
  if (constants == nullptr) return map;
  map.at = constants->at;
  for (std::size_t i = 0; i < file.constants.entries.size(); ++i) {
    const Document::Entry& entry = constants->entries[i];
    const ConstantEntry& constant = file.constants.entries[i].value;
    const Document* value = entry.value.find("value");
    Document node{.kind = Document::Kind::scalar,
                  .at = value != nullptr ? value->at : entry.key_at};
    node.text = constant.value + constant.unit;
    map.entries.push_back({entry.key, entry.key_at, std::move(node)});
  }
  return map;
}

void set_source(PlatformProfile& profile, ConstantSource source) {
  for (ConstantSource& known : profile.sources) {
    if (known.key == source.key) {
      known = std::move(source);
      return;
    }
  }
  profile.sources.push_back(std::move(source));
}

}  // namespace

std::string profile_base(std::string_view text, const std::string& file, Problems& problems) {
  std::vector<Problem> found;
  const std::optional<Document> root = read_yaml(text, file, found);
  problems.add(std::move(found));
  const Document* extends = root ? root->find("extends") : nullptr;
  return extends != nullptr ? extends->text : "";
}

void read_profile(std::string_view text, const std::string& file, PlatformProfile& profile,
                  Problems& problems) {
  std::vector<Problem> found;
  const std::optional<Document> root = read_yaml(text, file, found);
  problems.add(std::move(found));
  if (!root || root->kind != Document::Kind::map) return;

  const Registry registry;
  Files files({}, false);
  const std::set<std::string> imported;
  std::vector<Provenance> provenance;
  const DecodeContext context{registry, problems, files, imported, provenance};
  ProfileFile decoded;
  decoded.algorithms = profile.algorithms;
  Decoder decoder(context);
  decoder.decode_map(*root, [&](FieldVisitor& v) { decoded.fields(v); });
  const Document constants = plain_constants(*root, decoded);
  Decoder constant_decoder(context, "constants");
  constant_decoder.decode_map(constants, [&](FieldVisitor& v) { profile.constants.fields(v); });

  profile.name = decoded.profile;
  profile.title = decoded.title;
  profile.extends = decoded.extends;
  if (!decoded.version_range.empty()) profile.version_range = decoded.version_range;
  profile.algorithms = decoded.algorithms;
  for (const auto& entry : decoded.constants) {
    set_source(profile, {entry.name, entry.value.value + entry.value.unit, entry.value.source,
                         entry.value.status});
  }
}

}  // namespace loading

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const loading::EmbeddedFile& file : loading::embedded_files()) {
    if (!file.name.starts_with("platforms/")) continue;
    const std::size_t slash = file.name.find('/');
    names.emplace_back(file.name.substr(slash + 1, file.name.rfind('.') - slash - 1));
  }
  return names;
}

Result<PlatformProfile> load_profile(std::string_view name) {
  loading::Problems problems;
  std::vector<const loading::EmbeddedFile*> chain;
  std::string next(name);
  while (!next.empty() && chain.size() < 8) {
    const std::string path = fmt::format("platforms/{}.json", next);
    const loading::EmbeddedFile* found = nullptr;
    for (const loading::EmbeddedFile& file : loading::embedded_files()) {
      if (file.name == path) found = &file;
    }
    if (found == nullptr) {
      problems.add({}, {}, fmt::format("no platform profile is named {}", loading::quoted(next)),
                   suggestion(next, profile_names()));
      return problems.take_sorted();
    }
    if (std::find(chain.begin(), chain.end(), found) != chain.end()) {
      problems.add({path, 0, 0}, "extends", "the profile extends itself", "remove extends");
      return problems.take_sorted();
    }
    chain.push_back(found);
    next = loading::profile_base(found->text, path, problems);
  }
  PlatformProfile profile;
  for (auto file = chain.rbegin(); file != chain.rend(); ++file) {
    loading::read_profile((*file)->text, std::string((*file)->name), profile, problems);
  }
  if (!problems.empty()) return problems.take_sorted();
  return profile;
}

std::vector<std::pair<std::string, std::string>> library_scenarios() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const loading::EmbeddedFile& file : loading::embedded_files()) {
    if (!file.name.starts_with("library/")) continue;
    const std::size_t slash = file.name.find('/');
    found.emplace_back(file.name.substr(slash + 1, file.name.rfind('.') - slash - 1), file.text);
  }
  return found;
}

}  // namespace leapday
