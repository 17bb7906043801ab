/// \file html_assets.hpp
/// The script and style that every HTML report carries, embedded at build time.
/// Why: the report opens from a file without any other file or network (see web/embed.cmake).
#pragma once

#include <string_view>

namespace leapday {

extern const std::string_view kPlotScript;    ///< uPlot, minified, with its licence banner.
extern const std::string_view kPlotStyle;     ///< uPlot's style.
extern const std::string_view kReportScript;  ///< web/base.js to web/report.js, as one function.
extern const std::string_view kReportStyle;   ///< web/report.css

}  // namespace leapday
