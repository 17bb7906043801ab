/// \file cron_robfig.cpp
/// robfig/cron version 3: its parser, and its walk from field to field through Go's calendar.
/// Why: Kubernetes' CronJobs inherit the walk, and with it that a job in a repeated hour runs twice
/// (kubernetes#121594) and that one in a gap does not run at all.
#include <fmt/format.h>

#include <algorithm>

#include "sim/clocks/cron_fields.hpp"

namespace leapday::clocks {
namespace cron {
namespace {

const std::array<Field, 6> kRobfigFields = {{{"second", 0, 59, {}, 0},
                                             {"minute", 0, 59, {}, 0},
                                             {"hour", 0, 23, {}, 0},
                                             {"day of the month", 1, 31, {}, 0},
                                             {"month", 1, 12, kMonths, 1},
                                             {"day of the week", 0, 6, kWeekdays, 0}}};

struct RobfigRange {
  int first = 0, last = 0, step = 1;
  bool star = false;  ///< It was a star without a step, which the rule for days looks at.
};

std::variant<RobfigRange, CronError> robfig_range(const Word& word, const Field& field) {
  const std::vector<Word> parts = split(word, '/');
  if (parts.size() > 2) return wrong(parts[2], "a range takes one step", "remove the second /");
  const std::vector<Word> ends = split(parts[0], '-');
  if (ends.size() > 2) return wrong(ends[2], "a range has two ends", "remove the second -");
  RobfigRange range{field.least, field.most, 1, false};
  if (ends[0].text == "*" || ends[0].text == "?") {
    if (ends.size() == 2) return wrong(parts[0], "a star has no end", "write only the star");
    range.star = true;
  } else {
    const auto low = value(ends[0], field);
    if (const auto* error = std::get_if<CronError>(&low)) return *error;
    range.first = range.last = std::get<int>(low);
    if (ends.size() == 2) {
      const auto high = value(ends[1], field);
      if (const auto* error = std::get_if<CronError>(&high)) return *error;
      range.last = std::get<int>(high);
    } else if (parts.size() == 2) {
      range.last = field.most;  // "5/15" is "5-59/15"
    }
  }
  if (parts.size() == 2) {
    const auto step = number(parts[1].text);
    if (!step || *step == 0) {
      return wrong(parts[1], "a step is a positive number", "give 1 or more");
    }
    range.step = *step;
    if (range.step > 1) range.star = false;
  }
  if (range.first > range.last) {
    return wrong(
        word, "the range ends before it begins",
        fmt::format("write {}-{},{}-{}", range.first, field.most, field.least, range.last));
  }
  return range;
}

struct RobfigValues {
  CronSet set;
  bool star = false;
};

std::variant<RobfigValues, CronError> robfig_values(const Word& word, const Field& field) {
  RobfigValues found;
  for (const Word& part : split(word, ',')) {
    if (part.empty()) continue;  // robfig passes over empty pieces
    const auto read = robfig_range(part, field);
    if (const auto* error = std::get_if<CronError>(&read)) return *error;
    const RobfigRange& of = std::get<RobfigRange>(read);
    found.star = found.star || of.star;
    for (int i = of.first; i <= of.last; i += of.step) found.set.add(static_cast<unsigned>(i));
  }
  if (found.set.empty()) return wrong(word, "a list of commas names nothing", "give a value");
  return found;
}

struct GoUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<GoUnit, 6> kGoUnits = {{{"ns", 1},
                                             {"us", 1'000},
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"h", 3'600'000'000'000}}};

/// Go's durations: "1h30m", "1.5h".
std::variant<Duration, CronError> go_duration(Word word) {
  const auto refuse = [&](const Word& at) {
    return wrong(at, fmt::format("\"{}\" is no duration", at.text),
                 "give numbers with units ns, us, ms, s, m or h, such as 1h30m");
  };
  Duration sum{};
  if (word.empty()) return refuse(word);
  while (!word.empty()) {
    const std::size_t digits =
        std::min(word.text.find_first_not_of("0123456789."), word.text.size());
    const std::size_t end =
        std::min(word.text.find_first_of("0123456789.", digits), word.text.size());
    const std::string_view figures = word.text.substr(0, digits);
    const std::size_t dot = std::min(figures.find('.'), figures.size());
    const std::string_view decimals = figures.substr(std::min(dot + 1, figures.size()));
    const auto whole = number(dot == 0 ? "0" : figures.substr(0, dot));
    const auto part = decimals.empty() ? 0 : number(decimals);
    const auto unit = std::find_if(kGoUnits.begin(), kGoUnits.end(), [&](const GoUnit& u) {
      return u.name == word.text.substr(digits, end - digits);
    });
    if (!whole || !part || figures == "." || unit == kGoUnits.end()) return refuse(word);
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < decimals.size(); ++i) scale *= 10;
    if (*whole > Duration::max().count() / 4 / unit->nanoseconds) return refuse(word);
    sum += Duration{*whole * unit->nanoseconds + *part * (unit->nanoseconds / scale) +
                    *part * (unit->nanoseconds % scale) / scale};
    if (sum > Duration::max() / 2) return refuse(word);
    word = word.sub(end);
  }
  return sum;
}

/// The five or six fields that a descriptor stands for.
std::optional<std::string_view> robfig_descriptor(std::string_view name) {
  if (name == "@yearly" || name == "@annually") return "0 0 0 1 1 *";
  if (name == "@monthly") return "0 0 0 1 * *";
  if (name == "@weekly") return "0 0 0 * * 0";
  if (name == "@daily" || name == "@midnight") return "0 0 0 * * *";
  if (name == "@hourly") return "0 0 * * * *";
  return std::nullopt;
}

/// The instant that Go's time.Date gives for local time, which need not exist.
std::int64_t go_date(const Fields& local, const Zone& zone) {
  const std::int64_t as_if = as_utc(local);
  const std::int64_t guess = zone.at(as_if).seconds;
  return as_if - zone.at(as_if - guess).seconds;
}

}  // namespace

/// The walk of SpecSchedule.Next: each step moves one field on, and says whether the next larger
/// one has to be looked at again.
class RobfigSearch {
 public:
  RobfigSearch(const RobfigSchedule& schedule, std::int64_t from, const Zone& zone)
      : schedule_(schedule), zone_(zone), at_(from) {}

