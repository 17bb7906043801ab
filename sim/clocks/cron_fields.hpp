/// \file cron_fields.hpp
/// What the dialects of cron share: words with their columns, numbers and names, and local time
/// whose fields may overflow.
/// Why: an error has to point at the character, and all of them step through fields.
#pragma once

#include <span>

#include "sim/clocks/cron.hpp"

namespace leapday::clocks::cron {

/// A piece of a schedule and where it stands.
struct Word {
  std::string_view text;
  std::size_t at = 0;  ///< From 0.

  bool empty() const { return text.empty(); }
  char front() const { return text.empty() ? '\0' : text.front(); }
  Word sub(std::size_t from, std::size_t count = std::string_view::npos) const {
    return {text.substr(from, count), at + from};
  }
};
std::vector<Word> words(std::string_view text);
/// The pieces between separators, empty ones too.
std::vector<Word> split(const Word& word, char separator);
CronError wrong(const Word& at, std::string what, std::string fix);

/// Digits and nothing else, at most nine of them.
std::optional<int> number(std::string_view text);
bool same_letters(std::string_view a, std::string_view b);

/// One field: how it is called, what it takes.
struct Field {
  const char* name = "minute";
  int least = 0, most = 59;
  std::span<const std::string_view> names;  ///< Of `first_name` and on; three letters each.
  int first_name = 0;
};
/// A number in the field's bounds, or one of its names.
std::variant<int, CronError> value(const Word& word, const Field& field);

inline constexpr std::array<std::string_view, 12> kMonths = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
inline constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                              "thu", "fri", "sat"};

/// Local time whose fields may overflow, as struct tm's may.
struct Fields {
  std::int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  friend bool operator==(const Fields&, const Fields&) = default;
};
/// As if it were UTC; overflowing fields carry.
std::int64_t as_utc(const Fields& at);
Fields fields(std::int64_t as_utc);
inline Fields local_fields(std::int64_t instant, const Zone& zone) {
  return fields(instant + zone.at(instant).seconds);
}
/// 0 is Sunday.
int weekday(std::int64_t as_utc);

}  // namespace leapday::clocks::cron
