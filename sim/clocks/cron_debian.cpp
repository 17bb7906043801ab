/// \file cron_debian.cpp
/// Debian's cron: what it reads in a crontab line, and its main loop, which compares the minute
/// that it thinks it is with the minute that the wall clock shows.
/// Why: it is the one that makes up for summer time, and it does the same after every step of the
/// clock that is shorter than three hours, meant or not.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/clocks/cron_fields.hpp"

namespace leapday::clocks {
namespace cron {
namespace {

constexpr std::array<std::string_view, 8> kSunToSun = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat", "sun"};
const std::array<Field, 5> kDebianFields = {{{"minute", 0, 59, {}, 0},
                                             {"hour", 0, 23, {}, 0},
                                             {"day of the month", 1, 31, {}, 0},
                                             {"month", 1, 12, kMonths, 1},
                                             {"day of the week", 0, 7, kSunToSun, 0}}};

/// Reads one field; what follows a complete range and is no comma is passed over, as cron does.
class DebianField {
 public:
  DebianField(const Word& word, const Field& field) : word_(word), field_(field) {}

  std::optional<CronError> read(CronSet& into) {
    do {
      if (auto error = range(into)) return error;
    } while (skip(','));
    if (at_ < word_.text.size() && !oddity) {
      oddity = wrong(rest(), fmt::format("cron ignores \"{}\"", rest().text),
                     "separate values by commas");
    }
    return std::nullopt;
  }
  std::optional<CronError> oddity;

 private:
  Word rest() const { return word_.sub(at_); }
  bool skip(char c) {
    if (rest().front() != c) return false;
    ++at_;
    return true;
  }
  Word letters_or_digits() {
    const std::size_t from = at_;
    while (std::isalnum(static_cast<unsigned char>(rest().front())) != 0) ++at_;
    return word_.sub(from, at_ - from);
  }

  std::optional<CronError> range(CronSet& into) {
    int first = field_.least, last = field_.most, step = 1;
    const Word begin = rest();
    const bool star = skip('*');
    if (!star) {
      const auto low = value(letters_or_digits(), field_);
      if (const auto* error = std::get_if<CronError>(&low)) return *error;
      first = last = std::get<int>(low);
      if (rest().front() == '/') {
        return wrong(rest(), "a single value takes no step",
                     fmt::format("write {}-{}{}", first, field_.most, rest().text));
      }
    }
    const bool is_range = !star && skip('-');
    if (is_range) {
      const auto high = value(letters_or_digits(), field_);
      if (const auto* error = std::get_if<CronError>(&high)) return *error;
      last = std::get<int>(high);
    }
    if ((star || is_range) && skip('/')) {
      const Word text = letters_or_digits();
      const auto found = number(text.text);
      if (!found || *found == 0) {
        return wrong(text, "a step is a positive number", "give 1 or more");
      }
      step = *found;
    }
    if (first > last && !oddity) {
      oddity = wrong(begin, "the range ends before it begins, so that it names nothing",
                     fmt::format("write {}-{},{}-{}", first, field_.most, field_.least, last));
    }
    for (int i = first; i <= last; i += step) into.add(static_cast<unsigned>(i));
    return std::nullopt;
  }

