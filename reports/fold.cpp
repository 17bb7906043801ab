/// \file fold.cpp
/// Many seeds of one cell against what the scenario requires of them.
#include <fmt/format.h>

#include "leapday/judge.hpp"
#include "leapday/rehearse.hpp"
#include "reports/formats/text.hpp"
#include "reports/normal.hpp"

namespace leapday {

namespace {

std::string counts_text(const CellVerdict& cell) {
  std::string out = fmt::format("{} passed, {} failed", cell.passed, cell.failed);
  if (cell.inconclusive > 0) out += fmt::format(", {} inconclusive", cell.inconclusive);
  return out;
}

/// Every run must pass: one failure is enough to know better.
void fold_all(CellVerdict& cell) {
  if (cell.failed > 0) {
    cell.outcome = Outcome::fail;
  } else if (cell.inconclusive > 0 || cell.passed == 0) {
    cell.outcome = Outcome::inconclusive;
  } else {
    cell.outcome = Outcome::pass;
  }
  cell.reason = counts_text(cell);
}

/// The least number of runs, all passing, whose lower bound reaches the share.
std::uint64_t runs_needed(const Ratio& share, double z) {
  std::uint64_t n = 1;
  while (n < 1'000'000 && wilson(n, n, z).low < share.value()) ++n;
  return n;
}

/// Each bound alone holds with the confidence that is asked for: to pass is to be sure that the
/// share is at least what is wanted, to fail that it is less, and no run needs both at once.
void fold_share(CellVerdict& cell, const Requirement& require, double z) {
  const double wanted = require.share.value();
  const std::string share = text::share(wanted);
  const std::string low = "at least " + text::share(cell.low);
  const std::string high = "at most " + text::share(cell.high);
  const std::string sure = text::share(require.confidence.value()) + " confidence";
  if (cell.low >= wanted) {
    cell.outcome = Outcome::pass;
    cell.reason = fmt::format("{}: {} at {}, {} required", counts_text(cell), low, sure, share);
  } else if (cell.high < wanted) {
    cell.outcome = Outcome::fail;
    cell.reason = fmt::format("{}: {} at {}, {} required", counts_text(cell), high, sure, share);
  } else {
    cell.outcome = Outcome::inconclusive;
    cell.reason = fmt::format("{}: {} and {}, each at {}, which does not tell about {}",
                              counts_text(cell), low, high, sure, share);
    const std::uint64_t needed = runs_needed(require.share, z);
    if (cell.passed + cell.failed + cell.inconclusive < needed) {
      cell.reason += fmt::format(" (it takes at least {} runs)", needed);
    }
  }
}

}  // namespace

CellVerdict fold(const Scenario& scenario, std::span<const Outcome> outcomes) {
  CellVerdict cell;
  cell.cell = scenario.cell;
  for (const Outcome outcome : outcomes) {
    if (outcome == Outcome::pass) ++cell.passed;
    if (outcome == Outcome::fail) ++cell.failed;
    if (outcome == Outcome::inconclusive) ++cell.inconclusive;
  }
  const std::uint64_t all = outcomes.size();
  const Requirement require = scenario.run.require.value_or(Requirement{});
  const double z = one_sided_z(require.confidence.value());
  // An inconclusive run might have passed or failed: the bounds span both.
  cell.low = wilson(cell.passed, all, z).low;
  cell.high = wilson(cell.passed + cell.inconclusive, all, z).high;
  cell.share = all == 0 ? 0 : static_cast<double>(cell.passed) / static_cast<double>(all);
  if (all == 0) {
    cell.reason = "nothing was run";
  } else if (!scenario.run.require || require.share.num >= require.share.den) {
    fold_all(cell);
  } else {
    fold_share(cell, require, z);
  }
  return cell;
}

std::string Rehearsal::reason() const {
  if (runs.size() < 2) return runs.empty() ? "nothing was run" : verdict().reason;
  for (const CellVerdict& one : cells) {
    if (one.outcome != outcome) continue;
    return cells.size() < 2 || one.cell.empty() ? one.reason : one.cell + ": " + one.reason;
  }
  return verdict().reason;
}

}  // namespace leapday
