/// \file html_page.hpp
/// The parts of the HTML report.
/// Why: text stands in the page itself, readable without a script; only charts need the data.
#pragma once

#include <string>

#include "leapday/format.hpp"
#include "leapday/rehearse.hpp"
#include "leapday/verdict.hpp"
#include "reports/formats/html_text.hpp"

namespace leapday {

/// The run shown in full: its index into the rehearsal's runs is valid, or there was no run.
const Verdict& shown_verdict(const Rehearsal& rehearsal);
/// A word and a sign for an outcome, as a badge.
void write_badge(HtmlWriter& page, Outcome outcome, std::string_view id = {});
/// A moment of the run, with UTC on hover.
void write_time(HtmlWriter& page, const Record& record, SimTime at);

// html_page.cpp: the answer and why.
void write_banner(HtmlWriter& page, const Rehearsal& rehearsal);
void write_tiles(HtmlWriter& page, const Rehearsal& rehearsal);
void write_expectations(HtmlWriter& page, const Rehearsal& rehearsal);
void write_chains(HtmlWriter& page, const Rehearsal& rehearsal);

// html_tables.cpp: what it rests on.
void write_warnings(HtmlWriter& page, const Rehearsal& rehearsal);
void write_outcomes(HtmlWriter& page, const Rehearsal& rehearsal);
void write_cost(HtmlWriter& page, const Rehearsal& rehearsal);
void write_twin(HtmlWriter& page, const Rehearsal& rehearsal);
void write_seeds(HtmlWriter& page, const Rehearsal& rehearsal);
void write_assumptions(HtmlWriter& page, const Rehearsal& rehearsal);
void write_events(HtmlWriter& page, const Rehearsal& rehearsal);
void write_replay(HtmlWriter& page, const Rehearsal& rehearsal, const FormatOptions& options);

// html_data.cpp: what the charts draw, as JSON that may stand inside a script element.
std::string chart_data(const Rehearsal& rehearsal);

}  // namespace leapday
