/// \file yaml_text.hpp
/// What can be said of the bytes before parsing, and of the parser's own complaints after.
/// Why: yaml-cpp takes byte 0x04 for the end of the file, and its messages name no remedy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "leapday/problem.hpp"

namespace leapday::loading {

/// The first byte that is no valid UTF-8 or a control character.
std::optional<Problem> check_bytes(std::string_view text, const std::string& file);
/// A yaml-cpp message in our words; line and column count from 0, negative when unknown.
Problem explain_yaml_error(std::string_view message, int line, int column, std::string_view text,
                           const std::string& file);
/// False when the quoted scalar that starts at `from` is not closed before the end of the text:
/// yaml-cpp takes it as closed when the text ends with a line break.
bool quote_is_closed(std::string_view text, std::size_t from);

}  // namespace leapday::loading
