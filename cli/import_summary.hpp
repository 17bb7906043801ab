/// \file import_summary.hpp
/// Many files of another tool, each imported alone, and a table of what became of them.
/// Why: before a team moves its manifests over, it asks how much of them is understood.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "leapday/import.hpp"
#include "leapday/registry.hpp"

namespace leapday::cli {

class ImportSummary {
 public:
  ImportSummary(const std::string& kind, const std::vector<ImportSource>& sources,
                const std::vector<ImportSource>& variables, const Registry& registry);

  /// One line for each file and a total.
  std::string table() const;
  /// True when a file could not be imported, or gave no valid scenario.
  bool failed() const { return failed_ > 0; }

 private:
  using Counts = std::array<std::size_t, 4>;
  struct Row {
    std::string file;
    Counts counts{};     ///< By ImportFinding::Fate.
    std::string result;  ///< "2 apps", "nothing to rehearse", or what is wrong and where.
  };
  std::size_t shared_folder() const;
  Row row(const ImportedScenario& imported, const std::string& file, const Registry& registry);

  std::vector<Row> rows_;
  Counts total_{};
  std::size_t scenarios_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace leapday::cli
