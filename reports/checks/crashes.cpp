/// \file crashes.cpp
/// crashes: how often instances ended by themselves or were killed, from the recorded events.
/// Why: an app that answers well but crashes every minute is not well.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Crashes final : public Metric {
 public:
  std::string_view name() const override { return "crashes"; }
  std::string_view help() const override { return "crashes of the app's instances"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "app instance"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    std::uint64_t count = 0;
    checks::each_piece(query, [&](SimTime from, SimTime to) {
      for (const RecordedEvent& event : query.record.events) {
        if (event.at >= from && event.at < to && event.kind == "instance.crashed" &&
            checks::belongs_to(event.subject, query.entity)) {
          ++count;
        }
      }
    });
    return checks::known(static_cast<double>(count), 1);
  }
};

}  // namespace

void register_crashes(Registry& registry) { registry.add_metric(std::make_unique<Crashes>()); }

}  // namespace leapday
