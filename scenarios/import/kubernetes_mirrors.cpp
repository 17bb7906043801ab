/// \file kubernetes_mirrors.cpp
/// Istio's `mirror` and `mirrors`: copies of requests that nobody waits for.
/// Why: a dark launch doubles the load of whatever both releases share, and nobody sees it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

/// Each of them is one mirror, and looked at beside all the others.
constexpr std::size_t kMostPairs = 1000;

/// A number that Istio has as a percentage.
std::optional<double> percent_of(Context& context, const Document& node) {
  double value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 0 && value <= 100) {
    return value;
  }
  context.problem(node, "percentage", fmt::format("\"{}\" is no percentage", printable(node.text)),
                  "write a number from 0 to 100");
  return std::nullopt;
}

}  // namespace

std::optional<double> mirrored_share(Context& context, const Document* percentage,
                                     const Document* older) {
  const Document* value = percentage != nullptr ? context.scalar(*percentage, "value") : older;
  return value != nullptr ? percent_of(context, *value) : std::optional<double>(100);
}

namespace {

/// Copies that went from `to` would come back to `from`; in Istio nobody copies a copy.
bool comes_back(const Kube& kube, const std::string& from, const std::string& to) {
  std::vector<std::string> reached{to};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == from) return true;
    for (const Line& mirror : kube.mirror_lines.below) {
      const std::string& next = mirror.find("to")->value;
      if (mirror.find("from")->value != reached[i]) continue;
      if (std::find(reached.begin(), reached.end(), next) == reached.end()) reached.push_back(next);
    }
  }
  return false;
}

}  // namespace

void put_mirror(Kube& kube, const Document& node, const std::vector<Workload*>& from,
                const std::vector<Workload*>& to, double percent) {
  if (number_of(percent) == "0") return kube.context.coverage.mapped(node, "share 0%: no copies");
  if (from.empty() || to.empty()) {
    return kube.context.coverage.unsupported(node, from.empty()
                                                       ? "the requests go to no pods of these files"
                                                       : "the copies go to no pods of these files");
  }
  if (from.size() * to.size() > kMostPairs) {
    return kube.context.coverage.unsupported(node, "too many apps to copy from each to each");
  }
  double pods = 0;
  for (const Workload* target : to) pods += static_cast<double>(target->replicas);
  std::string made, circular;
  bool own = false;
  for (const Workload* source : from) {
    for (const Workload* target : to) {
      own = own || source == target;
      if (source == target || (pods > 0 && target->replicas == 0)) continue;
      if (comes_back(kube, source->app, target->app)) {
        circular +=
            fmt::format("{}{} to {}", circular.empty() ? "" : ", ", source->app, target->app);
        continue;
      }
      const double part = pods > 0 ? static_cast<double>(target->replicas) / pods : 1;
      const std::string share = number_of(percent * part) + "%";
      const std::string name = kube.context.sketch.name(source->app + "-mirror");
      Line& line = kube.mirror_lines.at(name);
      line.from = node.at;
      line.put("from", source->app, node.at);
      line.put("to", target->app);
      line.put("share", share);
      made += fmt::format("{}mirrors.{}, share {}", made.empty() ? "" : "; ", name, share);
    }
  }
  if (!made.empty()) {
    kube.context.coverage.mapped(node, made);
    if (own) kube.context.coverage.approximated(node, "copies to the app itself are left out");
  } else if (circular.empty()) {
    kube.context.coverage.unsupported(node, "an app cannot get copies of its own requests");
  }
  if (!circular.empty()) {
    kube.context.coverage.unsupported(
        node, "copies that would be copied in turn are left out: " + circular);
  }
}

}  // namespace leapday::import
