/// \file text.hpp
/// How numbers, instants and names read in reports.
/// Why: one form everywhere, whatever the locale, and no name from a file can break a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leapday/expression.hpp"
#include "leapday/time.hpp"

namespace leapday::text {

/// "812.3 ms", "1.25 s", "75min", "2h0min5s".
std::string duration(double seconds);
std::string duration(Duration value);
/// "1,234,567".
std::string count(std::uint64_t value);
/// "99.95 %" of a share; enough digits to tell 99.8999 from 99.9.
std::string share(double share);
/// Four significant digits, no exponent: "1.094", "400".
std::string number(double value);
/// A value in base units, shown in `unit` as ExpectationVerdict has it: "s", "%", "/s", "B" or "".
std::string quantity(double value, std::string_view unit);
/// As `quantity`, with a sign: "+0.05 %", "-12 ms".
std::string signed_quantity(double value, std::string_view unit);

/// Since t=0: "1:15:00", "0:00:12.25", "-0:00:30".
std::string instant(SimTime at);
/// True UTC: "2012-02-29T01:15:00Z".
std::string wall(WallTime at);
std::string wall(WallTime start, SimTime at);

/// The unit that ExpectationVerdict has for a metric's kind of value.
std::string_view unit_name(Quantity::Kind kind);
/// "<=", "<", ...
std::string_view sign_of(CompareOp op);

/// Valid UTF-8 that is shown as it stands: malformed bytes become U+FFFD, control characters a
/// space, and characters that are not seen but change what is (U+202E) their escape.
std::string clean(std::string_view text);
/// Columns of a terminal that clean text takes, one per code point.
std::size_t columns(std::string_view text);
/// Cut to `width` columns, ending in an ellipsis, never inside a code point.
std::string cut(std::string_view text, std::size_t width);
/// Padded with spaces to `width` columns; longer text stays as it is.
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

}  // namespace leapday::text
