/// \file fold_test.cpp
/// Wilson's bounds against published values, and many seeds folded into one answer.
/// Why: "95 % of the seeds pass" is a statement about seeds not run; it must not be made lightly.
#include <boost/test/unit_test.hpp>

#include "reports/normal.hpp"
#include "tests/reports/lab.hpp"

namespace leapday::reports_test {
namespace {

CellVerdict folded(std::size_t passed, std::size_t failed, std::size_t inconclusive,
                   std::optional<Requirement> require) {
  Scenario scenario;
  scenario.cell = "peak=400/s";
  scenario.run.require = require;
  std::vector<Outcome> outcomes(passed, Outcome::pass);
  outcomes.insert(outcomes.end(), failed, Outcome::fail);
  outcomes.insert(outcomes.end(), inconclusive, Outcome::inconclusive);
  return fold(scenario, outcomes);
}

const Requirement k95At90{Ratio{19, 20}, Ratio{9, 10}};

}  // namespace

BOOST_AUTO_TEST_SUITE(folding)

BOOST_AUTO_TEST_CASE(normal_quantiles_are_those_of_every_table) {
  const auto near = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(one_sided_z(0.90) == 1.2815515655446004, near);
  BOOST_TEST(one_sided_z(0.95) == 1.6448536269514722, near);
  BOOST_TEST(one_sided_z(0.975) == 1.9599639845400545, near);
  BOOST_TEST(one_sided_z(0.99) == 2.3263478740408408, near);
  BOOST_TEST(one_sided_z(0.995) == 2.5758293035489004, near);
  BOOST_TEST(one_sided_z(0.5) == 0.0);
  BOOST_TEST(one_sided_z(0.1) == 0.0);
}

BOOST_AUTO_TEST_CASE(bounds_are_those_of_newcombe_1998) {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score). His two-sided 95 % leave
  // 2.5 % on each side.
  struct Row {
    std::uint64_t hits, trials;
    double low, high;
  };
  for (const Row& row : {Row{81, 263, 0.2553, 0.3662}, Row{15, 148, 0.0624, 0.1605},
                         Row{0, 20, 0.0000, 0.1611}, Row{1, 29, 0.0061, 0.1718}}) {
    const Interval interval = wilson(row.hits, row.trials, one_sided_z(0.975));
    BOOST_TEST_CONTEXT(row.hits << " of " << row.trials) {
      BOOST_TEST(std::abs(interval.low - row.low) < 0.00005);
      BOOST_TEST(std::abs(interval.high - row.high) < 0.00005);
    }
  }
  BOOST_TEST(wilson(20, 20, one_sided_z(0.975)).high == 1.0);
  BOOST_TEST(wilson(0, 0, one_sided_z(0.975)).low == 0.0);
  BOOST_TEST(wilson(0, 0, one_sided_z(0.975)).high == 1.0);
}

BOOST_AUTO_TEST_CASE(enough_passing_seeds_pass) {
  const CellVerdict cell = folded(200, 1, 0, k95At90);
  BOOST_TEST(cell.outcome == Outcome::pass);
  BOOST_TEST(cell.cell == "peak=400/s");
  BOOST_TEST(cell.passed == 200u);
  BOOST_TEST(cell.low > 0.95);
  BOOST_TEST(cell.share == 200.0 / 201);
}

BOOST_AUTO_TEST_CASE(too_many_failing_seeds_fail) {
  const CellVerdict cell = folded(80, 20, 0, k95At90);
  BOOST_TEST(cell.outcome == Outcome::fail);
  BOOST_TEST(cell.high < 0.95);
}

BOOST_AUTO_TEST_CASE(a_bound_of_all_hits_has_a_closed_form) {
  // With every trial a hit Wilson's lower bound is n / (n + z^2).
  const double z = 1.2815515655446004;
  for (const std::uint64_t n : {1U, 10U, 50U, 1000U}) {
    BOOST_TEST(wilson(n, n, z).low == static_cast<double>(n) / (static_cast<double>(n) + z * z),
               boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(fifty_of_fifty_show_95_percent_at_90_percent_confidence) {
  const CellVerdict cell = folded(50, 0, 0, k95At90);
  BOOST_TEST(cell.outcome == Outcome::pass);
  BOOST_TEST(cell.low == 0.968198, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(cell.high == 1.0);
  BOOST_TEST(cell.reason ==
             "50 passed, 0 failed: at least 96.8197 % at 90 % confidence, 95 % required");
}

BOOST_AUTO_TEST_CASE(too_few_seeds_are_inconclusive_and_say_how_many_it_takes) {
  const CellVerdict cell = folded(31, 0, 0, k95At90);
  BOOST_TEST(cell.outcome == Outcome::inconclusive);
  BOOST_TEST(cell.reason ==
             "31 passed, 0 failed: at least 94.9686 % and at most 100 %, each at 90 % confidence, "
             "which does not tell about 95 % (it takes at least 32 runs)");
  BOOST_TEST(folded(32, 0, 0, k95At90).outcome == Outcome::pass);
  BOOST_TEST(folded(50, 1, 0, k95At90).outcome == Outcome::inconclusive);
}

BOOST_AUTO_TEST_CASE(an_inconclusive_seed_might_be_either) {
  BOOST_TEST(folded(200, 0, 0, k95At90).outcome == Outcome::pass);
  const CellVerdict open = folded(170, 0, 30, k95At90);
  BOOST_TEST(open.outcome == Outcome::inconclusive);
  BOOST_TEST(open.low < 0.95);
  BOOST_TEST(open.high == 1.0);
  BOOST_TEST(folded(50, 40, 10, k95At90).outcome == Outcome::fail);
}

BOOST_AUTO_TEST_CASE(all_of_them_means_all_of_them) {
  for (const std::optional<Requirement>& require :
       {std::optional<Requirement>{}, std::optional{Requirement{Ratio{1, 1}, Ratio{9, 10}}}}) {
    BOOST_TEST(folded(3, 0, 0, require).outcome == Outcome::pass);
    BOOST_TEST(folded(1000, 1, 5, require).outcome == Outcome::fail);
    BOOST_TEST(folded(1000, 0, 1, require).outcome == Outcome::inconclusive);
    BOOST_TEST(folded(0, 0, 0, require).outcome == Outcome::inconclusive);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
