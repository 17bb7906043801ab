/// \file scaling_latency_threshold.cpp
/// Heroku's response-time autoscaling: one dyno more or less, towards a desired p95.
/// Why: it looks at what users feel, which is no measure of load: an app that is slow for want of
/// its database is scaled, too.
/// Source: devcenter.heroku.com/articles/autoscaling: the p95 response time of the past hour
/// decides, one dyno at a time, events at least a minute apart, down less aggressively than up. The
/// rule behind is not published; that of `decide` is assumed, and so are `window`, `down_at` and
/// `down_after`. Without requests for `idle` it goes down (recalled).
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_measure.hpp"

namespace leapday {
namespace scaling {
namespace {

class LatencyThreshold final : public ScalingPolicyBase<LatencyThreshold> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("target", target_, "desired response time at the quantile");
    v.optional("quantile", quantile_, "of the routers' response times");
    v.optional("window", window_, "response times of this long count for growing (assumed)");
    v.optional("down_at", down_at_, "share of the target that counts as well below (assumed)");
    v.optional("down_after", down_after_,
               "it shrinks when all was well below for this long (assumed)");
    v.optional("idle", idle_, "without requests for this long it shrinks, one each interval");
    v.optional("interval", interval_, "least time between two changes");
    v.check(target_ > Duration{0}, "target", "must be more than 0", "write 500ms");
    v.check(interval_ > Duration{0} && window_ > Duration{0}, "interval",
            "no time between two looks", "write interval: 1min");
    v.check(down_after_ >= window_, "down_after", "is shorter than window", "make it longer");
  }
  MetricsPipeline pipeline() const override {
    return {.scrape = scrape(), .keep = std::max(down_after_, idle_)};
  }
  Duration period() const override { return interval_; }
  std::vector<ScalingObjection> objections(const App& app, std::int64_t least,
                                           std::int64_t) const override {
    std::vector<ScalingObjection> found;
    object_to_zero(least, found);
    if (app.kind == AppKind::worker) {
      found.push_back({"app", "no router sends requests to a worker", "scale an app of kind http"});
    }
    return found;
  }

  ScalingDecision decide(const ScalingView& view) override {
    ScalingDecision decision{.wanted = view.wanted, .again = interval_};
    if (!begun_) begun_ = view.now;
    if (view.wanted < view.least || view.wanted > view.most) {
      decision.wanted = std::clamp(view.wanted, view.least, view.most);
      decision.why = "into the range";
      return decision;
    }
    const Histogram recent = merged(view, window_);
    const Duration now = recent.quantile(quantile_.value());
    if (recent.count() > 0 && now > target_) {
      decision.wanted = std::min(view.wanted + 1, view.most);
      decision.why = told(now, "above");
    } else if (covered(view, idle_) && merged(view, idle_).count() == 0) {
      decision.wanted = std::max(view.wanted - 1, view.least);
      decision.why = fmt::format("no requests for {}s", idle_ / 1s);
    } else if (covered(view, down_after_) && well_below(view)) {
      decision.wanted = std::max(view.wanted - 1, view.least);
      decision.why = told(now, "well below");
    }
    // What was measured before a change says nothing of what there is after it.
    if (decision.wanted < view.wanted) begun_ = view.now;
    return decision;
  }

 private:
  Duration scrape() const { return std::min(window_, Duration{10s}); }
  bool covered(const ScalingView& view, Duration length) const {
    return view.now - *begun_ >= length;
  }
  static Histogram merged(const ScalingView& view, Duration length) {
    Histogram all;
    for (const RouterSample& router : view.routers) {
      if (router.at > view.now - length) all.merge(router.latency);
    }
    return all;
  }
  bool well_below(const ScalingView& view) const {
    const Histogram all = merged(view, down_after_);
    const double seconds = static_cast<double>(all.quantile(quantile_.value()).count());
    return all.count() > 0 && seconds < static_cast<double>(target_.count()) * down_at_.value();
  }
  std::string told(Duration now, std::string_view where) const {
    return fmt::format("p{:g} {:.0f}ms, {} {:.0f}ms", quantile_.value() * 100,
                       static_cast<double>(now.count()) / 1e6, where,
                       static_cast<double>(target_.count()) / 1e6);
  }

  Duration target_{};
  Ratio quantile_{95, 100};
  Duration window_{60s};
  Ratio down_at_{1, 2};
  Duration down_after_{600s};
  Duration idle_{180s};
  Duration interval_{60s};

  std::optional<SimTime> begun_;
};

}  // namespace
}  // namespace scaling

void register_scaling_latency_threshold(Registry& registry) {
  registry.scaling.add("latency_threshold",
                       "Heroku: one instance at a time towards a desired p95 response time",
                       [] { return std::make_unique<scaling::LatencyThreshold>(); });
}

}  // namespace leapday
