/// \file reasons.cpp
/// One count per failure reason: timeout(shoppers), unroutable(shop), refused(shop/3), ...
/// Why: what kind of failure it was decides who must act. A family, because the list of reasons is
/// closed and each differs in nothing but its name.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class FailuresOf final : public Metric {
 public:
  explicit FailuresOf(FailureReason reason)
      : reason_(reason),
        help_("requests that failed with reason " + std::string(to_string(reason))) {}
  std::string_view name() const override { return to_string(reason_); }
  std::string_view help() const override { return help_; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app endpoint instance dependency"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::count_of(query, *series, counts.failed[static_cast<std::size_t>(reason_)],
                            counts);
  }

 private:
  FailureReason reason_;
  std::string help_;
};

}  // namespace

void register_reasons(Registry& registry) {
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    registry.add_metric(std::make_unique<FailuresOf>(static_cast<FailureReason>(r)));
  }
}

}  // namespace leapday
