/// \file targets.cpp
/// Does the fault's target exist, is it of a kind the fault can hit, and does it match anything?
/// Why: a fault that hits nothing makes a rehearsal that proves nothing.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/fault.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

using Amount = TargetExpression::Amount;
using Kind = TargetExpression::Kind;

std::string_view kind_word(Kind kind) {
  switch (kind) {
    case Kind::hosts:
      return "hosts";
    case Kind::instances:
      return "instances";
    case Kind::zones:
      return "zones";
    case Kind::regions:
      return "regions";
    case Kind::routers:
      return "routers";
    case Kind::agents:
      return "agents";
    case Kind::none:
      break;
  }
  return "none";
}

class TargetCheck {
 public:
  TargetCheck(const Context& c, const FaultSpec& fault, const std::string& path)
      : c_(c), fault_(fault), target_(*fault.target), path_(path + ".target") {}

  void check();

 private:
  bool accepts(std::string_view kind) const {
    const auto kinds = fault_.prototype->target_kinds();
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
  void refuse(std::string_view what) const;
  void entity(const Entity& entity) const;
  void dependency(const Entity& entity, DependencyKind kind) const;
  bool place(const Entity& entity) const;
  void loop(const Entity& end) const;
  void set() const;
  bool names_exist(const TargetExpression& set) const;
  std::int64_t count(const TargetExpression& set, const TargetExpression* except) const;
  std::int64_t count_hosts(const TargetExpression& set, const TargetExpression* except) const;
  std::int64_t count_instances(const TargetExpression& set, const TargetExpression* except) const;
  bool zone_in(std::size_t zone, const Entity& place) const;
  bool host_labels(const TargetExpression& set, std::size_t zone) const;
  bool app_labels(const TargetExpression& set, std::size_t app) const;
  void problem(std::string message, std::string fix) const {
    c_.problem(target_.at, path_, std::move(message), std::move(fix));
  }

  const Context& c_;
  const FaultSpec& fault_;
  const TargetExpression& target_;
  std::string path_;
};

void TargetCheck::refuse(std::string_view what) const {
  std::vector<std::string> kinds;
  for (const std::string_view kind : fault_.prototype->target_kinds()) {
    std::string example(kind);
    if (kind == "hosts") example = "hosts (1 of hosts in z1, z1-0)";
    if (kind == "instances") example = "instances (1 of instances of shop, shop/0)";
    if (kind == "zones") example = "a zone (z1)";
    if (kind == "link") example = "a link (z1 <-> z2)";
    if (kind == "dependency") example = "a dependency";
    if (kind == "control") example = "the control plane's machine (control)";
    if (kind == "renewer") example = "a renewer";
    if (kind == "monitor") example = "an expiry monitor";
    if (kind == "time_source") example = "a time source";
    if (kind == "database" || kind == "cache") example = "a " + std::string(kind);
    kinds.push_back(std::move(example));
  }
  problem(fmt::format("{} cannot hit {}", fault_.kind, what), "it hits " + listed(kinds, "or"));
}

void TargetCheck::entity(const Entity& e) const {
  const Named* named = c_.names.find(e.name);
  if (e.index) {
    const App* app = c_.app(e.name);
    if (app == nullptr) return c_.unknown(path_, NameKind::app, e.name);
    if (*e.index >= Context::instances(*app)) {
      return problem(fmt::format("{} has {} instances", e.name, Context::instances(*app)),
                     fmt::format("they count from {}/0", e.name));
    }
    if (!accepts("instances")) refuse("an instance");
    return;
  }
  if (c_.host(e.name) || c_.is_router(e.name)) {
    if (!accepts("hosts")) refuse("a host");
    return;
  }
  if (named == nullptr && e.part.empty() && e.name == "control") {
    if (!accepts("control")) refuse("the control plane");
    return;
  }
  if (named == nullptr || !e.part.empty()) {
    auto known = c_.names.of_kinds({NameKind::zone, NameKind::region, NameKind::dependency,
                                    NameKind::renewer, NameKind::monitor, NameKind::time_source});
    return problem(fmt::format("nothing is named {}", quoted(e.text())),
                   suggestion(e.name, known, "name a host, zone, instance or dependency"));
  }
  switch (named->kind) {
    case NameKind::zone:
      if (!accepts("zones")) refuse(fmt::format("a zone; {} is one", e.name));
      return;
    case NameKind::region:
      if (!accepts("zones")) refuse(fmt::format("a region; {} is one", e.name));
      return;
    case NameKind::dependency:
      dependency(e, c_.scenario.dependencies.entries[named->index].value.kind);
      return;
    case NameKind::app:
      return problem(fmt::format("{} is an app: which of its instances?", e.name),
                     fmt::format("write all of instances of {}, or {}/0", e.name, e.name));
    case NameKind::renewer:
      if (!accepts("renewer")) refuse(fmt::format("a renewer; {} is one", e.name));
      return;
    case NameKind::monitor:
      if (!accepts("monitor")) refuse(fmt::format("an expiry monitor; {} is one", e.name));
      return;
    case NameKind::time_source:
      if (!accepts("time_source")) refuse(fmt::format("a time source; {} is one", e.name));
      return;
    default:
      return problem(fmt::format("{} is {}, which cannot be hit", e.name,
                                 with_article(to_string(named->kind))),
                     "name a host, zone, instance or dependency");
  }
}

/// Some faults are for one kind of dependency only.
void TargetCheck::dependency(const Entity& e, DependencyKind kind) const {
  const std::string_view word = choices_of(kind)[static_cast<std::size_t>(kind)].name;
  if (accepts("dependency") || accepts(word)) return;
  const bool particular = accepts("database") || accepts("cache");
  refuse(particular ? fmt::format("{}, which is {}", e.name, with_article(word))
                    : fmt::format("a dependency; {} is one", e.name));
}

/// One end of a link; false after a problem.
bool TargetCheck::place(const Entity& e) const {
  const bool plain = e.part.empty() && !e.index;
  if (plain && (e.name == "clients" || e.name == "control" || e.name == "routers")) return true;
  const Named* named = c_.names.find(e.name);
  const bool known =
      named != nullptr && (named->kind == NameKind::zone || named->kind == NameKind::app ||
                           named->kind == NameKind::dependency);
  if (plain && (known || c_.host(e.name) || c_.is_router(e.name))) return true;
  auto names = c_.names.of_kinds({NameKind::zone, NameKind::app, NameKind::dependency});
  names.insert(names.end(), {"clients", "control", "routers"});
  problem(fmt::format("no end of a link is named {}", quoted(e.text())), suggestion(e.name, names));
  return false;
}

bool calls_itself(const std::vector<CallSpec>& calls, const std::string& app) {
  return std::any_of(calls.begin(), calls.end(), [&](const CallSpec& call) {
    return call.to == app || calls_itself(call.parallel, app);
  });
}

/// A link from a place to itself: only hosts of one zone, and instances of an app that calls
/// itself, have messages to send to each other.
void TargetCheck::loop(const Entity& end) const {
  const Named* named = c_.names.find(end.name);
  const App* app = c_.app(end.name);
  bool talks = named != nullptr && named->kind == NameKind::zone;
  if (app != nullptr) {
    talks = calls_itself(app->calls, end.name);
    for (const auto& endpoint : app->endpoints) {
      talks = talks || calls_itself(endpoint.value.calls, end.name);
    }
  }
  if (!talks) {
    return problem(fmt::format("no message goes from {} to itself", end.name),
                   "name two places; a zone's inner traffic is z1 -> z1");
  }
  if (target_.link->both_ways) {
    problem(fmt::format("{} <-> {} would be hit twice", end.name, end.name),
            fmt::format("write {} -> {}, which is all traffic within it", end.name, end.name));
  }
}

bool TargetCheck::zone_in(std::size_t zone, const Entity& place) const {
  const auto& entry = c_.scenario.topology.zones.entries[zone];
  if (entry.name == place.name || entry.value.region == place.name) return true;
  const Named* region = c_.names.find(entry.value.region, NameKind::region);
  return region != nullptr &&
         c_.scenario.topology.regions.entries[region->index].value.cloud == place.name;
}

/// Labels in the order the run looks them up: stated ones first.
bool TargetCheck::host_labels(const TargetExpression& set, std::size_t zone) const {
  const auto& entry = c_.scenario.topology.zones.entries[zone];
  return std::all_of(set.where.begin(), set.where.end(), [&](const LabelFilter& filter) {
    const std::string* value = entry.value.labels.find(filter.key);
    if (value == nullptr && filter.key == "host") return true;  // one host of the zone, perhaps
    if (value == nullptr && filter.key == "zone") value = &entry.name;
    if (value == nullptr && filter.key == "region") value = &entry.value.region;
    if (value == nullptr && filter.key == "cloud") {
      const Named* region = c_.names.find(entry.value.region, NameKind::region);
      if (region != nullptr)
        value = &c_.scenario.topology.regions.entries[region->index].value.cloud;
    }
    return (value != nullptr && *value == filter.value) == filter.equal;
  });
}

bool TargetCheck::app_labels(const TargetExpression& set, std::size_t app) const {
  const auto& entry = c_.scenario.apps.entries[app];
  const auto& zones = c_.scenario.topology.zones.entries;
  return std::all_of(set.where.begin(), set.where.end(), [&](const LabelFilter& filter) {
    const std::string* value = entry.value.labels.find(filter.key);
    if (value == nullptr && filter.key == "app") value = &entry.name;
    if (value == nullptr && filter.key == "release") {
      return !filter.equal || entry.value.releases.find(filter.value) != nullptr;
    }
    // Where an instance is, and so its host's labels, is known when the run has placed it.
    const bool by_place = filter.key == "zone" || filter.key == "region" || filter.key == "cloud" ||
                          filter.key == "host" ||
                          std::any_of(zones.begin(), zones.end(), [&](const auto& zone) {
                            return zone.value.labels.find(filter.key) != nullptr;
                          });
    if (value == nullptr && by_place) return true;
    return (value != nullptr && *value == filter.value) == filter.equal;
  });
}

std::int64_t TargetCheck::count_hosts(const TargetExpression& set,
                                      const TargetExpression* except) const {
  std::int64_t total = 0;
  const auto& zones = c_.scenario.topology.zones.entries;
  const auto one = set.in ? c_.host(set.in->name) : std::nullopt;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    if (one ? one->zone != i : set.in && !zone_in(i, *set.in)) continue;
    if (!host_labels(set, i)) continue;
    if (except != nullptr && !except->entity && (!except->in || zone_in(i, *except->in)) &&
        host_labels(*except, i)) {
      continue;
    }
    if (except != nullptr && except->entity && zone_in(i, *except->entity)) continue;
    total += one ? 1 : zones[i].value.hosts;
    const auto excluded =
        except != nullptr && except->entity ? c_.host(except->entity->name) : std::nullopt;
    if (excluded && excluded->zone == i && (!one || one->index == excluded->index)) --total;
  }
  return total;
}

