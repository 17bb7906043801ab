/// \file traces.hpp
/// Recorded requests: CSV files and web servers' access logs.
/// Why: read once when loading, so that a bad file is a message and not a surprise in the run.
#pragma once

#include <string>
#include <string_view>

#include "leapday/document.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Fills the rows of every load that has a trace.
void read_traces(Scenario& scenario, const Document& sections, Files& files, Problems& problems);

/// Index of the endpoint whose pattern fits best (most characters that are no wildcard), or -1.
std::int32_t match_endpoint(const NamedMap<Endpoint>& endpoints, std::string_view method,
                            std::string_view path);

/// One line of an access log in common or combined format.
struct LogLine {
  std::int64_t second = 0;  ///< Since 1970, UTC.
  std::string_view method;
  std::string_view path;  ///< Without the query.
};
/// False when the line is in neither format.
bool parse_log_line(std::string_view line, LogLine& out);

}  // namespace leapday::loading
