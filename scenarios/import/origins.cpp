/// \file origins.cpp
/// Collects places and moves problems to them. Why: see origins.hpp.
#include "scenarios/import/origins.hpp"

namespace leapday {
namespace import {
namespace {

void collect(const Line& line, const std::string& path, std::vector<ImportOrigin>& out) {
  for (const Line& below : line.below) {
    const std::string own = path.empty() ? below.key : path + "." + below.key;
    if (!below.from.file.empty()) out.push_back({own, below.from});
    collect(below, own, out);
  }
}

}  // namespace

std::vector<ImportOrigin> origins_of(const Line& root) {
  std::vector<ImportOrigin> out;
  collect(root, {}, out);
  return out;
}

}  // namespace import

std::vector<Problem> at_sources(const ImportedScenario& imported, std::vector<Problem> problems,
                                const std::string& otherwise) {
  for (Problem& problem : problems) {
    const ImportOrigin* nearest = nullptr;
    for (const ImportOrigin& origin : imported.origins) {
      const bool above =
          problem.path.starts_with(origin.path) &&
          (problem.path.size() == origin.path.size() || problem.path[origin.path.size()] == '.' ||
           problem.path[origin.path.size()] == '[');
      if (above && (nearest == nullptr || origin.path.size() > nearest->path.size())) {
        nearest = &origin;
      }
    }
    problem.at = nearest != nullptr ? nearest->at : SourceLocation{otherwise, 0, 0};
  }
  return problems;
}

}  // namespace leapday
