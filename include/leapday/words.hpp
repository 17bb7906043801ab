/// \file words.hpp
/// Words for messages: the nearest known word to a misspelt one, and text that is safe to show.
/// Why: every stage names a fix in the same form, and no text of a stranger's file may move the
/// cursor, colour the terminal or turn the reading order round.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leapday {

/// How many letters must be added, removed, changed or swapped to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`, or empty when none is near (a third of its letters).
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean shop?", else "use one of a, b or c" with the nearest first, else `otherwise`.
std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise = {});

/// "a, b and c"; beyond `limit` items "a, b and 7 more".
std::string listed(const std::vector<std::string>& items, std::string_view last_word = "and",
                   std::size_t limit = 12);

/// One code point of UTF-8 text. Bytes that are no UTF-8 are code points of their own.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< In bytes, 1 of malformed text.
  bool valid = true;       ///< False of a byte that belongs to no well-formed sequence.
};
/// The first code point of a text that is not empty.
CodePoint first_code_point(std::string_view text);

/// C0 and C1 controls, DEL, line and paragraph separators.
bool is_control(char32_t c);
/// Code points that change how others are shown and are not seen themselves: bidirectional marks,
/// embeddings, overrides and isolates, zero-width characters, byte order marks, tags.
bool is_format(char32_t c);

/// The text with control and format characters as escapes ("\x1b", "\u202e") and malformed bytes
/// as U+FFFD: what a person may be shown of a text that a stranger wrote.
std::string printable(std::string_view text);
/// "U+202E".
std::string code_point_name(char32_t c);

}  // namespace leapday
