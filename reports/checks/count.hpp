/// \file count.hpp
/// Metrics that count requests of a subject by how they ended.
/// Why: requests, answered, failed and one per failure reason differ in what they add up only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "reports/checks/window.hpp"

namespace leapday::checks {

class CountMetric final : public Metric {
 public:
  struct Spec {
    std::string name;
    std::string help;
    std::function<std::uint64_t(const Tally&)> of;
    /// None of a subject that never saw a request is an answer: that nothing was sent is what this
    /// metric is asked for.
    bool none_is_known = false;
  };
  explicit CountMetric(Spec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return spec_.name; }
  std::string_view help() const override { return spec_.help; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override {
    return "load app endpoint release instance dependency";
  }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override;

 private:
  Spec spec_;
};

}  // namespace leapday::checks
