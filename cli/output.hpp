/// \file output.hpp
/// Everything the command writes: text, tables, colour and the progress bar.
/// Why: a full disk must be an error, a reader that went away must not be one, and colour and
/// progress belong on terminals only.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/format.hpp"
#include "leapday/problem.hpp"
#include "leapday/verdict.hpp"

namespace leapday::cli {

/// Writes to stdout. A closed pipe is silently ignored from then on; any other failure throws
/// std::system_error (exit code 4).
void print(std::string_view text);
/// Writes to stderr; failures are ignored, there is nobody left to tell.
void print_error(std::string_view text);
/// "leapday: what" and the fix on a line of its own, to stderr.
void complain(std::string_view what, std::string_view fix);
/// Every problem to stderr, in order.
void print_problems(std::span<const Problem> problems);

/// --color and --progress.
enum class When { automatic, always, never };

/// Whether stdout gets colour: on a terminal unless NO_COLOR is set, or as told.
bool use_colour(When when);
FormatOptions format_options(When colour);
/// An outcome, coloured when wanted.
std::string coloured(Outcome outcome, bool colour);
/// Rows in aligned columns, the first row as a heading; widths ignore colour codes.
std::string table(const std::vector<std::vector<std::string>>& rows);
/// "1h15min", "2.5s": as a scenario would say it.
std::string duration_text(std::chrono::nanoseconds value);

/// A bar on stderr that is redrawn in place on terminals; elsewhere one line every tenth.
class ProgressBar {
 public:
  ProgressBar(std::string label, When when);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `share` in [0, 1].
  void update(double share);

 private:
  std::string label_;
  bool shown_;
  bool terminal_;
  int drawn_ = -1;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace leapday::cli
