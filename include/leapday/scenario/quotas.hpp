/// \file quotas.hpp
/// How much of the platform some apps may take together: an organization's quota, a space's, a
/// namespace's.
/// Why: a roll needs room for its surge and a scaler for what it adds; where a quota has none left,
/// the platform refuses on the very day on which they are needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/units.hpp"

namespace leapday {

struct Quota {
  std::vector<std::string> apps;
  std::optional<Bytes> memory;
  std::optional<std::int64_t> instances;

  void fields(FieldVisitor& v) {
    v.optional("apps", apps, "the apps it counts; all when absent");
    v.optional("memory", memory,
               "memory of their instances; the platform's default quota when neither is stated");
    v.optional("instances", instances, "how many instances they may have", {0, 2e6});
  }
};

}  // namespace leapday
