/// \file zone.hpp
/// A time zone as one host knows it: what its TZif file says, at any instant.
/// Why: hosts with different tzdata disagree by an hour, which a process-wide database cannot show;
/// and the library at hand forgets summer time after 2037.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "leapday/time.hpp"
#include "sim/clocks/calendar.hpp"

namespace leapday::clocks {

/// Local time at an instant.
struct ZoneOffset {
  std::int32_t seconds = 0;  ///< Ahead of UTC.
  bool summer = false;
  std::uint16_t name = 0;  ///< Index of Zone::names().
  friend bool operator==(const ZoneOffset&, const ZoneOffset&) = default;
};

/// How many instants a local time names.
enum class LocalKind { unique, skipped, repeated };
struct LocalTime {
  LocalKind kind = LocalKind::unique;
  /// Seconds since 1970: the instant; both instants; or, for a local time that is skipped, the
  /// instants that the offsets before and after the gap give it.
  std::int64_t earlier = 0, later = 0;
};

class Zone {
 public:
  /// UTC.
  Zone();
  /// \param bytes A TZif file of version 1 to 4 (RFC 8536).
  /// \return The zone, or what is wrong with the file.
  static std::variant<Zone, std::string> from_tzif(std::string_view bytes);
  /// \param rule POSIX's notation, for a zone without history: "CET-1CEST,M3.5.0,M10.5.0/3".
  static std::variant<Zone, std::string> from_rule(std::string_view rule);

  /// In constant time, for any instant of the years -290 million to 290 million.
  const ZoneOffset& at(std::int64_t posix_seconds) const {
    if (posix_seconds >= cycle_end_) posix_seconds = within_cycle(posix_seconds);
    if (posix_seconds < first_) return types_[first_type_];
    std::size_t i = buckets_[static_cast<std::size_t>((posix_seconds - first_) >> kBucketBits)];
    while (times_[i + 1] <= posix_seconds) ++i;
    return types_[type_at_[i]];
  }
  Civil local(WallTime wall) const { return civil(wall.seconds + at(wall.seconds).seconds); }
  /// Which instants a local time stands for.
  LocalTime resolve(const Civil& local) const;
  /// The next instant after that one at which the offset changes; nothing when none comes.
  std::optional<std::int64_t> next_change(std::int64_t posix_seconds) const;
  const std::string& name(const ZoneOffset& at) const { return names_[at.name]; }

 private:
  struct Builder;
  static constexpr int kBucketBits = 24;  // 194 days
  /// The same place in the last 400 years of the table: rules repeat after so long.
  std::int64_t within_cycle(std::int64_t posix_seconds) const;

  std::vector<ZoneOffset> types_;
  std::vector<std::string> names_;
  std::vector<std::int64_t> times_;     ///< Ascending, and one beyond every instant asked for.
  std::vector<std::uint8_t> type_at_;   ///< From each of them on.
  std::vector<std::uint32_t> buckets_;  ///< The last transition at or before each bucket's begin.
  std::uint8_t first_type_ = 0;
  std::int64_t first_ = 0;      ///< Before it the first type holds.
  std::int64_t cycle_end_ = 0;  ///< What the table covers ends here.
  bool repeats_ = false;        ///< After that the 400 years before it come again.
};

}  // namespace leapday::clocks
