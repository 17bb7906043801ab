/// \file words.cpp
/// Edit distance, lists and escapes. Why: see leapday/words.hpp.
#include "leapday/words.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace leapday {
namespace {

constexpr std::size_t kLongestWord = 64;  // The distance takes the product of two lengths.
constexpr std::size_t kMostRanked = 200;  // A stranger's file may have a hundred thousand names.

std::string hexadecimal(std::uint32_t value, std::size_t digits, bool upper) {
  const char* const kDigits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  for (; value != 0 || text.size() < digits; value /= 16) text += kDigits[value % 16];
  std::reverse(text.begin(), text.end());
  return text;
}

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array<Range, 11> kFormat{{{0x00AD, 0x00AD},      // soft hyphen
                                         {0x061C, 0x061C},      // Arabic letter mark
                                         {0x115F, 0x1160},      // Hangul fillers
                                         {0x180E, 0x180E},      // Mongolian vowel separator
                                         {0x200B, 0x200F},      // zero width, left-to-right marks
                                         {0x202A, 0x202E},      // embeddings and overrides
                                         {0x2060, 0x206F},      // word joiner, isolates
                                         {0x3164, 0x3164},      // Hangul filler
                                         {0xFEFF, 0xFEFF},      // byte order mark
                                         {0xFFF9, 0xFFFB},      // interlinear annotation
                                         {0xE0000, 0xE007F}}};  // tags

/// The form of the escape that people know from source code.
std::string escape(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  const auto value = static_cast<std::uint32_t>(c);
  if (value < 0x80) return "\\x" + hexadecimal(value, 2, false);
  if (value < 0x10000) return "\\u" + hexadecimal(value, 4, false);
  return "\\U" + hexadecimal(value, 8, false);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment, so that swapped neighbours cost one.
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

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kLongestWord) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    const std::size_t shorter = std::min(candidate.size(), word.size());
    if (longer - shorter >= best_distance) continue;
    const std::size_t d = edit_distance(word, candidate);
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
  if (known.size() > kMostRanked || word.size() > kLongestWord) {
    return "use one of " + listed(known, "or");
  }
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& candidate : known) {
    ranked.emplace_back(edit_distance(word, candidate), candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> words;
  for (auto& [distance, candidate] : ranked) {
    if (std::find(words.begin(), words.end(), candidate) == words.end()) {
      words.push_back(std::move(candidate));
    }
  }
  return "use one of " + listed(words, "or");
}

std::string listed(const std::vector<std::string>& items, std::string_view last_word,
                   std::size_t limit) {
  const std::string between = " " + std::string(last_word) + " ";
  std::string out;
  const std::size_t shown = items.size() > limit ? limit - 1 : items.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == items.size() ? between : std::string(", ");
    out += items[i];
  }
  if (shown < items.size()) out += between + std::to_string(items.size() - shown) + " more";
  return out;
}

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const CodePoint malformed{0xFFFD, 1, false};
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return malformed;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return malformed;
    value = value << 6 | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return malformed;
  return {value, length, true};
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool is_format(char32_t c) {
  return std::any_of(kFormat.begin(), kFormat.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!c.valid) {
      out += "\xEF\xBF\xBD";
    } else if (is_control(c.value) || is_format(c.value)) {
      out += escape(c.value);
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::string code_point_name(char32_t c) {
  return "U+" + hexadecimal(static_cast<std::uint32_t>(c), 4, true);
}

}  // namespace leapday
