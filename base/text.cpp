/// \file text.cpp
/// How entities, anchors, outcomes and origins read.
#include "leapday/expression.hpp"
#include "leapday/scenario.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

std::string Entity::text() const {
  std::string s = name;
  if (!part.empty()) s += "." + part;
  if (index) s += "/" + std::to_string(*index);
  if (!release.empty()) s += "@" + release;
  return s;
}

std::string Anchor::text() const {
  std::string s = name + "." + event;
  if (percent) {
    std::string number = std::to_string(percent->value() * 100);
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
    s += "(" + number + "%)";
  }
  if (argument) s += "(" + std::to_string(*argument) + ")";
  if (occurrence != 1) s += "@" + std::to_string(occurrence);
  return s;
}

std::string MetricCall::text() const { return metric + "(" + entity.text() + ")"; }

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::inconclusive:
      return "inconclusive";
  }
  return "";
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::stated:
      return "stated";
    case Origin::variable:
      return "variable";
    case Origin::imported:
      return "imported";
    case Origin::profile:
      return "profile";
    case Origin::assumed:
      return "assumed";
    case Origin::defaulted:
      return "default";
  }
  return "";
}

}  // namespace leapday
