/// \file scalars.cpp
/// Readers of quantities, in exact integer arithmetic where the result is an integer.
/// Why: 0.1s must be 100,000,000 ns on every compiler, and an overflow a message.
#include "scenarios/load/scalars.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

using Int128 = __int128;

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 7> kTimeUnits{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000},
                                          {"ns", 1}}};
constexpr std::array<Unit, 6> kSizeUnits{{{"PiB", std::int64_t{1} << 50},
                                          {"TiB", std::int64_t{1} << 40},
                                          {"GiB", std::int64_t{1} << 30},
                                          {"MiB", std::int64_t{1} << 20},
                                          {"KiB", std::int64_t{1} << 10},
                                          {"B", 1}}};
constexpr std::string_view kTimeUnitNames = "ns, us, ms, s, min, h or d";
constexpr int kMostDigits = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// digits * 10^-scale.
struct Decimal {
  std::int64_t digits = 0;
  int scale = 0;
};

/// Takes "12.50" from the front of `text`; nothing when it does not start with a digit or is too
/// long to be exact.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal decimal;
  std::size_t i = 0;
  int used = 0;
  bool point = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (point || i + 1 == text.size() || !is_digit(text[i + 1]) || i == 0) break;
      point = true;
      continue;
    }
    if (!is_digit(text[i])) break;
    if (used > 0 || text[i] != '0') ++used;
    if (used > kMostDigits) return std::nullopt;
    decimal.digits = decimal.digits * 10 + (text[i] - '0');
    if (point && ++decimal.scale > kMostDigits) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  text.remove_prefix(i);
  return decimal;
}

Int128 power_of_ten(int n) {
  Int128 p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && is_letter(text[i])) ++i;
  const std::string_view letters = text.substr(0, i);
  text.remove_prefix(i);
  return letters;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

ScalarError not_a(std::string_view text, std::string_view what, std::string_view fix) {
  return {fmt::format("{} is not {}", quoted(text), what), std::string(fix)};
}

/// A number that reads as one to a person and that take_decimal() has no room or form for.
std::optional<ScalarError> odd_number(std::string_view text) {
  int used = 0, decimals = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (point) ++decimals;
    if (text[i] == '.') point = true;
    if (is_digit(text[i]) && (used > 0 || text[i] != '0')) ++used;
  }
  const std::size_t digit =
      i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-') ? 2 : 1;
  const bool exponent = i > 0 && i + digit < text.size() && (text[i] == 'e' || text[i] == 'E') &&
                        is_digit(text[i + digit]);
  if (exponent)
    return ScalarError{fmt::format("{} has an exponent", quoted(text)), "write the digits out"};
  if (used > kMostDigits || decimals > kMostDigits) {
    return ScalarError{fmt::format("{} has too many digits", quoted(text)),
                       fmt::format("state at most {}", kMostDigits)};
  }
  return std::nullopt;
}

ScalarError wrong_time_unit(std::string_view text, std::string_view number, std::string_view unit) {
  if (unit.empty()) {
    return {fmt::format("{} has no unit", text), fmt::format("write {}s or {}ms", number, number)};
  }
  if (unit == "m") {
    return {fmt::format("{}: m is not a unit", quoted(text)),
            fmt::format("write {}min for minutes or {}ms for milliseconds", number, number)};
  }
  return {fmt::format("{}: {} is not a unit of time", quoted(text), unit),
          fmt::format("use {}, such as {}s", kTimeUnitNames, number)};
}

constexpr std::int64_t kLongest = kSimEnd.time_since_epoch().count();

std::string_view trim_zeros(std::string& number) {
  if (number.find('.') != std::string::npos) {
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return number;
}

}  // namespace

