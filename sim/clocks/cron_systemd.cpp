/// \file cron_systemd.cpp
/// systemd's calendar events: their notation, and the search through fields of local time as the C
/// library normalises them.
/// Why: it keeps to the offset that it started from, so that the second pass of a repeated hour
/// sees no runs at all, not even of timers that go off every minute.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/clocks/cron_fields.hpp"

namespace leapday::clocks {
namespace cron {
namespace {

constexpr std::int64_t kSystemdFirstYear = 1970, kSystemdLastYear = 2199;
constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::array<std::string_view, 7> kSystemdDays = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string_view systemd_shorthand(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kNames = {
      {{"minutely", "*-*-* *:*:00"},
       {"hourly", "*-*-* *:00:00"},
       {"daily", "*-*-* 00:00:00"},
       {"weekly", "Mon *-*-* 00:00:00"},
       {"monthly", "*-*-01 00:00:00"},
       {"quarterly", "*-01,04,07,10-01 00:00:00"},
       {"yearly", "*-01-01 00:00:00"},
       {"annually", "*-01-01 00:00:00"},
       {"anually", "*-01-01 00:00:00"},
       {"biannually", "*-01,07-01 00:00:00"},
       {"bi-annually", "*-01,07-01 00:00:00"},
       {"semiannually", "*-01,07-01 00:00:00"},
       {"semi-annually", "*-01,07-01 00:00:00"}}};
  for (const auto& [from, to] : kNames) {
    if (same_letters(name, from)) return to;
  }
  return {};
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The number of a day (0 is Monday) that the text begins with, and how long its name is.
std::optional<std::pair<int, std::size_t>> systemd_day(std::string_view text) {
  for (int day = 0; day < 7; ++day) {
    for (const std::size_t size :
         {kSystemdDays[static_cast<std::size_t>(day)].size(), std::size_t{3}}) {
      const std::string_view name = kSystemdDays[static_cast<std::size_t>(day)].substr(0, size);
      if (text.size() < size || !same_letters(text.substr(0, size), name)) continue;
      if (text.size() == size || !is_ascii_letter(text[size])) return std::pair{day, size};
    }
  }
  return std::nullopt;
}

}  // namespace

/// Reads `weekdays year-month-day hour:minute:second zone`, of which most may be left out.
class SystemdParser {
 public:
  using Chain = SystemdCalendar::Chain;
  using Error = std::optional<CronError>;

  SystemdCalendar calendar;

  Error read(std::vector<Word> found) {
    if (found.size() > 1 && is_ascii_letter(found.back().front()) &&
        !systemd_day(found.back().text)) {
      calendar.zone_name_ = std::string(found.back().text);
      found.pop_back();
    }
    std::string_view stands_for;
    if (found.size() == 1 && !(stands_for = systemd_shorthand(found[0].text)).empty()) {
      found = words(stands_for);
    }
    std::size_t next = 0;
    if (is_ascii_letter(found[next].front())) {
      if (auto error = weekdays(found[next++])) return error;
    }
    const auto is_time = [&](std::size_t i) {
      return i < found.size() && found[i].text.find(':') != std::string_view::npos;
    };
    if (next < found.size() && !is_time(next)) {
      if (auto error = date(found[next++])) return error;
    }
    if (is_time(next)) {
      if (auto error = time(found[next++])) return error;
    } else {
      calendar.hour_ = calendar.minute_ = calendar.microsecond_ = {{0, -1, 0}};
    }
    if (next < found.size()) {
      return wrong(found[next], fmt::format("\"{}\" is left over", found[next].text),
                   "write weekdays, then year-month-day, then hour:minute:second, then a zone");
    }
    return std::nullopt;
  }

 private:
  Error weekdays(const Word& word) {
    int range_from = -1;
    for (Word rest = word; !rest.empty();) {
      const auto day = systemd_day(rest.text);
      if (!day) {
        return wrong(rest, fmt::format("\"{}\" is no day of the week", rest.text),
                     "give Mon to Sun, ranges such as Mon..Fri and commas");
      }
      if (range_from > day->first) {
        return wrong(word, "the range of days ends before it begins", "weeks begin on Monday");
      }
      for (int i = range_from >= 0 ? range_from : day->first; i <= day->first; ++i) {
        calendar.weekdays_ |= 1u << i;
      }
      rest = rest.sub(day->second);
      const std::size_t dots = rest.text.starts_with("..") ? 2 : rest.text.starts_with('-') ? 1 : 0;
      if (dots != 0 && range_from < 0 && rest.text.size() > dots) {
        range_from = day->first;
        rest = rest.sub(dots);
      } else if (rest.front() == ',') {
        range_from = -1;
        rest = rest.sub(1);
      } else if (!rest.empty()) {
        return wrong(rest, fmt::format("\"{}\" follows a day of the week", rest.text),
                     "separate days by commas, or ends of a range by two dots");
      }
    }
    return std::nullopt;
  }

