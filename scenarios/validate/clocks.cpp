/// \file clocks.cpp
/// Time sources, and the daemons that ask them. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

constexpr std::size_t kMostSources = 256;

void check_source_names(const Context& c, const std::vector<std::string>& names,
                        const std::string& path) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    if (c.names.find(names[i], NameKind::time_source) == nullptr) {
      c.unknown(at, NameKind::time_source, names[i]);
    }
    const auto here = names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(names.begin(), here, names[i]) != here) {
      c.problem(at, fmt::format("{} stands in it twice", names[i]), "remove one of them");
    }
  }
}

/// Whether that source follows itself, over however many others.
bool follows_itself(const Context& c, std::size_t source) {
  std::vector<char> seen(c.scenario.time_sources.size());
  std::vector<std::size_t> left{source};
  while (!left.empty()) {
    const std::size_t at = left.back();
    left.pop_back();
    for (const std::string& name : c.scenario.time_sources.entries[at].value.follows) {
      const Named* named = c.names.find(name, NameKind::time_source);
      if (named == nullptr) continue;
      if (named->index == source) return true;
      if (std::exchange(seen[named->index], 1) == 0) left.push_back(named->index);
    }
  }
  return false;
}

class ClockCheck {
 public:
  explicit ClockCheck(const Context& c) : c_(c) {}

  void check() {
    const auto& sources = c_.scenario.time_sources;
    if (sources.size() > kMostSources) {
      c_.problem("time_sources", fmt::format("{} sources are too many", sources.size()),
                 fmt::format("state at most {}", kMostSources));
    }
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto& entry = sources.entries[i];
      const std::string path = "time_sources." + entry.name;
      check_source_names(c_, entry.value.follows, path + ".follows");
      for (const std::string& name : entry.value.follows) asked_.push_back(name);
      if (entry.value.follows.empty() && entry.value.holdover != 0) {
        c_.problem(path + ".holdover", "a reference clock has nobody to lose",
                   "remove it, or say whom it follows");
      }
      if (follows_itself(c_, i)) {
        c_.problem(path + ".follows", fmt::format("{} follows itself in a circle", entry.name),
                   "let one of them be a reference clock");
      }
    }
    clock(c_.scenario.topology.control_clock, "topology.control_clock");
    for (const auto& zone : c_.scenario.topology.zones) {
      clock(zone.value.clock, fmt::format("topology.zones.{}.clock", zone.name));
    }
    for (const auto& entry : sources) {
      if (std::find(asked_.begin(), asked_.end(), entry.name) != asked_.end()) continue;
      c_.scenario.warnings.push_back(
          fmt::format("time_sources.{} has no effect: nobody asks it", entry.name));
    }
  }

 private:
  void clock(const HostClockSpec& clock, const std::string& path) {
    if (!clock.sync) return;
    const ClockSync& sync = *clock.sync;
    check_source_names(c_, sync.sources, path + ".sync.sources");
    for (const std::string& name : sync.sources) asked_.push_back(name);
    if (sync.sources.empty()) {
      c_.problem(path + ".sync.sources", "names none", "name a time source, or leave sync out");
    }
    if (sync.daemon == TimeDaemon::chrony) {
      for (const char* key : {"first_panic", "panic"}) {
        const bool stated =
            std::string_view(key) == "panic" ? sync.panic.has_value() : sync.first_panic;
        if (!stated) continue;
        c_.problem(fmt::format("{}.sync.{}", path, key), "chronyd has no panic threshold",
                   "write daemon: ntpd, or remove it");
      }
    }
    if (clock.leap != LeapMode::step) {
      c_.problem(path + ".leap", "beside a daemon only clocks that step are modelled",
                 "remove leap, or sync");
    }
  }

  const Context& c_;
  std::vector<std::string> asked_;
};

}  // namespace

void check_clocks(const Context& c) { ClockCheck(c).check(); }

}  // namespace leapday::loading
