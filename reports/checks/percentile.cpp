/// \file percentile.cpp
/// p50, p99, p99.9, ...: a latency quantile of answered requests (nearest rank).
/// Why: the slow tail is what users complain about; with too few requests it is not known, and
/// saying so beats a number that means nothing.
#include <charconv>
#include <optional>

#include "reports/checks/latency.hpp"

namespace leapday {
namespace {

/// The quantile as an exact fraction: "p99.9" is 999/1000. Exact, so that "how many requests does
/// p99.9 need" is 1000 and not 1001 after rounding.
std::optional<Ratio> quantile_of(std::string_view metric) {
  if (metric.size() < 2 || metric[0] != 'p' || metric.size() > 14) return std::nullopt;
  std::int64_t digits = 0;
  std::int64_t scale = 100;
  bool point = false;
  for (const char c : metric.substr(1)) {
    if (c == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    digits = digits * 10 + (c - '0');
    if (point) scale *= 10;
  }
  if (digits > scale) return std::nullopt;
  return Ratio::make(digits, scale);
}

/// Requests needed so that at least one lies above the quantile: ceil(1 / (1 - q)).
std::uint64_t samples_needed(const Ratio& q) {
  const std::int64_t above = q.den - q.num;
  if (above <= 0) return 1;
  return static_cast<std::uint64_t>((q.den + above - 1) / above);
}

class Percentile final : public Metric {
 public:
  std::string_view name() const override { return "p"; }
  std::string_view help() const override {
    return "latency that this percentage of answered requests does not exceed: p50, p99, p99.9";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::duration; }
  std::string_view subjects() const override { return "load app endpoint release dependency"; }
  Measurement measure(std::string_view metric, const MetricQuery& query) const override {
    const std::optional<Ratio> q = quantile_of(metric);
    if (!q) return checks::unknown(std::string(metric) + " is no percentile between p0 and p100");
    Measurement result;
    const Series* series = checks::series_of(query, result);
    checks::Latencies latencies;
    if (series == nullptr || !latencies.collect(query, *series, result)) return result;
    const checks::LatencyWindow& sum = latencies.window();
    const std::uint64_t needed = samples_needed(*q);
    if (sum.count() < needed) {
      return checks::unknown(std::to_string(sum.count()) + " answered requests are too few for " +
                                 std::string(metric) + " (" + std::to_string(needed) + " needed)",
                             sum.count());
    }
    return checks::known(static_cast<double>(sum.quantile(q->value()).count()) / 1e9, sum.count());
  }
};

}  // namespace

void register_percentile(Registry& registry) {
  registry.add_metric(std::make_unique<Percentile>());
}

}  // namespace leapday