  Error date(const Word& word) {
    std::vector<Word> parts;
    std::string separators;
    for (std::size_t from = 0;;) {
      const std::size_t end = word.text.find_first_of("-~", from);
      parts.push_back(word.sub(from, end == std::string_view::npos ? end : end - from));
      if (end == std::string_view::npos) break;
      separators += word.text[end];
      from = end + 1;
    }
    if (parts.size() < 2 || parts.size() > 3 || (parts.size() == 3 && separators[0] == '~')) {
      return wrong(word, fmt::format("\"{}\" is no date", word.text),
                   "write year-month-day or month-day; a ~ before the day counts from the end");
    }
    calendar.end_of_month_ = separators.back() == '~';
    const std::size_t month = parts.size() - 2;
    if (month == 1) {
      if (auto error = chain(parts[0], false, calendar.year_)) return error;
      for (auto& part : calendar.year_) {
        for (std::int64_t* year : {&part.start, &part.stop}) {
          if (*year >= 0 && *year < 100) *year += *year < 70 ? 2000 : 1900;
        }
      }
      if (auto error = bounds(parts[0], calendar.year_, kSystemdFirstYear, kSystemdLastYear))
        return error;
    }
    if (auto error = chain(parts[month], false, calendar.month_)) return error;
    if (auto error = bounds(parts[month], calendar.month_, 1, 12)) return error;
    if (auto error = chain(parts[month + 1], false, calendar.day_)) return error;
    if (calendar.day_.empty()) calendar.end_of_month_ = false;
    return bounds(parts[month + 1], calendar.day_, 1, calendar.end_of_month_ ? 28 : 31);
  }

  Error time(const Word& word) {
    const std::vector<Word> parts = split(word, ':');
    if (parts.size() > 3) return wrong(parts[3], "a time has three parts", "hour:minute:second");
    if (auto error = chain(parts[0], false, calendar.hour_)) return error;
    if (auto error = bounds(parts[0], calendar.hour_, 0, 23)) return error;
    if (auto error = chain(parts[1], false, calendar.minute_)) return error;
    if (auto error = bounds(parts[1], calendar.minute_, 0, 59)) return error;
    if (parts.size() == 2) {
      calendar.microsecond_ = {{0, -1, 0}};
      return std::nullopt;
    }
    if (auto error = chain(parts[2], true, calendar.microsecond_)) return error;
    return bounds(parts[2], calendar.microsecond_, 0, 60 * kMicroseconds - 1);
  }

  Error chain(const Word& word, bool microseconds, Chain& into) {
    if (word.text == "*") {
      if (microseconds) into = {{0, -1, kMicroseconds}};
      return std::nullopt;
    }
    for (const Word& part : split(word, ',')) {
      SystemdCalendar::Component of;
      const std::size_t slash = part.text.find('/');
      const std::size_t dots = part.text.substr(0, slash).find("..");
      if (auto error = decimal(part.sub(0, std::min(slash, dots)), microseconds, of.start)) {
        return error;
      }
      if (dots != std::string_view::npos) {
        const std::size_t size = slash == std::string_view::npos ? slash : slash - dots - 2;
        if (auto error = decimal(part.sub(dots + 2, size), microseconds, of.stop)) return error;
        of.repeat = microseconds ? kMicroseconds : 1;
      }
      if (slash != std::string_view::npos) {
        if (auto error = decimal(part.sub(slash + 1), microseconds, of.repeat)) return error;
        if (of.repeat == 0) return wrong(part.sub(slash + 1), "a step of 0", "give 1 or more");
      }
      into.push_back(of);
    }
    return std::nullopt;
  }

