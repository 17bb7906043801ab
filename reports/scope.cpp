/// \file scope.cpp
/// Resolves scopes and anchors against what a run recorded.
#include "reports/scope.hpp"

#include <algorithm>

#include "leapday/leap_seconds.hpp"

namespace leapday {

namespace {

bool reaches(const AnchorHit& hit, const Anchor& anchor) {
  if (anchor.percent) {
    // Shares are k/n; the small allowance keeps 2/3 reached at 66.6…%.
    return hit.share >= anchor.percent->value() - 1e-12;
  }
  if (anchor.argument) return hit.count >= *anchor.argument;
  return anchor.event != "done" || hit.share >= 1;
}

/// `done(50%)` is reached when the share passes 50 %; milestones after that belong to the same
/// occurrence until the share falls back.
std::optional<SimTime> hit_time(const Record& record, const Anchor& anchor) {
  int seen = 0;
  bool above = false;
  for (const AnchorHit& hit : record.anchors) {
    if (hit.name != anchor.name || hit.event != anchor.event) continue;
    const bool reached = reaches(hit, anchor);
    const bool milestone = anchor.percent || anchor.argument || anchor.event == "done";
    if (reached && !(milestone && above) && ++seen == anchor.occurrence) return hit.at;
    above = reached;
  }
  return std::nullopt;
}

std::vector<TimeRange> intersect(const std::vector<TimeRange>& a, const std::vector<TimeRange>& b) {
  std::vector<TimeRange> out;
  for (const TimeRange& x : a) {
    for (const TimeRange& y : b) {
      const TimeRange both{std::max(x.from, y.from), std::min(x.to, y.to)};
      if (both.from < both.to) out.push_back(both);
    }
  }
  return out;
}

std::vector<TimeRange> subtract(const std::vector<TimeRange>& a, const std::vector<TimeRange>& b) {
  std::vector<TimeRange> out;
  for (TimeRange x : a) {
    for (const TimeRange& y : b) {
      if (y.to <= x.from || y.from >= x.to) continue;
      if (x.from < y.from) out.push_back({x.from, y.from});
      x.from = std::max(x.from, y.to);
      if (x.from >= x.to) break;
    }
    if (x.from < x.to) out.push_back(x);
  }
  return out;
}

/// Sorted by begin, overlapping ones joined.
std::vector<TimeRange> joined(std::vector<TimeRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.from < b.from; });
  std::vector<TimeRange> out;
  for (const TimeRange& range : ranges) {
    if (!out.empty() && range.from <= out.back().to) {
      out.back().to = std::max(out.back().to, range.to);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

/// Every occurrence of the span, extended. One that is still open lasts to the end.
std::vector<TimeRange> occurrences(const Record& record, const Scope& scope) {
  std::vector<TimeRange> out;
  for (const Span& span : record.spans) {
    if (span.name != scope.span) continue;
    const SimTime end = span.open ? planned_end(record) : span.end + scope.extend;
    out.push_back({span.begin, end});
  }
  return joined(std::move(out));
}

std::optional<SimTime> instant_time(const Record& record, const Instant& instant,
                                    std::string& unresolved) {
  if (instant.anchor) {
    const std::optional<SimTime> at = anchor_time(record, *instant.anchor);
    if (!at) {
      unresolved = instant.anchor->text() + " was never reached";
      return std::nullopt;
    }
    return *at + instant.offset;
  }
  if (instant.wall) {
    const WallTime from = record.planned_start.value_or(record.start);
    return kSimStart + true_time_between(from, *instant.wall, record.leap_seconds) + instant.offset;
  }
  return kSimStart + instant.offset;
}

void apply(const Record& record, const Scope& scope, ResolvedScope& result) {
  const SimTime far = kSimEnd;
  if (scope.kind == Scope::Kind::during || scope.kind == Scope::Kind::except_during) {
    const std::vector<TimeRange> spans = occurrences(record, scope);
    if (scope.kind == Scope::Kind::except_during) {
      result.pieces = subtract(result.pieces, spans);
    } else if (spans.empty()) {
      result.unresolved = scope.span + " never began";
    } else {
      result.pieces = intersect(result.pieces, spans);
    }
    return;
  }
  const std::optional<SimTime> at = instant_time(record, scope.instant, result.unresolved);
  if (!at) return;
  const TimeRange half = scope.kind == Scope::Kind::after
                             ? TimeRange{*at, far}
                             : TimeRange{-far.time_since_epoch() + kSimStart, *at};
  result.pieces = intersect(result.pieces, {half});
}

}  // namespace

std::optional<SimTime> anchor_time(const Record& record, const Anchor& anchor) {
  if (const std::optional<SimTime> hit = hit_time(record, anchor)) return hit;
  if (anchor.percent || anchor.argument) return std::nullopt;
  // Spans say the same of begin and end, also where no milestone was recorded.
  const Span* span = record.find_span(anchor.name, anchor.occurrence);
  if (span == nullptr) return std::nullopt;
  if (anchor.event == "begin") return span->begin;
  if (anchor.event == "end" && !span->open) return span->end;
  return std::nullopt;
}

SimTime planned_end(const Record& record) {
  return std::max(kSimStart + record.duration, record.ended);
}

ResolvedScope resolve_scopes(const Record& record, const std::vector<Scope>& scopes) {
  ResolvedScope result;
  result.pieces = {{kSimStart, planned_end(record)}};
  for (const Scope& scope : scopes) {
    apply(record, scope, result);
    if (!result.unresolved.empty()) {
      result.pieces.clear();
      return result;
    }
  }
  const bool cut_short = !record.cut_short.empty();
  for (const TimeRange& piece : result.pieces) result.cut |= cut_short && piece.to > record.ended;
  result.pieces = intersect(result.pieces, {{kSimStart, record.ended}});
  if (result.pieces.empty()) {
    result.unresolved = result.cut ? "the run was cut short before its scope began"
                                   : "nothing of the run is left in its scope";
  }
  return result;
}

std::optional<TimeRange> baseline_of(const Record& record) {
  std::optional<SimTime> first;
  for (const Span& span : record.spans) {
    const bool lasting = span.kind == Span::Kind::mirror && span.begin <= kSimStart;
    if (span.kind == Span::Kind::phase || lasting) continue;
    if (!first || span.begin < *first) first = span.begin;
  }
  if (!first || *first <= kSimStart) return std::nullopt;
  return TimeRange{kSimStart, *first};
}

}  // namespace leapday
