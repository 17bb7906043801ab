/// \file judge.cpp
/// A run's verdict: every expectation, conservation, and whether the faults did anything at all.
#include "leapday/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/chain.hpp"
#include "reports/claims.hpp"
#include "reports/formats/text.hpp"

namespace leapday {

namespace {

bool refers_to_twin(const Expectation& expectation) {
  if (expectation.kind == Expectation::Kind::comparison) {
    return expectation.comparison.bound.reference == Bound::Reference::twin;
  }
  bool twin = false;
  each_leaf(expectation.condition, [&](const Condition& leaf) {
    twin |= leaf.kind == Condition::Kind::comparison &&
            leaf.comparison.bound.reference == Bound::Reference::twin;
  });
  return twin;
}

/// The named fault began, but hit nothing, each time.
bool touched_nothing(const Record& record, const std::string& fault) {
  bool began = false;
  for (const Span& span : record.spans) {
    if (span.kind != Span::Kind::fault || span.name != fault) continue;
    if (span.touched > 0) return false;
    began = true;
  }
  return began;
}

/// A fault that the expectation counts on but that touched nothing; empty when there is none.
std::string idle_fault(const Record& record, const Expectation& expectation) {
  std::vector<std::string> names;
  if (expectation.after) names.push_back(expectation.after->name);
  for (const Scope& scope : expectation.scopes) {
    names.push_back(scope.span);
    if (scope.instant.anchor) names.push_back(scope.instant.anchor->name);
  }
  for (const std::string& name : names) {
    if (touched_nothing(record, name)) return name;
  }
  return {};
}

ExpectationVerdict judge_claim(const Reader& reader, const Expectation& expectation,
                               const ResolvedScope& scope) {
  switch (expectation.kind) {
    case Expectation::Kind::always:
    case Expectation::Kind::never:
      return judge_steps(reader, expectation, scope);
    case Expectation::Kind::eventually:
      return judge_eventually(reader, expectation, scope);
    case Expectation::Kind::comparison:
      break;
  }
  return expectation.window ? judge_windows(reader, expectation, scope)
                            : judge_whole(reader, expectation, scope);
}

ExpectationVerdict judge_one(const Reader& reader, const std::string& name,
                             const Expectation& expectation) {
  const Record& record = reader.record();
  ExpectationVerdict verdict;
  const ResolvedScope scope = resolve_scopes(record, expectation.scopes);
  if (scope.unresolved.empty()) {
    verdict = judge_claim(reader, expectation, scope);
  } else {
    verdict.reason = scope.unresolved;
  }
  verdict.name = name;
  verdict.text = expectation.text;
  verdict.at = expectation.at;
  const std::string idle = idle_fault(record, expectation);
  if (verdict.outcome == Outcome::pass && !idle.empty()) {
    verdict.outcome = Outcome::inconclusive;
    verdict.reason = idle + " touched nothing, so this says nothing about it; " + verdict.reason;
  }
  if (verdict.outcome == Outcome::fail && verdict.first_violation) {
    const JudgedWindow window =
        narrowed(reader.scenario(), record, expectation, *verdict.first_violation, verdict.bound);
    verdict.chain = chain_to(record, concern_of(reader.scenario(), expectation), window);
  }
  return verdict;
}

void check_balance(const std::string& what, const Counts& counts,
                   std::vector<std::string>& broken) {
  if (counts.balanced()) return;
  broken.push_back(fmt::format("{}: {} sent, but {} answered, {} failed and {} in flight", what,
                               counts.injected, counts.answered, counts.failed_total(),
                               counts.in_flight));
}

/// Requests are conserved in every run; where they are not, no other answer can be trusted.
std::optional<ExpectationVerdict> judge_conservation(const Record& record) {
  std::vector<std::string> broken;
  check_balance("requests", record.requests, broken);
  check_balance("attempts", record.attempts, broken);
  check_balance("calls", record.calls, broken);
  check_balance("mirrors", record.mirrors, broken);
  for (const Series& series : record.series) check_balance(series.subject, series.total, broken);
  for (const MessageCounts& books : record.messages) {
    if (books.balanced()) continue;
    broken.push_back(fmt::format(
        "messages of {}: {} published, but {} acknowledged, {} dead-lettered, {} dropped, {} "
        "waiting and {} in flight",
        books.queue, books.published, books.acknowledged, books.dead_lettered, books.dropped,
        books.waiting, books.in_flight));
  }
  if (broken.empty()) return std::nullopt;
  ExpectationVerdict verdict;
  verdict.name = "conservation";
  verdict.text = "every request is answered, failed or in flight";
  verdict.outcome = Outcome::fail;
  verdict.violations = broken.size();
  verdict.reason = "internal error: " + broken.front();
  if (broken.size() > 1) verdict.reason += fmt::format(" (and {} more)", broken.size() - 1);
  return verdict;
}

std::string names_of(const Verdict& verdict, Outcome outcome) {
  std::string names;
  for (const ExpectationVerdict& e : verdict.expectations) {
    if (e.outcome == outcome) names += (names.empty() ? "" : ", ") + e.name;
  }
  return names;
}

/// Faults that began and hit nothing: the rehearsal was not the one that was asked for.
std::string idle_faults(const Record& record) {
  std::string names;
  std::vector<std::string> seen;
  for (const Span& span : record.spans) {
    if (span.kind != Span::Kind::fault || !touched_nothing(record, span.name)) continue;
    if (std::find(seen.begin(), seen.end(), span.name) != seen.end()) continue;
    seen.push_back(span.name);
    names += (names.empty() ? "" : ", ") + span.name;
  }
  return names;
}

void conclude(Verdict& verdict, const Scenario& scenario, const Record& record) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(verdict.expectations.begin(), verdict.expectations.end(),
                         [&](const ExpectationVerdict& e) { return e.outcome == outcome; });
  };
  const std::size_t all = verdict.expectations.size();
  const std::string idle = idle_faults(record);
  if (const auto failed = count(Outcome::fail); failed > 0) {
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{} of {} expectations failed: {}", failed, all,
                                 names_of(verdict, Outcome::fail));
  } else if (scenario.expectations.empty()) {
    verdict.reason = "the scenario states no expectation";
  } else if (const auto open = count(Outcome::inconclusive); open > 0) {
    verdict.reason = fmt::format("{} of {} expectations could not be decided: {}", open, all,
                                 names_of(verdict, Outcome::inconclusive));
  } else if (!record.cut_short.empty()) {
    verdict.reason =
        "the run was cut short at " + text::instant(record.ended) + " (" + record.cut_short + ")";
  } else if (!idle.empty()) {
    verdict.reason = "every expectation held, but a fault touched nothing: " + idle;
  } else {
    verdict.outcome = Outcome::pass;
    verdict.reason = fmt::format("{} of {} expectations held", all, all);
  }
}

}  // namespace

bool needs_twin(const Scenario& scenario) {
  return std::any_of(scenario.expectations.begin(), scenario.expectations.end(),
                     [](const auto& entry) { return refers_to_twin(entry.value); });
}

Verdict judge(const Scenario& scenario, const Registry& registry, const Record& record,
              const Record* twin) {
  Verdict verdict;
  const Reader reader(scenario, registry, record, twin);
  for (const auto& entry : scenario.expectations) {
    verdict.expectations.push_back(judge_one(reader, entry.name, entry.value));
  }
  if (std::optional<ExpectationVerdict> broken = judge_conservation(record)) {
    verdict.expectations.push_back(std::move(*broken));
  }
  conclude(verdict, scenario, record);
  return verdict;
}

}  // namespace leapday
