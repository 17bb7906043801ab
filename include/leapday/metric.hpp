/// \file metric.hpp
/// Named measurements over a window, as expectations, triggers and gates use them.
/// Why: metrics are plug-ins; the expectation grammar around them is closed.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "leapday/expression.hpp"
#include "leapday/record.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

/// From `from` up to but not including `to`.
struct TimeRange {
  SimTime from{};
  SimTime to{};
  friend constexpr bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// What metrics remember between queries of one finished record, so that a long trailing window
/// that moves on by a second costs a second. Kept by whoever asks often; one per record.
class MetricMemo {
 public:
  struct Entry {
    virtual ~Entry() = default;
  };
  /// The entry under the key, made on first use; a key always names the same type.
  template <class T>
  T& get(const std::string& key) {
    std::unique_ptr<Entry>& entry = entries_[key];
    if (entry == nullptr) entry = std::make_unique<T>();
    return static_cast<T&>(*entry);
  }

 private:
  std::map<std::string, std::unique_ptr<Entry>> entries_;
};

/// What is asked: this entity, from `from` up to but not including `to`.
struct MetricQuery {
  const Scenario& scenario;
  const Record& record;  ///< Complete, or that of a run under way.
  Entity entity;
  SimTime from{};
  SimTime to{};
  bool live = false;  ///< By settlement (triggers, gates), not by sending time.
  /// The parts of [from, to) that count, ascending and disjoint; empty: all of it.
  std::span<const TimeRange> pieces{};
  MetricMemo* memo = nullptr;  ///< Of this record; none while the run is under way.
};

/// A value with what it rests on.
struct Measurement {
  double value = 0;  ///< Seconds, shares 0..1, counts, per second, bytes.
  std::uint64_t samples = 0;
  bool known = false;  ///< False: no data, or too few samples to tell; see `why`.
  std::string why;
  bool coarse = false;  ///< Not known because the run's rows are longer than the window asks for.
};

/// One metric.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string_view name() const = 0;  ///< As written, without a fraction: "p99.9" is "p".
  virtual std::string_view help() const = 0;
  /// The unit of its bound, for checking expressions when loading.
  virtual Quantity::Kind unit() const = 0;
  /// What it can be asked of: any of "load", "app", "endpoint", "instance", "dependency", "queue",
  /// "database", "cache", "deployment", "objective", "zone", "hosts", separated by spaces.
  virtual std::string_view subjects() const = 0;
  /// The largest value it can take, in the units of Measurement; none is ever negative. Lets the
  /// loader refuse bounds that always or never hold.
  virtual double largest() const { return std::numeric_limits<double>::infinity(); }
  /// True for values that only make sense now, not over windows: completed(rollout), ready(shop).
  /// They are measured at `to`, whatever `from` is.
  virtual bool is_state() const { return false; }
  /// True for counts that add up over time: they are scaled when windows of unlike length are
  /// compared.
  virtual bool is_count() const { return false; }
  /// `metric` as written, such as "p99.9".
  virtual Measurement measure(std::string_view metric, const MetricQuery& query) const = 0;
};

}  // namespace leapday
