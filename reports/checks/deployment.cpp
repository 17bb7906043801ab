/// \file deployment.cpp
/// completed, rolled_back and done: how far a deployment has come.
/// Why: "did the release finish, and when" is half of every rehearsal of a release.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

bool happened(const MetricQuery& query, std::string_view kind) {
  for (const RecordedEvent& event : query.record.events) {
    if (event.at <= query.to && event.kind == kind && event.subject == query.entity.name) {
      return true;
    }
  }
  return false;
}

/// The share that the deployment's own milestones say is done.
double share_done(const MetricQuery& query) {
  double share = 0;
  for (const AnchorHit& hit : query.record.anchors) {
    if (hit.at <= query.to && hit.name == query.entity.name && hit.event == "done") {
      share = std::max(share, hit.share);
    }
  }
  return share;
}

class Completed final : public Metric {
 public:
  std::string_view name() const override { return "completed"; }
  std::string_view help() const override { return "1 once the deployment has ended well, else 0"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "deployment"; }
  double largest() const override { return 1; }
  bool is_state() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    const bool undone = happened(query, "deployment.rolled_back");
    // The last milestone comes with the event.
    const bool done = happened(query, "deployment.done") || share_done(query) >= 1;
    return checks::known(done && !undone ? 1 : 0, 1);
  }
};

class RolledBack final : public Metric {
 public:
  std::string_view name() const override { return "rolled_back"; }
  std::string_view help() const override {
    return "1 once the deployment has returned to the old release, else 0";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "deployment"; }
  double largest() const override { return 1; }
  bool is_state() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    return checks::known(happened(query, "deployment.rolled_back") ? 1 : 0, 1);
  }
};

class Done final : public Metric {
 public:
  std::string_view name() const override { return "done"; }
  std::string_view help() const override {
    return "share of the deployment's instances that were replaced so far";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::percent; }
  std::string_view subjects() const override { return "deployment"; }
  double largest() const override { return 1; }
  bool is_state() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    return checks::known(share_done(query), 1);
  }
};

}  // namespace

void register_deployment(Registry& registry) {
  registry.add_metric(std::make_unique<Completed>());
  registry.add_metric(std::make_unique<RolledBack>());
  registry.add_metric(std::make_unique<Done>());
}

}  // namespace leapday
