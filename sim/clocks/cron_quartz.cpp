/// \file cron_quartz.cpp
/// Quartz' cron expressions, and its search for the next run through Java's lenient calendar.
/// Why: the calendar takes a repeated time for the second of the two and moves a time in a gap an
/// hour on, so that jobs of those hours run late or not at all (quartz#51, rundeck#6879).
#include <fmt/format.h>

#include <algorithm>

#include "sim/clocks/cron_fields.hpp"

namespace leapday::clocks {
namespace cron {
namespace {

constexpr std::int64_t kQuartzLastYear = 2199;
const std::array<Field, 7> kQuartzFields = {{{"second", 0, 59, {}, 0},
                                             {"minute", 0, 59, {}, 0},
                                             {"hour", 0, 23, {}, 0},
                                             {"day of the month", 1, 31, {}, 0},
                                             {"month", 1, 12, kMonths, 1},
                                             {"day of the week", 1, 7, kWeekdays, 1},
                                             {"year", 1970, kQuartzLastYear, {}, 0}}};
constexpr std::size_t kDayField = 3, kWeekdayField = 5, kYearField = 6;

/// A day of the week as Quartz counts: 1 is Sunday.
int quartz_weekday(std::int64_t year, int month, int day) {
  return weekday(as_utc({year, month, day, 0, 0, 0})) + 1;
}
int quartz_month_length(std::int64_t year, int month) {
  return static_cast<int>(month_length(year, static_cast<unsigned>(month)));
}

struct QuartzRange {
  int first = 0, last = 0, step = 1;
};

std::variant<QuartzRange, CronError> quartz_range(const Word& word, const Field& field) {
  const std::vector<Word> parts = split(word, '/');
  if (parts.size() > 2) return wrong(parts[2], "a range takes one step", "remove the second /");
  QuartzRange range{field.least, field.most, 1};
  if (!(parts[0].text == "*" || (parts[0].empty() && parts.size() == 2))) {
    const std::vector<Word> ends = split(parts[0], '-');
    if (ends.size() > 2) return wrong(ends[2], "a range has two ends", "remove the second -");
    const auto low = value(ends[0], field);
    if (const auto* error = std::get_if<CronError>(&low)) return *error;
    const auto high = value(ends.back(), field);
    if (const auto* error = std::get_if<CronError>(&high)) return *error;
    range.first = std::get<int>(low);
    range.last = ends.size() == 1 && parts.size() == 2 ? field.most : std::get<int>(high);
  }
  if (parts.size() == 2) {
    const auto step = number(parts[1].text);
    if (!step || *step == 0 || *step > field.most) {
      return wrong(parts[1], fmt::format("\"{}\" is no step of a {}", parts[1].text, field.name),
                   fmt::format("give 1 to {}", field.most));
    }
    range.step = *step;
  }
  return range;
}

}  // namespace

/// Fills a schedule field by field.
class QuartzParser {
 public:
  std::optional<CronError> read(std::size_t index, const Word& word) {
    const Field& field = kQuartzFields[index];
    if (index == kDayField && special_day(word)) return error_;
    if (index == kWeekdayField && special_weekday(word)) return error_;
    for (const Word& part : split(word, ',')) {
      const auto read = quartz_range(part, field);
      if (const auto* error = std::get_if<CronError>(&read)) return *error;
      if (auto error = add(index, part, std::get<QuartzRange>(read))) return error;
    }
    return std::nullopt;
  }
  bool day_open = false, weekday_open = false;  ///< They are "?".
  QuartzSchedule schedule;

 private:
  using Rule = QuartzSchedule::DayRule;

  std::optional<CronError> add(std::size_t index, const Word& word, const QuartzRange& range) {
    const Field& field = kQuartzFields[index];
    if (index == kYearField) {
      if (range.last < range.first) {
        return wrong(word, "a range of years does not wrap", "give the earlier year first");
      }
      for (int year = range.first; year <= range.last; year += range.step) {
        schedule.years_.push_back(year);
      }
      return std::nullopt;
    }
    CronSet* const sets[] = {&schedule.second_, &schedule.minute_, &schedule.hour_,
                             &schedule.day_,    &schedule.month_,  &schedule.weekday_};
    // A range that ends before it begins goes on behind the largest value: FRI-MON.
    const int around = field.most - field.least + 1;
    const int last = range.last < range.first ? range.last + around : range.last;
    for (int i = range.first; i <= last; i += range.step) {
      sets[index]->add(static_cast<unsigned>(i > field.most ? i - around : i));
    }
    return std::nullopt;
  }

