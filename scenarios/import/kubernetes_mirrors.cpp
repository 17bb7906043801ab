/// \file kubernetes_mirrors.cpp
/// Istio's `mirror` and `mirrors`: copies of requests that nobody waits for.
/// Why: a dark launch doubles the load of whatever both releases share, and nobody sees it.
#include <fmt/format.h>

#include <charconv>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

/// "12.5%", of a number that Istio has as a percentage.
std::optional<std::string> share_text(Context& context, const Document& node) {
  double value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 0 && value <= 100) {
    return number_of(value) + "%";
  }
  context.problem(node, "percentage", fmt::format("\"{}\" is no percentage", printable(node.text)),
                  "write a number from 0 to 100");
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mirrored_share(Context& context, const Document* percentage,
                                          const Document* older) {
  if (percentage != nullptr) {
    const Document* value = context.scalar(*percentage, "value");
    return value != nullptr ? share_text(context, *value) : std::optional<std::string>("100%");
  }
  return older != nullptr ? share_text(context, *older) : std::optional<std::string>("100%");
}

void put_mirror(Kube& kube, const Document& node, const std::vector<Workload*>& from,
                const std::vector<Workload*>& to, const std::string& share) {
  std::string made;
  for (const Workload* source : from) {
    for (const Workload* target : to) {
      if (source == target) continue;
      const std::string name = kube.context.sketch.name(source->app + "-mirror");
      Line& line = kube.mirror_lines.at(name);
      line.put("from", source->app, node.at);
      line.put("to", target->app);
      line.put("share", share);
      made += fmt::format("{}mirrors.{}", made.empty() ? "" : ", ", name);
    }
  }
  if (made.empty()) {
    kube.context.coverage.unsupported(node, to.empty()
                                                ? "the copies go to no pods of these files"
                                                : "an app cannot get copies of its own requests");
  } else {
    kube.context.coverage.mapped(node, fmt::format("{}, share {}", made, share));
  }
}

}  // namespace leapday::import
