/// \file arrivals.hpp
/// When an open load's requests come: a Poisson process or even spacing under a rate that changes.
/// Why: inverting the cumulated rate is exact for steps, ramps and daily curves alike, costs one
/// draw per request, and serves both kinds of arrivals.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "leapday/random.hpp"
#include "leapday/scenario.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/ziggurat.hpp"

namespace leapday::model {

/// A piece of the rate over time, times in seconds from its begin.
struct RatePiece {
  enum class Form : std::uint8_t { linear, sinusoid };
  SimTime begin{};
  double length = 0;  ///< Seconds; infinite for the last one.
  Form form = Form::linear;
  double rate = 0;   ///< At its begin; of sinusoids the mean.
  double slope = 0;  ///< Of linear ones, per second.
  double amplitude = 0;
  double period = 1;
  double offset = 0;  ///< Of sinusoids: where the first upward crossing is, from its begin.
  Arrivals arrivals = Arrivals::poisson;

  double at(double x) const;
  /// Requests expected from its begin until x.
  double cumulated(double x) const;
  /// Where cumulated() reaches `target`; nothing when it does not within the piece.
  std::optional<double> when(double from, double target) const;
};

/// The rate of a load from its start on: constant during warm-up, then its phases back to back.
std::vector<RatePiece> rate_pieces(const Load& load, SimTime start);

class ArrivalProcess {
 public:
  ArrivalProcess() = default;
  explicit ArrivalProcess(std::vector<RatePiece> pieces) : pieces_(std::move(pieces)) {}

  /// What next() gives when there are no more.
  static constexpr SimTime kNever = SimTime::max();
  /// The next arrival, never before the last one.
  SimTime next(Random& random) {
    if (steady_until_ <= 0) [[unlikely]]
      return next_of_pieces(random, -1);
    // A Poisson process of constant rate: as below, to the last bit.
    const double gap = engine::sample_exponential(random);
    const double target = done_ + gap;
    const double x = std::max(target / steady_rate_, x_);
    if (!(x < steady_until_)) [[unlikely]]
      return next_of_pieces(random, gap);
    x_ = x;
    done_ = target;
    return steady_begin_ + engine::to_duration(x);
  }
  /// Requests expected between two instants.
  double expected(SimTime from, SimTime to) const;

 private:
  SimTime next_of_pieces(Random& random, double gap);
  void look_at_piece();

  std::vector<RatePiece> pieces_;
  std::size_t piece_ = 0;
  double x_ = 0;     ///< The last arrival, in seconds from the piece's begin.
  double done_ = 0;  ///< cumulated(x_).
  bool first_ = true;
  // Of the piece under way, if it is a Poisson process of constant rate:
  double steady_until_ = 0;  ///< Its length; else 0.
  double steady_rate_ = 1;
  SimTime steady_begin_{};
};

}  // namespace leapday::model
