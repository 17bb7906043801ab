/// \file root.hpp
/// The top level of a scenario as one field list, and the keys that the loader itself reads.
/// Why: decoder, schema, reference page and `explain` share it.
#pragma once

#include <array>
#include <string_view>

#include "leapday/scenario.hpp"

namespace leapday::loading {

/// `platform:` as written; the profile's constants are under `constants` before it is visited.
struct PlatformSection {
  std::string profile = "cf-diego";
  PlatformConstants constants;
  PlatformAlgorithms algorithms;

  void fields(FieldVisitor& v) {
    v.optional("profile", profile, "the platform whose constants and algorithms apply");
    v.optional("set", constants, "constants that differ from the profile's");
    v.optional("algorithms", algorithms, "algorithms that differ from the profile's");
  }
};

/// The sections below the loader's own keys.
struct Root {
  Scenario& scenario;
  PlatformSection platform;

  void fields(FieldVisitor& v) {
    v.required("name", scenario.name, "what this rehearses, in one line");
    v.optional("incident", scenario.incident, "what really happened, where this replays it");
    v.required("run", scenario.run, "when, how long and how often");
    v.optional("platform", platform, "the platform it runs on");
    v.optional("topology", scenario.topology, "hosts and where they are");
    v.optional("routers", scenario.routers, "the platform's routers");
    v.optional("apps", scenario.apps, "apps by name");
    v.optional("dependencies", scenario.dependencies, "backing services by name");
    v.optional("load", scenario.loads, "who sends requests, by name");
    v.optional("mirrors", scenario.mirrors, "copies of requests for another app, by name");
    v.optional("flags", scenario.flags, "feature flags by name");
    v.optional("deployments", scenario.deployments, "releases rolled out during the run, by name");
    v.optional("quotas", scenario.quotas, "how much apps may take together, by name");
    v.optional("scaling", scenario.scaling, "policies that scale apps, by name");
    v.optional("certificates", scenario.certificates, "certificates by name");
    v.optional("renewers", scenario.renewers, "who issues certificates anew, by name");
    v.optional("expiry_monitors", scenario.expiry_monitors,
               "who warns of certificates that end, by name");
    v.optional("time_sources", scenario.time_sources, "where clocks get their time, by name");
    v.optional("faults", scenario.faults, "what goes wrong, by name");
    v.optional("objectives", scenario.objectives, "service level objectives by name");
    v.optional("expect", scenario.expectations, "what must hold, by name; each is a JUnit case");
  }
};

/// A key that never reaches the decoder: it shapes the tree that is decoded.
struct LoaderKey {
  std::string_view path;
  std::string_view type;
  std::string_view help;
  bool required;
};

inline constexpr std::array<LoaderKey, 5> kLoaderKeys{{
    {"leapday", "1", "version of the language; always 1", true},
    {"extends", "text", "a scenario below this file's folder that this one is laid over", false},
    {"vars", "map of values", "variables by name, used as $name", false},
    {"environments", "map of sections", "overlays by name, chosen by --env", false},
    {"run.matrix", "map of lists",
     "seed (1..50 or a list) and variables (lists): one run for each combination", false},
}};

}  // namespace leapday::loading
