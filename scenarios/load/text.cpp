/// \file text.cpp
/// Quoting, articles, names and keywords. Why: see text.hpp.
#include "scenarios/load/text.hpp"

#include <algorithm>
#include <array>

namespace leapday::loading {
namespace {

constexpr std::size_t kLongestQuote = 80;

}  // namespace

std::string quoted(std::string_view text) {
  const bool cut = text.size() > kLongestQuote;
  if (cut) {
    text = text.substr(0, kLongestQuote - 3);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) {
      text.remove_suffix(1);  // never cut through a UTF-8 sequence
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0U) text.remove_suffix(1);
  }
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return "\"" + printable(out) + (cut ? "...\"" : "\"");
}

std::optional<std::string> hidden_character(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    const bool spacing = c.value == '\n' || c.value == '\t' || c.value == '\r';
    if (!spacing && (is_control(c.value) || is_format(c.value))) return code_point_name(c.value);
    text.remove_prefix(c.length);
  }
  return std::nullopt;
}

std::string with_article(std::string_view noun) {
  const bool vowel =
      !noun.empty() && std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(noun);
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::span<const std::string_view> keywords() {
  static constexpr std::array<std::string_view, 38> kWords{
      "after",   "agents",    "all",        "always", "and",      "baseline", "clients",
      "control", "during",    "eventually", "every",  "except",   "for",      "hosts",
      "in",      "instances", "latency",    "leader", "majority", "minority", "never",
      "newest",  "not",       "of",         "ok",     "oldest",   "or",       "over",
      "regions", "routers",   "to",         "twin",   "until",    "up",       "when",
      "where",   "within",    "zones"};
  return kWords;
}

bool is_keyword(std::string_view word) {
  const auto words = keywords();
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace leapday::loading