  Error decimal(const Word& word, bool microseconds, std::int64_t& into) {
    const std::size_t dot = microseconds ? word.text.find('.') : std::string_view::npos;
    const auto whole = number(word.text.substr(0, dot));
    std::optional<int> part = 0;
    if (dot != std::string_view::npos) {
      std::string decimals(word.text.substr(dot + 1, 6));
      if (!decimals.empty()) decimals.resize(6, '0');
      part = word.text.size() - dot - 1 > 6 ? std::nullopt : number(decimals);
    }
    if (!whole || !part) {
      return wrong(word, fmt::format("\"{}\" is no number", word.text),
                   "give numbers, ranges with two dots, steps with / and commas, or *");
    }
    into = microseconds ? *whole * kMicroseconds + *part : *whole;
    return std::nullopt;
  }

  Error bounds(const Word& word, Chain& chain, std::int64_t least, std::int64_t most) const {
    for (auto& part : chain) {
      if (part.stop > part.start && part.repeat > 0) {
        part.stop -= (part.stop - part.start) % part.repeat;
        if (part.stop == part.start) part = {part.start, -1, 0};
      }
      const std::int64_t unit = most > 10'000 ? kMicroseconds : 1;
      if (part.start < least || part.start > most || part.stop > most) {
        return wrong(word, fmt::format("\"{}\" goes beyond what there is", word.text),
                     fmt::format("give {} to {}", least / unit, most / unit));
      }
      if (part.stop >= 0 && part.start + part.repeat > part.stop) {
        return wrong(word, "the range ends before it begins", "give the smaller value first");
      }
      const bool backwards = calendar.end_of_month_ && &chain == &calendar.day_;
      if (part.stop < 0 &&
          (backwards ? part.start - part.repeat < least : part.start + part.repeat > most)) {
        return wrong(word, "the step leads beyond what there is at once",
                     fmt::format("stay within {} to {}", least / unit, most / unit));
      }
    }
    return std::nullopt;
  }
};

/// calendar_spec_next_usec: fields move to the next value that matches, from years to seconds, and
/// it all begins again when normalising moved another field.
class SystemdSearch {
 public:
  SystemdSearch(const SystemdCalendar& calendar, WallTime from, const Zone& zone)
      : calendar_(calendar),
        zone_(zone),
        at_(local_fields(from.seconds, zone)),
        microsecond_(from.nanoseconds / 1000),
        offset_(zone.at(from.seconds).seconds) {}

  std::optional<WallTime> run() {
    constexpr int kMostRounds = 1000;  // systemd's own limit
    for (int round = 0; round < kMostRounds && !over_; ++round) {
      at_ = local_fields(instant(at_), zone_);
      if (year() && month() && day() && hour() && minute() && second() && !over_) {
        return WallTime{instant(at_), static_cast<std::int32_t>(microsecond_ * 1000)};
      }
    }
    return std::nullopt;
  }

 private:
  using Chain = SystemdCalendar::Chain;
  enum class Bounds { kept, moved, backwards };

  /// What mktime gives when it is told nothing of summer time: the offset that held last where a
  /// time comes twice, and times in a gap move on by the gap.
  std::int64_t instant(const Fields& local) {
    const LocalTime times = zone_.resolve(civil(as_utc(local)));
    const bool second =
        times.kind == LocalKind::repeated && zone_.at(times.later).seconds == offset_;
    const std::int64_t at = second ? times.later : times.earlier;
    offset_ = zone_.at(at).seconds;
    return at;
  }

  Bounds normalise() {
    if (at_.year > kSystemdLastYear) {
      over_ = true;
      return Bounds::backwards;
    }
    Fields now = local_fields(instant(at_), zone_);
    if (now == at_) return Bounds::kept;
    const auto order = [](const Fields& f) {
      return std::array{f.year, f.month, f.day, f.hour, f.minute, f.second};
    };
    if (order(now) < order(at_)) return Bounds::backwards;
    // What lies below the field that moved begins anew.
    if (now.year != at_.year) {
      now.month = 1;  // and not the day: a step of days past December misses days of January
    } else if (now.month != at_.month) {
      now.day = 1;
    } else if (now.day != at_.day) {
      now.hour = 0;
    } else if (now.hour != at_.hour) {
      now.minute = 0;
    } else if (now.minute != at_.minute) {
      now.second = 0;
    }
    at_ = now;
    return Bounds::moved;
  }

  std::int64_t from_end(std::int64_t day) const {
    return day < 0 ? -1 : 1 - day + month_length(at_.year, static_cast<unsigned>(at_.month));
  }

