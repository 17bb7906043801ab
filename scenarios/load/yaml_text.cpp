/// \file yaml_text.cpp
/// UTF-8 validation and the table of yaml-cpp's messages. Why: see yaml_text.hpp.
#include "scenarios/load/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "leapday/words.hpp"

namespace leapday::loading {
namespace {

struct Remedy {
  std::string_view part;  ///< Of yaml-cpp's message.
  std::string_view message;
  std::string_view fix;
};

constexpr std::array<Remedy, 14> kRemedies{{
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
    {"unknown token", "a value cannot begin with this character", "quote the value"},
    {"bad character found while scanning hex number", "a \\x, \\u or \\U needs more digits",
     "write \\x41, \\u0041 or \\U00000041, or use single quotes"},
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
    }
    const CodePoint c = first_code_point(text.substr(i, 4));
    if (!c.valid) {
      return Problem{{file, line, column},
                     {},
                     fmt::format("byte 0x{:02x} is not valid UTF-8", byte),
                     "save the file as UTF-8"};
    }
    if (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) {
      return Problem{{file, line, column},
                     {},
                     "a carriage return without a line feed",
                     "save the file with line endings of Unix or Windows"};
    }
    constexpr char32_t kNextLine = 0x85;  // YAML 1.2 has it among the printable ones.
    const bool separator = c.value == '\n' || c.value == '\t' || c.value == '\r' ||
                           c.value == kNextLine || c.value >= 0x2028;
    if (is_control(c.value) && !separator) {
      return Problem{{file, line, column},
                     {},
                     fmt::format("control character 0x{:02x}", static_cast<std::uint32_t>(c.value)),
                     "remove it; the file must be plain UTF-8 text"};
    }
    const std::size_t length = c.length;
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
