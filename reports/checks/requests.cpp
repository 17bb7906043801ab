/// \file requests.cpp
/// requests: requests that were sent.
/// Why: retry storms show as attempts that nobody asked for.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Requests final : public Metric {
 public:
  std::string_view name() const override { return "requests"; }
  std::string_view help() const override { return "requests that were sent"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app endpoint instance dependency"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::known(static_cast<double>(counts.sent), counts.sent);
  }
};

}  // namespace

void register_requests(Registry& registry) { registry.add_metric(std::make_unique<Requests>()); }

}  // namespace leapday
