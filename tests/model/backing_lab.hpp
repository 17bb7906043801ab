/// \file backing_lab.hpp
/// Apps that only call backing services, and what was counted of these.
/// Why: what theory says of a database, a cache or a broker is said of their callers' calls.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/model/traffic_lab.hpp"

namespace leapday::model {

/// One Poisson load to one app that makes this call and nothing else.
inline void add_callers(Scenario& scenario, const std::string& name, double per_second,
                        CallSpec call) {
  App& app = scenario.apps[name];
  app.service_time = Distribution::deterministic(0s);
  app.concurrency = 0;
  app.calls = {std::move(call)};
  Load& load = scenario.loads["of-" + name];
  load.to = name;
  load.rate = Rate{per_second};
  scenario.platform.algorithms.routing = "round_robin";
}

inline Dependency& add_service(Scenario& scenario, const std::string& name, DependencyKind kind,
                               Distribution service) {
  Dependency& dependency = scenario.dependencies[name];
  dependency.kind = kind;
  dependency.service_time = std::move(service);
  return dependency;
}

inline Dependency& add_database(Scenario& scenario, Duration service = 0s) {
  return add_service(scenario, "db", DependencyKind::database,
                     Distribution::deterministic(service));
}

inline std::uint64_t counted(const Record& record, const std::string& metric,
                             const std::string& subject = "db") {
  const CounterSeries* counter = record.find_counter(metric, subject);
  BOOST_REQUIRE_MESSAGE(counter != nullptr, metric << " of " << subject << " is not counted");
  std::uint64_t rows = 0;
  for (const std::uint32_t row : counter->rows) rows += row;
  BOOST_TEST(rows == counter->total);
  return counter->total;
}

/// Mean of a gauge from one second to another.
inline double gauged(const Record& record, const std::string& metric, const std::string& subject,
                     std::size_t from, std::size_t to) {
  const GaugeSeries* gauge = record.find_gauge(metric, subject);
  BOOST_REQUIRE(gauge != nullptr);
  double sum = 0;
  for (std::size_t s = from; s < to; ++s) sum += static_cast<double>(gauge->mean.at(s));
  return sum / static_cast<double>(to - from);
}

inline double most(const Record& record, const std::string& metric, const std::string& subject) {
  const GaugeSeries* gauge = record.find_gauge(metric, subject);
  BOOST_REQUIRE(gauge != nullptr);
  return static_cast<double>(*std::max_element(gauge->max.begin(), gauge->max.end()));
}

inline std::size_t happened(const Record& record, const std::string& kind) {
  return static_cast<std::size_t>(
      std::count_if(record.events.begin(), record.events.end(),
                    [&](const RecordedEvent& event) { return event.kind == kind; }));
}

}  // namespace leapday::model
