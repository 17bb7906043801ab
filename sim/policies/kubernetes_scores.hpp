/// \file kubernetes_scores.hpp
/// What the default plugins of the Kubernetes scheduler give a node, and how it is weighed.
/// Why: the sums are integers rounded at certain places, and a rounding decides which node wins;
/// here they can be compared with what a calculator says. Weights: default_plugins.go.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "leapday/host_table.hpp"

namespace leapday::kubernetes {

inline constexpr std::int64_t kMaxScore = 100;
inline constexpr std::int64_t kTaintWeight = 3;
inline constexpr std::int64_t kAffinityWeight = 2;
inline constexpr std::int64_t kSpreadWeight = 2;
inline constexpr std::int64_t kApartWeight = 2;
inline constexpr std::int64_t kFitWeight = 1;
inline constexpr std::int64_t kBalanceWeight = 1;
/// Default constraints of PodTopologySpread: skew 5 between zones, 3 between hosts, both soft.
inline constexpr std::array<SoftSpread, 2> kDefaultSpread{{{Across::zone, 5}, {Across::host, 3}}};

/// least_allocated.go: (capacity - requested) * 100 / capacity.
inline std::int64_t left_score(std::int64_t capacity, std::int64_t requested) {
  if (capacity <= 0 || requested > capacity) return 0;
  return static_cast<std::int64_t>(static_cast<__int128>(capacity - requested) * kMaxScore /
                                   capacity);
}

/// NodeResourcesFit: the mean over CPU and memory; of memory alone where nobody looks at CPU.
inline std::int64_t fit_score(const HostRow& host, const PlacementRequest& request) {
  if (host.cpu_total == 0) {
    return left_score(host.memory_total.count, host.memory_used.count + request.memory.count);
  }
  const std::int64_t cpu =
      left_score(host.cpu_total, host.cpu_counted + counted_request(request.cpu, kLeastCpu));
  const std::int64_t memory =
      left_score(host.memory_total.count,
                 host.memory_counted.count + counted_request(request.memory.count, kLeastMemory));
  return (cpu + memory) / 2;
}

/// NodeResourcesBalancedAllocation (balanced_allocation.go): (1 - |cpu - memory| / 2) * 100 of the
/// shares that are requested, without the least amounts.
inline std::int64_t balance_score(const HostRow& host, const PlacementRequest& request) {
  if (host.cpu_total == 0) return 0;
  const auto share = [](std::int64_t used, std::int64_t total) {
    if (total <= 0) return 1.0;
    return std::min(1.0, static_cast<double>(used) / static_cast<double>(total));
  };
  const double cpu = share(host.cpu_used + request.cpu, host.cpu_total);
  const double memory =
      share(host.memory_used.count + request.memory.count, host.memory_total.count);
  const double apart = cpu > memory ? cpu - memory : memory - cpu;
  return static_cast<std::int64_t>((1 - apart / 2) * static_cast<double>(kMaxScore));
}

/// The natural logarithm of a whole number >= 1, by the series of the area tangent: the same bits
/// on every machine, which no C library promises.
inline double log_of(std::int64_t number) {
  constexpr double kLog2 = 0.69314718055994530942;
  double mantissa = static_cast<double>(number);
  double result = 0;
  for (; mantissa >= 2; mantissa /= 2) result += kLog2;
  const double z = (mantissa - 1) / (mantissa + 1);
  double power = z;
  for (int term = 1; term < 40; term += 2) {
    result += 2 * power / term;
    power *= z * z;
  }
  return result;
}

/// How many nodes, zones and regions are left after filtering.
struct Sizes {
  std::int64_t hosts = 0, zones = 0, regions = 0;

