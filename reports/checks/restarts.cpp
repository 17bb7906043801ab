/// \file restarts.cpp
/// restarts: starts of instances that had crashed or hung before, from the recorded events.
/// Why: crash loops and liveness probes that kill healthy instances show as restarts.
#include <map>

#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Restarts final : public Metric {
 public:
  std::string_view name() const override { return "restarts"; }
  std::string_view help() const override {
    return "starts of the app's instances after a crash or a hang";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "app instance"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    std::uint64_t count = 0;
    std::map<std::string_view, bool> fallen;  // by instance: crashed or hung since its last start
    for (const RecordedEvent& event : query.record.events) {
      if (!checks::belongs_to(event.subject, query.entity)) continue;
      if (event.kind == "instance.crashed" || event.kind == "instance.hung") {
        fallen[event.subject] = true;
      } else if (event.kind == "instance.started") {
        bool& down = fallen[event.subject];
        if (down && counts(query, event.at)) ++count;
        down = false;
      }
    }
    return checks::known(static_cast<double>(count), 1);
  }

 private:
  static bool counts(const MetricQuery& query, SimTime at) {
    bool inside = false;
    checks::each_piece(query, [&](SimTime from, SimTime to) { inside |= at >= from && at < to; });
    return inside;
  }
};

}  // namespace

void register_restarts(Registry& registry) { registry.add_metric(std::make_unique<Restarts>()); }

}  // namespace leapday
