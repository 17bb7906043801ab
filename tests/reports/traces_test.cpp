/// \file traces_test.cpp
/// The trace event format held against the record that it was written from.
/// Why: a viewer drops events that it cannot nest without a word, and rounds what it is not told.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "leapday/leapday.hpp"

namespace leapday::reports_test {
namespace {

using Json = nlohmann::json;

Rehearsal graph() {
  const std::string text = R"(
leapday: 1
name: calls "in" parallel
run: {duration: 10s, warmup: 1s}
apps:
  shop:
    instances: 2
    concurrency: 8
    endpoints: {browse: {}, buy: {}}
    service_time: {exponential: {mean: 5ms}}
    calls: [{parallel: [{to: stock, timeout: 30ms}, {to: price, fan_out: 3}]}]
  stock: {instances: 2, service_time: {exponential: {mean: 20ms}}}
  price: {instances: 2, service_time: {exponential: {mean: 5ms}}}
load:
  users: {to: shop, rate: 40/s, mix: {browse: 70%, buy: 30%}, timeout: 100ms, hedge_after: 60ms}
  others: {to: stock, rate: 5/s}
)";
  const Registry registry = builtin_registry();
  const Result<ScenarioFile> file = load_text(text, "graph.yaml", "", registry);
  if (!file) throw std::logic_error(to_string(file.problems().front()));
  return rehearse(std::make_shared<const ScenarioFile>(*file), registry, {});
}

std::string written(const Rehearsal& rehearsal) {
  Registry registry;
  register_formats(registry);
  return registry.formats.find("traces")->make()->write(rehearsal, {});
}

/// The nanoseconds after the name of a member, read digit by digit.
std::vector<std::int64_t> nanoseconds(const std::string& text, const std::string& member) {
  std::vector<std::int64_t> found;
  const std::string name = "\"" + member + "\":";
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t point = text.find('.', at);
    found.push_back(std::stoll(text.substr(at + name.size(), point)) * 1000 +
                    std::stoll(text.substr(point + 1, 3)));
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(each_span_is_an_event_with_every_nanosecond) {
  const Rehearsal rehearsal = graph();
  const Traces& traces = rehearsal.record.traces;
  const std::string text = written(rehearsal);
  const Json json = Json::parse(text);
  const std::vector<std::int64_t> begins = nanoseconds(text, "ts");
  const std::vector<std::int64_t> lengths = nanoseconds(text, "dur");

  BOOST_TEST(json["otherData"]["scenario"] == "calls \"in\" parallel");
  BOOST_TEST(json["otherData"]["requests"] == traces.requests.size());
  BOOST_TEST(json["otherData"]["one_in"] == traces.one_in);
  std::vector<Json> events;
  for (const Json& event : json["traceEvents"]) {
    if (event["ph"] == "X") events.push_back(event);
  }
  std::size_t next = 0;
  for (const RequestTrace& request : traces.requests) {
    for (std::size_t i = 0; i < request.spans.size(); ++i, ++next) {
      const TraceSpan& span = request.spans[i];
      BOOST_REQUIRE(next < events.size());
      const Json& args = events[next]["args"];
      BOOST_TEST(begins.at(next) == span.begin.time_since_epoch().count());
      BOOST_TEST(lengths.at(next) == (span.end - span.begin).count());
      BOOST_TEST(args["span"] == i);
      BOOST_TEST(args["subject"] == traces.names[span.subject]);
      BOOST_TEST(args.value("endpoint", "") == traces.names[span.endpoint]);
      BOOST_TEST(args.value("abandoned", false) == span.abandoned);
      BOOST_TEST((args["outcome"] == "answered") == span.answered());
      if (i > 0) BOOST_TEST(args["parent"] == span.parent);
      if (i == 0) BOOST_TEST(args["number"] == request.number);
    }
  }
  BOOST_TEST(next == events.size());
  BOOST_TEST(next > 1000U);
}

BOOST_AUTO_TEST_CASE(events_of_a_thread_lie_within_each_other_or_apart) {
  const Json json = Json::parse(written(graph()));
  using Thread = std::pair<int, int>;
  std::map<Thread, std::vector<std::pair<double, double>>> threads;
  std::map<Thread, std::string> names;
  std::map<int, std::string> processes;
  for (const Json& event : json["traceEvents"]) {
    const Thread thread{event["pid"], event["tid"]};
    if (event["name"] == "process_name") {
      processes[thread.first] = event["args"]["name"];
    } else if (event["name"] == "thread_name") {
      BOOST_TEST(names.emplace(thread, event["args"]["name"]).second);
    } else {
      const double begin = event["ts"], length = event["dur"];
      threads[thread].emplace_back(begin, begin + length);
    }
  }

  BOOST_TEST((processes == std::map<int, std::string>{{1, "users"}, {2, "others"}} ||
              processes == std::map<int, std::string>{{1, "others"}, {2, "users"}}));
  bool parallel = false;
  for (const auto& [thread, spans] : threads) {
    BOOST_TEST(names.contains(thread));
    parallel = parallel || names[thread].ends_with(" (2)");
    std::vector<double> open;
    for (const auto& [begin, end] : spans) {
      while (!open.empty() && open.back() <= begin + 1e-4) open.pop_back();
      if (!open.empty()) BOOST_TEST(end <= open.back() + 1e-4);
      open.push_back(end);
    }
  }
  BOOST_TEST(parallel);
}

BOOST_AUTO_TEST_CASE(a_record_without_requests_is_an_empty_trace) {
  Rehearsal rehearsal;
  rehearsal.record.scenario = "nothing";

  const Json json = Json::parse(written(rehearsal));

  BOOST_TEST(json["traceEvents"].empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
