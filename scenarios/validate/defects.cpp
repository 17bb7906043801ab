/// \file defects.cpp
/// Clock defects: keys that belong to their kind, and whether anything can come of them.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

using Kind = ClockDefectKind;

constexpr std::size_t kMostDefects = 32;

std::string_view defect_word(Kind kind) {
  return choices_of(kind)[static_cast<std::size_t>(kind)].name;
}

struct DefectKey {
  std::string_view key;
  Kind kind;
};
constexpr std::array<DefectKey, 6> kKeysOfKinds{{{"rule", Kind::add_year},
                                                 {"years", Kind::add_year},
                                                 {"width", Kind::width},
                                                 {"ahead", Kind::width},
                                                 {"counter", Kind::uptime},
                                                 {"threads", Kind::busy_timers}}};

class DefectsCheck {
 public:
  explicit DefectsCheck(const Context& c) : c_(c) {}

  void check() {
    const Document* apps = c_.sections.find("apps");
    for (const auto& app : c_.scenario.apps) {
      const Document* node = apps != nullptr ? apps->find(app.name) : nullptr;
      list(app.value, app.value.clock_defects, node, "apps." + app.name);
      const Document* releases = node != nullptr ? node->find("releases") : nullptr;
      for (const auto& release : app.value.releases) {
        if (!release.value.clock_defects) continue;
        list(app.value, *release.value.clock_defects,
             releases != nullptr ? releases->find(release.name) : nullptr,
             fmt::format("apps.{}.releases.{}", app.name, release.name));
      }
    }
    zones();
  }

 private:
  void list(const App& app, const std::vector<ClockDefect>& defects, const Document* owner,
            const std::string& path) {
    const Document* stated = owner != nullptr ? owner->find("clock_defects") : nullptr;
    if (defects.size() > kMostDefects) {
      c_.problem(path + ".clock_defects",
                 fmt::format("{} defects are more than an app can have", defects.size()),
                 fmt::format("state at most {}", kMostDefects));
    }
    for (std::size_t i = 0; i < defects.size(); ++i) {
      const bool found = stated != nullptr && i < stated->items.size();
      one(app, defects[i], found ? &stated->items[i] : nullptr,
          fmt::format("{}.clock_defects[{}]", path, i));
    }
  }

  void one(const App& app, const ClockDefect& defect, const Document* node,
           const std::string& path) {
    const auto stated = [node](std::string_view key) {
      return node != nullptr && node->find(key) != nullptr;
    };
    const auto refuse = [&](std::string_view key, std::string_view why, std::string fix) {
      c_.problem(fmt::format("{}.{}", path, key), std::string(why), std::move(fix));
    };
    for (const DefectKey& own : kKeysOfKinds) {
      if (!stated(own.key) || own.kind == defect.kind) continue;
      refuse(own.key,
             fmt::format("{} belongs to {}, and this is {}", own.key, defect_word(own.kind),
                         defect_word(defect.kind)),
             "remove it");
    }
    kinds_.push_back(defect.kind);
    if (defect.kind == Kind::busy_timers) {
      for (const char* key : {"effect", "checked", "share"}) {
        if (stated(key)) refuse(key, "busy timers only keep cores busy", "remove it");
      }
      if (app.discipline != Discipline::processor_sharing) {
        c_.problem(path, "its requests have cores of their own, which nothing can keep busy",
                   "set discipline: processor_sharing");
      }
    } else if (defect.kind == Kind::negative_elapsed) {
      if (defect.checked == DefectCheck::start) {
        refuse("checked", "a start measures nothing", "write checked: request");
      }
      if (defect.effect == DefectEffect::hang) {
        refuse("effect", "what it measures is over at once", "write error or crash");
      }
    } else if (defect.effect == DefectEffect::hang && defect.checked == DefectCheck::request &&
               stated("share")) {
      refuse("share", "an instance hangs as a whole", "remove it");
    }
  }

  void zones() {
    const auto has = [this](Kind kind) {
      return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
    };
    bool rebases = true;
    for (const auto& zone : c_.scenario.topology.zones) {
      rebases = rebases && zone.value.clock.rebase_on_step;
      if (!zone.value.clock.rebase_on_step && !has(Kind::busy_timers)) {
        warn(
            fmt::format("topology.zones.{}.clock.rebase_on_step has no effect: no app has short "
                        "timers (clock_defects of kind busy_timers)",
                        zone.name));
      }
      if (zone.value.uptime > Duration{0} && !has(Kind::uptime)) {
        warn(
            fmt::format("topology.zones.{}.uptime has no effect: no app has a defect of kind "
                        "uptime",
                        zone.name));
      }
    }
    if (has(Kind::busy_timers) && rebases) {
      warn(
          "clock_defects of kind busy_timers have no effect: no zone has "
          "clock: {rebase_on_step: false}");
    }
  }
  void warn(std::string text) { c_.scenario.warnings.push_back(std::move(text)); }

  const Context& c_;
  std::vector<Kind> kinds_;
};

}  // namespace

void check_clock_defects(const Context& c) { DefectsCheck(c).check(); }

}  // namespace leapday::loading