  std::optional<std::int64_t> run() {
    const std::int64_t limit = local().year + 5;
    while (!stuck_ && local().year <= limit) {
      if (month() && day() && hour() && finer(schedule_.minute_, 60) &&
          finer(schedule_.second_, 1)) {
        return at_;
      }
    }
    return std::nullopt;
  }

 private:
  Fields local() const { return local_fields(at_, zone_); }
  /// The first time that a field moves the smaller ones begin anew.
  void begin(const Fields& at) {
    if (!added_) at_ = go_date(at, zone_);
    added_ = true;
  }

  bool month() {
    for (Fields now = local(); !schedule_.month_.has(static_cast<unsigned>(now.month));
         now = local()) {
      begin({now.year, now.month, 1, 0, 0, 0});
      now = local();
      ++now.month;
      at_ = go_date(now, zone_);
      if (local().month == 1) return false;
    }
    return true;
  }

  bool day_matches(const Fields& at) const {
    const bool day = schedule_.day_.has(static_cast<unsigned>(at.day));
    const bool on_weekday = schedule_.weekday_.has(static_cast<unsigned>(weekday(as_utc(at))));
    return schedule_.day_star_ || schedule_.weekday_star_ ? day && on_weekday : day || on_weekday;
  }
  bool day() {
    for (Fields now = local(); !day_matches(now); now = local()) {
      begin({now.year, now.month, now.day, 0, 0, 0});
      now = local();
      ++now.day;
      const std::int64_t before = at_;
      at_ = go_date(now, zone_);
      const std::int64_t at_hour = local().hour;  // not 0 where summer time begins at midnight
      if (at_hour != 0) at_ += (at_hour > 12 ? 24 - at_hour : -at_hour) * 3600;
      // Where a whole day is left out (Apia, 30 December 2011) Go gives the day before it again.
      stuck_ = at_ <= before;
      if (stuck_ || local().day == 1) return false;
    }
    return true;
  }

