/// \file counter.hpp
/// Metrics of what a dependency counts by row: a count, or the share of one count in several.
/// Why: hits, stale reads and dead letters differ in their names only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/checks/window.hpp"

namespace leapday::checks {

struct CounterSpec {
  std::string_view name;
  std::string_view help;
  std::string_view subjects;
  std::string_view counter;  ///< Of the record.
  /// For a share: the counters that it is a share of.
  std::vector<std::string_view> of{};
};

class CounterMetric final : public Metric {
 public:
  explicit CounterMetric(CounterSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return spec_.name; }
  std::string_view help() const override { return spec_.help; }
  Quantity::Kind unit() const override {
    return is_share() ? Quantity::Kind::percent : Quantity::Kind::number;
  }
  std::string_view subjects() const override { return spec_.subjects; }
  double largest() const override { return is_share() ? 1 : Metric::largest(); }
  bool is_count() const override { return !is_share(); }
  Measurement measure(std::string_view, const MetricQuery& query) const override;

 private:
  bool is_share() const { return !spec_.of.empty(); }

  CounterSpec spec_;  ///< Views of string literals.
};

}  // namespace leapday::checks
