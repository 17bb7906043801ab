/// \file html_text.cpp
/// Escaping and number formats of the HTML report.
#include "reports/formats/html_text.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace leapday {
namespace {

/// Length of the UTF-8 sequence at the start of `text`, with its code point; 0 when it is not one.
std::size_t decode(std::string_view text, std::uint32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  point = first;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  point = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    point = point << 6 | (byte(i) & 0x3FU);
  }
  static constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  return point < kLeast[length] || surrogate || point > 0x10FFFF ? 0 : length;
}

/// True of characters that would hide or reorder the text around them.
bool is_deceptive(std::uint32_t point) {
  return (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7F && point < 0xA0) ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

/// `digits` decimals, trailing zeros dropped.
std::string trimmed(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

/// Three or four digits that matter.
std::string brief(double value) {
  const double size = std::fabs(value);
  return trimmed(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4);
}

std::string bytes_text(double bytes) {
  static constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (std::fabs(bytes) >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return brief(bytes) + " " + std::string(kUnits[unit]);
}

}  // namespace

std::string visible_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t point = 0;
    const std::size_t length = decode(text, point);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (is_deceptive(point)) {
      out += fmt::format("\xE2\x9F\xA8U+{:04X}\xE2\x9F\xA9", point);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : visible_text(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string script_safe(std::string json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    switch (c) {  // These stand inside JSON strings only, where an escape means the same.
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string hex_text(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::string elapsed_text(SimTime at) {
  std::int64_t ns = at.time_since_epoch().count();
  const std::string sign = ns < 0 ? "-" : "";
  if (ns < 0) ns = -ns;
  const std::int64_t ms = ns / 1'000'000 % 1000;
  const std::int64_t s = ns / 1'000'000'000;
  const std::string fraction = ms == 0 ? "" : fmt::format(".{:03}", ms);
  if (s >= 3600) {
    return fmt::format("{}{}:{:02}:{:02}{}", sign, s / 3600, s / 60 % 60, s % 60, fraction);
  }
  return fmt::format("{}{}:{:02}{}", sign, s / 60, s % 60, fraction);
}

std::string utc_text(WallTime start, SimTime at) {
  using std::chrono::days;
  const std::int64_t seconds = (start + at.time_since_epoch()).seconds;
  std::int64_t day = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --day;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{days{static_cast<days::rep>(day)}}};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / 3600, rest / 60 % 60, rest % 60);
}

std::string span_text(double seconds) {
  const double size = std::fabs(seconds);
  if (std::isnan(seconds)) return "\xE2\x80\x94";
  if (std::isinf(seconds)) return seconds > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E";
  if (size == 0) return "0 s";
  if (size < 1e-6) return brief(seconds * 1e9) + " ns";
  if (size < 1e-3) return brief(seconds * 1e6) + " \xC2\xB5s";
  if (size < 1) return brief(seconds * 1e3) + " ms";
  if (size < 120) return brief(seconds) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(size));
  const std::string sign = seconds < 0 ? "-" : "";
  if (whole >= 3600) {
    const std::int64_t minutes = whole / 60 % 60;
    return sign + count_text(static_cast<std::uint64_t>(whole / 3600)) + " h" +
           (minutes > 0 ? fmt::format(" {} min", minutes) : "");
  }
  return fmt::format("{}{} min{}", sign, whole / 60,
                     whole % 60 > 0 ? fmt::format(" {} s", whole % 60) : "");
}

std::string value_text(double value, std::string_view unit) {
  if (std::isnan(value)) return "\xE2\x80\x94";
  if (std::isinf(value)) return value > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E";
  if (unit == "s") return span_text(value);
  if (unit == "%") return trimmed(value * 100, 4) + " %";
  if (unit == "/s") return brief(value) + "/s";
  if (unit == "B") return bytes_text(value);
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    const std::string digits = count_text(static_cast<std::uint64_t>(std::fabs(value)));
    return value < 0 ? "-" + digits : digits;
  }
  return brief(value);
}

HtmlWriter& HtmlWriter::add(std::string_view pattern, std::initializer_list<Piece> pieces) {
  for (const Piece& piece : pieces) {
    const std::size_t gap = pattern.find("{}");
    if (gap == std::string_view::npos) throw std::logic_error("more pieces than gaps in HTML");
    page_ += pattern.substr(0, gap);
    page_ += piece.text();
    pattern.remove_prefix(gap + 2);
  }
  if (pattern.find("{}") != std::string_view::npos) {
    throw std::logic_error("more gaps than pieces in HTML");
  }
  page_ += pattern;
  return *this;
}

}  // namespace leapday
