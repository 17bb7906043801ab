/// \file chain.cpp
/// Picks the event nearest to a violation and walks its causes back.
#include "reports/chain.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "reports/formats/subjects.hpp"
#include "reports/reading.hpp"

namespace leapday {

namespace {

constexpr std::size_t kLongest = 8;
constexpr Duration kRecent = std::chrono::minutes{5};

template <std::size_t N>
bool one_of(std::string_view kind, const std::array<std::string_view, N>& kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Things that break by themselves.
bool is_blow(std::string_view kind) {
  static constexpr std::array<std::string_view, 12> kBlows{
      "instance.crashed", "instance.hung",     "host.crashed",         "host.lost",
      "host.faulty",      "fault.begin",       "deployment.failed",    "deployment.rolled_back",
      "router.ejected",   "instance.given_up", "instance.unplaceable", "agent.timeout"};
  return one_of(kind, kBlows);
}

/// Changes that may hurt.
bool is_change(std::string_view kind) {
  static constexpr std::array<std::string_view, 8> kChanges{
      "deployment.begin", "deployment.step", "instance.stopped", "route.pruned",
      "fault.end",        "host.back",       "mirror.begin",     "flag.flipped"};
  return one_of(kind, kChanges);
}

bool is_begin(std::string_view kind) {
  return kind == "fault.begin" || kind == "deployment.begin" || kind == "mirror.begin" ||
         kind == "flag.flipped";
}

bool concerns(const Concern& concern, const RecordedEvent& event) {
  if (event.kind.starts_with("fault.") || event.kind.starts_with("host.")) return true;
  if (event.kind.starts_with("mirror.")) return true;  // by what its apps share with others
  const std::string_view owner = owner_of(event.subject);
  return std::any_of(concern.names.begin(), concern.names.end(), [&](const std::string& name) {
    return name == owner || name == event.subject;
  });
}

/// The latest blow shortly before the window's end, else the latest blow or change before it.
std::optional<std::uint32_t> nearest(const Record& record, const Concern& concern, SimTime end) {
  std::optional<std::uint32_t> blow;
  std::optional<std::uint32_t> any;
  for (std::uint32_t i = 0; i < record.events.size(); ++i) {
    const RecordedEvent& event = record.events[i];
    if (event.at > end || !concerns(concern, event)) continue;
    const auto later = [&](const std::optional<std::uint32_t>& other) {
      return !other || record.events[*other].at <= event.at;
    };
    const bool hard = is_blow(event.kind);
    if (hard && event.at >= end - kRecent && later(blow)) blow = i;
    if ((hard || is_change(event.kind)) && later(any)) any = i;
  }
  return blow ? blow : any;
}

/// Where the latest fault or deployment that was under way began, or else the latest that had
/// begun at all.
std::optional<std::uint32_t> beginning(const Record& record, const JudgedWindow& window) {
  const Span* chosen = nullptr;
  bool chosen_active = false;
  for (const Span& span : record.spans) {
    if (span.kind == Span::Kind::phase || span.begin > window.to) continue;
    const bool active = span.open || span.end >= window.from;
    if (chosen == nullptr || active > chosen_active ||
        (active == chosen_active && span.begin >= chosen->begin)) {
      chosen = &span;
      chosen_active = active;
    }
  }
  if (chosen == nullptr) return std::nullopt;
  for (std::uint32_t i = 0; i < record.events.size(); ++i) {
    const RecordedEvent& event = record.events[i];
    if (is_begin(event.kind) && event.subject == chosen->name && event.at == chosen->begin) {
      return i;
    }
  }
  return std::nullopt;
}

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

bool suffered(const SecondCounts& second) {
  return std::any_of(second.failed.begin(), second.failed.end(), [](auto n) { return n != 0; });
}

bool slow(const Series& series, std::size_t k, double bound) {
  if (k >= series.latency.size() || series.latency[k].empty()) return false;
  return static_cast<double>(series.latency[k].exact.max) / 1e9 > bound;
}

/// The subject's rows of single seconds, where they reach back so far; else the run's.
const Series* narrowest(const Record& record, const std::string& subject, SimTime from) {
  const Series* seconds = record.find_seconds(subject);
  const bool kept =
      seconds != nullptr && from >= kSimStart + Duration{seconds->first * 1'000'000'000};
  return kept ? seconds : record.find_series(subject);
}

}  // namespace

Concern concern_of(const Scenario& scenario, const Expectation& expectation) {
  Concern concern;
  const auto entity = [&](const Entity& named) {
    add_name(concern.names, named.name);
    for (const std::string& app : apps_behind(scenario, named)) add_name(concern.names, app);
    concern.hosts |= named.name == "hosts" || scenario.topology.zones.find(named.name) != nullptr;
  };
  if (expectation.kind == Expectation::Kind::comparison) {
    entity(expectation.comparison.call.entity);
  } else {
    each_leaf(expectation.condition,
              [&](const Condition& leaf) { entity(leaf.comparison.call.entity); });
  }
  if (expectation.after) add_name(concern.names, expectation.after->name);
  for (const Scope& scope : expectation.scopes) {
    add_name(concern.names, scope.span);
    if (scope.instant.anchor) add_name(concern.names, scope.instant.anchor->name);
  }
  // Deployments and flags of an app that it concerns, too.
  for (const auto& flag : scenario.flags) {
    const auto& names = concern.names;
    if (std::find(names.begin(), names.end(), flag.value.app) == names.end()) continue;
    for (const auto& step : flag.value.steps) add_name(concern.names, step.name);
  }
  for (const auto& deployment : scenario.deployments) {
    const auto& names = concern.names;
    if (std::find(names.begin(), names.end(), deployment.value.app) != names.end()) {
      add_name(concern.names, deployment.name);
    }
  }
  return concern;
}

JudgedWindow narrowed(const Scenario& scenario, const Record& record,
                      const Expectation& expectation, JudgedWindow window,
                      std::optional<double> bound) {
  if (expectation.kind != Expectation::Kind::comparison) return window;
  Entity entity = expectation.comparison.call.entity;
  if (const Objective* objective = scenario.objectives.find(entity.name)) entity = objective->of;
  const Series* series = narrowest(record, entity.text(), window.from);
  if (series == nullptr) return window;
  const std::int64_t step = series->step.count();
  const std::int64_t first = window.from.time_since_epoch().count() / step;
  const std::int64_t last = (window.to.time_since_epoch().count() - 1) / step;
  const std::string_view metric = expectation.comparison.call.metric;
  const bool latency =
      metric == "mean" || metric == "max" ||
      (metric.size() > 1 && metric[0] == 'p' && metric[1] >= '0' && metric[1] <= '9');
  for (std::int64_t k = std::max(first, series->first); k <= last; ++k) {
    const auto row = static_cast<std::size_t>(k - series->first);
    if (row >= series->by_send.size()) break;
    const bool bad = latency ? bound && slow(*series, row, *bound) : suffered(series->by_send[row]);
    if (!bad) continue;
    const SimTime from = kSimStart + Duration{k * step};
    return {std::max(from, window.from), std::min(from + series->step, window.to), window.value};
  }
  return window;
}

std::vector<EventId> chain_to(const Record& record, const Concern& concern,
                              const JudgedWindow& window) {
  std::vector<std::uint32_t> chain;  // newest first
  const auto has_begin = [&] {
    return std::any_of(chain.begin(), chain.end(),
                       [&](std::uint32_t i) { return is_begin(record.events[i].kind); });
  };
  if (const std::optional<std::uint32_t> last = nearest(record, concern, window.to)) {
    std::uint32_t i = *last;
    chain.push_back(i);
    while (record.events[i].cause.valid() && record.events[i].cause.index < i) {
      i = record.events[i].cause.index;
      chain.push_back(i);
    }
  }
  if (!has_begin()) {
    if (const std::optional<std::uint32_t> begin = beginning(record, window))
      chain.push_back(*begin);
  }
  std::sort(chain.begin(), chain.end(), [&](std::uint32_t a, std::uint32_t b) {
    return record.events[a].at != record.events[b].at ? record.events[a].at < record.events[b].at
                                                      : a < b;
  });
  chain.erase(std::unique(chain.begin(), chain.end()), chain.end());
  // The root and what came last tell the most.
  while (chain.size() > kLongest) chain.erase(chain.begin() + 1);
  std::vector<EventId> ids;
  for (const std::uint32_t i : chain) ids.push_back({i});
  return ids;
}

}  // namespace leapday
