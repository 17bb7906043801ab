/// \file lab.hpp
/// A clock that goes through leap seconds, read at instants of true UTC.
/// Why: the tests then read like a table of "true UTC, mode, what the wall shows".
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "sim/clocks/calendar.hpp"
#include "sim/clocks/host_clock.hpp"
#include "sim/clocks/leap.hpp"

namespace leapday::clocks::lab {

inline LeapTable published() { return LeapTable::published(); }

/// The instant that a text names, which the table has to know.
inline TaiTime tai(std::string_view text, const LeapTable& table = published()) {
  const auto utc = table.parse(text);
  BOOST_REQUIRE_MESSAGE(utc, text << " is no instant");
  return table.tai(*utc);
}

inline WallTime wall(std::string_view text) {
  const auto utc = LeapTable{}.parse(text);
  BOOST_REQUIRE_MESSAGE(utc, text << " is no wall time");
  return posix(*utc);
}

inline Duration between(TaiTime from, TaiTime to) {
  return std::chrono::seconds{to.seconds - from.seconds} +
         Duration{to.nanoseconds - from.nanoseconds};
}
inline Duration ahead(WallTime a, WallTime b) {
  return std::chrono::seconds{a.seconds - b.seconds} + Duration{a.nanoseconds - b.nanoseconds};
}

/// "2016-12-31T23:59:59.999999999"
inline std::string shown(WallTime wall) {
  const Civil at = civil(wall.seconds);
  char text[64];
  std::snprintf(text, sizeof text, "%s %02d:%02d:%02d.%09d", date_text(wall).c_str(),
                at.second_of_day / 3600, at.second_of_day / 60 % 60, at.second_of_day % 60,
                wall.nanoseconds);
  return text;
}

/// A clock that was right two days before a leap second and then meets it in one mode.
class Leaping {
 public:
  Leaping(LeapMode mode, LeapSecond leap, LeapTable table = published())
      : table_(std::move(table)),
        start_(table_.tai({leap.day - 2, 0, 0})),
        clock_(kSimStart, {(leap.day - 2) * 86400, 0}),
        changes_(leap_changes(table_, leap, mode)) {}

  /// What it shows at an instant of true UTC; ask in order of time.
  WallTime at(std::string_view utc) { return at(tai(utc, table_)); }
  WallTime at(TaiTime when) {
    for (; next_ < changes_.size() && changes_[next_].at <= when; ++next_) apply(changes_[next_]);
    return clock_.realtime(sim(when));
  }
  HostClock& clock() { return clock_; }

 private:
  SimTime sim(TaiTime at) const { return kSimStart + between(start_, at); }
  void apply(const LeapChange& change) {
    const SimTime now = sim(change.at);
    switch (change.kind) {
      case LeapChange::Kind::step:
        return clock_.step(now, change.by);
      case LeapChange::Kind::slew:
        return clock_.slew(now, change.rate, change.wander);
      case LeapChange::Kind::freeze:
        return clock_.freeze(now);
      case LeapChange::Kind::thaw:
        return clock_.thaw(now);
    }
  }

  LeapTable table_;
  TaiTime start_;
  HostClock clock_;
  std::vector<LeapChange> changes_;
  std::size_t next_ = 0;
};

inline LeapSecond new_year_2017() { return published().leaps().back(); }

}  // namespace leapday::clocks::lab