std::int64_t TargetCheck::count_instances(const TargetExpression& set,
                                          const TargetExpression* except) const {
  std::int64_t total = 0;
  const auto& apps = c_.scenario.apps.entries;
  for (std::size_t i = 0; i < apps.size(); ++i) {
    if (set.of && apps[i].name != set.of->name) continue;
    if (!app_labels(set, i)) continue;
    const auto& zones = apps[i].value.zones;
    const Named* zone = set.in ? c_.names.find(set.in->name, NameKind::zone) : nullptr;
    if (zone != nullptr && !zones.empty() &&
        std::find(zones.begin(), zones.end(), set.in->name) == zones.end()) {
      continue;
    }
    const bool whole = except != nullptr && !except->entity &&
                       (!except->of || except->of->name == apps[i].name) && !except->in &&
                       app_labels(*except, i);
    if (whole) continue;
    total += Context::instances(apps[i].value);
    if (except != nullptr && except->entity && except->entity->name == apps[i].name) {
      total -= except->entity->index ? 1 : Context::instances(apps[i].value);
    }
  }
  return total;
}

std::int64_t TargetCheck::count(const TargetExpression& set, const TargetExpression* except) const {
  switch (set.kind) {
    case Kind::hosts:
    case Kind::agents:
      return count_hosts(set, except);
    case Kind::instances:
      return count_instances(set, except);
    case Kind::zones: {
      std::int64_t total = 0;
      const auto& zones = c_.scenario.topology.zones.entries;
      for (std::size_t i = 0; i < zones.size(); ++i) {
        const bool inside = (!set.in || zone_in(i, *set.in)) && host_labels(set, i);
        const bool excluded =
            except != nullptr && except->entity && except->entity->name == zones[i].name;
        if (inside && !excluded) ++total;
      }
      return total;
    }
    case Kind::regions:
      return static_cast<std::int64_t>(c_.scenario.topology.regions.size());
    case Kind::routers:
      return c_.scenario.routers.count;
    case Kind::none:
      break;
  }
  return 0;
}

