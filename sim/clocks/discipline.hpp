/// \file discipline.hpp
/// The daemons that keep a clock right: what ntpd and chronyd make of the offsets they measure.
/// Why: one of them exits where the other slews for years, and a flag decides whether a host
/// follows a time server to the year 2000.
///
/// | fact | how | where |
/// |---|---|---|
/// | ntpd: states, -g once, PLL gains, 128 ms, 300 s, 1,000 s | read | ntp.org: ntp_loopfilter.c |
/// | ntpd: 500 ppm, -x is 600 s; NTPsec's stepout of 900 s | recalled | their documentation |
/// | chronyd: makestep, maxchange, leap modes, corrections | read | reference.c |
/// | chronyd: pace of a slew | read | sys_generic.c |
/// | chronyd: maxslewrate 1e6 / 12 ppm, maxupdateskew 1,000 ppm, ratio 3 | read | conf.c |
/// | chronyd: packages ship `makestep 1 3` | recalled | chrony.conf of Debian and Fedora |
///
/// Left out: the poll interval's adaptation and ntpd's FLL, which takes part from 2,048 s on;
/// chronyd's choice of samples for its regression, for which the last eight stand.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "leapday/time.hpp"
#include "sim/clocks/host_clock.hpp"
#include "sim/clocks/leap.hpp"
#include "sim/clocks/rate.hpp"

namespace leapday::clocks {

/// What a daemon takes from its sources at one poll.
struct Measured {
  Duration offset{};      ///< What is to be added to the clock: positive when it is slow.
  Duration jitter = 1ms;  ///< Standard deviation: chronyd corrects no faster than it knows.
};

/// What a daemon does to the clock after a poll.
struct Correction {
  enum class Kind {
    ignore,  ///< Nothing: a slew under way goes on.
    slew,
    step,  ///< And then `rate`, as with a slew.
    exit,  ///< The daemon gives up; the clock runs on at the last frequency.
  };
  Kind kind = Kind::ignore;
  Duration step{};
  ClockRate rate;                 ///< Of HostClock::slew: frequency and correction together.
  std::optional<Duration> lasts;  ///< Then the offset is corrected, and `after` is the rate.
  ClockRate after;
};
/// Steps and slews as told. The caller slews to `after` when `lasts` is over.
void apply(const Correction& correction, HostClock& clock, SimTime now);

/// The rate that makes up for `offset` in `over`, and at most `most` either way.
ClockRate limited_rate(Duration offset, Duration over, ClockRate most);

/// ntpd of ntp.org and of NTPsec, with the daemon's own loop.
class Ntpd {
 public:
  struct Options {
    Duration step = 128ms;  ///< `tinker step`: the offset from which it steps; zero: never.
    /// `tinker stepout`: for so long a larger offset may be a spike. NTPsec waits 900 s.
    Duration stepout = 300s;
    Duration panic = 1000s;               ///< `tinker panic`: it exits beyond; zero: never.
    bool first_panic = false;             ///< -g: the first update may be of any size.
    std::optional<ClockRate> drift_file;  ///< The frequency of an earlier life.
  };
  /// -x: it steps from 600 s on, and slews what is less.
  static Options slewing();
  static Options ntpsec();

  enum class State {
    no_frequency,     ///< NSET: no update yet, nor a drift file.
    frequency_known,  ///< FSET: no update yet.
    measuring,        ///< FREQ: waits for the stepout to know the frequency.
    synchronised,     ///< SYNC
    spike,            ///< SPIK: an offset above the threshold came.
    gone,             ///< It has exited.
  };

  Ntpd(Options options, MonoTime now);
  /// \param now Time since its start, by a clock that is not stepped.
  /// \param poll The poll interval: a fixed one between 16 s and 1,024 s.
  Correction update(MonoTime now, const Measured& measured, Duration poll = 64s);
  /// No source is left: the frequency is kept, the offset's correction is not.
  Correction lost();

  State state() const { return state_; }
  /// What it has found out about the oscillator: the opposite of its error.
  ClockRate frequency() const { return frequency_; }

 private:
  Correction outlier(Duration offset, Duration since);
  Correction inlier(Duration offset, Duration since, Duration poll);
  void enter(State state) { state_ = state; }

  Options options_;
  State state_;
  MonoTime epoch_;  ///< Of the last update that was used.
  ClockRate frequency_;
  bool may_panic_;
};

/// chronyd.
class Chronyd {
 public:
  struct Options {
    /// `maxslewrate`: a second takes 12 s.
    ClockRate max_slew = ClockRate::ratio(1, 12);
    /// `makestep THRESHOLD LIMIT`: larger offsets are stepped in the first updates.
    std::optional<Duration> makestep;
    int makestep_limit = 0;  ///< Updates in which it may step; negative: all.
    /// `maxchange OFFSET START IGNORE`: larger offsets after the first updates are not believed.
    std::optional<Duration> maxchange;
    int maxchange_start = 0;
    int maxchange_ignore = 0;  ///< So many are ignored before it exits; negative: all.
    ClockRate frequency;       ///< `driftfile`
  };
  /// What Debian and Fedora ship: makestep 1 3.
  static Options packaged();

  explicit Chronyd(Options options) : options_(options), frequency_(options.frequency) {}
  /// \param now CLOCK_MONOTONIC_RAW: neither stepped nor slewed.
  Correction update(MonoTime now, const Measured& measured);
  /// No source is left: the frequency is kept, and a slew under way ends in time.
  Correction lost(MonoTime now);

  bool gone() const { return gone_; }
  ClockRate frequency() const { return frequency_; }

 private:
  struct Sample {
    MonoTime at;
    Duration total{};  ///< Offset plus what was corrected until then: the oscillator's own error.
  };
  bool believed(Duration offset, Correction& instead);
  bool steps(Duration offset);
  void account(MonoTime now);
  void estimate(MonoTime now, Duration offset);
  Correction slew(const Measured& measured, Duration since);

  Options options_;
  ClockRate frequency_, phase_;
  Duration phase_left_{};  ///< How long the correction of the offset still runs.
  std::optional<MonoTime> last_;
  Duration corrected_{};
  std::vector<Sample> samples_;
  bool gone_ = false;
};

/// `leapsecmode` of chronyd.
enum class ChronyLeap { system, step, slew, ignore };
/// What the clock then does about a leap second that the sources announce. chronyd takes none but
/// at the ends of June and December; a clock that ignores one is corrected as for any other offset.
LeapMode leap_mode(ChronyLeap mode, const LeapSecond& leap);

}  // namespace leapday::clocks
