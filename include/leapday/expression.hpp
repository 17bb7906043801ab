/// \file expression.hpp
/// The syntax trees of the scenario language's expressions (grammar in docs/language.md).
/// Why: loading parses once and checks names; the run and the checks walk trees, never text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "leapday/problem.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// `rollout.done(50%)@2`: the n-th time something happened.
struct Anchor {
  std::string name;                      ///< A deployment, fault or phase.
  std::string event;                     ///< begin, end, done, ...
  std::optional<Ratio> percent;          ///< done(50%)
  std::optional<std::int64_t> argument;  ///< done(3)
  int occurrence = 1;
  std::string text() const;
};

/// A point in time: an anchor or an absolute instant, plus an offset.
struct Instant {
  std::optional<Anchor> anchor;
  std::optional<WallTime> wall;  ///< A timestamp; otherwise `offset` counts from t=0.
  Duration offset{};
};

/// `shop`, `shop.checkout`, `shop/3`, `shop@v2`.
struct Entity {
  std::string name;
  std::string part;
  std::optional<std::int64_t> index;
  std::string release;  ///< Of an app, where something is measured of it.
  SourceLocation at;
  std::string text() const;
};

/// `p99.9(shop.checkout)`; the metric's name keeps its fraction: "p99.9".
struct MetricCall {
  std::string metric;
  Entity entity;
  SourceLocation at;
  std::string text() const;
};

/// A number with its unit, in the unit's base (seconds, share 0..1, per second, bytes).
struct Quantity {
  enum class Kind { duration, percent, rate, size, number };
  Kind kind = Kind::number;
  double value = 0;
  std::string text;  ///< As written.
};

/// What a metric is compared with: `[percent of] twin|baseline|p99(shop@v1)`, `twin + 500`, or a
/// quantity.
struct Bound {
  enum class Reference { none, twin, baseline, other };
  Reference reference = Reference::none;
  std::optional<MetricCall> other;   ///< What else is measured, of that reference.
  double factor = 1;                 ///< From `percent of`.
  std::optional<Quantity> quantity;  ///< The bound, or what is added to the reference (signed).
};

enum class CompareOp { le, lt, ge, gt, eq, ne };

struct Comparison {
  MetricCall call;
  CompareOp op = CompareOp::le;
  Bound bound;
  std::optional<Duration> over;  ///< Trailing window; without it one second.
};

/// A boolean tree. Leaves are comparisons or bare calls (true when the metric is not 0).
struct Condition {
  enum class Kind { any_of, all_of, negation, comparison, call };
  Kind kind = Kind::call;
  std::vector<Condition> operands;  ///< Of any_of, all_of, negation.
  Comparison comparison;            ///< Of comparison; for a call only its `call` is set.
  std::string text;                 ///< As written.
};

/// `during rollout + 2min`, `except during cell-dies`, `after 5min`, `until rollout.end`.
struct Scope {
  enum class Kind { during, except_during, after, until };
  Kind kind = Kind::during;
  std::string span;   ///< Of during: a phase, deployment or fault.
  Duration extend{};  ///< Of during: added to the span's end.
  Instant instant;    ///< Of after and until.
};

/// One line under `expect`.
struct Expectation {
  enum class Kind { always, never, eventually, comparison };
  Kind kind = Kind::comparison;
  std::string text;  ///< As written.
  SourceLocation at;
  Condition condition;             ///< Of always, never, eventually.
  Duration hold{};                 ///< Of eventually: `for`.
  Duration within{};               ///< Of eventually.
  std::optional<Anchor> after;     ///< Of eventually.
  Comparison comparison;           ///< Of comparison.
  std::optional<Duration> window;  ///< `in every 5min`; absent: the whole scope at once.
  Ratio share{1, 1};               ///< `in 99% of 1min`.
  std::vector<Scope> scopes;
};

/// Kubernetes-style label filter.
struct LabelFilter {
  std::string key;
  std::string value;
  bool equal = true;
};

/// What a fault hits.
struct TargetExpression {
  enum class Amount {
    all,
    count,
    percent,
    up_to_percent,
    oldest,
    newest,
    leader,
    minority,
    majority
  };
  enum class Kind { none, hosts, instances, zones, regions, routers, agents };
  struct Link {
    Entity from;
    Entity to;
    bool both_ways = false;
  };

  std::string text;
  SourceLocation at;
  std::optional<Entity> entity;  ///< A single named entity.
  std::optional<Link> link;      ///< `z1 -> z2`, `z1 <-> z2`.
  Amount amount = Amount::all;   ///< For sets.
  std::int64_t count = 0;
  Ratio percent{};
  Kind kind = Kind::none;
  std::optional<Entity> of;  ///< instances of shop
  std::optional<Entity> in;  ///< hosts in z1
  std::vector<LabelFilter> where;
  std::vector<TargetExpression> except;  ///< None or one set or entity.
};

/// When something is to happen: a condition to come true (for a while), or an instant.
struct At {
  struct When {
    Condition condition;
    Duration hold{};
  };
  std::variant<Instant, When> what;
  std::string text;
  SourceLocation at;
};

/// `ok and latency < 300ms`.
struct GoodRequest {
  std::optional<Duration> latency;
  bool inclusive = false;  ///< `<=`
};

}  // namespace leapday
