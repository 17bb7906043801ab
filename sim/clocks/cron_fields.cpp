/// \file cron_fields.cpp
/// Splits schedules into words and values, and carries overflowing fields of local time.
/// Why: see cron_fields.hpp.
#include "sim/clocks/cron_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>

namespace leapday::clocks {

std::string text(const CronError& error) {
  return fmt::format("column {}: {}: {}", error.column, error.what, error.fix);
}

std::optional<unsigned> CronSet::from(unsigned from) const {
  if (from > 63) return std::nullopt;
  const std::uint64_t rest = bits_ >> from << from;
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

namespace cron {

std::vector<Word> words(std::string_view text) {
  std::vector<Word> found;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    found.push_back({text.substr(at, end - at), at});
    at = end;
  }
  return found;
}

std::vector<Word> split(const Word& word, char separator) {
  std::vector<Word> parts;
  std::size_t from = 0;
  for (;;) {
    const std::size_t end = word.text.find(separator, from);
    parts.push_back(word.sub(from, end == std::string_view::npos ? end : end - from));
    if (end == std::string_view::npos) return parts;
    from = end + 1;
  }
}

CronError wrong(const Word& at, std::string what, std::string fix) {
  return {at.at + 1, std::move(what), std::move(fix)};
}

std::optional<int> number(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::variant<int, CronError> value(const Word& word, const Field& field) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (same_letters(word.text, field.names[i])) return field.first_name + static_cast<int>(i);
  }
  const auto found = number(word.text);
  if (found && *found >= field.least && *found <= field.most) return *found;
  std::string fix = fmt::format("give {} to {}", field.least, field.most);
  if (!field.names.empty()) fix += fmt::format(" or a name such as {}", field.names[0]);
  if (word.empty()) return wrong(word, fmt::format("a {} is missing", field.name), fix);
  return wrong(word, fmt::format("\"{}\" is no {}", word.text, field.name), fix);
}

std::int64_t as_utc(const Fields& at) {
  const std::int64_t months = at.year * 12 + at.month - 1;
  const std::int64_t year = months >= 0 ? months / 12 : -((11 - months) / 12);
  const Civil first{year, static_cast<unsigned>(months - year * 12) + 1, 1, 0};
  return posix_seconds(first) + (at.day - 1) * 86400 + at.hour * 3600 + at.minute * 60 + at.second;
}

Fields fields(std::int64_t as_utc) {
  const Civil at = civil(as_utc);
  return {at.year,
          at.month,
          at.day,
          at.second_of_day / 3600,
          at.second_of_day / 60 % 60,
          at.second_of_day % 60};
}

int weekday(std::int64_t as_utc) {
  const std::int64_t day = (as_utc >= 0 ? as_utc : as_utc - 86399) / 86400;
  return static_cast<int>(((day + 4) % 7 + 7) % 7);
}

}  // namespace cron
}  // namespace leapday::clocks
