/// \file gauge.hpp
/// Metrics that read a gauge sampled per second: its mean or its maximum over a window.
/// Why: resource bounds differ in their names and units only.
#pragma once

#include <string>
#include <string_view>

#include "reports/checks/window.hpp"

namespace leapday::checks {

class GaugeMetric final : public Metric {
 public:
  enum class Of { mean, max };
  struct Spec {
    std::string_view name;
    std::string_view gauge;  ///< Of the record.
    std::string_view help;
    std::string_view subjects;
    Quantity::Kind unit = Quantity::Kind::number;
    Of of = Of::mean;
  };
  explicit GaugeMetric(const Spec& spec) : spec_(spec) {}
  std::string_view name() const override { return spec_.name; }
  std::string_view help() const override { return spec_.help; }
  Quantity::Kind unit() const override { return spec_.unit; }
  std::string_view subjects() const override { return spec_.subjects; }
  Measurement measure(std::string_view, const MetricQuery& query) const override;

 private:
  Spec spec_;  ///< Views of string literals.
};

}  // namespace leapday::checks
