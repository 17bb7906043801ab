/// \file names.cpp
/// The table of names, positions of paths, and the order of the checks. Why: see context.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"
#include "scenarios/validate/validate.hpp"

namespace leapday::loading {
namespace {

template <class T>
void collect(Context& c, const NamedMap<T>& map, NameKind kind, std::string_view section) {
  for (std::size_t i = 0; i < map.size(); ++i) {
    const auto& entry = map.entries[i];
    c.names.add(entry.name, {kind, i, 0, entry.at}, fmt::format("{}.{}", section, entry.name),
                c.problems);
  }
}

/// The child a path's part names: "shop" or "[3]".
const Document* child(const Document& node, std::string_view part) {
  if (!part.starts_with('[')) return node.find(part);
  const Scalar<std::int64_t> index = parse_integer(part.substr(1, part.size() - 2));
  if (!index || *index < 0 || *index >= static_cast<std::int64_t>(node.items.size()))
    return nullptr;
  return &node.items[static_cast<std::size_t>(*index)];
}

}  // namespace

std::string_view to_string(NameKind kind) {
  switch (kind) {
    case NameKind::cloud:
      return "cloud";
    case NameKind::region:
      return "region";
    case NameKind::zone:
      return "zone";
    case NameKind::app:
      return "app";
    case NameKind::dependency:
      return "dependency";
    case NameKind::load:
      return "load";
    case NameKind::phase:
      return "phase";
    case NameKind::mirror:
      return "mirror";
    case NameKind::flag:
      return "flag";
    case NameKind::flag_step:
      return "step of a flag";
    case NameKind::deployment:
      return "deployment";
    case NameKind::quota:
      return "quota";
    case NameKind::scaler:
      return "scaler";
    case NameKind::certificate:
      return "certificate";
    case NameKind::renewer:
      return "renewer";
    case NameKind::monitor:
      return "expiry monitor";
    case NameKind::time_source:
      return "time source";
    case NameKind::fault:
      return "fault";
    case NameKind::objective:
      return "objective";
    case NameKind::expectation:
      return "expectation";
  }
  return "";
}

void Names::add(const std::string& name, Named named, const std::string& path, Problems& problems) {
  const auto [known, fresh] = by_name_.emplace(name, named);
  if (!fresh) {
    problems.add(named.at, path,
                 fmt::format("the name {} is taken by the {} in line {}", quoted(name),
                             to_string(known->second.kind), known->second.at.line),
                 "names are unique in a file: choose another");
    return;
  }
  in_order_.emplace_back(name, named.kind);
}

const Named* Names::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

const Named* Names::find(std::string_view name, NameKind kind) const {
  const Named* named = find(name);
  return named != nullptr && named->kind == kind ? named : nullptr;
}

std::vector<std::string> Names::of_kind(NameKind kind) const { return of_kinds({kind}); }

std::vector<std::string> Names::of_kinds(std::initializer_list<NameKind> kinds) const {
  std::vector<std::string> names;
  for (const auto& [name, kind] : in_order_) {
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) names.push_back(name);
  }
  return names;
}

SourceLocation Context::at(const std::string& path) const {
  const Document* node = &sections;
  SourceLocation found = sections.at;
  std::size_t from = 0;
  while (from < path.size()) {
    if (path[from] == '.') ++from;
    std::size_t to = path.find_first_of(".[", from + 1);
    if (to == path.npos) to = path.size();
    node = child(*node, std::string_view(path).substr(from, to - from));
    if (node == nullptr) break;
    found = node->at;
    from = to;
  }
  return found;
}

void Context::problem(const std::string& path, std::string message, std::string fix) const {
  problems.add(at(path), path, std::move(message), std::move(fix));
}

void Context::problem(const SourceLocation& where, const std::string& path, std::string message,
                      std::string fix) const {
  problems.add(where, path, std::move(message), std::move(fix));
}

void Context::unknown(const std::string& path, NameKind kind, std::string_view name) const {
  const Named* other = names.find(name);
  std::string message = fmt::format("no {} is named {}", to_string(kind), quoted(name));
  if (other != nullptr) {
    message = fmt::format("{} is {}, not {}", quoted(name), with_article(to_string(other->kind)),
                          with_article(to_string(kind)));
  }
  problem(path, std::move(message),
          suggestion(name, names.of_kind(kind),
                     fmt::format("the scenario has no {} at all", to_string(kind))));
}

const Document* Context::entry(std::string_view section, std::size_t index) const {
  const Document* node = sections.find(section);
  if (node == nullptr || index >= node->entries.size()) return nullptr;
  return &node->entries[index].value;
}

std::optional<HostRef> Context::host(std::string_view name) const {
  const std::size_t dash = name.rfind('-');
  if (dash == name.npos) return std::nullopt;
  const Named* zone = names.find(name.substr(0, dash), NameKind::zone);
  const Scalar<std::int64_t> index = parse_integer(name.substr(dash + 1));
  if (zone == nullptr || !index || *index < 0) return std::nullopt;
  if (*index >= scenario.topology.zones.entries[zone->index].value.hosts) return std::nullopt;
  return HostRef{zone->index, *index};
}

