/// \file cache_hits.cpp
/// hits, misses, coalesced and hit_rate: what a cache answers itself.
/// Why: the database behind it gets what the cache does not answer.
#include "reports/checks/counter.hpp"

namespace leapday {

void register_cache_hits(Registry& registry) {
  using checks::CounterMetric;
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "hits",
                          .help = "calls that the cache answered itself",
                          .subjects = "cache",
                          .counter = "hits"}));
  registry.add_metric(std::make_unique<CounterMetric>(checks::CounterSpec{
      .name = "misses",
      .help = "calls that it did not: it asked what backs it, or waited for somebody who did",
      .subjects = "cache",
      .counter = "misses"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "coalesced",
                          .help = "misses that waited for a fetch under way of the same key",
                          .subjects = "cache",
                          .counter = "coalesced"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "hit_rate",
                          .help = "share of the calls that the cache answered itself",
                          .subjects = "cache",
                          .counter = "hits",
                          .of = {"hits", "misses"}}));
}

}  // namespace leapday
