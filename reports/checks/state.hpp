/// \file state.hpp
/// A metric that reads one recorded step series at an instant.
/// Why: ready, instances, hosts_up and hosts_faulty differ in their names only.
#pragma once

#include <string>
#include <string_view>

#include "reports/checks/window.hpp"

namespace leapday::checks {

class StepState final : public Metric {
 public:
  StepState(std::string_view name, std::string_view help, std::string_view subjects,
            Quantity::Kind unit = Quantity::Kind::number)
      : name_(name), help_(help), subjects_(subjects), unit_(unit) {}
  std::string_view name() const override { return name_; }
  std::string_view help() const override { return help_; }
  Quantity::Kind unit() const override { return unit_; }
  std::string_view subjects() const override { return subjects_; }
  bool is_state() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    const std::string subject = query.entity.text();
    const std::optional<double> value = value_at(query.record, name_, subject, query.to);
    if (!value) return unknown("nothing was recorded of " + name_ + "(" + subject + ")");
    return known(*value, 1);
  }

 private:
  std::string name_;
  std::string help_;
  std::string subjects_;
  Quantity::Kind unit_;
};

}  // namespace leapday::checks