  Word word_;
  const Field& field_;
  std::size_t at_ = 0;
};

CronSet debian_all(const Field& field) {
  CronSet set;
  for (int i = field.least; i <= field.most; ++i) set.add(static_cast<unsigned>(i));
  return set;
}
CronSet debian_only(unsigned value) {
  CronSet set;
  set.add(value);
  return set;
}

std::variant<DebianLine, CronError> debian_special(const Word& word) {
  DebianLine line;
  line.minute = line.hour = debian_only(0);
  line.day = debian_all(kDebianFields[2]);
  line.month = debian_all(kDebianFields[3]);
  line.weekday = debian_all(kDebianFields[4]);
  const std::string_view name = word.text;
  if (name == "@reboot") {
    line = {};
    line.at_boot = true;
  } else if (name == "@yearly" || name == "@annually") {
    line.day = line.month = debian_only(1);
    line.weekday_star = true;
  } else if (name == "@monthly") {
    line.day = debian_only(1);
    line.weekday_star = true;
  } else if (name == "@weekly") {
    line.weekday = debian_only(0);
    line.weekday.add(7);
    line.day_star = true;
  } else if (name == "@hourly") {
    line.hour = debian_all(kDebianFields[1]);
    line.hour_star = true;
  } else if (name != "@daily" && name != "@midnight") {
    return wrong(word, fmt::format("cron knows no {}", name),
                 "@reboot, @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, in "
                 "lower case");
  }
  return line;
}

}  // namespace
}  // namespace cron

std::variant<DebianLine, CronError> DebianLine::parse(std::string_view text) {
  using namespace cron;
  const std::vector<Word> found = words(text);
  if (!found.empty() && found[0].front() == '@' && found.size() == 1)
    return debian_special(found[0]);
  if (found.size() != kDebianFields.size()) {
    const Word end =
        found.size() > kDebianFields.size() ? found[kDebianFields.size()] : Word{{}, text.size()};
    return wrong(end, fmt::format("a crontab line has 5 fields, here are {}", found.size()),
                 "give minute, hour, day of the month, month and day of the week");
  }
  DebianLine line;
  CronSet* const sets[] = {&line.minute, &line.hour, &line.day, &line.month, &line.weekday};
  bool ignored = false;
  bool* const stars[] = {&line.minute_star, &line.hour_star, &line.day_star, &ignored,
                         &line.weekday_star};
  for (std::size_t i = 0; i < kDebianFields.size(); ++i) {
    *stars[i] = found[i].front() == '*';
    DebianField reader(found[i], kDebianFields[i]);
    if (auto error = reader.read(*sets[i])) return *error;
    if (!line.oddity) line.oddity = reader.oddity;
  }
  if (line.weekday.has(0) || line.weekday.has(7)) {
    line.weekday.add(0);
    line.weekday.add(7);
  }
  return line;
}

bool DebianLine::matches(const Civil& local) const {
  const auto of_day = static_cast<unsigned>(local.second_of_day);
  if (!minute.has(of_day / 60 % 60) || !hour.has(of_day / 3600) || !month.has(local.month)) {
    return false;
  }
  const bool on_day = day.has(local.day);
  const bool on_weekday = weekday.has(static_cast<unsigned>(cron::weekday(posix_seconds(local))));
  return day_star || weekday_star ? on_day && on_weekday : on_day || on_weekday;
}

/// Jobs found and not yet started, and when those before them were.
struct DebianCron::Catching {
  std::vector<DebianRun> runs;
  std::size_t started = 0;
  Duration busy{};

  /// Starts what waits, and rests for 10 s when that was something.
  void start() {
    if (started == runs.size()) return;
    started = runs.size();
    busy += 10s;
  }
};

DebianCron::DebianCron(std::vector<DebianLine> lines, WallTime now, const Zone& zone)
    : lines_(std::move(lines)) {
  const ZoneOffset& at = zone.at(now.seconds);
  offset_ = at.seconds;
  summer_ = at.summer;
  set_time(now, zone);
  running_ = virtual_ = clock_;
}

void DebianCron::set_time(WallTime now, const Zone& zone) {
  const ZoneOffset& at = zone.at(now.seconds);
  if (at.summer != summer_) {
    summer_ = at.summer;
    offset_ = at.seconds;
  }
  const std::int64_t local = now.seconds + offset_;
  clock_ = (local >= 0 ? local : local - 59) / 60;
}

void DebianCron::find(std::int64_t minute, bool wild, bool fixed, Catching& into) const {
  const Civil local = civil(minute * 60);
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if ((lines_[i].wildcard() ? wild : fixed) && lines_[i].matches(local)) {
      into.runs.push_back({i, minute, into.busy});
    }
  }
}

Duration DebianCron::sleep(WallTime now) const {
  const std::int64_t seconds = (running_ + 1) * 60 - (now.seconds + offset_);
  return seconds < 0 || seconds > 63 ? Duration{0} : std::chrono::seconds{seconds + 1};
}

DebianCron::Wake DebianCron::wake(WallTime now, const Zone& zone) {
  constexpr std::int64_t kSmall = 5, kLarge = 180;
  set_time(now, zone);
  if (clock_ == running_) return {};
  running_ = clock_;
  const std::int64_t difference = running_ - virtual_;
  Catching catching;
  if (difference == 1 || difference <= -kLarge || difference > kLarge) {
    virtual_ = running_;
    find(virtual_, true, true, catching);
  } else if (difference <= 0) {
    find(running_, true, false, catching);  // fixed ones wait until the time is new again
  } else if (difference <= kSmall) {
    do {
      catching.start();
      find(++virtual_, true, true, catching);
    } while (virtual_ < running_);
  } else {
    find(running_, true, false, catching);
    do {
      catching.start();
      find(++virtual_, false, true, catching);
      set_time(now + catching.busy, zone);
    } while (virtual_ < running_ && clock_ == running_);
  }
  return {std::move(catching.runs), catching.busy};
}

}  // namespace leapday::clocks
