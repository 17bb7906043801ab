/// \file import_summary.cpp
/// Imports file by file and lays out the table. Why: see import_summary.hpp.
#include "import_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "leapday/load.hpp"
#include "leapday/words.hpp"

namespace leapday::cli {
namespace {

/// Where and what; the first of several problems.
std::string told(const Problem& problem, const std::string& row) {
  std::string at = problem.at.file == row ? "" : printable(problem.at.file) + ":";
  at += fmt::format("{}:{}", problem.at.line, problem.at.column);
  const std::string path = problem.path.empty() ? "" : printable(problem.path) + ": ";
  return fmt::format("failed at {}: {}{}", at, path, printable(problem.message));
}

}  // namespace

ImportSummary::ImportSummary(const std::string& kind, const std::vector<ImportSource>& sources,
                             const std::vector<ImportSource>& variables, const Registry& registry) {
  for (const ImportSource& source : sources) {
    const auto imported = import_scenario(kind, {source}, variables);
    if (imported) {
      rows_.push_back(row(*imported, source.name, registry));
    } else {
      ++failed_;
      rows_.push_back({source.name, {}, told(imported.problems().front(), source.name)});
    }
  }
}

ImportSummary::Row ImportSummary::row(const ImportedScenario& imported, const std::string& file,
                                      const Registry& registry) {
  Row row{file, {}, "nothing to rehearse"};
  for (const ImportFinding& finding : imported.coverage) {
    ++row.counts.at(static_cast<std::size_t>(finding.fate));
    ++total_.at(static_cast<std::size_t>(finding.fate));
  }
  if (imported.text.empty()) return row;
  const auto scenario = load_text(imported.text, file, "", registry);
  if (!scenario) {
    ++failed_;
    row.result = told(at_sources(imported, scenario.problems(), file).front(), file);
    return row;
  }
  ++scenarios_;
  const std::size_t apps = scenario->cells.front().apps.size();
  row.result = fmt::format("{} app{}", apps, apps == 1 ? "" : "s");
  return row;
}

/// The folder that all files are in, which no row repeats.
std::size_t ImportSummary::shared_folder() const {
  const std::string& first = rows_.front().file;
  std::size_t length = first.rfind('/') + 1;  // npos + 1 is none
  for (const Row& row : rows_) {
    while (length > 0 && !row.file.starts_with(std::string_view(first).substr(0, length))) {
      length = length < 2 ? 0 : first.rfind('/', length - 2) + 1;
    }
  }
  return length;
}

std::string ImportSummary::table() const {
  if (rows_.empty()) return {};
  const std::size_t from = shared_folder();
  const auto shown = [&](const Row& row) { return printable(row.file.substr(from)); };
  std::size_t width = std::string_view("999 files").size();
  for (const Row& row : rows_) width = std::max(width, shown(row).size());
  const auto line = [&](const std::string& file, const auto&... cells) {
    return fmt::format("{:<{}}  {:>6}  {:>12}  {:>11}  {:>7}  {}\n", file, width, cells...);
  };
  std::string text = line("file", "mapped", "approximated", "unsupported", "outside", "result");
  for (const Row& row : rows_) {
    if (row.result.starts_with("failed")) {
      text += line(shown(row), "-", "-", "-", "-", row.result);
    } else {
      const Counts& n = row.counts;
      text += line(shown(row), n[0], n[1], n[2], n[3], row.result);
    }
  }
  const std::string all = fmt::format("{} file{}", rows_.size(), rows_.size() == 1 ? "" : "s");
  const std::string result =
      fmt::format("{} scenario{}, {} with nothing to rehearse, {} failed", scenarios_,
                  scenarios_ == 1 ? "" : "s", rows_.size() - scenarios_ - failed_, failed_);
  return text + line(all, total_[0], total_[1], total_[2], total_[3], result);
}

}  // namespace leapday::cli
