/// \file registry.hpp
/// Every plug-in by name, in a fixed order.
/// Why: the command, the loader, the run and Python see the same list; there are no globals and no
/// self-registering statics (the linker drops those from a static library).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/fault.hpp"
#include "leapday/format.hpp"
#include "leapday/metric.hpp"
#include "leapday/policy.hpp"
#include "leapday/restart.hpp"
#include "leapday/scaling.hpp"

namespace leapday {

/// One kind of thing, by name.
template <class Factory>
class Catalogue {
 public:
  struct Item {
    std::string name;
    std::string help;
    Factory make;
  };
  void add(std::string name, std::string help, Factory make) {
    items_.push_back({std::move(name), std::move(help), std::move(make)});
  }
  const Item* find(std::string_view name) const {
    for (const Item& item : items_) {
      if (item.name == name) return &item;
    }
    return nullptr;
  }
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

class Registry {
 public:
  Catalogue<std::function<std::unique_ptr<Fault>()>> faults;
  Catalogue<std::function<std::unique_ptr<RouterPolicy>(const RouterPolicyOptions&)>> routing;
  Catalogue<std::function<std::unique_ptr<PlacementPolicy>()>> placement;
  Catalogue<std::function<std::unique_ptr<RestartPolicy>()>> restart;
  Catalogue<std::function<std::unique_ptr<ScalingPolicy>()>> scaling;
  Catalogue<std::function<std::unique_ptr<Format>()>> formats;

  /// The metric that serves a name as written: "p99.9" finds "p"; nullptr when there is none.
  const Metric* metric(std::string_view written) const;
  void add_metric(std::unique_ptr<const Metric> metric) { metrics_.push_back(std::move(metric)); }
  const std::vector<std::unique_ptr<const Metric>>& metrics() const { return metrics_; }

 private:
  std::vector<std::unique_ptr<const Metric>> metrics_;
};

/// Everything that ships with Leapday.
Registry builtin_registry();

/// Each folder's own list; builtin_registry() calls them in this order.
void register_policies(Registry& registry);  // sim/policies
void register_faults(Registry& registry);    // faults
void register_metrics(Registry& registry);   // reports/checks
void register_formats(Registry& registry);   // reports/formats

}  // namespace leapday
