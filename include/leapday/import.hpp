/// \file import.hpp
/// From other tools' files (Kubernetes objects, Cloud Foundry manifests) to a scenario's text.
/// Why: what a team deploys is written down already; a rehearsal should begin with that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/problem.hpp"

namespace leapday {

/// A text to import; `name` stands for the file in messages.
struct ImportSource {
  std::string name;
  std::string text;
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

struct ImportedScenario {
  std::string text;  ///< The scenario, commented; empty when nothing can be rehearsed.
  std::vector<ImportFinding> coverage;  ///< In the order of the input, no attribute left out.
  std::vector<ImportQuestion> asked;
};

/// "kubernetes" and "cf".
std::vector<std::string> import_kinds();
/// Reads files, folders (their *.yaml, *.yml and *.json in order, not below) and `-` for standard
/// input.
Result<std::vector<ImportSource>> read_import_sources(const std::vector<std::string>& paths);
/// One scenario of all the texts. Every problem is returned; an input that holds nothing to
/// rehearse is no problem, but gives a scenario without text. `variables` are maps of values for
/// a manifest's ((placeholders)), later ones win.
Result<ImportedScenario> import_scenario(std::string_view kind,
                                         const std::vector<ImportSource>& sources,
                                         const std::vector<ImportSource>& variables = {});
/// The coverage and the questions, one line each, for people.
std::string coverage_report(const ImportedScenario& imported);

}  // namespace leapday
