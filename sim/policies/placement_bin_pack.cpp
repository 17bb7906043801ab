/// \file placement_bin_pack.cpp
/// The host with the least memory left that still fits.
/// Why: it saves hosts, and puts the most eggs in one basket: the cost shows when a host dies.
#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class BinPack final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest&,
                              Random&) override {
    const HostRow* winner = nullptr;
    for (const HostRow& host : hosts) {
      if (!host.usable) continue;
      if (winner == nullptr || left(host) < left(*winner)) winner = &host;
    }
    if (winner == nullptr) return std::nullopt;
    return winner->host;
  }

 private:
  static std::int64_t left(const HostRow& host) {
    return host.memory_total.count - host.memory_used.count;
  }
};

}  // namespace

void register_placement_bin_pack(Registry& registry) {
  registry.placement.add("bin_pack", "the host with the least memory left that still fits",
                         [] { return std::make_unique<BinPack>(); });
}

}  // namespace leapday
