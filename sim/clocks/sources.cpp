/// \file sources.cpp
/// NTP's selection by intersection, and errors that travel from references to those who follow.
/// Why: see sources.hpp.
#include "sim/clocks/sources.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace leapday::clocks {
namespace {

constexpr Duration kLeastDistance = 1ms;  // MINDIST, so that equal offsets intersect
constexpr Duration kMostDistance = 1500ms;
constexpr int kUnsynchronised = 16;
const ClockRate kPhi = ClockRate::ppb(15'000);

Duration tai_between(TaiTime from, TaiTime to) {
  return std::chrono::seconds{to.seconds - from.seconds} +
         Duration{to.nanoseconds - from.nanoseconds};
}

struct Edge {
  Duration at;
  int type = 0;  ///< -1: an interval begins, 0: its middle, 1: it ends.
};

/// Walks from one side until all but `liars` intervals are open: where, and past how many middles.
template <typename Iterator>
std::pair<std::optional<Duration>, int> walk(Iterator begin, Iterator end, int opening,
                                             int wanted) {
  int open = 0, middles = 0;
  for (Iterator edge = begin; edge != end; ++edge) {
    open += edge->type == 0 ? 0 : (edge->type == opening ? 1 : -1);
    if (open >= wanted) return {edge->at, middles};
    if (edge->type == 0) ++middles;
  }
  return {std::nullopt, middles};
}

/// The interval that all but fewer than half of the sources agree on.
std::optional<std::pair<Duration, Duration>> intersection(const std::vector<SourceReading>& fit) {
  std::vector<Edge> edges;
  for (const SourceReading& source : fit) {
    const Duration distance = std::max(source.distance, kLeastDistance);
    edges.push_back({source.offset - distance, -1});
    edges.push_back({source.offset, 0});
    edges.push_back({source.offset + distance, 1});
  }
  std::stable_sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.at, a.type) < std::pair(b.at, b.type);
  });
  const int count = static_cast<int>(fit.size());
  for (int liars = 0; 2 * liars < count; ++liars) {
    const auto low = walk(edges.begin(), edges.end(), -1, count - liars);
    const auto high = walk(edges.rbegin(), edges.rend(), 1, count - liars);
    if (!low.first || !high.first || low.second + high.second > liars) continue;
    if (*high.first >= *low.first) return std::pair(*low.first, *high.first);
  }
  return std::nullopt;
}

/// The mean of the offsets, weighted by how near the sources are.
Duration combined(const std::vector<SourceReading>& sources, const std::vector<std::size_t>& of) {
  constexpr std::int64_t kScale = 1'000'000'000'000'000;
  const Duration first = sources[of[0]].offset;
  __int128 sum = 0, weights = 0;
  for (const std::size_t i : of) {
    const std::int64_t weight = kScale / std::max(sources[i].distance, kLeastDistance).count();
    sum += static_cast<__int128>((sources[i].offset - first).count()) * weight;
    weights += weight;
  }
  const __int128 half = sum < 0 ? -weights / 2 : weights / 2;  // to the nearest
  return first + Duration{static_cast<std::int64_t>((sum + half) / weights)};
}

}  // namespace

Selection select_sources(const std::vector<SourceReading>& sources) {
  Selection result;
  std::vector<std::size_t> fit;
  std::vector<SourceReading> readings;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceReading& source = sources[i];
    if (!source.reachable || source.stratum >= kUnsynchronised || source.distance > kMostDistance)
      continue;
    fit.push_back(i);
    readings.push_back(source);
  }
  const auto agreed = intersection(readings);
  for (const std::size_t i : fit) {
    const Duration distance = std::max(sources[i].distance, kLeastDistance);
    const bool overlaps = agreed && sources[i].offset + distance >= agreed->first &&
                          sources[i].offset - distance <= agreed->second;
    (overlaps ? result.truechimers : result.falsetickers).push_back(i);
  }
  if (result.truechimers.empty()) return result;
  const auto best = *std::min_element(result.truechimers.begin(), result.truechimers.end(),
                                      [&](std::size_t a, std::size_t b) {
                                        return std::pair(sources[a].stratum, sources[a].distance) <
                                               std::pair(sources[b].stratum, sources[b].distance);
                                      });
  result.offset = combined(sources, result.truechimers);
  result.distance = sources[best].distance;
  result.stratum = sources[best].stratum;
  return result;
}

