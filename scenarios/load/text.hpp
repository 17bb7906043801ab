/// \file text.hpp
/// Words for messages: quoting, listing, and the nearest known name to a misspelt one.
/// Why: every problem names a fix in the same form.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leapday::loading {

/// In double quotes; long or unprintable text is shortened and escaped.
std::string quoted(std::string_view text);
/// "a, b and c"; beyond `limit` items "a, b and 7 more".
std::string listed(const std::vector<std::string>& items, std::string_view last_word = "and",
                   std::size_t limit = 12);
/// The known word nearest to `word`, or empty when none is near (a third of its letters).
std::string nearest(std::string_view word, const std::vector<std::string>& known);
/// "use shop", else "use one of a, b or c", else `otherwise`.
std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise = {});

/// "an app", "a load".
std::string with_article(std::string_view noun);

/// A letter, then letters, digits, _ and -.
bool is_name(std::string_view text);
/// Words that expressions give a meaning to; nothing may be named so.
std::span<const std::string_view> keywords();
bool is_keyword(std::string_view word);

}  // namespace leapday::loading
