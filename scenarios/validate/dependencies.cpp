/// \file dependencies.cpp
/// Dependencies: what their kinds need, allow and refer to, and which of their keys need others.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <array>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

/// A key that only one kind of dependency has.
struct KindKey {
  std::string_view key;
  DependencyKind kind;
  std::string_view owner;
};
constexpr std::array<KindKey, 17> kKindKeys{{{"replicas", DependencyKind::database, "database"},
                                             {"replication", DependencyKind::database, "database"},
                                             {"failover", DependencyKind::database, "database"},
                                             {"hit_rate", DependencyKind::cache, "cache"},
                                             {"warm_up", DependencyKind::cache, "cache"},
                                             {"backed_by", DependencyKind::cache, "cache"},
                                             {"keys", DependencyKind::cache, "cache"},
                                             {"zipf", DependencyKind::cache, "cache"},
                                             {"ttl", DependencyKind::cache, "cache"},
                                             {"coalesce", DependencyKind::cache, "cache"},
                                             {"early_refresh", DependencyKind::cache, "cache"},
                                             {"redeliver_after", DependencyKind::queue, "queue"},
                                             {"max_deliveries", DependencyKind::queue, "queue"},
                                             {"poison", DependencyKind::queue, "queue"},
                                             {"capacity", DependencyKind::queue, "queue"},
                                             {"overflow", DependencyKind::queue, "queue"},
                                             {"retention", DependencyKind::queue, "queue"}}};

/// Keys of servers that work on calls, which a broker does not.
constexpr std::array<std::string_view, 5> kServerKeys{"pool", "pool_min", "connect_time",
                                                      "contention", "coherency"};

/// A key that says nothing without another.
struct NeededKey {
  std::string_view key;
  std::string_view needs;
  std::string_view why;
};
constexpr std::array<NeededKey, 10> kNeededKeys{
    {{"pool_min", "pool", "there are no pools"},
     {"connect_time", "pool", "connections that all callers share stay open"},
     {"replication", "replicas", "there is nobody to replicate to"},
     {"failover", "replicas", "there is nobody to take over"},
     {"zipf", "keys", "nothing says which keys there are"},
     {"ttl", "keys", "nothing says which keys there are"},
     {"coalesce", "keys", "nothing says which keys there are"},
     {"early_refresh", "ttl", "nothing expires"},
     {"keys", "backed_by", "nothing says where a missed key comes from"},
     {"overflow", "capacity", "the queue holds any number"}}};

class DependencyCheck {
 public:
  DependencyCheck(const Context& c, std::size_t index)
      : c_(c),
        entry_(c.scenario.dependencies.entries[index]),
        it_(entry_.value),
        path_("dependencies." + entry_.name),
        node_(c.entry("dependencies", index)) {}

  void check() const {
    keys();
    pairs();
    numbers();
    service_time();
    references();
  }

 private:
  bool states(std::string_view key) const {
    return node_ != nullptr && node_->find(key) != nullptr;
  }
  void problem(std::string_view key, std::string message, std::string fix) const {
    c_.problem(fmt::format("{}.{}", path_, key), std::move(message), std::move(fix));
  }
  bool is_queue() const { return it_.kind == DependencyKind::queue; }

  void keys() const {
    for (const KindKey& only : kKindKeys) {
      if (it_.kind == only.kind || !states(only.key)) continue;
      problem(only.key, fmt::format("only a {} has it", only.owner),
              fmt::format("set kind: {}, or remove it", only.owner));
    }
    for (const std::string_view key : kServerKeys) {
      if (is_queue() && states(key)) problem(key, "a queue has none", "remove it");
    }
  }

  void pairs() const {
    for (const NeededKey& one : kNeededKeys) {
      const bool misplaced = !applies(one.key);  // reported by keys()
      if (misplaced || !states(one.key) || states(one.needs)) continue;
      problem(one.key, fmt::format("has no effect: {}", one.why),
              fmt::format("add {}.{}, or remove it", path_, one.needs));
    }
    for (const std::string_view share : {"hit_rate", "warm_up"}) {
      if (!applies("keys") || !states("keys") || !states(share)) continue;
      problem(share, "the keys say which calls are hits", "state keys or hit_rate, not both");
    }
  }

  bool applies(std::string_view key) const {
    for (const KindKey& only : kKindKeys) {
      if (only.key == key) return only.kind == it_.kind;
    }
    return !is_queue();
  }

  void numbers() const {
    if (it_.pool && it_.pool_min > *it_.pool) {
      problem("pool_min", fmt::format("is more than the pool of {}", *it_.pool),
              "open no more than pool");
    }
    if (it_.ttl && *it_.ttl <= Duration{0}) {
      problem("ttl", "must be more than 0", "state a time such as 60s, or remove the cache");
    }
    if (it_.retention && *it_.retention <= Duration{0}) {
      problem("retention", "must be more than 0", "state a time such as 1h, or remove it");
    }
    if (it_.poison && !it_.poison->share.is_zero() && it_.max_deliveries == 0 && is_queue()) {
      c_.scenario.warnings.push_back(fmt::format(
          "{}.poison: without max_deliveries such a message is delivered for ever", path_));
    }
  }

  void service_time() const {
    const bool works = it_.kind == DependencyKind::database || it_.kind == DependencyKind::external;
    const bool kind_failed = !states("kind");
    if (works && !kind_failed && !it_.service_time) {
      c_.problem(entry_.at, path_, "nothing states how long a call takes",
                 "add service_time, such as {assume: {exponential: {mean: 3ms}}}");
    }
  }

  void references() const {
    if (!it_.zone.empty() && c_.names.find(it_.zone, NameKind::zone) == nullptr) {
      c_.unknown(path_ + ".zone", NameKind::zone, it_.zone);
    }
    if (it_.kind == DependencyKind::cache && !it_.backed_by.empty() &&
        c_.names.find(it_.backed_by, NameKind::dependency) == nullptr &&
        c_.names.find(it_.backed_by, NameKind::app) == nullptr) {
      c_.unknown(path_ + ".backed_by", NameKind::dependency, it_.backed_by);
    }
  }

  const Context& c_;
  const NamedMap<Dependency>::Entry& entry_;
  const Dependency& it_;
  std::string path_;
  const Document* node_;
};

}  // namespace

void check_dependencies(const Context& c) {
  for (std::size_t i = 0; i < c.scenario.dependencies.size() && !c.problems.full(); ++i) {
    DependencyCheck(c, i).check();
  }
}

}  // namespace leapday::loading
