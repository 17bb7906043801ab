/// \file arrivals.cpp
/// Rates over time and the inversion of their integrals.
#include "sim/model/arrivals.hpp"

#include <cmath>
#include <limits>

#include "sim/engine/math.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/ziggurat.hpp"

namespace leapday::model {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr double kTurn = 6.283185307179586476925;

double seconds(Duration d) { return static_cast<double>(d.count()) * 1e-9; }

/// The sine of x / period turns; whole turns are dropped first to keep the argument small.
double sine_of_turns(double turns) { return engine::det_sin(kTurn * (turns - std::floor(turns))); }

}  // namespace

double RatePiece::at(double x) const {
  if (form == Form::linear) return rate + slope * x;
  return rate + amplitude * sine_of_turns((x - offset) / period);
}

double RatePiece::cumulated(double x) const {
  if (form == Form::linear) return x * (rate + 0.5 * slope * x);
  // The integral of the sine is a cosine: sin(u + a quarter turn).
  const double from = sine_of_turns(0.25 - offset / period);
  const double to = sine_of_turns(0.25 + (x - offset) / period);
  return rate * x + amplitude * period / kTurn * (from - to);
}

std::optional<double> RatePiece::when(double from, double target) const {
  if (form == Form::linear) {
    if (slope == 0) {  // what the general formula gives, to the last bit
      const double x = target / rate;
      return rate > 0 && x < length ? std::optional(std::max(x, from)) : std::nullopt;
    }
    const double slope_term = rate * rate + 2 * slope * target;
    const double divisor = rate + std::sqrt(std::max(slope_term, 0.0));
    if (slope_term < 0 || divisor <= 0) return std::nullopt;
    const double x = 2 * target / divisor;
    return x < length ? std::optional(std::max(x, from)) : std::nullopt;
  }
  double low = from;
  double high = from;
  for (double step = period / 16;; step *= 2) {  // bracket the solution
    high = std::min(high + step, length);
    if (cumulated(high) >= target) break;
    if (high >= length || step > 1e12) return std::nullopt;
    low = high;
  }
  double x = low;
  for (int i = 0; i < 100; ++i) {  // Newton's method, kept inside the bracket
    const double excess = cumulated(x) - target;
    (excess < 0 ? low : high) = x;
    const double slope_here = at(x);
    double better = slope_here > 0 ? x - excess / slope_here : 0.5 * (low + high);
    if (!(better > low && better < high)) better = 0.5 * (low + high);
    if (std::abs(better - x) < 1e-10) break;
    x = better;
  }
  return x < length ? std::optional(x) : std::nullopt;
}

std::vector<RatePiece> rate_pieces(const Load& load, SimTime start) {
  std::vector<RatePiece> pieces;
  if (load.phases.empty()) {
    const double rate = load.rate ? load.rate->per_second : 0;
    pieces.push_back({.begin = start, .length = kForever, .rate = rate, .arrivals = load.arrivals});
    return pieces;
  }
  double last_rate = load.rate ? load.rate->per_second : 0;
  SimTime begin = kSimStart;
  for (const Phase& phase : load.phases) {
    RatePiece piece{.begin = begin, .arrivals = phase.arrivals.value_or(load.arrivals)};
    piece.length = phase.length ? seconds(*phase.length) : kForever;
    if (phase.sinusoid) {
      piece.form = RatePiece::Form::sinusoid;
      piece.rate = phase.sinusoid->mean.per_second;
      piece.amplitude = phase.sinusoid->amplitude.per_second;
      piece.period = seconds(phase.sinusoid->period);
      piece.offset = seconds(phase.sinusoid->offset - begin.time_since_epoch());
    } else if (phase.ramp_to) {
      piece.rate = last_rate;
      if (phase.length) piece.slope = (phase.ramp_to->per_second - last_rate) / piece.length;
    } else {
      piece.rate = phase.rate ? phase.rate->per_second : last_rate;
    }
    last_rate = phase.sinusoid ? piece.at(std::min(piece.length, 1e9))
                               : phase.ramp_to.value_or(Rate{piece.rate}).per_second;
    pieces.push_back(piece);
    if (!phase.length) break;
    begin += *phase.length;
  }
  if (start < kSimStart) {  // warm up at the rate that the first phase begins with
    pieces.insert(pieces.begin(), {.begin = start,
                                   .length = seconds(kSimStart - start),
                                   .rate = pieces.front().at(0),
                                   .arrivals = pieces.front().arrivals});
  }
  return pieces;
}

void ArrivalProcess::look_at_piece() {
  steady_until_ = 0;
  if (piece_ >= pieces_.size()) return;
  const RatePiece& piece = pieces_[piece_];
  if (piece.form != RatePiece::Form::linear || piece.slope != 0 || !(piece.rate > 0)) return;
  if (piece.arrivals == Arrivals::deterministic || first_) return;
  steady_until_ = piece.length;
  steady_rate_ = piece.rate;
  steady_begin_ = piece.begin;
}

/// `gap`: already drawn, or less than 0.
SimTime ArrivalProcess::next_of_pieces(Random& random, double gap) {
  // Even spacing begins with a request at once.
  while (piece_ < pieces_.size()) {
    const RatePiece& piece = pieces_[piece_];
    if (gap < 0) {
      const bool even = piece.arrivals == Arrivals::deterministic;
      gap = even ? (first_ ? 0.0 : 1.0) : engine::sample_exponential(random);
      first_ = false;
    }
    if (const std::optional<double> x = piece.when(x_, done_ + gap)) {
      x_ = *x;
      done_ += gap;
      look_at_piece();
      return piece.begin + engine::to_duration(x_);
    }
    if (piece.length == kForever) break;
    gap -= piece.cumulated(piece.length) - done_;
    if (gap < 0) gap = 0;
    ++piece_;
    x_ = 0;
    done_ = 0;
  }
  piece_ = pieces_.size();
  look_at_piece();
  return kNever;
}

double ArrivalProcess::expected(SimTime from, SimTime to) const {
  double sum = 0;
  for (const RatePiece& piece : pieces_) {
    const double a = std::max(seconds(from - piece.begin), 0.0);
    const double b = std::min(seconds(to - piece.begin), piece.length);
    if (b > a) sum += piece.cumulated(b) - piece.cumulated(a);
  }
  return sum;
}

}  // namespace leapday::model
