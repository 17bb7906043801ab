/// \file html_text.hpp
/// Writing HTML from hostile text, and values as a person reads them.
/// Why: names come from scenario files, which anybody may have written; escaping is the default and
/// unescaped text must be asked for.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "leapday/time.hpp"

namespace leapday {

/// Valid UTF-8 in which control characters and those that hide or reorder text (bidirectional
/// overrides) stand as their numbers.
std::string visible_text(std::string_view text);
/// Visible text for element content and quoted attributes.
std::string html_escape(std::string_view text);

/// JSON that may stand inside a script element: no '<', '>' or '&', only ASCII.
std::string script_safe(std::string json);

/// Grouped by thousands: 1,234,567.
std::string count_text(std::uint64_t count);
/// Sixteen hexadecimal digits, as trace hashes are written.
std::string hex_text(std::uint64_t value);
/// Elapsed time: "20:05", "1:15:00", "0:07.250".
std::string elapsed_text(SimTime at);
/// UTC of an instant: "2012-02-28 23:50:05Z".
std::string utc_text(WallTime start, SimTime at);
/// A span of time: "800 ms", "12.5 s", "45 min", "2 h 5 min".
std::string span_text(double seconds);
/// A value in base units: "s", "%" of a share, "/s", "B" or "".
std::string value_text(double value, std::string_view unit);

/// Grows a page piece by piece.
class HtmlWriter {
 public:
  /// Markup that is already safe.
  struct Raw {
    std::string_view text;
  };
  /// What may fill a gap: text is escaped, counts are grouped.
  class Piece {
   public:
    Piece(std::string_view text) : text_(html_escape(text)) {}         // NOLINT
    Piece(const std::string& text) : Piece(std::string_view(text)) {}  // NOLINT
    Piece(const char* text) : Piece(std::string_view(text)) {}         // NOLINT
    Piece(Raw raw) : text_(raw.text) {}                                // NOLINT
    Piece(std::unsigned_integral auto n) : text_(count_text(n)) {}     // NOLINT
    const std::string& text() const { return text_; }

   private:
    std::string text_;
  };

  /// Appends a pattern, its {} filled in order; their number must match.
  HtmlWriter& add(std::string_view pattern, std::initializer_list<Piece> pieces = {});
  std::string take() { return std::move(page_); }

 private:
  std::string page_;
};

}  // namespace leapday
