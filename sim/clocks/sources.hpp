/// \file sources.hpp
/// Where time comes from: references, servers that follow them, and how a daemon tells those that
/// lie from those that do not.
/// Why: three sources outvote a bad one and one source is believed whatever it says; two machines
/// of one operator that fail together are a majority of three (USNO's tick and tock, 2012).
///
/// | fact | how | where |
/// |---|---|---|
/// | intersection: least number of falsetickers, midpoints | recalled | RFC 5905, A.5.5.1 |
/// | survivors overlap the intersection; weights 1 / distance | recalled | ntp_proto.c |
/// | distance grows by 15 ppm; unfit beyond 1.5 s; stratum 16 | recalled | RFC 5905: PHI, MAXDIST |
/// | tick and tock in the year 2000: -378,691,200 s, 21:12:47 to 22:04:02 | read | time-nuts |
/// | a smear of 24 h, linear from noon to noon | read | google/unsmear |
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/time.hpp"
#include "sim/clocks/leap.hpp"
#include "sim/clocks/rate.hpp"

namespace leapday::clocks {

/// What a client knows of a source: true time lies within `distance` of the offset if it is right.
struct SourceReading {
  Duration offset{};         ///< To be added to the client's clock.
  Duration distance = 10ms;  ///< Root distance: half the round trips and the dispersion so far.
  int stratum = 1;           ///< 1 to 15; 16 is not synchronised.
  bool reachable = true;
};

/// What a client makes of its sources.
struct Selection {
  std::optional<Duration> offset;                      ///< Nothing: no majority, or no source.
  Duration distance{};                                 ///< Of the source that it follows.
  int stratum = 16;                                    ///< That source's.
  std::vector<std::size_t> truechimers, falsetickers;  ///< Fit sources by index.
};
/// NTP's algorithm: the smallest number of liars, fewer than half, whose removal lets the intervals
/// of the others meet.
Selection select_sources(const std::vector<SourceReading>& sources);

/// An error of a reference for a time, or for good.
struct SourceFault {
  Duration error{};         ///< What it shows too much.
  TaiTime from{}, until{};  ///< From the first to before the second.

  /// tick and tock.usno.navy.mil on 19 November 2012, which served the year 2000.
  static SourceFault usno_2012(const LeapTable& table);
  /// Windows' Secure Time Seeding, which took random bytes for a time: 55 days (August 2023).
  static SourceFault secure_time_seeding(TaiTime from, TaiTime until);
  /// A receiver whose count of weeks has overflowed `rollovers` times more than it thinks.
  static SourceFault gps_rollover(TaiTime from, TaiTime until, int rollovers = 1);
};

/// How far a clock that smears that leap second is ahead of one that steps (POSIX's count of UTC):
/// from -0.5 s to 0.5 s for one inserted.
Duration smear_error(const LeapTable& table, const LeapSecond& leap, TaiTime now,
                     Duration window = 24h);

/// References and servers that take their time from them. A server listed later may follow those
/// listed before it.
class SourceGraph {
 public:
  using Id = std::size_t;

  explicit SourceGraph(LeapTable table) : table_(std::move(table)) {}

  /// A receiver or an atomic clock, stratum 0.
  Id add_reference(Duration distance = 1ms);
  /// A server that polls those, and when it has lost them all runs on with a wrong frequency.
  /// \param distance What the way to it adds.
  Id add_server(std::vector<Id> upstream, Duration distance = 10ms, ClockRate holdover = {});
  void fault(Id reference, const SourceFault& fault);
  /// It smears that leap second.
  void smears(Id reference, const LeapSecond& leap, Duration window = 24h);
  /// What it shows too much from then on, a reference or a server.
  void set_error(Id id, Duration error);
  /// Nobody reaches it from then on, or again.
  void reachable(Id id, bool is);

  /// What each node would tell a client whose clock is right, at an instant; ask in order of time.
  const std::vector<SourceReading>& read(TaiTime now);
  /// What a client that polls those makes of them at that instant.
  Selection select(TaiTime now, const std::vector<Id>& sources);

 private:
  struct Smear {
    LeapSecond leap;
    Duration window{};
  };
  struct Node {
    bool reference = true, reachable = true;
    std::vector<Id> upstream;
    Duration distance{}, error{};
    ClockRate holdover;
    std::vector<SourceFault> faults;
    std::vector<Smear> smears;
    std::optional<TaiTime> followed;  ///< When a server last had a source.
    SourceReading then;               ///< What it was then.
  };
  SourceReading of_reference(const Node& node, TaiTime now) const;
  SourceReading of_server(Node& node, TaiTime now);

  LeapTable table_;
  std::vector<Node> nodes_;
  std::vector<SourceReading> readings_;
};

}  // namespace leapday::clocks
