/// \file yaml_text.cpp
/// UTF-8 validation and the table of yaml-cpp's messages. Why: see yaml_text.hpp.
#include "scenarios/load/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leapday::loading {
namespace {

/// Length of the valid UTF-8 sequence at the front, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return in(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return in(1, low, high) && in(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return in(1, low, high) && in(2, 0x80, 0xbf) && in(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

struct Remedy {
  std::string_view part;  ///< Of yaml-cpp's message.
  std::string_view message;
  std::string_view fix;
};

constexpr std::array<Remedy, 12> kRemedies{{
    {"illegal map value", "a second \": \" in one line, or a key out of line",
     "quote a value that holds \": \", and align keys of one map"},
    {"illegal tab", "a tab is used for indentation", "indent with spaces"},
    {"end of sequence flow not found", "a list in [ ] is not closed", "add the missing ]"},
    {"end of map flow not found", "a map in { } is not closed", "add the missing }"},
    {"end of map not found", "a key is out of line here", "align the keys of one map"},
    {"end of sequence not found", "a list item is out of line here", "align the items of one list"},
    {"illegal flow end", "a ] or } has no opening bracket", "remove it, or quote the value"},
    {"illegal EOF in scalar", "a quoted text is not closed", "add the missing quote"},
    {"referenced anchor is not defined", "this alias names no anchor",
     "define it before its use, as in &name"},
    {"unknown escape character", "unknown escape sequence in a quoted text",
     "use single quotes, or double the backslash"},
    {"illegal block entry", "a list item cannot stand here", "start the list on its own line"},
    {"illegal map key", "a key cannot stand here", "start the map on its own line"},
}};

/// The column of a tab before the first visible character of a line, or -1.
int tab_in_indentation(std::string_view text, int line) {
  if (line < 0) return -1;
  std::size_t from = 0;
  for (int i = 0; i < line && from != text.npos; ++i) {
    from = text.find('\n', from);
    if (from != text.npos) ++from;
  }
  if (from == text.npos) return -1;
  const std::size_t first = std::min(text.find_first_not_of(" \t", from), text.size());
  const std::size_t tab = text.substr(0, first).find('\t', from);
  return tab == text.npos ? -1 : static_cast<int>(tab - from);
}

}  // namespace

std::optional<Problem> check_bytes(std::string_view text, const std::string& file) {
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const int column = static_cast<int>(i - line_start) + 1;
    if (byte == '\n') {
      ++line;
      line_start = i + 1;
    } else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f) {
      return Problem{{file, line, column},
                     {},
                     fmt::format("control character 0x{:02x}", byte),
                     "remove it; the file must be plain UTF-8 text"};
    }
    const std::size_t length = sequence_length(text.substr(i, 4));
    if (length == 0) {
      return Problem{{file, line, column},
                     {},
                     fmt::format("byte 0x{:02x} is not valid UTF-8", byte),
                     "save the file as UTF-8"};
    }
    i += length;
  }
  return std::nullopt;
}

bool quote_is_closed(std::string_view text, std::size_t from) {
  const char quote = text[from];
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

Problem explain_yaml_error(std::string_view message, int line, int column, std::string_view text,
                           const std::string& file) {
  SourceLocation where{file, 0, 0};
  if (line >= 0) where = {file, line + 1, column + 1};
  if (const int tab = tab_in_indentation(text, line); tab >= 0) {
    return {{file, line + 1, tab + 1},
            {},
            "not valid YAML: a tab is used for indentation",
            "indent with spaces"};
  }
  for (const Remedy& remedy : kRemedies) {
    if (message.find(remedy.part) != message.npos) {
      return {
          where, {}, fmt::format("not valid YAML: {}", remedy.message), std::string(remedy.fix)};
    }
  }
  return {where, {}, fmt::format("not valid YAML: {}", message), "see https://yaml.org"};
}

}  // namespace leapday::loading
