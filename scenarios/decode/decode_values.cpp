/// \file decode_values.cpp
/// One function per kind of value. Why: see decoder.hpp.
#include <fmt/format.h>

#include <array>

#include "scenarios/decode/decoder.hpp"
#include "scenarios/expressions/parse.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

/// " (from $peak)" when a variable supplied the value: the reader must look there.
std::string from_variable(const Document& node) {
  return node.from_variable.empty() ? "" : fmt::format(" (from ${})", node.from_variable);
}

bool is_yaml_bool(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords{"yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const std::string_view word : kWords) {
    if (lower == word) return true;
  }
  return lower == "true" || lower == "false";
}

Scalar<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return ScalarError{fmt::format("{} is neither true nor false", quoted(text)),
                     is_yaml_bool(text) ? "YAML readers disagree about it: write true or false"
                                        : "write true or false"};
}

}  // namespace

template <class T, class Parse>
void Decoder::scalar(const Field& field, T& target, const std::string& current,
                     std::string_view what, Parse parse) {
  const auto taken = take(field, current);
  if (!taken) return;
  const Document& node = *taken->node;
  if (node.kind != Document::Kind::scalar) return wrong_kind(field, node, what);
  const auto value = parse(std::string_view(node.text));
  if (!value) {
    return problem(field, node.at, value.error().message + from_variable(node), value.error().fix);
  }
  target = *value;
  record(field, *taken, node.text);
}

template <class T>
void Decoder::bounded(const Field& field, T& target, Bounds bounds, std::string_view what,
                      Scalar<T> (*parse)(std::string_view)) {
  scalar(field, target, format_number(static_cast<double>(target)), what,
         [&](std::string_view text) -> Scalar<T> {
           Scalar<T> value = parse(text);
           if (!value) return value;
           const auto number = static_cast<double>(*value);
           if (number >= bounds.low && number <= bounds.high) return value;
           return ScalarError{fmt::format("{} is out of range", text),
                              fmt::format("it lies between {} and {}", format_number(bounds.low),
                                          format_number(bounds.high))};
         });
}

void Decoder::value(const Field& field, bool& target) {
  scalar(field, target, target ? "true" : "false", "true or false", parse_bool);
}
void Decoder::value(const Field& field, std::int64_t& target, Bounds bounds) {
  bounded(field, target, bounds, "a whole number", parse_integer);
}
void Decoder::value(const Field& field, double& target, Bounds bounds) {
  bounded(field, target, bounds, "a number", parse_number);
}
void Decoder::value(const Field& field, std::string& target) {
  scalar(field, target, target, "a text", [](std::string_view text) -> Scalar<std::string> {
    if (text.empty()) return ScalarError{"is empty", "give it a value or remove the key"};
    if (const auto hidden = hidden_character(text)) {
      return ScalarError{fmt::format("{} holds {}", quoted(text), *hidden),
                         "remove it: it is not seen, but changes how the text is shown"};
    }
    return std::string(text);
  });
}
void Decoder::value(const Field& field, Duration& target) {
  scalar(field, target, format_duration(target), "a duration",
         [&](std::string_view text) { return parse_duration(text, field.is_signed); });
}
void Decoder::value(const Field& field, Ratio& target) {
  scalar(field, target, format_percent(target), "a percentage",
         [&](std::string_view text) { return parse_percent(text, field.above_one); });
}
void Decoder::value(const Field& field, Rate& target) {
  scalar(field, target, field.is_bytes ? "unlimited" : format_rate(target),
         field.is_bytes ? "a size per time" : "a rate", [&](std::string_view text) {
           return field.is_bytes ? parse_byte_rate(text) : parse_rate(text);
         });
}
void Decoder::value(const Field& field, Bytes& target) {
  scalar(field, target, format_bytes(target), "a size", parse_bytes);
}
void Decoder::value(const Field& field, WallTime& target) {
  scalar(field, target, format_timestamp(target), "a timestamp", parse_timestamp);
}

template <class T, class Parse>
void Decoder::expression(const Field& field, T& target, std::string_view what, Parse parse) {
  const auto taken = take(field, {});
  if (!taken) return;
  const Document& node = *taken->node;
  if (node.kind != Document::Kind::scalar) return wrong_kind(field, node, what);
  SourceLocation start = node.at;
  if (node.quoted && start.column > 0) ++start.column;
  Result<T> result = parse(node.text, start);
  if (result) {
    target = std::move(result).value();
    record(field, *taken, node.text);
    return;
  }
  for (const Problem& p : result.problems()) {
    // A substituted text is not the one in the file: its columns would mislead.
    const bool moved = !node.from_variable.empty();
    problem(field, moved ? node.at : p.at,
            p.message + (moved ? fmt::format(" in {}", quoted(node.text)) : ""), p.fix);
  }
}

void Decoder::value(const Field& field, At& target) {
  expression(field, target, "a time, an anchor or a condition", parse_at);
}
void Decoder::value(const Field& field, TargetExpression& target) {
  expression(field, target, "a target", parse_target);
}
void Decoder::value(const Field& field, Condition& target) {
  expression(field, target, "a condition", parse_condition);
}
void Decoder::value(const Field& field, Expectation& target) {
  expression(field, target, "an expectation", parse_expectation);
}
void Decoder::value(const Field& field, GoodRequest& target) {
  expression(field, target, "a promise such as ok and latency < 300ms", parse_good);
}

}  // namespace leapday::loading
