/// \file expected.hpp
/// What a rehearsal is expected to give: NAME.expected beside NAME.yaml.
/// Why: a rehearsal whose right answer is "fail" must be able to pass a test, and a change in what
/// the simulation says must be seen and named.
#pragma once

#include <string>
#include <vector>

#include "leapday/rehearse.hpp"

namespace leapday::cli {

/// "scenarios/library/x.expected" of "scenarios/library/x.yaml".
std::string expected_path(const std::string& scenario_file);

/// The outcome, hash and selected figures as the JSON text of an .expected file.
std::string expected_text(const Rehearsal& rehearsal);

/// What differs, one line each ("requests.failed: expected 12, got 15"); only what the .expected
/// text states is compared. A text that cannot be read is a difference.
std::vector<std::string> differences(const std::string& expected, const Rehearsal& rehearsal);

}  // namespace leapday::cli