SourceFault SourceFault::usno_2012(const LeapTable& table) {
  const auto from = table.parse("2012-11-19T21:12:47Z"),
             until = table.parse("2012-11-19T22:04:03Z");
  return {std::chrono::seconds{-378'691'200}, table.tai(*from), table.tai(*until)};
}

SourceFault SourceFault::secure_time_seeding(TaiTime from, TaiTime until) {
  return {std::chrono::hours{55 * 24}, from, until};
}

SourceFault SourceFault::gps_rollover(TaiTime from, TaiTime until, int rollovers) {
  return {-std::chrono::hours{std::int64_t{1024} * 7 * 24 * rollovers}, from, until};
}

Duration smear_error(const LeapTable& table, const LeapSecond& leap, TaiTime now, Duration window) {
  // The second of the leap counts for both: it ends a second after it begins.
  const TaiTime leapt = table.begin(leap) + (leap.sign > 0 ? 1s : 0s);
  const Duration half = window / 2;
  const TaiTime from = table.begin(leap) + -half;
  const Duration in = tai_between(from, now);
  const Duration second = std::chrono::seconds{leap.sign};
  const Duration whole = window + (leap.sign > 0 ? 1s : Duration{0});
  if (in <= Duration{0} || in >= whole) return {};
  const ClockRate slower = ClockRate::ratio(-second.count(), whole.count());
  return slower.gain(in) + (now >= leapt ? second : Duration{0});
}

SourceGraph::Id SourceGraph::add_reference(Duration distance) {
  Node node;
  node.distance = distance;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

SourceGraph::Id SourceGraph::add_server(std::vector<Id> upstream, Duration distance,
                                        ClockRate holdover) {
  Node node;
  node.reference = false;
  node.upstream = std::move(upstream);
  node.distance = distance;
  node.holdover = holdover;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

void SourceGraph::fault(Id reference, const SourceFault& fault) {
  nodes_[reference].faults.push_back(fault);
}

void SourceGraph::smears(Id reference, const LeapSecond& leap, Duration window) {
  nodes_[reference].smears.push_back({leap, window});
}

void SourceGraph::set_error(Id id, Duration error) { nodes_[id].error = error; }

void SourceGraph::reachable(Id id, bool is) { nodes_[id].reachable = is; }

SourceReading SourceGraph::of_reference(const Node& node, TaiTime now) const {
  SourceReading reading{{}, node.distance, 0, node.reachable};
  for (const SourceFault& fault : node.faults) {
    if (fault.from <= now && now < fault.until) reading.offset += fault.error;
  }
  for (const Smear& smear : node.smears) {
    reading.offset += smear_error(table_, smear.leap, now, smear.window);
  }
  return reading;
}

SourceReading SourceGraph::of_server(Node& node, TaiTime now) {
  std::vector<SourceReading> upstream;
  for (const Id id : node.upstream) upstream.push_back(readings_[id]);
  const Selection selection = select_sources(upstream);
  if (selection.offset) {
    node.followed = now;
    node.then = {*selection.offset, selection.distance + node.distance, selection.stratum + 1,
                 true};
  }
  SourceReading reading = node.then;
  if (!node.followed) {
    reading.stratum = kUnsynchronised;
  } else {
    const Duration since = tai_between(*node.followed, now);
    reading.offset += node.holdover.gain(since);
    reading.distance += kPhi.gain(since);
    if (reading.distance > kMostDistance) reading.stratum = kUnsynchronised;
  }
  reading.reachable = node.reachable;
  return reading;
}

const std::vector<SourceReading>& SourceGraph::read(TaiTime now) {
  readings_.clear();
  for (Node& node : nodes_) {
    readings_.push_back(node.reference ? of_reference(node, now) : of_server(node, now));
    readings_.back().offset += node.error;
  }
  return readings_;
}

Selection SourceGraph::select(TaiTime now, const std::vector<Id>& sources) {
  read(now);
  std::vector<SourceReading> of;
  for (const Id id : sources) of.push_back(readings_[id]);
  return select_sources(of);
}

}  // namespace leapday::clocks
