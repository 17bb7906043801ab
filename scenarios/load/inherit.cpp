/// \file inherit.cpp
/// Reads the manifests of a chain. Why: see inherit.hpp.
#include "scenarios/load/inherit.hpp"

#include "scenarios/import/cf_inherit.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday::loading {
namespace {

std::optional<import::InheritedManifest> read_inherited(const Document& named, Files& files,
                                                        Problems& problems) {
  const auto file = files.read(named.text, named.at, "inherit", kMaxFileBytes);
  if (!file) {
    for (Problem problem : file.problems()) {
      if (const auto at = problem.message.find("scenario"); at != problem.message.npos) {
        problem.message.replace(at, 8, "manifest");
      }
      problems.add(std::move(problem));
    }
    return std::nullopt;
  }
  std::vector<Problem> found;
  auto documents = read_yaml_documents((*file)->text, (*file)->path, found);
  problems.add(std::move(found));
  if (documents.empty()) return std::nullopt;
  return import::InheritedManifest{(*file)->path, std::move(documents.front())};
}

}  // namespace

std::vector<std::string> inherit(Document& manifest, Files& files, Problems& problems) {
  std::vector<std::string> paths;
  const auto read = [&](const Document& named) {
    auto base = read_inherited(named, files, problems);
    if (base) paths.push_back(base->path);
    return base;
  };
  std::vector<Problem> found;
  import::follow_inherit(manifest, read, found);
  problems.add(std::move(found));
  return paths;
}

}  // namespace leapday::loading
