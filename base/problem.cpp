/// \file problem.cpp
/// How a problem reads. Why: one form for the command, the library and the tests.
#include "leapday/problem.hpp"

#include "leapday/words.hpp"

namespace leapday {

std::string to_string(const Problem& problem) {
  std::string text;
  if (!problem.at.file.empty()) text += printable(problem.at.file) + ":";
  if (problem.at.line > 0) {
    text += std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + ":";
  }
  if (!text.empty()) text += " ";
  text += "error: ";
  if (!problem.path.empty()) text += printable(problem.path) + ": ";
  text += printable(problem.message);
  if (!problem.fix.empty()) text += "\n  fix: " + printable(problem.fix);
  return text;
}

}  // namespace leapday