  bool hour() {
    for (Fields now = local(); !schedule_.hour_.has(static_cast<unsigned>(now.hour));
         now = local()) {
      begin({now.year, now.month, now.day, now.hour, 0, 0});
      at_ += 3600;
      if (local().hour == 0) return false;
    }
    return true;
  }

  /// Minutes, in steps of 60 s, or seconds.
  bool finer(const CronSet& set, std::int64_t step) {
    const auto value = [&] { return step == 60 ? local().minute : local().second; };
    while (!set.has(static_cast<unsigned>(value()))) {
      if (!added_) at_ -= (at_ % step + step) % step;
      added_ = true;
      at_ += step;
      if (value() == 0) return false;
    }
    return true;
  }

  const RobfigSchedule& schedule_;
  const Zone& zone_;
  std::int64_t at_;
  bool added_ = false;
  bool stuck_ = false;  ///< The program itself would never return.
};

}  // namespace cron

std::variant<RobfigSchedule, CronError> RobfigSchedule::parse(std::string_view text, Fields kind) {
  using namespace cron;
  std::vector<Word> found = words(text);
  RobfigSchedule schedule;
  for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
    if (found.empty() || !found[0].text.starts_with(prefix)) continue;
    const Word name = found[0].sub(prefix.size());
    if (name.empty()) return wrong(name, "a zone is missing", "write CRON_TZ=Europe/Berlin");
    schedule.zone_name_ = std::string(name.text);
    found.erase(found.begin());
    break;
  }
  if (!found.empty() && found[0].text == "@every" && found.size() == 2) {
    const auto every = go_duration(found[1]);
    if (const auto* error = std::get_if<CronError>(&every)) return *error;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(std::get<Duration>(every));
    schedule.every_ = std::max<Duration>(1s, seconds);
    return schedule;
  }
  if (found.size() == 1 && found[0].front() == '@') {
    const auto stands_for = robfig_descriptor(found[0].text);
    if (!stands_for) {
      return wrong(
          found[0], fmt::format("robfig's cron knows no {}", found[0].text),
          "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every 1h");
    }
    auto same = std::get<RobfigSchedule>(parse(*stands_for, Fields::seconds));
    same.zone_name_ = std::move(schedule.zone_name_);
    return same;
  }
  const std::size_t wanted = kind == Fields::seconds ? 6 : 5;
  if (found.size() != wanted) {
    const Word end = found.size() > wanted ? found[wanted] : Word{{}, text.size()};
    return wrong(end, fmt::format("{} fields are wanted, here are {}", wanted, found.size()),
                 fmt::format("give {}minute, hour, day of the month, month and day of the week",
                             wanted == 6 ? "second, " : ""));
  }
  if (kind == Fields::standard) found.insert(found.begin(), Word{"0", 0});
  CronSet* const sets[] = {&schedule.second_, &schedule.minute_, &schedule.hour_,
                           &schedule.day_,    &schedule.month_,  &schedule.weekday_};
  for (std::size_t i = 0; i < kRobfigFields.size(); ++i) {
    const auto read = robfig_values(found[i], kRobfigFields[i]);
    if (const auto* error = std::get_if<CronError>(&read)) return *error;
    *sets[i] = std::get<RobfigValues>(read).set;
    if (i == 3) schedule.day_star_ = std::get<RobfigValues>(read).star;
    if (i == 5) schedule.weekday_star_ = std::get<RobfigValues>(read).star;
  }
  return schedule;
}

std::optional<WallTime> RobfigSchedule::next(WallTime after, const Zone& zone) const {
  if (every_) return WallTime{after.seconds, 0} + *every_;
  const auto found = cron::RobfigSearch(*this, after.seconds + 1, zone).run();
  if (!found) return std::nullopt;
  return WallTime{*found, 0};
}

}  // namespace leapday::clocks