Scalar<Duration> parse_duration(std::string_view text, bool is_signed) {
  if (auto odd = odd_number(text)) return std::move(*odd);
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && rest.front() == '-') {
    negative = true;
    rest.remove_prefix(1);
    if (!is_signed) return not_a(text, "allowed: it is negative", "durations count from 0 upwards");
  }
  Int128 total = 0;
  std::int64_t last_unit = 0;
  if (rest.empty()) return not_a(text, "a duration", "write a number and a unit, such as 10s");
  while (!rest.empty()) {
    const std::string_view start = rest;
    const std::optional<Decimal> number = take_decimal(rest);
    if (!number) return not_a(text, "a duration", "write a number and a unit, such as 10s");
    const std::string_view digits = start.substr(0, start.size() - rest.size());
    if (!rest.empty() && rest.front() == ' ') {
      return not_a(text, "a duration", "leave no space between the number and its unit");
    }
    const std::string_view name = take_letters(rest);
    const Unit* unit = find_unit(kTimeUnits, name);
    if (unit == nullptr) return wrong_time_unit(text, digits, name);
    if (last_unit != 0 && unit->size >= last_unit) {
      return not_a(text, "a duration", "put larger units first, such as 1h30min");
    }
    last_unit = unit->size;
    const Int128 scaled = Int128{number->digits} * unit->size;
    const Int128 divisor = power_of_ten(number->scale);
    if (scaled % divisor != 0) {
      return ScalarError{fmt::format("{} is finer than a nanosecond", quoted(text)),
                         "round it to whole nanoseconds"};
    }
    total += scaled / divisor;
    if (total > kLongest) {
      return ScalarError{fmt::format("{} is longer than 36 years", quoted(text)),
                         "simulated time ends after 36 years"};
    }
  }
  const auto count = static_cast<std::int64_t>(total);
  return Duration{negative ? -count : count};
}

Scalar<Ratio> parse_percent(std::string_view text, bool above_one) {
  if (auto odd = odd_number(text)) return std::move(*odd);
  std::string_view rest = text;
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) return not_a(text, "a percentage", "write a number and a percent sign, such as 5%");
  if (rest.empty()) {
    const double value = static_cast<double>(number->digits) / std::pow(10.0, number->scale);
    std::string percent = fmt::format("{:g}", value <= 1 ? value * 100 : value);
    return ScalarError{fmt::format("{} has no percent sign", text),
                       fmt::format("write {}%", percent)};
  }
  if (rest != "%")
    return not_a(text, "a percentage", "write a number and a percent sign, such as 5%");
  if (number->scale > 12) {
    return ScalarError{fmt::format("{} has too many digits", quoted(text)),
                       "state at most 12 digits after the point"};
  }
  const auto whole = static_cast<std::int64_t>(power_of_ten(number->scale));
  const Int128 limit = Int128{whole} * (above_one ? 1'000'000 : 100);
  if (number->digits > limit) {
    return ScalarError{fmt::format("{} is more than {}%", text, above_one ? "1000000" : "100"),
                       above_one ? "state a lower one" : "shares lie between 0% and 100%"};
  }
  return Ratio::make(number->digits, whole * 100);
}

Scalar<Rate> parse_rate(std::string_view text) {
  if (auto odd = odd_number(text)) return std::move(*odd);
  std::string_view rest = text;
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) {
    return not_a(text, "a rate", "write a number per unit of time, such as 200/s or 30/min");
  }
  const std::string_view digits = text.substr(0, text.size() - rest.size());
  if (rest.empty()) {
    return ScalarError{fmt::format("{} has no unit", text), fmt::format("write {}/s", digits)};
  }
  if (rest.front() != '/') {
    return not_a(text, "a rate", "write a number per unit of time, such as 200/s or 30/min");
  }
  rest.remove_prefix(1);
  const Unit* unit = find_unit(kTimeUnits, rest);
  if (unit == nullptr) {
    return ScalarError{fmt::format("{}: {} is not a unit of time", quoted(text), quoted(rest)),
                       fmt::format("use /{}, such as {}/s", "ms, /s, /min, /h or /d", digits)};
  }
  const double value = static_cast<double>(number->digits) /
                       static_cast<double>(power_of_ten(number->scale)) * 1e9 /
                       static_cast<double>(unit->size);
  if (value > 1e12)
    return ScalarError{fmt::format("{} is more than 1e12/s", quoted(text)), "state a lower rate"};
  return Rate{value};
}

Scalar<Rate> parse_byte_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Unit* unit = slash == text.npos ? nullptr : find_unit(kTimeUnits, text.substr(slash + 1));
  if (unit == nullptr) {
    return not_a(text, "a size per time", "write a size per unit of time, such as 100MiB/s");
  }
  const Scalar<Bytes> size = parse_bytes(text.substr(0, slash));
  if (!size) return size.error();
  return Rate{static_cast<double>((*size).count) * 1e9 / static_cast<double>(unit->size)};
}

