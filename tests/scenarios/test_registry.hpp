/// \file test_registry.hpp
/// A small registry of plug-ins that do nothing but declare themselves.
/// Why: the loader's tests must not depend on which faults and metrics ship.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "leapday/fault.hpp"
#include "leapday/metric.hpp"
#include "leapday/registry.hpp"

namespace leapday::testing {

class HostCrash final : public FaultBase<HostCrash> {
 public:
  void fields(FieldVisitor&) override {}
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }
};

class InstanceCrash final : public FaultBase<InstanceCrash> {
 public:
  void fields(FieldVisitor&) override {}
  void begin(FaultContext&) override {}
  bool one_shot() const override { return true; }
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"instances"};
    return kKinds;
  }
};

class ZoneOutage final : public FaultBase<ZoneOutage> {
 public:
  void fields(FieldVisitor&) override {}
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"zones"};
    return kKinds;
  }
};

class ClockStep final : public FaultBase<ClockStep> {
 public:
  Duration step{};
  void fields(FieldVisitor& v) override { v.signed_duration("step", step, true, "signed jump"); }
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }
};

class DependencySlow final : public FaultBase<DependencySlow> {
 public:
  Duration add{};
  void fields(FieldVisitor& v) override { v.required("add", add, "added to every call"); }
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"dependency"};
    return kKinds;
  }
};

class LinkLatency final : public FaultBase<LinkLatency> {
 public:
  Duration add{};
  void fields(FieldVisitor& v) override { v.required("add", add, "added one way"); }
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"link"};
    return kKinds;
  }
};

/// Hits the platform as a whole.
class Blackout final : public FaultBase<Blackout> {
 public:
  void fields(FieldVisitor&) override {}
  void begin(FaultContext&) override {}
  std::span<const std::string_view> target_kinds() const override { return {}; }
};

class TestMetric final : public Metric {
 public:
  TestMetric(std::string_view name, Quantity::Kind unit, std::string_view subjects)
      : name_(name), unit_(unit), subjects_(subjects) {}
  std::string_view name() const override { return name_; }
  std::string_view help() const override { return "a metric"; }
  Quantity::Kind unit() const override { return unit_; }
  std::string_view subjects() const override { return subjects_; }
  double largest() const override { return name_ == "success" ? 1 : Metric::largest(); }
  Measurement measure(std::string_view, const MetricQuery&) const override { return {}; }

 private:
  std::string name_;
  Quantity::Kind unit_;
  std::string subjects_;
};

class Steady final : public ScalingPolicyBase<Steady> {
 public:
  Ratio target{1, 2};
  void fields(FieldVisitor& v) override { v.optional("target", target, "mean share of cpu"); }
  MetricsPipeline pipeline() const override { return {}; }
  Duration period() const override { return Duration{15s}; }
  ScalingDecision decide(const ScalingView& view) override {
    return {.wanted = view.wanted, .again = period()};
  }
  std::vector<ScalingObjection> objections(const App& app, std::int64_t least,
                                           std::int64_t) const override {
    std::vector<ScalingObjection> found;
    if (!app.cpu) found.push_back({"policy", "the app states no cpu", "add cpu to the app"});
    if (least == 0) found.push_back({"min", "it cannot scale to zero", "write min: 1"});
    return found;
  }
};

class RestartAtOnce final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory&, const Crash&, const PlatformConstants&,
                          Random&) const override {
    return {};
  }
};

inline Registry test_registry() {
  using Kind = Quantity::Kind;
  Registry r;
  r.faults.add("host.crash", "power loss", [] { return std::make_unique<HostCrash>(); });
  r.faults.add("instance.crash", "the process ends",
               [] { return std::make_unique<InstanceCrash>(); });
  r.scaling.add("steady", "as it is", [] { return std::make_unique<Steady>(); });
  for (const char* name :
       {"diego_backoff", "crash_loop_backoff", "health_manager", "heroku", "nomad"}) {
    r.restart.add(name, "at once", [] { return std::make_unique<RestartAtOnce>(); });
  }
  r.faults.add("zone.outage", "a zone is lost", [] { return std::make_unique<ZoneOutage>(); });
  r.faults.add("clock.step", "a wall clock jumps", [] { return std::make_unique<ClockStep>(); });
  r.faults.add("dependency.slow", "calls take longer",
               [] { return std::make_unique<DependencySlow>(); });
  r.faults.add("link.latency", "messages take longer",
               [] { return std::make_unique<LinkLatency>(); });
  r.faults.add("certificate.naive_add_year", "29 February plus a year",
               [] { return std::make_unique<HostCrash>(); });
  r.faults.add("blackout", "everything at once", [] { return std::make_unique<Blackout>(); });
  for (const char* name :
       {"round_robin", "least_outstanding", "least_connections", "gorouter_least_connection",
        "consistent_hash", "power_of_d", "random", "weighted"}) {
    r.routing.add(name, "a policy", [](const RouterPolicyOptions&) { return nullptr; });
  }
  for (const char* name :
       {"spread", "first_fit", "diego_auction", "least_allocated", "bin_pack", "random"}) {
    r.placement.add(name, "a policy", [] { return nullptr; });
  }
  const std::string traffic = "load app endpoint release instance dependency";
  const auto metric = [&](std::string_view name, Kind unit, std::string_view subjects) {
    r.add_metric(std::make_unique<TestMetric>(name, unit, subjects));
  };
  metric("success", Kind::percent, traffic);
  metric("p", Kind::duration, "load app endpoint release dependency");
  metric("failed", Kind::number, traffic);
  metric("rate", Kind::rate, traffic);
  metric("burn_rate", Kind::number, "objective");
  metric("budget_used", Kind::percent, "objective");
  metric("completed", Kind::number, "deployment");
  metric("unroutable", Kind::number, traffic);
  metric("ready", Kind::number, "app");
  metric("hosts_faulty", Kind::number, "zone hosts");
  metric("max_backlog", Kind::number, "queue");
  return r;
}

}  // namespace leapday::testing