  /// The least value from `value` on that the chain has; nothing when none is left.
  std::optional<std::int64_t> least(const Chain& chain, std::int64_t value, bool backwards) const {
    if (chain.empty()) return value;
    std::optional<std::int64_t> found;
    const auto offer = [&](std::int64_t v) { found = found ? std::min(*found, v) : v; };
    for (const auto& part : chain) {
      std::int64_t start = backwards ? from_end(part.start) : part.start;
      std::int64_t stop = backwards ? from_end(part.stop) : part.stop;
      if (backwards && stop > 0) std::swap(start, stop);
      if (start >= value) {
        offer(start);
      } else if (part.repeat > 0) {
        const std::int64_t k =
            start + part.repeat * ((value - start + part.repeat - 1) / part.repeat);
        if (stop < 0 || k <= stop) offer(k);
      }
    }
    return found;
  }

  /// Moves a field on. False: begin again, with `larger` one up when no value was left in it.
  template <typename Reset>
  bool move(const Chain& chain, std::int64_t& field, std::int64_t& larger, Reset reset,
            bool backwards = false) {
    const auto found = least(chain, field, backwards);
    if (found && *found != field) {
      field = *found;
      reset();
    }
    const Bounds bounds = found ? normalise() : Bounds::backwards;
    if (bounds == Bounds::kept) return true;
    if (bounds == Bounds::backwards) {
      ++larger;
      up_ = true;
    }
    return false;
  }

  void midnight() { at_.hour = at_.minute = at_.second = microsecond_ = 0; }

  bool year() {
    const auto found = least(calendar_.year_, at_.year, false);
    if (!found || *found > kSystemdLastYear) {
      over_ = true;
      return false;
    }
    if (*found != at_.year) {
      at_ = {*found, 1, 1, 0, 0, 0};
      microsecond_ = 0;
    }
    return normalise() == Bounds::kept;
  }
  bool month() {
    const auto first = [&] {
      at_.day = 1;
      midnight();
    };
    if (move(calendar_.month_, at_.month, at_.year, first)) return true;
    if (std::exchange(up_, false)) {
      at_.month = 1;
      first();
    }
    return false;
  }
  bool day() {
    if (move(
            calendar_.day_, at_.day, at_.month, [&] { midnight(); }, calendar_.end_of_month_)) {
      const int on = weekday(as_utc(at_));
      if (calendar_.weekdays_ == 0 || (calendar_.weekdays_ >> ((on + 6) % 7) & 1) != 0) return true;
      ++at_.day;
      midnight();
      return false;
    }
    if (std::exchange(up_, false)) {
      at_.day = 1;
      midnight();
    }
    return false;
  }
  bool hour() {
    if (move(calendar_.hour_, at_.hour, at_.day,
             [&] { at_.minute = at_.second = microsecond_ = 0; })) {
      return true;
    }
    if (std::exchange(up_, false)) midnight();
    return false;
  }
  bool minute() {
    if (move(calendar_.minute_, at_.minute, at_.hour, [&] { at_.second = microsecond_ = 0; })) {
      return true;
    }
    if (std::exchange(up_, false)) at_.minute = at_.second = microsecond_ = 0;
    return false;
  }
  bool second() {
    const auto found =
        least(calendar_.microsecond_, at_.second * kMicroseconds + microsecond_, false);
    if (found) {
      at_.second = *found / kMicroseconds;
      microsecond_ = *found % kMicroseconds;
    }
    const Bounds bounds = found ? normalise() : Bounds::backwards;
    if (bounds == Bounds::backwards) {
      ++at_.minute;
      at_.second = microsecond_ = 0;
    }
    return bounds == Bounds::kept;
  }

  const SystemdCalendar& calendar_;
  const Zone& zone_;
  Fields at_;
  std::int64_t microsecond_;
  std::int64_t offset_;
  bool over_ = false, up_ = false;
};

}  // namespace cron

std::variant<SystemdCalendar, CronError> SystemdCalendar::parse(std::string_view text) {
  using namespace cron;
  std::vector<Word> found = words(text);
  if (found.empty()) {
    return wrong({text, 0}, "the calendar event is empty", "write for example \"daily\"");
  }
  SystemdParser parser;
  if (auto error = parser.read(std::move(found))) return *error;
  return std::move(parser.calendar);
}

std::optional<WallTime> SystemdCalendar::next(WallTime after, const Zone& zone) const {
  const WallTime from = WallTime{after.seconds, after.nanoseconds / 1000 * 1000} + 1us;
  return cron::SystemdSearch(*this, from, zone).run();
}

}  // namespace leapday::clocks
