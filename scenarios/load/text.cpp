/// \file text.cpp
/// Quoting, listing and edit distance. Why: see text.hpp.
#include "scenarios/load/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leapday::loading {
namespace {

constexpr std::size_t kLongestQuote = 80;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Optimal string alignment distance, so that swapped neighbours cost one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t swap = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + swap});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

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
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (cut ? "...\"" : "\"");
}

std::string listed(const std::vector<std::string>& items, std::string_view last_word,
                   std::size_t limit) {
  std::string out;
  const std::size_t shown = items.size() > limit ? limit - 1 : items.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == items.size() ? fmt::format(" {} ", last_word) : std::string(", ");
    out += items[i];
  }
  if (shown < items.size()) out += fmt::format(" {} {} more", last_word, items.size() - shown);
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    const std::size_t shorter = std::min(candidate.size(), word.size());
    if (longer - shorter >= best_distance) continue;
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise) {
  const std::string near = nearest(word, known);
  if (!near.empty()) return "did you mean " + near + "?";
  if (known.empty()) return std::string(otherwise);
  if (known.size() == 1) return "use " + known.front();
  return "use one of " + listed(known, "or");
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
