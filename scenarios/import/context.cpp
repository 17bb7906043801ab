/// \file context.cpp
/// Reads attributes and the quantities of other tools. Why: see context.hpp.
#include "scenarios/import/context.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "leapday/words.hpp"

namespace leapday::import {
namespace {

std::string_view noun(Document::Kind kind) {
  if (kind == Document::Kind::map) return "map";
  return kind == Document::Kind::sequence ? "list" : "plain value";
}

/// Digits with an optional point at the front of `text`, which loses them.
std::optional<double> take_number(std::string_view& text) {
  std::size_t length = text.find_first_not_of("0123456789.");
  if (length == text.npos) length = text.size();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, value);
  if (error != std::errc() || end != text.data() + length || length == 0) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

}  // namespace

const Document* Context::get(const Document& parent, std::string_view key, Document::Kind kind) {
  const Document* value = parent.find(key);
  if (value == nullptr || value->kind == Document::Kind::null) return nullptr;
  if (value->kind == kind) return value;
  problem(*value, key, fmt::format("is a {}, not a {}", noun(value->kind), noun(kind)),
          fmt::format("write a {}", noun(kind)));
  return nullptr;
}

const Document* Context::map_at(const Document& parent,
                                std::initializer_list<std::string_view> keys) {
  const Document* at = &parent;
  for (const std::string_view key : keys) {
    if (at != nullptr) at = map(*at, key);
  }
  return at;
}

std::string Context::text(const Document& parent, std::string_view key) {
  const Document* value = scalar(parent, key);
  return value == nullptr ? std::string() : value->text;
}

std::optional<std::int64_t> Context::whole(const Document& parent, std::string_view key,
                                           std::int64_t low, std::int64_t high) {
  const Document* value = scalar(parent, key);
  if (value == nullptr) return std::nullopt;
  const auto number = whole_number(value->text);
  if (number && *number >= low && *number <= high) return number;
  problem(*value, key,
          fmt::format("\"{}\" is no whole number from {} to {}", printable(value->text), low, high),
          "write digits only");
  return std::nullopt;
}

void Context::outside(const Document& map, std::initializer_list<std::string_view> keys,
                      const std::string& why) {
  for (const std::string_view key : keys) {
    if (const Document* value = map.find(key)) coverage.outside(*value, why);
  }
}

void Context::unsupported(const Document& map, std::initializer_list<std::string_view> keys,
                          const std::string& why) {
  for (const std::string_view key : keys) {
    if (const Document* value = map.find(key)) coverage.unsupported(*value, why);
  }
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > 15) return {};
  return value;
}

std::optional<double> quantity(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 17> kSuffixes{{{"", 1},
                                                                           {"n", 1e-9},
                                                                           {"u", 1e-6},
                                                                           {"m", 1e-3},
                                                                           {"k", 1e3},
                                                                           {"M", 1e6},
                                                                           {"G", 1e9},
                                                                           {"T", 1e12},
                                                                           {"P", 1e15},
                                                                           {"E", 1e18},
                                                                           {"Ki", 1024},
                                                                           {"Mi", 1048576},
                                                                           {"Gi", 1073741824},
                                                                           {"Ti", 1099511627776},
                                                                           {"Pi", 1125899906842624},
                                                                           {"K", 1e3},
                                                                           {"B", 1}}};
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const auto& [suffix, factor] : kSuffixes) {
    if (text == suffix) return *number * factor;
  }
  if (text.size() < 2 || text.size() > 4 || (text[0] != 'e' && text[0] != 'E')) return {};
  const auto exponent = whole_number(text.substr(text[1] == '+' ? 2 : 1));
  if (!exponent || *exponent > 18 || *exponent < -18) return {};
  return *number * std::pow(10.0, static_cast<double>(*exponent));
}

std::optional<double> go_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};
  double seconds = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto number = take_number(text);
    bool known = false;
    for (const auto& [unit, factor] : kUnits) {
      if (!number || known || !text.starts_with(unit)) continue;
      seconds += *number * factor;
      text.remove_prefix(unit.size());
      known = true;
    }
    if (!known) return std::nullopt;
  }
  return seconds < 1e9 ? std::optional(seconds) : std::nullopt;
}

}  // namespace leapday::import
