/// \file messages.cpp
/// What became of a queue's messages: published, acknowledged, redelivered, duplicates,
/// dead_lettered, dropped. Why: a queue loses and repeats work where nobody waits for an answer.
#include "reports/checks/counter.hpp"

namespace leapday {

void register_messages(Registry& registry) {
  using checks::CounterMetric;
  registry.add_metric(
      std::make_unique<CounterMetric>(checks::CounterSpec{.name = "published",
                                                          .help = "messages that the queue took",
                                                          .subjects = "queue",
                                                          .counter = "published"}));
  registry.add_metric(
      std::make_unique<CounterMetric>(checks::CounterSpec{.name = "acknowledged",
                                                          .help = "messages that a worker has done",
                                                          .subjects = "queue",
                                                          .counter = "acknowledged"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "redelivered",
                          .help = "deliveries of messages that had been delivered before",
                          .subjects = "queue",
                          .counter = "redelivered"}));
  registry.add_metric(std::make_unique<CounterMetric>(checks::CounterSpec{
      .name = "duplicates",
      .help = "messages that a worker did although they had gone to somebody else",
      .subjects = "queue",
      .counter = "duplicates"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "dead_lettered",
                          .help = "messages given up after max_deliveries",
                          .subjects = "queue",
                          .counter = "dead_lettered"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "dropped",
                          .help = "messages dropped for want of room or because they were too old",
                          .subjects = "queue",
                          .counter = "dropped"}));
}

}  // namespace leapday
