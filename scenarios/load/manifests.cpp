/// \file manifests.cpp
/// Which part of a manifest goes to the app and which to the release. Why: see manifests.hpp.
#include "scenarios/load/manifests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "scenarios/import/cf_manifest.hpp"
#include "scenarios/import/kubernetes.hpp"
#include "scenarios/load/inherit.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday::loading {
namespace {

class ManifestImport {
 public:
  ManifestImport(Files& files, std::set<std::string>& imported, std::vector<std::string>& warnings,
                 Problems& problems)
      : files_(files), imported_(imported), warnings_(warnings), problems_(problems) {}

  void app(const std::string& name, Document& app);

 private:
  std::optional<Document> read(const Document& node, const std::string& name,
                               const std::string& path);
  std::optional<import::AppPart> read_manifest(const SourceFile& file, const std::string& name);
  std::optional<import::AppPart> read_kubernetes(const SourceFile& file, const std::string& name);
  void lay_under(Document& map, const Document& fragment, const std::string& path);
  void releases(const std::string& name, Document& app, Document& releases);
  void warn(const std::string& text) {
    if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) {
      warnings_.push_back(text);
    }
  }

  Files& files_;
  std::set<std::string>& imported_;
  std::vector<std::string>& warnings_;
  Problems& problems_;
};

std::optional<Document> ManifestImport::read(const Document& node, const std::string& name,
                                             const std::string& path) {
  if (node.kind != Document::Kind::map) return std::nullopt;
  const Document* manifest = node.find("manifest");
  const Document* kubernetes = node.find("kubernetes");
  if (manifest != nullptr && kubernetes != nullptr) {
    problems_.add(kubernetes->at, path + ".kubernetes", "there is a manifest too",
                  "keep one of the two");
    return std::nullopt;
  }
  const Document* named = manifest != nullptr ? manifest : kubernetes;
  if (named == nullptr || named->kind != Document::Kind::scalar || named->text.empty()) {
    return std::nullopt;  // the decoder reports a wrong kind
  }
  const std::string key = path + (manifest != nullptr ? ".manifest" : ".kubernetes");
  const auto file = files_.read(named->text, named->at, key, kMaxFileBytes);
  if (!file) {
    problems_.add(file.problems());
    return std::nullopt;
  }
  imported_.insert((*file)->path);
  std::optional<import::AppPart> result =
      manifest != nullptr ? read_manifest(**file, name) : read_kubernetes(**file, name);
  if (!result) return std::nullopt;
  for (Problem& problem : result->problems) problem.path = key;
  problems_.add(std::move(result->problems));
  for (const std::string& warning : result->warnings) warn(warning);
  return std::move(result->app);
}

std::optional<import::AppPart> ManifestImport::read_manifest(const SourceFile& file,
                                                             const std::string& name) {
  std::vector<Problem> found;
  std::optional<Document> tree = read_yaml(file.text, file.path, found);
  problems_.add(std::move(found));
  if (!tree) return std::nullopt;
  for (std::string& path : inherit(*tree, files_, problems_)) imported_.insert(std::move(path));
  return import::import_cf_manifest(*tree, name);
}

std::optional<import::AppPart> ManifestImport::read_kubernetes(const SourceFile& file,
                                                               const std::string& name) {
  std::vector<Problem> found;
  const std::vector<Document> documents = read_yaml_documents(file.text, file.path, found);
  problems_.add(std::move(found));
  if (documents.empty()) return std::nullopt;
  return import::import_kubernetes_app(documents, name, keywords());
}

/// Adds the entries that `map` does not have; maps inside likewise.
void ManifestImport::lay_under(Document& map, const Document& fragment, const std::string& path) {
  for (const Document::Entry& entry : fragment.entries) {
    const std::string below = path + "." + entry.key;
    Document* known = map.find(entry.key);
    if (known != nullptr) {
      if (entry.value.kind == Document::Kind::map && known->kind == Document::Kind::map) {
        lay_under(*known, entry.value, below);
      }
    } else if (entry.value.kind == Document::Kind::map) {
      Document inner;
      inner.kind = Document::Kind::map;
      inner.at = entry.value.at;
      lay_under(inner, entry.value, below);
      map.entries.push_back({entry.key, entry.key_at, std::move(inner)});
    } else if (import::has_placeholder(entry.value.text)) {
      problems_.add(entry.value.at, below,
                    fmt::format("the manifest leaves {} open", entry.value.text),
                    fmt::format("state {} in the scenario", below));
    } else {
      map.entries.push_back(entry);
    }
  }
}

void ManifestImport::releases(const std::string& name, Document& app, Document& releases) {
  const Document* stated = app.find("release");
  const std::string running = stated != nullptr && stated->kind == Document::Kind::scalar
                                  ? stated->text
                              : releases.entries.empty() ? ""
                                                         : releases.entries.front().key;
  Document app_part;
  app_part.kind = Document::Kind::map;
  std::string path = "apps." + name;
  for (Document::Entry& release : releases.entries) {
    const std::string release_path = fmt::format("{}.releases.{}", path, release.key);
    const std::optional<Document> fragment = read(release.value, name, release_path);
    if (!fragment) continue;
    Document own;
    own.kind = Document::Kind::map;
    for (const Document::Entry& entry : fragment->entries) {
      constexpr std::array<std::string_view, 5> kOfReleases{"instances", "memory", "disk", "cpu",
                                                            "cpu_weight"};
      const bool releases_have_it =
          std::find(kOfReleases.begin(), kOfReleases.end(), entry.key) != kOfReleases.end();
      if (releases_have_it) {
        own.entries.push_back(entry);
      } else if (release.key == running) {
        app_part.entries.push_back(entry);
      } else {
        warn(fmt::format("{}:{}: {} is taken from the file of the running release {} only",
                         entry.key_at.file, entry.key_at.line, entry.key, running));
      }
    }
    lay_under(release.value, own, release_path);
  }
  lay_under(app, app_part, path);
}

void ManifestImport::app(const std::string& name, Document& app) {
  if (app.kind != Document::Kind::map) return;
  if (Document* section = app.find("releases");
      section != nullptr && section->kind == Document::Kind::map) {
    Document copy = std::move(*section);
    releases(name, app, copy);
    *app.find("releases") = std::move(copy);
  }
  if (const auto fragment = read(app, name, "apps." + name))
    lay_under(app, *fragment, "apps." + name);
}

}  // namespace

void import_manifests(Document& sections, Files& files, std::set<std::string>& imported,
                      std::vector<std::string>& warnings, Problems& problems) {
  Document* apps = sections.find("apps");
  if (apps == nullptr || apps->kind != Document::Kind::map) return;
  ManifestImport import(files, imported, warnings, problems);
  for (Document::Entry& entry : apps->entries) import.app(entry.key, entry.value);
}

}  // namespace leapday::loading
