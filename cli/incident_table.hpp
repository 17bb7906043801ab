/// \file incident_table.hpp
/// What was published of incidents beside what was simulated, as one table.
/// Why: it is how a reader decides whether to believe a rehearsal of what has not happened yet.
#pragma once

#include <string>
#include <vector>

#include "leapday/rehearse.hpp"

namespace leapday::cli {

class IncidentTable {
 public:
  /// Of a scenario with an incident; others are left out. False for those.
  bool add(const std::string& file, const Rehearsal& rehearsal);
  bool empty() const { return entries_.empty(); }
  /// By date, each incident before what would have prevented it.
  std::string text(bool colour) const;

 private:
  struct Line {
    std::string expectation, published, simulated;
    Outcome outcome = Outcome::inconclusive;
  };
  struct Entry {
    WallTime date;
    std::string name, instead;
    std::vector<Line> lines;
  };
  std::vector<Entry> entries_;
};

}  // namespace leapday::cli