bool TargetCheck::names_exist(const TargetExpression& set) const {
  if (set.of && c_.app(set.of->name) == nullptr) {
    c_.unknown(path_, NameKind::app, set.of->name);
    return false;
  }
  if (!set.in) return true;
  const Named* named = c_.names.find(set.in->name);
  const bool place =
      named != nullptr && (named->kind == NameKind::zone || named->kind == NameKind::region ||
                           named->kind == NameKind::cloud);
  if (place || c_.host(set.in->name)) return true;
  auto known = c_.names.of_kinds({NameKind::zone, NameKind::region, NameKind::cloud});
  problem(fmt::format("no place is named {}", quoted(set.in->name)),
          suggestion(set.in->name, known));
  return false;
}

void TargetCheck::set() const {
  // Routers and agents are hit through the hosts they run on, regions through their zones.
  const bool through_hosts = target_.kind == Kind::routers || target_.kind == Kind::agents;
  const std::string_view hit = through_hosts                   ? "hosts"
                               : target_.kind == Kind::regions ? "zones"
                                                               : kind_word(target_.kind);
  if (!accepts(hit)) return refuse(kind_word(target_.kind));
  const TargetExpression* except = target_.except.empty() ? nullptr : &target_.except.front();
  if (!names_exist(target_)) return;
  if (except != nullptr) {
    if (!except->entity && (except->kind != target_.kind || !names_exist(*except))) {
      if (except->kind != target_.kind) {
        problem(fmt::format("{} cannot be taken from {}", kind_word(except->kind),
                            kind_word(target_.kind)),
                "except the same kind");
      }
      return;
    }
    const bool known = !except->entity || c_.names.find(except->entity->name) != nullptr ||
                       c_.host(except->entity->name) || c_.is_router(except->entity->name);
    if (!known) {
      return problem(fmt::format("nothing is named {}", quoted(except->entity->text())),
                     "name what is spared");
    }
  }
  const std::int64_t available = count(target_, except);
  if (available <= 0) {
    problem("this matches nothing", "widen the set: the fault would do nothing");
  } else if (target_.amount == Amount::count && target_.count > available) {
    problem(fmt::format("it asks for {}, but only {} match", target_.count, available),
            "ask for fewer");
  }
}