  /// `?`, `L`, `L-3`, `LW`, `L-3W` and `15W`. True when it was one of them, right or wrong.
  bool special_day(const Word& word) {
    day_open = word.text == "?";
    if (day_open) return true;
    const bool weekday_at_end = word.text.ends_with('W');
    const bool last = word.front() == 'L';
    if (!weekday_at_end && !last) return false;
    schedule.to_weekday_ = weekday_at_end;
    schedule.rule_ = last ? Rule::last : Rule::nearest_weekday;
    Word rest = word.sub(last ? 1 : 0);
    if (weekday_at_end) rest.text.remove_suffix(1);
    if (last && rest.empty()) return true;
    if (last && rest.front() != '-') {
      error_ = wrong(rest, fmt::format("\"{}\" follows an L", rest.text),
                     "L stands alone or as L-3, LW or L-3W, and in no list");
      return true;
    }
    const auto found = number(last ? rest.text.substr(1) : rest.text);
    if (!found || *found > (last ? 30 : 31) || *found < (last ? 0 : 1)) {
      error_ = last ? wrong(rest, "no number of days before the last", "give L-0 to L-30")
                    : wrong(word, fmt::format("\"{}\" is no day with a W", word.text),
                            "give one day from 1W to 31W, in no list and no range");
      return true;
    }
    (last ? schedule.before_last_ : schedule.day_value_) = *found;
    return true;
  }

  /// `?`, `L`, `6L` and `6#3`.
  bool special_weekday(const Word& word) {
    weekday_open = word.text == "?";
    if (weekday_open) return true;
    schedule.rule_ = schedule.rule_ == Rule::days ? Rule::weekdays : schedule.rule_;
    if (word.text == "L") {
      schedule.weekday_.add(7);  // every Saturday, not the last one
      return true;
    }
    const std::size_t hash = word.text.find('#');
    const bool last = word.text.ends_with('L');
    if (!last && hash == std::string_view::npos) return false;
    const Word day = word.sub(0, last ? word.text.size() - 1 : hash);
    const auto found = value(day, kQuartzFields[kWeekdayField]);
    if (std::holds_alternative<CronError>(found)) {
      error_ = wrong(word, fmt::format("\"{}\" is no day of the week with an L or #", word.text),
                     "give one day such as 6L or FRI#3, in no list and no range");
      return true;
    }
    schedule.day_value_ = std::get<int>(found);
    schedule.rule_ = last ? Rule::last_weekday_of : Rule::nth_weekday_of;
    if (last) return true;
    const auto nth = number(word.text.substr(hash + 1));
    if (!nth || *nth < 1 || *nth > 5) {
      error_ = wrong(word.sub(hash + 1), "no month has so many of them", "give 1 to 5 after the #");
    } else {
      schedule.nth_ = *nth;
    }
    return true;
  }

  std::optional<CronError> error_;
};

/// CronExpression.getTimeAfter: fields are set in a lenient calendar, and looked at again from the
/// seconds on whenever one of them moved.
class QuartzSearch {
 public:
  QuartzSearch(const QuartzSchedule& schedule, std::int64_t from, const Zone& zone)
      : schedule_(schedule), zone_(zone), at_(local_fields(from, zone)) {}

  std::optional<std::int64_t> run() {
    settle();
    while (at_.year <= kQuartzLastYear) {
      if (second() && minute() && hour() && day() && month()) {
        if (schedule_.years_.empty()) return instant();
        const auto year =
            std::lower_bound(schedule_.years_.begin(), schedule_.years_.end(), at_.year);
        if (year == schedule_.years_.end()) return std::nullopt;
        if (*year == at_.year) return instant();
        set({*year, 1, 1, 0, 0, 0});
      }
    }
    return std::nullopt;
  }

 private:
  /// What Java makes of local time: a repeated one is standard time's, and one in a gap is read
  /// with the offset before it.
  std::int64_t instant() const {
    const Civil local = civil(as_utc(at_));
    const LocalTime times = zone_.resolve(local);
    if (times.kind != LocalKind::repeated) return times.earlier;
    return zone_.at(times.earlier).summer ? times.later : times.earlier;
  }
  void settle() { at_ = local_fields(instant(), zone_); }
  void set(const Fields& at) {
    at_ = at;
    settle();
  }
  /// Java sets the hour, and one more should that give another hour.
  void set_hour(Fields at, std::int64_t hour) {
    at.hour = hour;
    at_ = at;
    settle();
    if (at_.hour != hour && hour != 24) {
      at_.hour = hour + 1;
      settle();
    }
  }

