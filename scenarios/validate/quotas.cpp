/// \file quotas.cpp
/// Quotas: the apps there are, a limit at all, and room for what runs at t=0.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

/// Memory of an instance of the release that runs at t=0.
std::int64_t memory_of(const App& app) {
  const Release* release = app.releases.find(app.release);
  if (release == nullptr && !app.releases.empty()) release = &app.releases.entries.front().value;
  for (std::size_t depth = 0; release != nullptr && depth <= app.releases.size(); ++depth) {
    if (release->memory) return release->memory->count;
    release = app.releases.find(release->like);
  }
  return app.memory.count;
}

class QuotaCheck {
 public:
  QuotaCheck(const Context& c, const std::string& name, const Quota& quota)
      : c_(c), q_(quota), path_("quotas." + name) {}

  void check() {
    for (std::size_t k = 0; k < q_.apps.size(); ++k) {
      const std::string path = fmt::format("{}.apps[{}]", path_, k);
      if (c_.app(q_.apps[k]) == nullptr) {
        c_.unknown(path, NameKind::app, q_.apps[k]);
      } else if (std::find(q_.apps.begin(), q_.apps.begin() + static_cast<std::ptrdiff_t>(k),
                           q_.apps[k]) != q_.apps.begin() + static_cast<std::ptrdiff_t>(k)) {
        c_.problem(path, fmt::format("{} stands in it twice", q_.apps[k]), "remove one of them");
      }
    }
    std::optional<std::int64_t> limit;
    if (q_.memory) limit = q_.memory->count;
    if (!q_.memory && !q_.instances) {
      limit = c_.scenario.platform.constants.quota_memory.count;
      if (*limit == 0) {
        c_.problem(
            path_,
            fmt::format("states no limit, and {} has no default one", c_.scenario.platform.name),
            "add memory: 10GiB, or instances: 20");
        return;
      }
    }
    room(limit);
  }

 private:
  bool counts(const std::string& app) const {
    return q_.apps.empty() || std::find(q_.apps.begin(), q_.apps.end(), app) != q_.apps.end();
  }

  void room(std::optional<std::int64_t> limit) const {
    std::int64_t memory = 0, instances = 0;
    for (const auto& app : c_.scenario.apps) {
      if (!counts(app.name)) continue;
      instances += Context::instances(app.value);
      memory += Context::instances(app.value) * memory_of(app.value);
    }
    if (limit && memory > *limit) {
      c_.problem(
          path_,
          fmt::format("its apps take {} MiB at t=0, and it has {} MiB", memory >> 20, *limit >> 20),
          "raise it, or begin with fewer instances");
    }
    if (q_.instances && instances > *q_.instances) {
      c_.problem(path_,
                 fmt::format("its apps have {} instances at t=0, and it allows {}", instances,
                             *q_.instances),
                 "raise it, or begin with fewer instances");
    }
  }

  const Context& c_;
  const Quota& q_;
  std::string path_;
};

}  // namespace

void check_quotas(const Context& c) {
  for (const auto& quota : c.scenario.quotas) {
    if (c.problems.full()) return;
    QuotaCheck(c, quota.name, quota.value).check();
  }
}

}  // namespace leapday::loading
