/// \file calls.cpp
/// Who calls whom: references, exactly one form per call, and no circle of waiting.
/// Why: a synchronous circle would wait for itself for ever.
#include <fmt/format.h>

#include <map>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_call(const Context& c, const CallSpec& call, const std::string& path);

void check_list(const Context& c, const std::vector<CallSpec>& calls, const std::string& path) {
  for (std::size_t i = 0; i < calls.size() && !c.problems.full(); ++i) {
    check_call(c, calls[i], fmt::format("{}[{}]", path, i));
  }
}

void check_access(const Context& c, const CallSpec& call, const std::string& path) {
  const Dependency* to = c.dependency(call.to);
  const bool database = to != nullptr && to->kind == DependencyKind::database;
  if (call.access && !database) {
    c.problem(path + ".access", "only databases tell reads from writes", "remove it");
  } else if (call.consistency && call.access != Access::read) {
    c.problem(path + ".consistency", "only reads of a database have a choice of nodes",
              "add access: read, or remove it");
  }
}

void check_call(const Context& c, const CallSpec& call, const std::string& path) {
  const int forms =
      (call.to.empty() ? 0 : 1) + (call.publish.empty() ? 0 : 1) + (call.parallel.empty() ? 0 : 1);
  if (forms != 1) {
    c.problem(path, forms == 0 ? "the call has no target" : "the call has several targets",
              "state exactly one of to, publish and parallel");
  }
  check_list(c, call.parallel, path + ".parallel");
  if (!call.publish.empty()) {
    const Dependency* queue = c.dependency(call.publish);
    if (queue == nullptr) {
      c.unknown(path + ".publish", NameKind::dependency, call.publish);
    } else if (queue->kind != DependencyKind::queue) {
      c.problem(path + ".publish", fmt::format("{} is not a queue", quoted(call.publish)),
                "call it with `to`, or name a dependency of kind queue");
    }
  }
  check_access(c, call, path);
  if (call.to.empty()) return;
  const App* app = c.app(call.to);
  const Dependency* dependency = c.dependency(call.to);
  if (app == nullptr && dependency == nullptr) {
    c.problem(path + ".to", fmt::format("no app or dependency is named {}", quoted(call.to)),
              suggestion(call.to, c.names.of_kinds({NameKind::app, NameKind::dependency}),
                         "add it to apps or dependencies"));
    return;
  }
  if (dependency != nullptr && dependency->kind == DependencyKind::queue) {
    c.problem(path + ".to", fmt::format("{} is a queue", quoted(call.to)), "use publish");
  }
  if (app != nullptr && (app->kind == AppKind::worker || app->kind == AppKind::job)) {
    c.problem(path + ".to",
              fmt::format("{} is a {}: it cannot be called", quoted(call.to),
                          app->kind == AppKind::job ? "job" : "worker"),
              "call an app of kind http or tcp");
  }
  if (call.endpoint.empty()) return;
  if (app == nullptr || app->endpoints.find(call.endpoint) == nullptr) {
    std::vector<std::string> known;
    if (app != nullptr) {
      for (const auto& endpoint : app->endpoints) known.push_back(endpoint.name);
    }
    c.problem(path + ".endpoint",
              fmt::format("{} has no endpoint {}", call.to, quoted(call.endpoint)),
              suggestion(call.endpoint, known, "remove endpoint"));
  }
}

/// What waits for what: an app's endpoint (or its default), or a dependency.
struct Node {
  std::string text;
  std::string path;
  std::vector<std::size_t> next;
  int state = 0;  ///< 0 unseen, 1 being visited, 2 done
};

class Graph {
 public:
  explicit Graph(const Context& c) : c_(c) {}