void TargetCheck::check() {
  if (target_.link) {
    if (!accepts("link")) return refuse("a link");
    const auto& [from, to, both_ways] = *target_.link;
    const bool known = place(from);
    if (place(to) && known && from.name == to.name) loop(from);
  } else if (target_.entity) {
    entity(*target_.entity);
  } else if (target_.kind != Kind::none) {
    set();
  }
}

}  // namespace

void check_target(const Context& c, const FaultSpec& fault, const std::string& path) {
  const bool wants = !fault.prototype->target_kinds().empty();
  if (!fault.target) {
    const std::vector<std::string> kinds(fault.prototype->target_kinds().begin(),
                                         fault.prototype->target_kinds().end());
    const Document* section = c.sections.find("faults");
    const Named* named = c.names.find(path.substr(path.find('.') + 1), NameKind::fault);
    const bool stated = section != nullptr && named != nullptr &&
                        section->entries[named->index].value.find("target") != nullptr;
    if (wants && !stated)
      c.problem(path, "nothing says what it hits", "add target: " + listed(kinds, "or"));
    return;
  }
  if (!wants) {
    c.problem(path + ".target", fmt::format("{} takes no target", fault.kind), "remove it");
    return;
  }
  TargetCheck(c, fault, path).check();
}

}  // namespace leapday::loading
