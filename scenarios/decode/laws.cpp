/// \file laws.cpp
/// From stated parameters (median and p99, mean and cv) to those that samplers use.
/// Why here: after loading there is one parametrisation per law.
#include "scenarios/decode/laws.hpp"

#include <array>
#include <cmath>

#include "scenarios/load/scalars.hpp"

namespace leapday::loading {
namespace {

/// 99 % quantile of the standard normal law.
constexpr double kNormal99 = 2.3263478740408408;

void exponential_fields(LawInput& in, FieldVisitor& v) { v.optional("mean", in.mean, "mean"); }
void uniform_fields(LawInput& in, FieldVisitor& v) {
  v.optional("low", in.low, "smallest value");
  v.optional("high", in.high, "largest value");
}
void cv_field(LawInput& in, FieldVisitor& v) {
  const Field field{
      .name = "cv", .help = "standard deviation as a share of the mean", .above_one = true};
  visit_field(field, in.cv, v);
}
void lognormal_fields(LawInput& in, FieldVisitor& v) {
  v.optional("median", in.median, "half the values are below it; with p99");
  v.optional("p99", in.p99, "99% of the values are below it; with median");
  v.optional("mean", in.mean, "mean; with cv");
  cv_field(in, v);
}
void shape_field(LawInput& in, FieldVisitor& v) {
  v.optional("shape", in.shape, "shape parameter", {1e-3, 1e3});
}
void gamma_fields(LawInput& in, FieldVisitor& v) {
  v.optional("mean", in.mean, "mean; with cv");
  cv_field(in, v);
  shape_field(in, v);
  v.optional("scale", in.scale, "scale parameter; with shape");
}
void pareto_fields(LawInput& in, FieldVisitor& v) {
  v.optional("scale", in.scale, "smallest value");
  shape_field(in, v);
}
void weibull_fields(LawInput& in, FieldVisitor& v) {
  v.optional("scale", in.scale, "scale parameter");
  shape_field(in, v);
}
void empirical_fields(LawInput& in, FieldVisitor& v) {
  v.required("file", in.file, "CSV with a header, relative to this file");
  v.required("column", in.column, "column that ends in _s, _ms, _us or _ns, which sets the unit");
}

constexpr std::array<LawForm, 9> kForms{{
    {"deterministic", "always the same", "{deterministic: 40ms}", nullptr},
    {"exponential", "memoryless", "{exponential: {mean: 3ms}}", exponential_fields},
    {"uniform", "evenly spread", "{uniform: {low: 5ms, high: 15ms}}", uniform_fields},
    {"lognormal", "skewed, as measured service times often are",
     "{lognormal: {median: 12ms, p99: 80ms}}", lognormal_fields},
    {"gamma", "between deterministic and exponential, or burstier",
     "{gamma: {mean: 30ms, cv: 80%}}", gamma_fields},
    {"pareto", "heavy tail", "{pareto: {scale: 10ms, shape: 2.5}}", pareto_fields},
    {"weibull", "lighter or heavier tail than exponential", "{weibull: {scale: 20ms, shape: 0.7}}",
     weibull_fields},
    {"empirical", "as recorded in a file", "{empirical: {file: times.csv, column: service_ms}}",
     empirical_fields},
    {"mixture", "one of several laws for each draw",
     "{mixture: [{weight: 90%, law: 5ms}, {weight: 10%, law: {exponential: {mean: 50ms}}}]}",
     nullptr},
}};

double seconds(Duration d) { return static_cast<double>(d.count()) * 1e-9; }

LawResult wrong(std::string message, std::string fix) {
  return {{}, std::move(message), std::move(fix)};
}

bool positive(const std::optional<Duration>& d) { return d && *d > Duration{0}; }

LawResult lognormal(const LawInput& in) {
  Distribution law{.kind = Distribution::Kind::lognormal};
  if (positive(in.median) && positive(in.p99) && !in.mean && !in.cv) {
    if (*in.p99 <= *in.median) {
      return wrong("p99 is not above the median",
                   "99% of the values lie below p99: make it larger");
    }
    law.a = exact_log(seconds(*in.median));
    law.b = (exact_log(seconds(*in.p99)) - law.a) / kNormal99;
    return {law, {}, {}};
  }
  if (positive(in.mean) && in.cv && !in.cv->is_zero() && !in.median && !in.p99) {
    const double cv = in.cv->value();
    const double variance = exact_log(1 + cv * cv);
    law.a = exact_log(seconds(*in.mean)) - variance / 2;
    law.b = std::sqrt(variance);
    return {law, {}, {}};
  }
  return wrong("a lognormal law is stated by median and p99, or by mean and cv, all above 0",
               "write {median: 12ms, p99: 80ms}");
}

LawResult gamma(const LawInput& in) {
  Distribution law{.kind = Distribution::Kind::gamma};
  if (positive(in.mean) && in.cv && !in.cv->is_zero() && !in.shape && !in.scale) {
    const double cv = in.cv->value();
    law.a = 1 / (cv * cv);
    law.b = seconds(*in.mean) * cv * cv;
  } else if (in.shape && positive(in.scale) && !in.mean && !in.cv) {
    law.a = *in.shape;
    law.b = seconds(*in.scale);
  } else {
    return wrong("a gamma law is stated by mean and cv, or by shape and scale, all above 0",
                 "write {mean: 30ms, cv: 80%}");
  }
  return {law, {}, {}};
}

LawResult mixture(const LawInput& in) {
  Distribution law{.kind = Distribution::Kind::mixture};
  if (in.parts.size() < 2) return wrong("a mixture has two parts at least", "add a part");
  double total = 0;
  for (const MixturePart& part : in.parts) {
    if (part.weight.is_zero())
      return wrong("a part has no weight", "remove it or give it a weight");
    law.parts.push_back({part.weight.value(), part.law});
    total += part.weight.value();
  }
  if (std::abs(total - 1) > 1e-9) {
    return wrong("the weights add up to " + format_number(total * 100) + "%",
                 "make them add up to 100%");
  }
  return {law, {}, {}};
}

}  // namespace

std::span<const LawForm> law_forms() { return kForms; }

const LawForm* find_law(std::string_view name) {
  for (const LawForm& form : kForms) {
    if (form.name == name) return &form;
  }
  return nullptr;
}

LawResult make_law(std::string_view name, const LawInput& in) {
  using Kind = Distribution::Kind;
  if (name == "lognormal") return lognormal(in);
  if (name == "gamma") return gamma(in);
  if (name == "mixture") return mixture(in);
  if (name == "exponential") {
    if (!positive(in.mean))
      return wrong("an exponential law needs a mean above 0", "write {mean: 3ms}");
    return {Distribution::exponential(*in.mean), {}, {}};
  }
  if (name == "uniform") {
    if (!in.low || !in.high || *in.high <= *in.low) {
      return wrong("a uniform law needs low below high", "write {low: 5ms, high: 15ms}");
    }
    return {{.kind = Kind::uniform, .a = seconds(*in.low), .b = seconds(*in.high)}, {}, {}};
  }
  if (name == "pareto" || name == "weibull") {
    if (!positive(in.scale) || !in.shape) {
      return wrong(std::string(name) + " needs a scale above 0 and a shape",
                   "write {scale: 10ms, shape: 2.5}");
    }
    if (name == "pareto")
      return {{.kind = Kind::pareto, .a = seconds(*in.scale), .b = *in.shape}, {}, {}};
    return {{.kind = Kind::weibull, .a = *in.shape, .b = seconds(*in.scale)}, {}, {}};
  }
  return {{.kind = Kind::empirical, .file = in.file}, {}, {}};
}

double exact_log(double x) {
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)); log(m) = 2 atanh((m - 1) / (m + 1)).
  constexpr double kLn2 = 0.693147180559945309417;
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  const double z = (m - 1) / (m + 1);
  const double square = z * z;
  double sum = 0;
  for (int k = 27; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * z * sum + exponent * kLn2;
}

}  // namespace leapday::loading