bool Context::is_router(std::string_view name) const {
  if (!name.starts_with("router-")) return false;
  const Scalar<std::int64_t> index = parse_integer(name.substr(7));
  return index && *index >= 0 && *index < scenario.routers.count;
}

const App* Context::app(std::string_view name) const {
  const Named* named = names.find(name, NameKind::app);
  return named != nullptr ? &scenario.apps.entries[named->index].value : nullptr;
}

const Dependency* Context::dependency(std::string_view name) const {
  const Named* named = names.find(name, NameKind::dependency);
  return named != nullptr ? &scenario.dependencies.entries[named->index].value : nullptr;
}

std::int64_t Context::instances(const App& app) {
  if (app.releases.empty()) return app.instances;
  const Release* release =
      app.release.empty() ? &app.releases.entries.front().value : app.releases.find(app.release);
  return instances(app, release);
}

std::int64_t Context::instances(const App& app, const Release* release) {
  for (int steps = 0; release != nullptr && steps < 64;
       ++steps) {  // circles are reported elsewhere
    if (release->instances) return *release->instances;
    release = release->like.empty() ? nullptr : app.releases.find(release->like);
  }
  return app.instances;
}

void collect_names(Context& c) {
  const Scenario& s = c.scenario;
  collect(c, s.topology.clouds, NameKind::cloud, "topology.clouds");
  collect(c, s.topology.regions, NameKind::region, "topology.regions");
  collect(c, s.topology.zones, NameKind::zone, "topology.zones");
  collect(c, s.apps, NameKind::app, "apps");
  collect(c, s.dependencies, NameKind::dependency, "dependencies");
  collect(c, s.loads, NameKind::load, "load");
  for (std::size_t i = 0; i < s.loads.size(); ++i) {
    const auto& load = s.loads.entries[i];
    for (std::size_t k = 0; k < load.value.phases.size(); ++k) {
      const std::string& name = load.value.phases[k].name;
      if (name.empty()) continue;
      const std::string path = fmt::format("load.{}.phases[{}].name", load.name, k);
      const Document* node = c.entry("load", i);
      const Document* phases = node != nullptr ? node->find("phases") : nullptr;
      const Document* text =
          phases != nullptr && k < phases->items.size() ? phases->items[k].find("name") : nullptr;
      const SourceLocation at = text != nullptr ? text->at : load.at;
      if (!is_name(name) || is_keyword(name)) {
        c.problem(at, path, fmt::format("{} is not a name", quoted(name)),
                  "names are a letter, then letters, digits, _ and -, and no keyword");
        continue;
      }
      c.names.add(name, {NameKind::phase, k, i, at}, path, c.problems);
    }
  }
  collect(c, s.mirrors, NameKind::mirror, "mirrors");
  collect(c, s.flags, NameKind::flag, "flags");
  for (std::size_t i = 0; i < s.flags.size(); ++i) {
    const auto& flag = s.flags.entries[i];
    for (std::size_t k = 0; k < flag.value.steps.size(); ++k) {
      const auto& step = flag.value.steps.entries[k];
      c.names.add(step.name, {NameKind::flag_step, k, i, step.at},
                  fmt::format("flags.{}.steps.{}", flag.name, step.name), c.problems);
    }
  }
  collect(c, s.deployments, NameKind::deployment, "deployments");
  collect(c, s.quotas, NameKind::quota, "quotas");
  collect(c, s.scaling, NameKind::scaler, "scaling");
  collect(c, s.certificates, NameKind::certificate, "certificates");
  collect(c, s.renewers, NameKind::renewer, "renewers");
  collect(c, s.expiry_monitors, NameKind::monitor, "expiry_monitors");
  collect(c, s.time_sources, NameKind::time_source, "time_sources");
  collect(c, s.faults, NameKind::fault, "faults");
  collect(c, s.objectives, NameKind::objective, "objectives");
  collect(c, s.expectations, NameKind::expectation, "expect");
}

void validate(Scenario& scenario, const Document& sections, const Registry& registry,
              Problems& problems) {
  Context context{scenario, sections, registry, problems, {}};
  collect_names(context);
  check_run(context);
  check_topology(context);
  check_apps(context);
  check_placement(context);
  check_dependencies(context);
  check_calls(context);
  check_loads(context);
  check_mirrors(context);
  check_flags(context);
  check_deployments(context);
  check_capistrano(context);
  check_quotas(context);
  check_scaling(context);
  check_clocks(context);
  check_certificates(context);
  check_cron(context);
  check_clock_defects(context);
  check_faults(context);
  check_hosts(context);
  warn_of_no_effect(context);
  check_objectives(context);
  check_expectations(context);
  check_incident(context);
}

}  // namespace leapday::loading
