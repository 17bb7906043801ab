/// \file claims.cpp
/// Judges comparisons over scopes and windows, and always and never second by second.
#include "reports/claims.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/formats/subjects.hpp"
#include "reports/formats/text.hpp"

namespace leapday {

namespace {

std::string value_text(const Reading& reading) {
  const std::string_view unit = text::unit_name(reading.unit);
  return text::quantity(reading.value.value_or(0), unit);
}

std::string at_text(TimeRange window) {
  return text::instant(window.from) + " to " + text::instant(window.to);
}

std::string cut_reason(const Record& record) {
  return "the run was cut short at " + text::instant(record.ended) + " (" + record.cut_short + ")";
}

/// The comparison that decides a condition, for its sign in sentences; nullptr in a tree of many.
const Comparison* only_comparison(const Expectation& expectation) {
  if (expectation.kind == Expectation::Kind::comparison) return &expectation.comparison;
  const Condition& condition = expectation.condition;
  return condition.kind == Condition::Kind::comparison ? &condition.comparison : nullptr;
}

}  // namespace

void Findings::add(const Reading& reading, TimeRange window, std::uint64_t times) {
  if (reading.truth == Truth::unknown) {
    if (reading.incomplete) {
      incomplete_ += times;
    } else if (reading.no_data) {
      if (no_data_ == 0) why_no_data_ = reading.why;
      no_data_ += times;
    } else {
      if (unknown_ == 0) why_unknown_ = reading.why + " (" + at_text(window) + ")";
      unknown_ += times;
    }
    return;
  }
  if (reading.truth == Truth::no) {
    if (violated_ == 0) first_ = Seen{reading, window};
    violated_ += times;
  } else {
    held_ += times;
  }
  if (!reading.margin) return;
  if (!worst_ || *reading.margin < *worst_->reading.margin) worst_ = Seen{reading, window};
}

void Findings::report(ExpectationVerdict& verdict) const {
  verdict.windows = judged();
  verdict.violations = violated_;
  const auto window = [](const Seen& seen) {
    return JudgedWindow{seen.window.from, seen.window.to, seen.reading.value.value_or(0)};
  };
  if (first_ && verdict.outcome != Outcome::pass) verdict.first_violation = window(*first_);
  if (!worst_) return;
  const Reading& worst = worst_->reading;
  verdict.unit = text::unit_name(worst.unit);
  verdict.worst = window(*worst_);
  if (worst.bound) verdict.bound = *worst.bound;
  verdict.margin = *worst.margin;
}

std::string seen_text(const Reading& reading, const Expectation& expectation) {
  std::string out = value_text(reading);
  const Comparison* comparison = only_comparison(expectation);
  if (comparison == nullptr || !reading.bound) return out;
  const std::string bound = text::quantity(*reading.bound, text::unit_name(reading.unit));
  const bool never = expectation.kind == Expectation::Kind::never;
  out +=
      fmt::format(" against {}{} {}", never ? "never " : "", text::sign_of(comparison->op), bound);
  if (comparison->bound.reference == Bound::Reference::twin) out += " (from the twin)";
  if (comparison->bound.reference == Bound::Reference::baseline) out += " (from the baseline)";
  if (comparison->bound.other) out += " (from " + comparison->bound.other->text() + ")";
  return out;
}

ExpectationVerdict judge_whole(const Reader& reader, const Expectation& expectation,
                               const ResolvedScope& scope) {
  ExpectationVerdict verdict;
  const Comparison& comparison = expectation.comparison;
  const TimeRange whole{scope.pieces.front().from, scope.pieces.back().to};
  Reading reading = reader.over(comparison, whole, scope.pieces);
  Findings findings;
  findings.add(reading, whole);
  const std::string unstable =
      reading.unit == Quantity::Kind::duration
          ? unstable_reason(reader.scenario(), reader.record(), comparison.call.entity)
          : std::string{};
  if (reading.truth == Truth::unknown) {
    verdict.reason = reading.why;
  } else if (scope.cut) {
    verdict.reason =
        cut_reason(reader.record()) + "; until then " + seen_text(reading, expectation);
  } else if (reading.truth == Truth::no) {
    verdict.outcome = Outcome::fail;
    verdict.reason = seen_text(reading, expectation);
    if (!unstable.empty()) verdict.reason += "; " + unstable;
  } else if (!unstable.empty()) {
    // It held for as long as the run was; a longer run would have given another figure.
    verdict.reason = unstable;
  } else {
    verdict.outcome = Outcome::pass;
    verdict.reason = seen_text(reading, expectation);
  }
  findings.report(verdict);
  if (verdict.outcome == Outcome::fail) {
    // A count that grew too large did so in one second; other figures belong to the whole scope.
    const std::optional<TimeRange> crossed =
        reader.crossing(comparison, *reading.bound, scope.pieces);
    if (crossed) {
      verdict.first_violation->from = crossed->from;
      verdict.first_violation->to = crossed->to;
    }
  }
  if (!unstable.empty() && verdict.outcome == Outcome::inconclusive) {
    // A figure without a steady state is not reported as if it had one.
    verdict.worst.reset();
    verdict.margin.reset();
    verdict.first_violation.reset();
  }
  return verdict;
}

namespace {

/// Windows tumble from t=0. Those not wholly inside a part of the scope are not judged.
template <class Visit>
void each_window(const Expectation& expectation, const ResolvedScope& scope, Visit visit) {
  const std::int64_t length = expectation.window->count();
  for (const TimeRange& piece : scope.pieces) {
    const std::int64_t from = piece.from.time_since_epoch().count();
    for (std::int64_t start = (from + length - 1) / length * length;; start += length) {
      const TimeRange window{kSimStart + Duration{start}, kSimStart + Duration{start + length}};
      if (window.to > piece.to) break;
      visit(window);
    }
  }
}

/// How many would have been complete, had the run not been cut short.
std::uint64_t missing_windows(const Record& record, const Expectation& expectation,
                              const ResolvedScope& scope) {
  if (!scope.cut) return 0;
  const Duration left = planned_end(record) - record.ended;
  return static_cast<std::uint64_t>(left.count() / expectation.window->count()) + 1;
}

/// `a of b` reaches the share, exactly.
bool reaches(std::uint64_t a, std::uint64_t b, const Ratio& share) {
  __extension__ using Wide = __int128;
  return static_cast<Wide>(a) * share.den >= static_cast<Wide>(share.num) * static_cast<Wide>(b);
}

/// The margin of the window that decides whether enough windows hold.
double deciding_margin(std::vector<double> margins, const Ratio& share) {
  std::sort(margins.begin(), margins.end(), std::greater<>{});
  std::uint64_t needed = 0;
  while (needed < margins.size() && !reaches(needed, margins.size(), share)) ++needed;
  return margins[needed == 0 ? 0 : needed - 1];
}

}  // namespace

ExpectationVerdict judge_windows(const Reader& reader, const Expectation& expectation,
                                 const ResolvedScope& scope) {
  ExpectationVerdict verdict;
  const Record& record = reader.record();
  const std::string length = text::duration(*expectation.window);
  const bool of_share = !(expectation.share == Ratio{1, 1});
  Findings findings;
  Reading first_bad;
  std::vector<double> margins;
  std::uint64_t complete = 0;
  each_window(expectation, scope, [&](TimeRange window) {
    const Reading reading = reader.over(expectation.comparison, window);
    if (reading.truth == Truth::no && findings.violated() == 0) first_bad = reading;
    findings.add(reading, window);
    if (of_share && reading.margin) margins.push_back(*reading.margin);
    ++complete;
  });
  if (complete == 0) {
    verdict.reason = "no complete window of " + length + " lies in its scope";
    return verdict;
  }
  const std::uint64_t open =
      findings.unknown() + findings.no_data() + missing_windows(record, expectation, scope);
  const std::uint64_t all = findings.judged() + open;
  if (reaches(findings.held(), all, expectation.share)) {
    verdict.outcome = Outcome::pass;
  } else if (!reaches(findings.held() + open, all, expectation.share)) {
    verdict.outcome = Outcome::fail;
  }
  const std::uint64_t bad = findings.violated();
  findings.report(verdict);
  if (bad > 0) {
    verdict.reason = fmt::format("{} of {} windows of {} broke it, the first with {}", bad,
                                 findings.judged(), length, seen_text(first_bad, expectation));
  } else {
    verdict.reason = fmt::format("{} windows of {} held it", findings.held(), length);
  }
  if (verdict.outcome == Outcome::inconclusive) {
    if (findings.unknown() > 0)
      verdict.reason = findings.why_unknown();
    else if (findings.no_data() > 0)
      verdict.reason = findings.why_no_data() + " in a window of " + length;
    else
      verdict.reason = cut_reason(record);
  }
  if (!margins.empty() && open == 0) {
    verdict.margin = deciding_margin(std::move(margins), expectation.share);
  }
  return verdict;
}

namespace {

/// Second `k` as far as it lies in the part. Windows need all of it (the run's last second may be
/// shorter); states can be looked at in a broken one as well.
std::optional<TimeRange> step_in(TimeRange piece, std::int64_t k, SimTime ended, bool states_only) {
  const TimeRange second{kSimStart + Duration{k * 1'000'000'000},
                         std::min(kSimStart + Duration{(k + 1) * 1'000'000'000}, ended)};
  const TimeRange inside{std::max(second.from, piece.from), std::min(second.to, piece.to)};
  if (inside.from >= inside.to || (!states_only && inside != second)) return std::nullopt;
  return inside;
}

/// Reads the condition at the second's start, at every change of a state within it, and, at the
/// very end of the run, there too. The worst counts.
Reading read_second(const Reader& reader, const Expectation& expectation, TimeRange second,
                    TimeRange piece, const std::vector<SimTime>& changes, SimTime& seen_at) {
  const bool never = expectation.kind == Expectation::Kind::never;
  Reading worst;
  bool first = true;
  const auto look = [&](SimTime at) {
    Reading reading = reader.at(expectation.condition, {at, second.to, piece.from});
    if (never) reading = opposite(std::move(reading));
    const bool worse =
        reading.truth < worst.truth || (reading.truth == worst.truth && reading.margin &&
                                        worst.margin && *reading.margin < *worst.margin);
    if (first || worse) {
      worst = reading;
      seen_at = at;
    }
    first = false;
  };
  look(second.from);
  for (auto at = std::upper_bound(changes.begin(), changes.end(), second.from);
       at != changes.end() && *at < second.to; ++at) {
    look(*at);
  }
  if (!changes.empty() && second.to == reader.record().ended) look(second.to);
  return worst;
}

constexpr std::int64_t kSecond = 1'000'000'000;

/// Seconds of which only longer rows are left, to be read by those.
struct CoarsePart {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t trailing = 0;  ///< Seconds that a window reaches back before its last one.
};

/// Of a part of the scope; empty where single seconds tell, or are not asked for.
CoarsePart coarse_part(const Reader& reader, const Expectation& expectation, TimeRange piece) {
  const auto second_of = [](SimTime at) { return at.time_since_epoch().count() / kSecond; };
  const auto coarse = [&](std::int64_t k) {
    const SimTime at = kSimStart + Duration{k * kSecond};
    return reader.at(expectation.condition, {at, at + Duration{1s}, kSimStart}).coarse;
  };
  CoarsePart part;
  part.trailing = Reader::longest(expectation.condition, reader).count() / kSecond - 1;
  const bool broken = piece.from > kSimStart + Duration{second_of(piece.from) * kSecond};
  part.from = second_of(piece.from) + (broken ? 1 : 0) + part.trailing;
  part.to = std::min(second_of(piece.to), second_of(reader.single_seconds()) + part.trailing);
  // Two windows a second apart cannot both begin with a row.
  if (part.from < part.to && (coarse(part.from) || coarse(part.from + 1))) return part;
  return {};
}

void read_rows(const Reader& reader, const Expectation& expectation, TimeRange piece,
               const CoarsePart& part, Findings& findings, Reading& first_bad) {
  const Record& record = reader.record();
  const bool never = expectation.kind == Expectation::Kind::never;
  const std::int64_t step = record.step.count() / kSecond;
  const auto at = [](std::int64_t second) { return kSimStart + Duration{second * kSecond}; };
  for (std::int64_t k = part.from; k < part.to;) {
    const std::int64_t end = (k / step + 1) * step;
    const std::int64_t next = std::min(part.to, end);
    const TimeRange rows{at((k - part.trailing) / step * step), std::min(at(end), record.ended)};
    const bool inside = rows.from >= piece.from && rows.to <= piece.to;
    std::optional<Reading> reading = reader.bounded(expectation.condition, never, rows, inside);
    if (!reading) {  // one unknown stretch
      findings.add(reader.at(expectation.condition, {at(k), at(k + 1), kSimStart}),
                   {at(k), at(part.to)}, static_cast<std::uint64_t>(part.to - k));
      return;
    }
    if (reading->truth == Truth::no && findings.violated() == 0) first_bad = *reading;
    findings.add(*reading, {at(k), at(next)}, static_cast<std::uint64_t>(next - k));
    k = next;
  }
}

/// Of states that do not change between second `k` and `last`, the seconds between: how many.
std::int64_t quiet_seconds(const std::vector<SimTime>& changes, std::int64_t k, std::int64_t last) {
  const SimTime after = kSimStart + Duration{(k + 1) * kSecond};
  const auto change = std::lower_bound(changes.begin(), changes.end(), after);
  const std::int64_t next =
      change == changes.end() ? last : change->time_since_epoch().count() / kSecond;
  return std::min(next, last) - (k + 1);
}

/// Every second of the scope, read.
Findings read_scope(const Reader& reader, const Expectation& expectation,
                    const ResolvedScope& scope, Reading& first_bad) {
  const SimTime ended = reader.record().ended;
  const std::vector<SimTime> changes = reader.changes(expectation.condition);
  const bool states_only = Reader::longest(expectation.condition, reader) == Duration{0};
  Findings findings;
  for (const TimeRange& piece : scope.pieces) {
    std::int64_t k = piece.from.time_since_epoch().count() / kSecond;
    const std::int64_t last = (piece.to.time_since_epoch().count() - 1) / kSecond;
    const CoarsePart part = states_only ? CoarsePart{} : coarse_part(reader, expectation, piece);
    if (part.to > part.from) {
      read_rows(reader, expectation, piece, part, findings, first_bad);
      k = part.to;
    }
    for (; k <= last; ++k) {
      const std::optional<TimeRange> second = step_in(piece, k, ended, states_only);
      if (!second) continue;
      SimTime seen_at = second->from;
      const Reading reading = read_second(reader, expectation, *second, piece, changes, seen_at);
      if (reading.truth == Truth::no && findings.violated() == 0) first_bad = reading;
      findings.add(reading, {seen_at, second->to});
      const std::int64_t quiet = states_only ? quiet_seconds(changes, k, last) : 0;
      if (quiet <= 0) continue;
      const TimeRange next{second->to, second->to + Duration{1s}};
      const Reading same = read_second(reader, expectation, next, piece, {}, seen_at);
      if (same.truth == Truth::no && findings.violated() == 0) first_bad = same;
      findings.add(same, next, static_cast<std::uint64_t>(quiet));
      k += quiet;
    }
  }
  return findings;
}

/// Why nothing could be judged, or not enough.
std::string undecided_reason(const Reader& reader, const Expectation& expectation,
                             const Findings& findings) {
  if (findings.unknown() > 0) return findings.why_unknown();
  if (findings.judged() > 0) {
    return fmt::format("{} in {} of {} seconds; `over` a longer window would tell",
                       findings.why_no_data(), findings.no_data(),
                       findings.no_data() + findings.judged());
  }
  if (findings.no_data() > 0) return findings.why_no_data();
  if (findings.incomplete() == 0) return "its scope holds no whole second";
  return "no trailing window of " + text::duration(Reader::longest(expectation.condition, reader)) +
         " was ever complete within its scope";
}

}  // namespace

ExpectationVerdict judge_steps(const Reader& reader, const Expectation& expectation,
                               const ResolvedScope& scope) {
  ExpectationVerdict verdict;
  Reading first_bad;
  const Findings findings = read_scope(reader, expectation, scope, first_bad);
  if (findings.violated() > 0) {
    verdict.outcome = Outcome::fail;
    verdict.reason =
        fmt::format("broken in {} of {} seconds, the first with {}", findings.violated(),
                    findings.judged(), seen_text(first_bad, expectation));
  } else if (findings.unknown() > 0 || findings.judged() == 0 ||
             findings.no_data() > findings.judged()) {
    verdict.reason = undecided_reason(reader, expectation, findings);
  } else if (scope.cut) {
    verdict.reason = cut_reason(reader.record()) + "; it held until then";
  } else {
    verdict.outcome = Outcome::pass;
    verdict.reason = fmt::format("held in {} seconds", findings.held());
    if (findings.no_data() > 0) {
      verdict.reason +=
          fmt::format("; {} in {} others", findings.why_no_data(), findings.no_data());
    }
  }
  findings.report(verdict);
  return verdict;
}

}  // namespace leapday