  void check() {
    for (const auto& app : c_.scenario.apps) {
      node(app.name, "");
      for (const auto& endpoint : app.value.endpoints) node(app.name, endpoint.name);
    }
    for (const auto& dependency : c_.scenario.dependencies) node(dependency.name, "");
    for (const auto& app : c_.scenario.apps) {
      const std::string path = "apps." + app.name;
      connect(node(app.name, ""), app.value.calls, path + ".calls");
      for (const auto& endpoint : app.value.endpoints) {
        const bool own = !endpoint.value.calls.empty();
        connect(node(app.name, endpoint.name), own ? endpoint.value.calls : app.value.calls,
                own ? fmt::format("{}.endpoints.{}.calls", path, endpoint.name) : path + ".calls");
      }
    }
    connect_flags();
    for (const auto& dependency : c_.scenario.dependencies) {
      const auto target = find(dependency.value.backed_by, "");
      if (!dependency.value.backed_by.empty() && target) {
        Node& from = nodes_[node(dependency.name, "")];
        from.next.push_back(*target);
        from.path = fmt::format("dependencies.{}.backed_by", dependency.name);
      }
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) visit(i);
    if (circles_ > 0 || c_.scenario.mirrors.empty()) return;
    connect_mirrors();
    for (Node& node : nodes_) node.state = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) visit(i);
  }

 private:
  /// What a variant calls, the app's endpoints may call.
  void connect_flags() {
    for (const auto& flag : c_.scenario.flags) {
      const App* app = c_.app(flag.value.app);
      if (app == nullptr) continue;
      for (const auto& variant : flag.value.variants) {
        const std::string path = fmt::format("flags.{}.variants.{}.calls", flag.name, variant.name);
        connect(node(flag.value.app, ""), variant.value.calls, path);
        for (const auto& endpoint : app->endpoints) {
          connect(node(flag.value.app, endpoint.name), variant.value.calls, path);
        }
      }
    }
  }
  void connect_mirrors() {
    mirrored_ = true;
    for (const auto& mirror : c_.scenario.mirrors) {
      const App* from = c_.app(mirror.value.from);
      const App* to = c_.app(mirror.value.to);
      if (from == nullptr || to == nullptr || from == to) continue;  // reported elsewhere
      const auto copy = [&](const std::string& endpoint) {
        const bool same = to->endpoints.find(endpoint) != nullptr;
        Node& at = nodes_[node(mirror.value.from, endpoint)];
        at.path = fmt::format("mirrors.{}.to", mirror.name);
        at.next.push_back(*find(mirror.value.to, same ? endpoint : ""));
      };
      copy("");
      for (const auto& endpoint : from->endpoints) copy(endpoint.name);
    }
  }
  std::size_t node(const std::string& name, const std::string& endpoint) {
    const auto [found, fresh] = ids_.emplace(std::pair(name, endpoint), nodes_.size());
    if (fresh) nodes_.push_back({endpoint.empty() ? name : name + "." + endpoint, {}, {}, 0});
    return found->second;
  }
  std::optional<std::size_t> find(const std::string& name, const std::string& endpoint) const {
    const auto found = ids_.find(std::pair(name, endpoint));
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }
  void connect(std::size_t from, const std::vector<CallSpec>& calls, const std::string& path) {
    if (nodes_[from].path.empty()) nodes_[from].path = path;
    for (const CallSpec& call : calls) {
      connect(from, call.parallel, path);
      if (const auto target = find(call.to, call.endpoint); !call.to.empty() && target) {
        nodes_[from].next.push_back(*target);
      }
    }
  }
  /// Depth first with an explicit stack: a file may chain thousands of apps.
  void visit(std::size_t start) {
    if (nodes_[start].state != 0) return;
    std::vector<std::pair<std::size_t, std::size_t>> stack{{start, 0}};
    nodes_[start].state = 1;
    while (!stack.empty()) {
      auto& [at, edge] = stack.back();
      if (edge == nodes_[at].next.size()) {
        nodes_[at].state = 2;
        stack.pop_back();
        continue;
      }
      const std::size_t next = nodes_[at].next[edge++];
      if (nodes_[next].state == 1 && !c_.problems.full()) report(stack, next);
      if (nodes_[next].state != 0) continue;
      nodes_[next].state = 1;
      stack.emplace_back(next, 0);
    }
  }
  void report(const std::vector<std::pair<std::size_t, std::size_t>>& stack, std::size_t back) {
    std::string circle;
    bool inside = false;
    for (const auto& [at, edge] : stack) {
      inside = inside || at == back;
      if (inside && circle.size() < 300) circle += nodes_[at].text + " -> ";
    }
    ++circles_;
    if (mirrored_) {
      c_.problem(
          nodes_[stack.back().first].path,
          fmt::format("copies of requests come back as requests: {}{}", circle, nodes_[back].text),
          "mirror to an app that leads back to none of these");
      return;
    }
    c_.problem(
        nodes_[stack.back().first].path,
        fmt::format("calls wait for each other in a circle: {}{}", circle, nodes_[back].text),
        "remove one call, or publish to a queue instead");
  }

  const Context& c_;
  std::map<std::pair<std::string, std::string>, std::size_t> ids_;
  std::vector<Node> nodes_;
  std::size_t circles_ = 0;
  bool mirrored_ = false;
};

}  // namespace

void check_call_list(const Context& c, const std::vector<CallSpec>& calls,
                     const std::string& path) {
  check_list(c, calls, path);
}

void check_calls(const Context& c) {
  for (const auto& app : c.scenario.apps) {
    const std::string path = "apps." + app.name;
    check_list(c, app.value.calls, path + ".calls");
    for (const auto& endpoint : app.value.endpoints) {
      check_list(c, endpoint.value.calls,
                 fmt::format("{}.endpoints.{}.calls", path, endpoint.name));
    }
  }
  Graph(c).check();
}

}  // namespace leapday::loading
