/// \file text.hpp
/// Words for the loader's messages: quoting, and what may be a name. More are in leapday/words.hpp.
/// Why: every problem names a fix in the same form.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/words.hpp"

namespace leapday::loading {

/// In double quotes; long or unprintable text is shortened and escaped.
std::string quoted(std::string_view text);
/// Without these std::quoted wins by argument-dependent look-up wherever <iomanip> is known, which
/// in unity builds depends on the neighbours.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }
/// "U+202E" of the first control or format character in a text that may have neither; line breaks
/// and tabs are allowed.
std::optional<std::string> hidden_character(std::string_view text);

/// "an app", "a load".
std::string with_article(std::string_view noun);

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// A letter, then letters, digits, _ and -.
bool is_name(std::string_view text);
/// Words that expressions give a meaning to; nothing may be named so.
std::span<const std::string_view> keywords();
bool is_keyword(std::string_view word);

}  // namespace leapday::loading
