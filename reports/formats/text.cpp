/// \file text.cpp
/// Numbers and names as text.
#include "reports/formats/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "leapday/words.hpp"

namespace leapday::text {

namespace {

std::string trimmed(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits == "-0" ? "0" : digits;
}

/// Four significant digits without an exponent.
std::string significant(double value) {
  const double size = std::fabs(value);
  if (!std::isfinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 100) return trimmed(fmt::format("{:.1f}", value));
  if (size >= 10) return trimmed(fmt::format("{:.2f}", value));
  if (size >= 0.001 || size == 0) return trimmed(fmt::format("{:.3f}", value));
  return trimmed(fmt::format("{:.9f}", value));
}

/// Minutes and more, as the scenario language writes them.
std::string long_duration(double seconds) {
  const double whole = std::floor(seconds / 60);
  const std::string rest = trimmed(fmt::format("{:.1f}", seconds - whole * 60));
  if (rest == "60") return long_duration(whole * 60 + 60);
  const auto minutes = static_cast<std::int64_t>(whole);
  std::string out;
  if (minutes >= 60) out += fmt::format("{}h", minutes / 60);
  if (minutes % 60 != 0 || (minutes >= 60 && rest != "0")) {
    out += fmt::format("{}min", minutes % 60);
  }
  if (rest != "0") out += rest + "s";
  return out;
}

}  // namespace

std::string duration(double seconds) {
  const double size = std::fabs(seconds);
  if (!std::isfinite(seconds)) return significant(seconds) + " s";
  if (size >= 120) return (seconds < 0 ? "-" : "") + long_duration(size);
  if (size >= 0.9999995 || size == 0) return significant(seconds) + " s";
  if (size >= 0.9999995e-3) return significant(seconds * 1e3) + " ms";
  if (size >= 0.9999995e-6) return significant(seconds * 1e6) + " us";
  return significant(seconds * 1e9) + " ns";
}

std::string duration(Duration value) { return duration(static_cast<double>(value.count()) / 1e9); }

std::string count(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string share(double value) { return quantity(value, "%"); }

std::string number(double value) {
  if (std::isfinite(value) && value == std::floor(value) && std::fabs(value) < 1e15) {
    const auto size = static_cast<std::uint64_t>(std::fabs(value));
    return (value < 0 ? "-" : "") + count(size);
  }
  return significant(value);
}

std::string quantity(double value, std::string_view unit) {
  if (unit == "s") return duration(value);
  if (unit == "%") return trimmed(fmt::format("{:.4f}", value * 100)) + " %";
  if (unit == "/s") return number(value) + " /s";
  if (unit == "B") {
    static constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t step = 0;
    while (std::fabs(value) >= 1024 && step + 1 < kUnits.size()) {
      value /= 1024;
      ++step;
    }
    return fmt::format("{} {}", significant(value), kUnits[step]);
  }
  return number(value);
}

std::string signed_quantity(double value, std::string_view unit) {
  return (value > 0 ? "+" : "") + quantity(value, unit);
}

std::string instant(SimTime at) {
  const std::int64_t total = at.time_since_epoch().count();
  const std::int64_t size = total < 0 ? -total : total;
  const std::int64_t seconds = size / 1'000'000'000;
  std::string out = fmt::format("{}{}:{:02}:{:02}", total < 0 ? "-" : "", seconds / 3600,
                                seconds / 60 % 60, seconds % 60);
  if (const std::int64_t rest = size % 1'000'000'000; rest != 0) {
    out += trimmed(fmt::format(".{:09}", rest));
  }
  return out;
}

std::string wall(WallTime at) {
  // Days since 1970 to a civil date (proleptic Gregorian), after Hinnant's public algorithm.
  std::int64_t day = at.seconds / 86400;
  std::int64_t second = at.seconds % 86400;
  if (second < 0) {
    second += 86400;
    --day;
  }
  const std::int64_t z = day + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const std::int64_t doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  const std::int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, doy - (153 * mp + 2) / 5 + 1,
                  second / 3600, second / 60 % 60, second % 60);
  if (at.nanoseconds != 0) out += trimmed(fmt::format(".{:09}", at.nanoseconds));
  return out + "Z";
}

std::string wall(WallTime start, SimTime at) { return wall(start + at.time_since_epoch()); }

std::string_view unit_name(Quantity::Kind kind) {
  switch (kind) {
    case Quantity::Kind::duration:
      return "s";
    case Quantity::Kind::percent:
      return "%";
    case Quantity::Kind::rate:
      return "/s";
    case Quantity::Kind::size:
      return "B";
    case Quantity::Kind::number:
      return "";
  }
  return "";
}

std::string_view sign_of(CompareOp op) {
  switch (op) {
    case CompareOp::le:
      return "<=";
    case CompareOp::lt:
      return "<";
    case CompareOp::ge:
      return ">=";
    case CompareOp::gt:
      return ">";
    case CompareOp::eq:
      return "==";
    case CompareOp::ne:
      return "!=";
  }
  return "";
}

std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (is_control(c.value)) {
      out += ' ';
    } else {
      out += printable(text.substr(0, c.length));
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t end = 0;
  for (std::size_t seen = 0; seen + 1 < width; ++seen)
    end += first_code_point(text.substr(end)).length;
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

}  // namespace leapday::text