Scalar<Bytes> parse_bytes(std::string_view text) {
  if (auto odd = odd_number(text)) return std::move(*odd);
  std::string_view rest = text;
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) {
    if (!text.empty() && text.front() == '-') {
      return not_a(text, "allowed: it is negative", "sizes count from 0 upwards");
    }
    return not_a(text, "a size", "write a number and a unit, such as 512MiB");
  }
  const std::string_view digits = text.substr(0, text.size() - rest.size());
  if (rest.empty()) {
    return ScalarError{fmt::format("{} has no unit", text),
                       fmt::format("write {}MiB or {}GiB", digits, digits)};
  }
  const Unit* unit = find_unit(kSizeUnits, rest);
  if (unit == nullptr) {
    std::string fix = "use B, KiB, MiB, GiB, TiB or PiB (powers of 1024)";
    constexpr std::string_view kPrefixes = "KkMmGgTtPp";
    if (rest.size() <= 2 && kPrefixes.find(rest.front()) != kPrefixes.npos) {
      const char prefix = static_cast<char>(rest.front() & ~0x20);
      fix = fmt::format("write {}{}iB (powers of 1024)", digits, prefix);
    }
    return ScalarError{fmt::format("{}: {} is not a unit of size", quoted(text), quoted(rest)),
                       fix};
  }
  const Int128 scaled = Int128{number->digits} * unit->size;
  const Int128 divisor = power_of_ten(number->scale);
  if (scaled % divisor != 0) {
    return ScalarError{fmt::format("{} is not a whole number of bytes", quoted(text)),
                       "use a smaller unit"};
  }
  if (scaled / divisor > (Int128{1} << 60)) {
    return ScalarError{fmt::format("{} is more than 1024PiB", quoted(text)),
                       "state a smaller size"};
  }
  return Bytes{static_cast<std::int64_t>(scaled / divisor)};
}

Scalar<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = !text.empty() && text.front() == '-' ? text.substr(1) : text;
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) {
    return not_a(text, "a whole number", "write digits only");
  }
  if (digits.size() > 1 && digits.front() == '0') {
    return ScalarError{fmt::format("{} has a leading zero", text),
                       "leave the zeros out: some YAML readers take them for octal"};
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return ScalarError{fmt::format("{} is too large", quoted(text)), "whole numbers have 63 bits"};
  }
  return value;
}

Scalar<double> parse_number(std::string_view text) {
  const std::string_view digits = !text.empty() && text.front() == '-' ? text.substr(1) : text;
  double value = 0;
  const char* last = text.data() + text.size();
  const bool starts_well = !digits.empty() && is_digit(digits.front());
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc::result_out_of_range) {
    return ScalarError{fmt::format("{} is out of range", quoted(text)),
                       "state a number that a double can hold"};
  }
  if (!starts_well || error != std::errc{} || end != last || !std::isfinite(value)) {
    return not_a(text, "a number", "write a number without a unit, such as 1.5");
  }
  return value;
}

std::string format_duration(Duration value) {
  if (value.count() == 0) return "0s";
  std::string sign = value.count() < 0 ? "-" : "";
  auto count = static_cast<std::uint64_t>(value.count());
  if (value.count() < 0) count = 0 - count;
  std::string out = sign;
  for (const Unit& unit : kTimeUnits) {
    const auto size = static_cast<std::uint64_t>(unit.size);
    if (count >= size) {
      out += fmt::format("{}{}", count / size, unit.name);
      count %= size;
    }
  }
  return out;
}

std::string format_percent(Ratio value) {
  std::string number = fmt::format("{:.12f}", value.value() * 100);
  trim_zeros(number);
  return number + "%";
}

std::string format_rate(Rate value) { return format_number(value.per_second) + "/s"; }

std::string format_byte_rate(Rate value) {
  for (const Unit& unit : kSizeUnits) {
    if (value.per_second >= static_cast<double>(unit.size)) {
      return fmt::format("{:g}{}/s", value.per_second / static_cast<double>(unit.size), unit.name);
    }
  }
  return fmt::format("{:g}B/s", value.per_second);
}

std::string format_bytes(Bytes value) {
  for (const Unit& unit : kSizeUnits) {
    if (value.count >= unit.size && value.count % unit.size == 0) {
      return fmt::format("{}{}", value.count / unit.size, unit.name);
    }
  }
  return fmt::format("{}B", value.count);
}

std::string format_number(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53: whole numbers are written out up to here.
  if (std::floor(value) == value && std::fabs(value) <= kExact) return fmt::format("{:.0f}", value);
  return fmt::format("{:.15g}", value);
}

}  // namespace leapday::loading
