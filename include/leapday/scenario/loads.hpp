/// \file loads.hpp
/// Who sends requests, how many and when: rates, closed loops, traces.
/// Why: a verdict is only as good as the load it was reached under.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/scenario/traffic.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class Arrivals { poisson, deterministic };
std::span<const Choice> choices_of(Arrivals);

/// A sinusoidal rate: mean + amplitude * sin(2 pi (t - offset) / period).
struct Sinusoid {
  Rate mean;
  Rate amplitude;
  Duration period{86400s};
  Duration offset{};
  void fields(FieldVisitor& v) {
    v.required("mean", mean, "mean rate");
    v.required("amplitude", amplitude, "peak above the mean; at most the mean");
    v.required("period", period, "length of one cycle");
    v.optional("offset", offset, "when it first crosses the mean upwards");
    v.check(amplitude <= mean, "amplitude", "larger than the mean", "rates cannot be negative");
  }
};

/// A piece of the load's rate over time. Exactly one of rate, ramp_to, sinusoid and step points.
struct Phase {
  std::string name;
  std::optional<Rate> rate;
  std::optional<Rate> ramp_to;
  std::optional<Sinusoid> sinusoid;
  std::optional<Duration> length;
  std::optional<Arrivals> arrivals;

  void fields(FieldVisitor& v) {
    v.optional("name", name, "name of the span, for expectations");
    v.optional("rate", rate, "constant rate");
    v.optional("ramp_to", ramp_to, "linear from the last rate to this one");
    v.optional("sinusoid", sinusoid, "a daily curve");
    v.optional("for", length, "how long; the last phase may run to the end");
    v.optional("arrivals", arrivals, "arrival process");
  }
};

/// A closed loop of users who wait for an answer, think, and ask again.
struct ClosedLoop {
  std::int64_t clients = 1;
  Distribution think_time = Distribution::deterministic(1s);
  void fields(FieldVisitor& v) {
    v.required("clients", clients, "users", {1, 1e7});
    v.optional("think_time", think_time, "pause between an answer and the next request");
  }
};

/// One request of a trace, read at load time.
struct TraceRow {
  Duration at{};                         ///< From t=0.
  std::int32_t endpoint = -1;            ///< Index into the app's endpoints, -1 for the default.
  std::optional<Duration> service_time;  ///< Replaces the draw.
  std::optional<std::int32_t> instance;  ///< Replaces the router's choice: index within the app.
};

/// Requests replayed from a CSV file, or an access log in common or combined format.
struct TraceSpec {
  std::string file;
  std::string time_column = "time";
  std::string service_column;
  std::string instance_column;
  std::string endpoint_column;
  double speed_up = 1;
  std::vector<TraceRow> rows;  ///< Filled by the loader, sorted by time.

  void fields(FieldVisitor& v) {
    v.required(
        "file", file,
        "CSV with a header, or *.log in common or combined log format, relative to this file");
    v.optional(
        "time_column", time_column,
        "CSV column of the send time, in seconds from t=0; _ms and _us suffixes set the unit");
    v.optional("service_column", service_column,
               "CSV column of the service time, with the same suffixes");
    v.optional("instance_column", instance_column, "CSV column of the instance index chosen");
    v.optional("endpoint_column", endpoint_column, "CSV column of the endpoint's name");
    v.optional("speed_up", speed_up, "divides every interval", {1e-6, 1e6});
  }
};

struct Load {
  std::string to;
  std::string endpoint;
  NamedMap<Ratio> mix;
  std::optional<Rate> rate;
  Arrivals arrivals = Arrivals::poisson;
  std::vector<Phase> phases;
  std::optional<ClosedLoop> closed;
  std::optional<TraceSpec> trace;
  std::optional<Duration> stop;
  CallPolicy policy;
  std::int64_t connections = 0;
  std::int64_t users = 0;

  void fields(FieldVisitor& v) {
    v.required("to", to, "the app it goes to");
    v.optional("endpoint", endpoint, "the endpoint it goes to");
    v.optional("mix", mix, "endpoints and their shares, which add up to 100%");
    v.optional("rate", rate, "constant rate, when there are no phases");
    v.optional("arrivals", arrivals, "arrival process");
    v.optional("phases", phases, "rates over time, back to back from t=0");
    v.optional("closed", closed, "a closed loop in place of a rate");
    v.optional("trace", trace, "recorded requests in place of a rate");
    v.optional("stop", stop, "no requests are sent from this time on");
    v.optional("connections", connections,
               "client connections, for routing per connection; 0 one per request", {0, 1e7});
    v.optional("users", users,
               "distinct users of an open load or a trace, for flags and consistent_hash; 0 one "
               "per request",
               {0, 1e9});
    policy.fields(v);
  }
};

}  // namespace leapday
