/// \file eventually.cpp
/// `eventually C [for h] within d after anchor`: recovery and completion.
/// Why: C must have held for h, all of it between the anchor and the deadline; data from before the
/// anchor cannot make a platform recovered.
#include <fmt/format.h>

#include <algorithm>

#include "reports/claims.hpp"
#include "reports/formats/text.hpp"

namespace leapday {

namespace {

/// When a condition had held for long enough, given what each instant said.
class Holding {
 public:
  Holding(Duration hold, Duration before, SimTime anchor)
      : hold_(hold), before_(before), anchor_(anchor) {}
  void look(bool yes, SimTime at) {
    if (met_) return;
    if (!yes) {
      since_.reset();
      return;
    }
    // What is read over a second says so of the whole second that ends now.
    if (!since_) since_ = std::max(at - before_, anchor_);
    if (at - *since_ >= hold_) met_ = at;
  }
  std::optional<SimTime> met() const { return met_; }

 private:
  Duration hold_;
  Duration before_;
  SimTime anchor_;
  std::optional<SimTime> since_;
  std::optional<SimTime> met_;
};

/// Whole seconds, changes of states and the deadline, from the anchor to the end of the run.
class Instants {
 public:
  Instants(const Reader& reader, const Expectation& expectation, SimTime anchor, SimTime deadline)
      : at_(anchor), ended_(reader.record().ended) {
    special_ = reader.changes(expectation.condition);
    special_.push_back(ended_);
    special_.push_back(deadline);
    std::sort(special_.begin(), special_.end());
    next_ = std::upper_bound(special_.begin(), special_.end(), at_);
  }
  SimTime at() const { return at_; }
  bool over() const { return at_ > ended_; }
  void advance() {
    const std::int64_t second = at_.time_since_epoch().count() / 1'000'000'000 + 1;
    at_ = kSimStart + Duration{second * 1'000'000'000};
    if (next_ != special_.end()) at_ = std::min(at_, *next_);
    while (next_ != special_.end() && *next_ <= at_) ++next_;
  }

 private:
  SimTime at_;
  SimTime ended_;
  std::vector<SimTime> special_;
  std::vector<SimTime>::const_iterator next_;
};

bool inside(const ResolvedScope& scope, SimTime at) {
  return std::any_of(scope.pieces.begin(), scope.pieces.end(),
                     [&](const TimeRange& piece) { return at >= piece.from && at <= piece.to; });
}

/// What the instants from the anchor on said.
struct Watched {
  std::optional<SimTime> met;         ///< Also after the deadline.
  std::optional<SimTime> could_have;  ///< Had every unknown instant been good.
  std::string why_unknown;            ///< Of the first unknown instant before the deadline.
  Reading last;                       ///< The last known one up to the deadline.
  std::uint64_t looks = 0;
};

Watched watch(const Reader& reader, const Expectation& expectation, const ResolvedScope& scope,
              SimTime anchor, SimTime deadline) {
  const bool windows = Reader::longest(expectation.condition, reader) > Duration{0};
  const Duration before = windows ? Duration{1s} : Duration{0};
  Holding holding(expectation.hold, before, anchor);
  Holding hopeful(expectation.hold, before, anchor);
  const SimTime first_whole =
      kSimStart + (anchor > kSimStart ? whole_seconds(anchor.time_since_epoch()) : Duration{0});
  Watched seen;
  for (Instants instants(reader, expectation, anchor, deadline); !instants.over();
       instants.advance()) {
    const SimTime at = instants.at();
    if (!inside(scope, at)) continue;
    const std::int64_t whole = at.time_since_epoch().count() / 1'000'000'000;
    const SimTime data_to =
        at == reader.record().ended ? at : kSimStart + Duration{whole * 1'000'000'000};
    const Reading reading = reader.at(expectation.condition, {at, data_to, first_whole});
    holding.look(reading.truth == Truth::yes, at);
    // A trailing window that is not complete yet says nothing, for good or bad.
    hopeful.look(
        reading.truth == Truth::yes || (reading.truth == Truth::unknown && !reading.incomplete),
        at);
    if (at > deadline) {
      // How late it was met is all that is left to learn; longer rows would not tell.
      if (holding.met() || reading.coarse) break;
      continue;
    }
    ++seen.looks;
    if (reading.truth != Truth::unknown)
      seen.last = reading;
    else if (seen.why_unknown.empty() && !reading.incomplete)
      seen.why_unknown = reading.why;
  }
  seen.met = holding.met();
  seen.could_have = hopeful.met();
  return seen;
}

std::string last_seen(const Watched& seen, const Expectation& expectation) {
  if (!seen.last.value) return {};
  return "; last seen " + seen_text(seen.last, expectation);
}

void report_met(ExpectationVerdict& verdict, const Expectation& expectation, SimTime anchor,
                SimTime met) {
  const Duration took = met - anchor;
  const double seconds = static_cast<double>(took.count()) / 1e9;
  verdict.worst = JudgedWindow{anchor, met, seconds};
  verdict.margin = static_cast<double>((expectation.within - took).count()) / 1e9;
  verdict.reason = fmt::format("met {} after {}", text::duration(took), expectation.after->text());
}

}  // namespace

ExpectationVerdict judge_eventually(const Reader& reader, const Expectation& expectation,
                                    const ResolvedScope& scope) {
  ExpectationVerdict verdict;
  const Record& record = reader.record();
  if (!expectation.after) {
    verdict.reason = "it names no anchor to count from";
    return verdict;
  }
  const std::optional<SimTime> anchor = anchor_time(record, *expectation.after);
  if (!anchor) {
    verdict.reason = expectation.after->text() + " was never reached";
    return verdict;
  }
  const SimTime deadline = *anchor + expectation.within;
  const Watched seen = watch(reader, expectation, scope, *anchor, deadline);
  verdict.unit = "s";
  verdict.bound = static_cast<double>(expectation.within.count()) / 1e9;
  verdict.windows = seen.looks;
  if (seen.met) report_met(verdict, expectation, *anchor, *seen.met);
  if (seen.met && *seen.met <= deadline) {
    verdict.outcome = Outcome::pass;
    return verdict;
  }
  if (deadline > record.ended) {
    verdict.reason =
        fmt::format("the run ended {} before the deadline{}",
                    text::duration(deadline - record.ended), last_seen(seen, expectation));
    if (!record.cut_short.empty()) verdict.reason += " (cut short: " + record.cut_short + ")";
    return verdict;
  }
  if (seen.could_have && *seen.could_have <= deadline) {
    verdict.reason = seen.why_unknown;
    return verdict;
  }
  if (seen.looks == 0) {
    verdict.reason = "nothing between the anchor and the deadline lies in its scope";
    return verdict;
  }
  verdict.outcome = Outcome::fail;
  verdict.violations = 1;
  const SimTime until = seen.met.value_or(record.ended);
  verdict.first_violation =
      JudgedWindow{*anchor, deadline, static_cast<double>((until - *anchor).count()) / 1e9};
  if (seen.met) {
    verdict.reason += fmt::format(", {} late", text::duration(*seen.met - deadline));
  } else {
    verdict.reason = "not met by the end of the run" + last_seen(seen, expectation);
  }
  return verdict;
}

}  // namespace leapday