  bool second() {
    const auto next = schedule_.second_.from(static_cast<unsigned>(at_.second));
    if (!next) ++at_.minute;
    at_.second = next ? *next : *schedule_.second_.from(0);
    settle();
    return true;
  }

  bool minute() {
    const auto next = schedule_.minute_.from(static_cast<unsigned>(at_.minute));
    if (next && *next == at_.minute) return true;
    Fields to = at_;
    to.second = 0;
    to.minute = next ? *next : *schedule_.minute_.from(0);
    set_hour(to, next ? at_.hour : at_.hour + 1);
    return false;
  }

  bool hour() {
    const auto next = schedule_.hour_.from(static_cast<unsigned>(at_.hour));
    if (next && *next == at_.hour) return true;
    Fields to = at_;
    to.second = to.minute = 0;
    if (!next) ++to.day;
    set_hour(to, next ? *next : *schedule_.hour_.from(0));
    return false;
  }

  bool day() {
    const auto next =
        schedule_.day_in(at_.year, static_cast<int>(at_.month), static_cast<int>(at_.day));
    if (next && *next == at_.day) return true;
    set({at_.year, next ? at_.month : at_.month + 1, next ? *next : 1, 0, 0, 0});
    return false;
  }

  bool month() {
    const auto next = schedule_.month_.from(static_cast<unsigned>(at_.month));
    if (next && *next == at_.month) return true;
    set({next ? at_.year : at_.year + 1, next ? *next : *schedule_.month_.from(0), 1, 0, 0, 0});
    return false;
  }

  const QuartzSchedule& schedule_;
  const Zone& zone_;
  Fields at_;
};

}  // namespace cron

std::variant<QuartzSchedule, CronError> QuartzSchedule::parse(std::string_view text) {
  using namespace cron;
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const std::vector<Word> found = words(upper);
  if (found.size() < 6 || found.size() > 7) {
    const Word end = found.size() > 7 ? found[7] : Word{{}, text.size()};
    return wrong(end, fmt::format("Quartz wants 6 or 7 fields, here are {}", found.size()),
                 "give second, minute, hour, day of the month, month, day of the week and perhaps "
                 "a year");
  }
  QuartzParser parser;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i != kDayField && i != kWeekdayField && found[i].text == "?") {
      return wrong(found[i], fmt::format("a {} cannot be left open", kQuartzFields[i].name),
                   "write * where you mean any");
    }
    if (auto error = parser.read(i, found[i])) return *error;
  }
  if (parser.day_open == parser.weekday_open) {
    return wrong(found[kWeekdayField],
                 parser.day_open ? "both day fields are left open" : "both day fields are given",
                 "write ? in exactly one of them");
  }
  std::sort(parser.schedule.years_.begin(), parser.schedule.years_.end());
  return parser.schedule;
}

std::optional<int> QuartzSchedule::day_in(std::int64_t year, int month, int from) const {
  using namespace cron;
  const int most = quartz_month_length(year, month);
  const auto at_least = [&](int day) {
    return day >= from && day <= most ? std::optional<int>(day) : std::nullopt;
  };
  switch (rule_) {
    case DayRule::days: {
      const auto day = day_.from(static_cast<unsigned>(from));
      return day ? at_least(static_cast<int>(*day)) : std::nullopt;
    }
    case DayRule::weekdays:
      for (int day = from; day <= most; ++day) {
        if (weekday_.has(static_cast<unsigned>(quartz_weekday(year, month, day)))) return day;
      }
      return std::nullopt;
    case DayRule::last_weekday_of: {
      const int back = (quartz_weekday(year, month, most) - day_value_ + 7) % 7;
      return at_least(most - back);
    }
    case DayRule::nth_weekday_of: {
      const int first = 1 + (day_value_ - quartz_weekday(year, month, 1) + 7) % 7;
      return at_least(first + (nth_ - 1) * 7);
    }
    default:
      break;
  }
  int day = rule_ == DayRule::last ? most - before_last_ : day_value_;
  if (!to_weekday_) return at_least(day);
  const int on = quartz_weekday(year, month, day);  // of 31 April it is that of 1 May
  if (on == 7) day += day == 1 ? 2 : -1;
  if (on == 1) day += day == most ? -2 : 1;
  return at_least(day);
}

std::optional<WallTime> QuartzSchedule::next(WallTime after, const Zone& zone) const {
  const auto found = cron::QuartzSearch(*this, after.seconds + 1, zone).run();
  if (!found) return std::nullopt;
  return WallTime{*found, 0};
}

}  // namespace leapday::clocks
