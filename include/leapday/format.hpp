/// \file format.hpp
/// Output formats as plug-ins.
/// Why: a new format is one file and one line in reports/formats/builtin.inc.
#pragma once

#include <string>
#include <string_view>

namespace leapday {

struct Rehearsal;

struct FormatOptions {
  bool colour = false;
  int width = 100;
  std::string replay_command;  ///< Shown to the reader; empty: made from the rehearsal.
};

/// Writes a rehearsal as one text.
class Format {
 public:
  virtual ~Format() = default;
  /// File name in a run directory: "report.html".
  virtual std::string_view file_name() const = 0;
  virtual std::string write(const Rehearsal& rehearsal, const FormatOptions& options) const = 0;
};

}  // namespace leapday
