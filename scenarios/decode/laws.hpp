/// \file laws.hpp
/// The probability laws as a scenario writes them: one field list each.
/// Why: the decoder, the schema and the reference page share them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"

namespace leapday::loading {

/// A part of a mixture as written.
struct MixturePart {
  Ratio weight;
  Distribution law;
  void fields(FieldVisitor& v) {
    v.required("weight", weight, "share of the draws");
    v.required("law", law, "the law they are drawn from");
  }
};

/// Every parameter of every law; each law's field list names its own.
struct LawInput {
  std::optional<Duration> mean, median, p99, low, high, scale;
  std::optional<double> shape;
  std::optional<Ratio> cv;
  std::string file, column;
  std::vector<MixturePart> parts;
};

struct LawForm {
  std::string_view name;
  std::string_view help;
  std::string_view example;
  /// Null where the law is written as a plain duration or as a list of parts.
  void (*fields)(LawInput&, FieldVisitor&);
};

/// In the order of the reference page.
std::span<const LawForm> law_forms();
const LawForm* find_law(std::string_view name);

/// The law, or why the parameters make none. Reads no file: an empirical law comes back empty.
struct LawResult {
  Distribution law;
  std::string message;  ///< Empty when all is well.
  std::string fix;
};
LawResult make_law(std::string_view name, const LawInput& input);

/// Natural logarithm by basic operations only, so that every machine gets the same bits.
double exact_log(double x);

}  // namespace leapday::loading
