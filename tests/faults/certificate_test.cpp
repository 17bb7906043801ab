/// \file certificate_test.cpp
/// renewer.failure and monitor.hang against what they cannot hit.
/// Why: what they do shows in tests/model/certificates.cpp; here is what the loader says.
#include "leapday/load.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string first_problem(const std::string& faults, const std::string& expect = {}) {
  const Registry registry = builtin_registry();
  const auto loaded = load_text(R"(leapday: 1
name: test
run: {start: 2024-01-01T00:00:00Z, duration: 10min}
certificates: {front: {lifetime: 90d}}
routers: {certificate: front}
renewers: {certbot: {certificates: [front], period: 12h}}
expiry_monitors: {poller: {certificates: [front]}}
apps: {shop: {service_time: 1ms}}
)" + faults + expect,
                                "test.yaml", "", registry);
  return loaded.problems().empty() ? "" : to_string(loaded.problems().front());
}

BOOST_AUTO_TEST_SUITE(certificate_faults)

BOOST_AUTO_TEST_CASE(each_hits_its_own_kind) {
  const auto problem = [](const std::string& fault) {
    return first_problem("faults: {x: {at: 1min, kind: " + fault + "}}\n");
  };
  BOOST_TEST(problem("renewer.failure, target: certbot, state: lies").empty());
  BOOST_TEST(problem("monitor.hang, target: poller").empty());
  BOOST_TEST(problem("renewer.failure, target: poller").find("cannot hit an expiry monitor") !=
             std::string::npos);
  BOOST_TEST(problem("monitor.hang, target: certbot").find("cannot hit a renewer") !=
             std::string::npos);
  BOOST_TEST(problem("renewer.failure, target: certbot, state: works").find("is no fault") !=
             std::string::npos);
  BOOST_TEST(problem("renewer.failure, target: front").find("which cannot be hit") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(warnings_are_asked_of_monitors_and_renewals_of_renewers) {
  BOOST_TEST(first_problem("", "expect: {a: never renewals(certbot) > 1}").empty());
  BOOST_TEST(
      first_problem("", "expect: {a: never warnings(certbot) > 1}").find("which is a renewer") !=
      std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
