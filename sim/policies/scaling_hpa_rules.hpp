/// \file scaling_hpa_rules.hpp
/// How fast the HorizontalPodAutoscaler may scale: `behavior` of autoscaling/v2.
/// Why: the rate limits are arithmetic on past changes, apart from what the metrics say.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday::scaling {

enum class HpaRuleType { pods, percent };
inline std::span<const Choice> choices_of(HpaRuleType) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"pods", "so many instances in a period"},
       {"percent", "so many percent of what there was at the period's begin"}}};
  return kChoices;
}

enum class HpaSelect { max, min, disabled };
inline std::span<const Choice> choices_of(HpaSelect) {
  static constexpr std::array<Choice, 3> kChoices{{{"max", "the rule that allows most"},
                                                   {"min", "the rule that allows least"},
                                                   {"disabled", "never in this direction"}}};
  return kChoices;
}

struct HpaRule {
  HpaRuleType type = HpaRuleType::pods;
  std::int64_t value = 1;
  Duration period{15s};

  void fields(FieldVisitor& v) {
    v.required("type", type, "what value counts");
    v.required("value", value, "instances, or percent", {1, 1e6});
    v.required("period", period, "in which no more may come or go");
  }
};

/// A change that was made.
struct HpaChange {
  SimTime at{};
  std::int64_t by = 0;
};

/// One direction of `behavior`.
struct HpaBehavior {
  Duration stabilization{};
  HpaSelect select = HpaSelect::max;
  std::vector<HpaRule> rules;  ///< Empty: the defaults of the direction.

  void fields(FieldVisitor& v) {
    v.optional("stabilization", stabilization,
               "the most cautious recommendation of so long ago until now counts");
    v.optional("select", select, "which of several rules counts");
    v.optional("rules", rules,
               "rate limits; when absent: up 4 pods or 100% in 15s, down 100% in 15s");
  }
};

/// Replicas that have come (or gone) within the period: strictly after its begin, as in
/// horizontal.go, getReplicasChangePerPeriod.
inline std::int64_t hpa_changed_since(const std::vector<HpaChange>& changes, SimTime cutoff) {
  std::int64_t sum = 0;
  for (const HpaChange& change : changes) sum += change.at > cutoff ? change.by : 0;
  return sum;
}

/// Most replicas (up) or fewest (down) that the rules allow now: horizontal.go,
/// calculateScaleUpLimitWithScalingRules and calculateScaleDownLimitWithBehaviors.
inline std::int64_t hpa_limit(const HpaBehavior& behavior, const std::vector<HpaRule>& rules,
                              bool up, std::int64_t current, const std::vector<HpaChange>& ups,
                              const std::vector<HpaChange>& downs, SimTime now) {
  if (behavior.select == HpaSelect::disabled) return current;
  // Upwards the rule that allows most names the largest count; downwards the smallest.
  const bool largest = (behavior.select == HpaSelect::max) == up;
  std::int64_t limit =
      largest ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  for (const HpaRule& rule : rules) {
    const SimTime cutoff = now - rule.period;
    const std::int64_t start =
        current - hpa_changed_since(ups, cutoff) + hpa_changed_since(downs, cutoff);
    const double share = static_cast<double>(rule.value) / 100;
    const auto from = static_cast<double>(start);
    std::int64_t allowed = up ? start + rule.value : start - rule.value;
    if (rule.type == HpaRuleType::percent) {
      allowed = up ? static_cast<std::int64_t>(std::ceil(from * (1 + share)))
                   : static_cast<std::int64_t>(from * (1 - share));
    }
    limit = largest ? std::max(limit, allowed) : std::min(limit, allowed);
  }
  return limit;
}

}  // namespace leapday::scaling
