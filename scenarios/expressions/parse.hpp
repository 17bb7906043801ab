/// \file parse.hpp
/// The scenario language's expressions: text to syntax trees (grammar in docs/language.md).
/// Why: each error names its column; nothing here knows which names exist.
#pragma once

#include <string_view>

#include "leapday/expression.hpp"
#include "leapday/problem.hpp"

namespace leapday::loading {

/// `at` is where the first character stands; problems count columns from it. One problem at most.
Result<At> parse_at(std::string_view text, const SourceLocation& at);
Result<TargetExpression> parse_target(std::string_view text, const SourceLocation& at);
Result<Condition> parse_condition(std::string_view text, const SourceLocation& at);
Result<Expectation> parse_expectation(std::string_view text, const SourceLocation& at);
Result<GoodRequest> parse_good(std::string_view text, const SourceLocation& at);
Result<Entity> parse_entity(std::string_view text, const SourceLocation& at);

}  // namespace leapday::loading
