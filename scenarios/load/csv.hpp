/// \file csv.hpp
/// Reads comma-separated values as RFC 4180 has them, row by row, with positions.
/// Why: traces and samples may have millions of rows, so nothing is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/load/problems.hpp"

namespace leapday::loading {

class CsvReader {
 public:
  /// Reads the header; `text` must outlive the reader; problems name `path`.
  CsvReader(std::string_view text, std::string file, std::string path, Problems& problems);

  /// The index of a column; a missing one is a problem at `at`.
  std::optional<std::size_t> column(std::string_view name, const SourceLocation& at);
  const std::vector<std::string>& header() const { return header_; }
  /// The next row that is not blank; false at the end or after a malformed row (a problem).
  bool next();
  const std::string& field(std::size_t index) const { return row_[index]; }
  /// A field as a finite number; otherwise a problem.
  std::optional<double> number(std::size_t index);
  /// Where the current row starts.
  SourceLocation location() const { return {file_, row_line_, 1}; }

 private:
  bool read_row(std::vector<std::string>& row);
  bool read_quoted(std::string& field);

  std::string_view text_;
  std::string file_;
  std::string path_;
  Problems& problems_;
  std::size_t pos_ = 0;
  int line_ = 1;
  int row_line_ = 1;
  std::vector<std::string> header_;
  std::vector<std::string> row_;
};

/// Seconds per unit of a column named "..._ms": by its suffix _s, _ms, _us or _ns.
std::optional<double> column_unit(std::string_view column);

}  // namespace leapday::loading
