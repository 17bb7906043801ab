/// \file placement_reply_race.cpp
/// Cloud Foundry of 2012: every DEA with room answers after a delay, and the first answer wins.
/// Why: the delay stands for load (10 ms for each instance of the app, 100 ms for a full memory),
/// so that the network's jitter is part of the placement; the model sends these as messages, and
/// only a warm boot, where nothing travels, compares the delays themselves.
#include <algorithm>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

// vcap dea/lib/dea/agent.rb:380-416.
constexpr std::int64_t kPerInstance = 10'000'000;
constexpr std::int64_t kFullMemory = 100'000'000;
constexpr std::int64_t kLongest = 250'000'000;

class ReplyRace final : public PlacementPolicy {
 public:
  PlacementHonours honours() const override { return {.cpu = false, .hosts = false}; }
  bool by_reply() const override { return true; }

  Duration reply_delay(const HostRow& host, std::uint32_t same_app) const override {
    const std::int64_t total = std::max<std::int64_t>(host.memory_total.count, 1);
    const auto memory = static_cast<std::int64_t>(static_cast<__int128>(kFullMemory) *
                                                  host.memory_used.count / total);
    return Duration{std::min(kPerInstance * same_app + memory, kLongest)};
  }

  double rank(const HostRow& host, const PlacementWeights&) const override {
    return static_cast<double>(reply_delay(host, 0).count());
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    std::optional<HostId> winner;
    std::int64_t best = 0;
    for (std::uint32_t row = 0; row < hosts.rows().size(); ++row) {
      const HostRow& host = hosts.row(row);
      if (!request.may_use(host)) continue;
      std::int64_t after = reply_delay(host, request.on_host(row)).count();
      const Duration jitter = request.weights.reply_jitter;
      if (jitter > Duration{0}) {
        after +=
            static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(jitter.count())));
      }
      if (winner && after >= best) continue;
      winner = host.host;
      best = after;
    }
    return winner;
  }
};

}  // namespace

void register_placement_reply_race(Registry& registry) {
  registry.placement.add("reply_race",
                         "Cloud Foundry 2012: the host that answers first, the idle ones sooner",
                         [] { return std::make_unique<ReplyRace>(); });
}

}  // namespace leapday
