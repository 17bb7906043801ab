/// \file import.hpp
/// From other tools' files (Kubernetes objects, Cloud Foundry manifests) to a scenario's text.
/// Why: what a team deploys is written down already; a rehearsal should begin with that.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/problem.hpp"

namespace leapday {

/// A text to import; `name` stands for the file in messages.
struct ImportSource {
  std::string name;
  std::string text;
  /// Where files that it names are, "" for here; without one it may name none.
  std::optional<std::string> folder = std::nullopt;
};

/// What became of one attribute of the input.
struct ImportFinding {
  enum class Fate {
    mapped,        ///< The scenario says the same.
    approximated,  ///< The scenario says something near; `note` tells how it differs.
    unsupported,   ///< It would matter, but the model has nothing like it; `note` tells why.
    outside        ///< No part of a rehearsal, such as an image's name.
  };
  SourceLocation at;
  Fate fate = Fate::unsupported;
  std::string path;  ///< "Deployment/shop spec.replicas".
  std::string note;  ///< "apps.shop.instances: 3".
};
std::string_view to_string(ImportFinding::Fate fate);

/// What the input cannot say: the key, what stands there now, and what it means.
struct ImportQuestion {
  std::string key;
  std::string assumed;
  std::string why;
};

/// Where the input states what stands under a key of the scenario.
struct ImportOrigin {
  std::string path;  ///< "apps.shop.instances".
  SourceLocation at;
};

struct ImportedScenario {
  std::string text;  ///< The scenario, commented; empty when nothing can be rehearsed.
  std::vector<ImportFinding> coverage;  ///< In the order of the input, no attribute left out.
  bool compared = false;                ///< `changes` tell two versions apart.
  std::vector<ImportFinding> changes;   ///< What differs, in the order of the newer files.
  std::vector<ImportQuestion> asked;
  std::vector<ImportOrigin> origins;
};

/// "kubernetes" and "cf".
std::vector<std::string> import_kinds();
/// True for a kind whose files may have ((placeholders)), and so take variables.
bool import_takes_variables(std::string_view kind);
/// Reads files, folders (their *.yaml, *.yml and *.json in order, not below) and `-` for standard
/// input.
Result<std::vector<ImportSource>> read_import_sources(const std::vector<std::string>& paths);
/// One scenario of all the texts. Every problem is returned; an input that holds nothing to
/// rehearse is no problem, but gives a scenario without text. `variables` are maps of values for
/// a manifest's ((placeholders)), later ones win.
Result<ImportedScenario> import_scenario(std::string_view kind,
                                         const std::vector<ImportSource>& sources,
                                         const std::vector<ImportSource>& variables = {});
/// The scenario of the sources, in which every app that differs in `newer` is rolled out: its next
/// release has what a release can change, `changes` tell what became of each difference.
Result<ImportedScenario> import_difference(std::string_view kind,
                                           const std::vector<ImportSource>& sources,
                                           const std::vector<ImportSource>& newer,
                                           const std::vector<ImportSource>& variables = {});
/// Problems of the scenario's text, at the places of the input that they come from; at `otherwise`,
/// a file, where the input does not state what they are about.
std::vector<Problem> at_sources(const ImportedScenario& imported, std::vector<Problem> problems,
                                const std::string& otherwise);
/// The coverage and the questions, one line each, for people.
std::string coverage_report(const ImportedScenario& imported);

}  // namespace leapday
