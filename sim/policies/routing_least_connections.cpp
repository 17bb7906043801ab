/// \file routing_least_connections.cpp
/// Fewest open requests per weight; among equals smooth weighted round robin, as nginx's
/// least_conn does it (ngx_http_upstream_get_least_conn_peer; one pass over the rows, as there).
/// Why: under light load nearly every choice is a tie, so the rule for ties decides.
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class LeastConnections final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random&) override {
    if (table.usable() == 0) return std::nullopt;
    if (version_ != table.version()) {
      version_ = table.version();
      credit_.assign(table.size(), 0);
    }
    RouteChoice first;
    bool many = false;
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      if (!table.row(row).usable) continue;
      if (!first || busier(table, *first, row)) {
        first = row;
        many = false;
      } else if (!busier(table, row, *first)) {
        many = true;
      }
    }
    return many ? among_equals(table, *first) : first;
  }

 private:
  static bool busier(const RouteTable& table, std::uint32_t a, std::uint32_t b) {
    return std::uint64_t{table.row(a).open} * table.row(b).weight >
           std::uint64_t{table.row(b).open} * table.row(a).weight;
  }

  std::uint32_t among_equals(const RouteTable& table, std::uint32_t first) {
    std::uint32_t best = first;
    std::int64_t total = 0;
    for (std::uint32_t row = first; row < table.size(); ++row) {
      if (!table.row(row).usable || busier(table, row, first)) continue;
      credit_[row] += table.row(row).weight;
      total += table.row(row).weight;
      if (credit_[row] > credit_[best]) best = row;
    }
    credit_[best] -= total;
    return best;
  }

  std::uint64_t version_ = 0;
  std::vector<std::int64_t> credit_;
};

}  // namespace

void register_routing_least_connections(Registry& registry) {
  registry.routing.add(
      "least_connections", "fewest open requests per weight, ties in turn, as nginx does it",
      [](const RouterPolicyOptions&) { return std::make_unique<LeastConnections>(); });
}

}  // namespace leapday