  std::int64_t of(Across across) const {
    return across == Across::host ? hosts : across == Across::zone ? zones : regions;
  }
};

/// Instances of the app that count against one more on a host with so many of it.
inline std::int64_t crowd_of(const PlacementRequest& request, Across across, ZoneId zone,
                             std::uint32_t on_host) {
  if (across == Across::host) return on_host;
  if (across == Across::zone) return request.in_zone(zone);
  std::int64_t sum = 0;
  for (std::uint32_t z = 0; z < request.same_app_by_zone.size(); ++z) {
    const bool same = request.regions.empty() || request.regions[z] == request.regions[zone.index];
    if (same) sum += request.same_app_by_zone[z];
  }
  return sum;
}

/// What depends on the zone of a node and on the app's instances there: before it is normalised.
struct RawScores {
  std::int64_t spread = 0, affinity = 0, taints = 0, apart = 0;
};

/// Scores of one pod. Nodes that passed the filters are added first; then they can be compared.
class PodScores {
 public:
  /// The sizes weigh its soft constraints (podtopologyspread/scoring.go).
  void begin(const PlacementRequest& request, const Sizes& sizes) {
    request_ = &request;
    any_ = false;
    terms_.clear();
    const std::span<const SoftSpread> stated =
        request.states_spread ? request.soft_spread : std::span<const SoftSpread>(kDefaultSpread);
    for (const SoftSpread& soft : stated) {
      terms_.push_back({soft.across, soft.max_skew, log_of(sizes.of(soft.across) + 2)});
    }
  }
  RawScores raw(ZoneId zone, std::uint32_t on_host) const {
    RawScores raw;
    double spread = 0;
    for (const Term& term : terms_) {
      const std::int64_t crowd = crowd_of(*request_, term.across, zone, on_host);
      spread += static_cast<double>(crowd) * term.weight + static_cast<double>(term.skew - 1);
    }
    raw.spread = static_cast<std::int64_t>(spread + 0.5);
    for (const SoftApart& soft : request_->soft_apart) {
      raw.apart -= soft.weight * crowd_of(*request_, soft.across, zone, on_host);
    }
    if (!request_->preferences.empty()) {
      raw.affinity = request_->preferences[zone.index].affinity;
      raw.taints = request_->preferences[zone.index].taints;
    }
    return raw;
  }
  void add(const RawScores& raw) {
    if (!any_) low_ = high_ = raw;
    any_ = true;
    const auto widen = [](std::int64_t value, std::int64_t& low, std::int64_t& high) {
      low = std::min(low, value);
      high = std::max(high, value);
    };
    widen(raw.spread, low_.spread, high_.spread);
    widen(raw.affinity, low_.affinity, high_.affinity);
    widen(raw.taints, low_.taints, high_.taints);
    widen(raw.apart, low_.apart, high_.apart);
  }
  /// Of a node among those that were added.
  std::int64_t worth(const HostRow& host, const RawScores& raw) const {
    return kFitWeight * fit_score(host, *request_) +
           kBalanceWeight * balance_score(host, *request_) + worth_of_place(raw);
  }
  /// What does not depend on what else runs on the node.
  std::int64_t worth_of_place(const RawScores& raw) const {
    return kSpreadWeight * spread(raw.spread) + kAffinityWeight * affinity(raw.affinity) +
           kTaintWeight * taints(raw.taints) + kApartWeight * apart(raw.apart);
  }

 private:
  struct Term {
    Across across;
    std::int64_t skew;
    double weight;
  };

  /// The least crowded gets the most (podtopologyspread/scoring.go NormalizeScore).
  std::int64_t spread(std::int64_t value) const {
    if (high_.spread == 0) return kMaxScore;
    return kMaxScore * (high_.spread + low_.spread - value) / high_.spread;
  }
  /// helper/normalize_score.go.
  std::int64_t affinity(std::int64_t value) const {
    return high_.affinity == 0 ? 0 : kMaxScore * value / high_.affinity;
  }
  /// Likewise, in reverse: none is best.
  std::int64_t taints(std::int64_t value) const {
    return high_.taints == 0 ? kMaxScore : kMaxScore - kMaxScore * value / high_.taints;
  }
  /// interpodaffinity/scoring.go: from the worst to the best.
  std::int64_t apart(std::int64_t value) const {
    if (high_.apart == low_.apart) return 0;
    return static_cast<std::int64_t>(
        static_cast<double>(kMaxScore) *
        (static_cast<double>(value - low_.apart) / static_cast<double>(high_.apart - low_.apart)));
  }

  const PlacementRequest* request_ = nullptr;
  std::vector<Term> terms_;
  bool any_ = false;
  RawScores low_, high_;
};

}  // namespace leapday::kubernetes
