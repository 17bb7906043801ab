/// \file network.cpp
/// The latency matrix by zones, with clients and control plane, and the modifiers on top of it.
#include "sim/model/network.hpp"

#include <algorithm>
#include <string_view>

namespace leapday::model {
namespace {

constexpr std::int64_t kFirstResend = 200'000'000;  // RFC 6298's initial RTO as Linux has it
constexpr int kResends = 15;                        // tcp_retries2
constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
constexpr Duration kLong{std::chrono::seconds{4}};

/// What a stated bandwidth is applied to. Scenarios state no message sizes; a median web response
/// with its headers is near this.
constexpr double kMessageBytes = 16384;

}  // namespace

struct Network::Impl {
  struct Cell {
    Duration latency{};
    Duration jitter{};
    Ratio loss{};
    bool plain() const { return latency == Duration{0} && jitter == Duration{0} && loss.is_zero(); }
  };
  struct Active {
    std::uint32_t handle;
    Place from;
    Place to;
    LinkModifier modifier;
  };

  World& world;
  std::uint32_t zones;
  std::vector<std::uint32_t> dependency_zone;  ///< zones when it has none.
  std::vector<Cell> cells;  ///< By location of sender and receiver: zones, clients, control.
  Cell same_host;
  std::vector<std::uint32_t> host_zone;
  std::vector<std::uint32_t> router_host;
  std::vector<Active> active;
  std::uint32_t pushed = 0;
  bool plain = true;

  explicit Impl(World& w) : world(w), zones(static_cast<std::uint32_t>(w.zones.size())) {
    const leapday::Network& spec = world.scenario.topology.network;
    same_host.latency = spec.same_host;
    for (const auto& entry : world.scenario.dependencies) {
      std::uint32_t zone = 0;
      while (zone < zones && world.zones[zone].name != entry.value.zone) ++zone;
      dependency_zone.push_back(zone);
    }
    for (const HostState& host : world.hosts) host_zone.push_back(host.zone.index);
    for (const RouterState& router : world.routers) {
      router_host.push_back(router.host.valid() ? router.host.index : kNowhere);
    }
    cells.resize(std::size_t{locations()} * locations());
    for (std::uint32_t a = 0; a < locations(); ++a) {
      for (std::uint32_t b = 0; b < locations(); ++b) cell(a, b).latency = by_distance(a, b);
    }
    for (const NetworkLink& link : spec.links) {
      state(link, link.from, link.to);
      if (!link.one_way) state(link, link.to, link.from);
    }
    plain = same_host.plain() &&
            std::all_of(cells.begin(), cells.end(), [](const Cell& c) { return c.plain(); });
  }

  std::uint32_t locations() const { return zones + 2; }
  std::uint32_t clients() const { return zones; }
  std::uint32_t control() const { return zones + 1; }
  Cell& cell(std::uint32_t from, std::uint32_t to) { return cells[from * locations() + to]; }

  Duration by_distance(std::uint32_t a, std::uint32_t b) const {
    const leapday::Network& spec = world.scenario.topology.network;
    if (a == clients() || b == clients()) return a == b ? Duration{0} : spec.clients;
    if (a == control() || b == control()) return Duration{0};
    if (a == b) return spec.same_zone;
    if (world.zones[a].cloud != world.zones[b].cloud) return spec.between_clouds;
    return world.zones[a].region == world.zones[b].region ? spec.same_region : spec.same_cloud;
  }

  bool named(std::uint32_t location, std::string_view name) const {
    if (location == clients()) return name == "clients";
    if (location == control()) return name == "control";
    const ZoneState& zone = world.zones[location];
    return zone.name == name || world.regions[zone.region] == name ||
           world.clouds[zone.cloud] == name;
  }

  void state(const NetworkLink& link, std::string_view from, std::string_view to) {
    const double per_second = link.bandwidth.per_second;
    const Duration sending =
        per_second > 0 ? engine::to_duration(kMessageBytes / per_second) : Duration{0};
    for (std::uint32_t a = 0; a < locations(); ++a) {
      for (std::uint32_t b = 0; b < locations(); ++b) {
        if (named(a, from) && named(b, to)) {
          cell(a, b) = {link.latency + sending, link.jitter, link.loss};
        }
      }
    }
  }

  HostId host_of(NetworkEnd end) const {
    if (end.kind == NetworkEnd::Kind::host) return HostId{end.index};
    if (end.kind == NetworkEnd::Kind::router) return world.routers[end.index].host;
    return {};
  }

  /// A dependency without a zone is in whatever zone asks; a router without a host among clients.
  std::uint32_t location(NetworkEnd end, NetworkEnd peer) const {
    switch (end.kind) {
      case NetworkEnd::Kind::host:
        return host_zone[end.index];
      case NetworkEnd::Kind::clients:
        return clients();
      case NetworkEnd::Kind::control:
        return control();
      case NetworkEnd::Kind::router: {
        const std::uint32_t host = router_host[end.index];
        return host != kNowhere ? host_zone[host] : clients();
      }
      case NetworkEnd::Kind::dependency: {
        if (dependency_zone[end.index] < zones) return dependency_zone[end.index];
        return peer.kind == NetworkEnd::Kind::dependency ? control() : location(peer, end);
      }
    }
    return control();
  }

  const Cell& between(NetworkEnd from, NetworkEnd to) const {
    const Spot a = spot(from);
    const Spot b = spot(to);
    if (a.machine == b.machine && a.machine != kNowhere) return same_host;
    const std::uint32_t location_a = a.location != kNowhere ? a.location : location(from, to);
    const std::uint32_t location_b = b.location != kNowhere ? b.location : location(to, from);
    return cells[location_a * locations() + location_b];
  }

  /// Where it stands whoever it talks to.
  struct Spot {
    std::uint32_t machine = kNowhere;
    std::uint32_t location = kNowhere;
  };
  Spot spot(NetworkEnd end) const {
    std::uint32_t machine = end.index;
    if (end.kind == NetworkEnd::Kind::clients) return {.location = clients()};
    if (end.kind == NetworkEnd::Kind::router) {
      machine = router_host[end.index];
    } else if (end.kind != NetworkEnd::Kind::host) {
      return {};
    }
    return {machine, machine != kNowhere ? host_zone[machine] : kNowhere};
  }

  bool in_place(NetworkEnd end, Place place) const {
    const HostId host = host_of(end);
    switch (place.kind) {
      case Place::Kind::zone:
        if (host.valid()) return world.hosts[host.index].zone.index == place.index;
        return end.kind == NetworkEnd::Kind::dependency &&
               dependency_zone[end.index] == place.index;
      case Place::Kind::host:
        return host.valid() && host.index == place.index;
      case Place::Kind::app:
        return end.kind == NetworkEnd::Kind::host && end.app == place.index;
      case Place::Kind::dependency:
        return end.kind == NetworkEnd::Kind::dependency && end.index == place.index;
      case Place::Kind::routers:
        return end.kind == NetworkEnd::Kind::router;
      case Place::Kind::clients:
        return end.kind == NetworkEnd::Kind::clients;
      case Place::Kind::control:
        return end.kind == NetworkEnd::Kind::control;
    }
    return false;
  }

  bool matches(const Active& entry, NetworkEnd from, NetworkEnd to) const {
    return in_place(from, entry.from) && in_place(to, entry.to);
  }
};

namespace {

std::int64_t draw_up_to(Duration most, Random& random) {
  if (most <= Duration{0}) return 0;
  return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most.count()) + 1));
}

}  // namespace

Network::Network(World& world) : impl_(std::make_unique<Impl>(world)) {
  note_delays();
  note_calm();
}
Network::~Network() = default;

/// What fixed() would say, in tables.
void Network::note_delays() {
  const Impl& impl = *impl_;
  locations_ = impl.locations();
  const auto fits = [this](const Impl::Cell& cell) {
    steady_ = steady_ && cell.jitter == Duration{0} && cell.loss.is_zero() && cell.latency < kLong;
    return std::max(cell.latency, Duration{0});
  };
  same_host_ = fits(impl.same_host);
  for (const Impl::Cell& cell : impl.cells) delays_.push_back(fits(cell));
  host_locations_ = impl.host_zone;
  for (const std::uint32_t host : impl.router_host) {
    const std::uint32_t location = host != kNowhere ? impl.host_zone[host] : impl.clients();
    router_spots_.push_back({host, location, location * locations_});
    client_delays_.push_back({delays_[impl.clients() * locations_ + location],
                              delays_[location * locations_ + impl.clients()]});
  }
}

void Network::note_calm() {
  trivial_ = impl_->plain && impl_->active.empty();
  calm_ = steady_ && impl_->active.empty();
}

std::optional<Duration> Network::transit(NetworkEnd from, NetworkEnd to, Random& random) {
  if (trivial_) return Duration{0};
  const Impl::Cell& base = impl_->between(from, to);
  std::int64_t delay = base.latency.count() + draw_up_to(base.jitter, random);
  for (const Impl::Active& entry : impl_->active) {
    if (!impl_->matches(entry, from, to)) continue;
    if (entry.modifier.down) return std::nullopt;
    delay += entry.modifier.latency_add.count() + draw_up_to(entry.modifier.jitter_add, random);
  }
  const auto lost = [&] {
    bool any = random.chance(base.loss);
    for (const Impl::Active& entry : impl_->active) {
      if (!entry.modifier.loss.is_zero() && impl_->matches(entry, from, to)) {
        any = random.chance(entry.modifier.loss) || any;
      }
    }
    return any;
  };
  std::int64_t resend = kFirstResend;
  for (int tries = 0; lost(); ++tries, resend *= 2) {
    if (tries == kResends) return std::nullopt;
    delay += resend;
  }
  return Duration{std::max<std::int64_t>(delay, 0)};
}

std::optional<Duration> Network::fixed(NetworkEnd from, NetworkEnd to) const {
  if (trivial_) return Duration{0};
  if (!impl_->active.empty()) return std::nullopt;
  const Impl::Cell& base = impl_->between(from, to);
  if (base.jitter > Duration{0} || !base.loss.is_zero()) return std::nullopt;
  return std::max(base.latency, Duration{0});
}

bool Network::reachable(NetworkEnd from, NetworkEnd to) const {
  return std::none_of(impl_->active.begin(), impl_->active.end(), [&](const Impl::Active& entry) {
    return entry.modifier.down && impl_->matches(entry, from, to);
  });
}

bool Network::steady(NetworkEnd from, NetworkEnd to) const {
  if (trivial_) return true;
  const Impl::Cell& base = impl_->between(from, to);
  return base.loss.is_zero() && base.jitter == Duration{0} &&
         std::none_of(impl_->active.begin(), impl_->active.end(),
                      [&](const Impl::Active& entry) { return impl_->matches(entry, from, to); });
}

std::uint32_t Network::push(Place from, Place to, const LinkModifier& modifier) {
  impl_->active.push_back({impl_->pushed, from, to, modifier});
  note_calm();
  return impl_->pushed++;
}

void Network::pop(std::uint32_t handle) {
  std::erase_if(impl_->active, [&](const Impl::Active& e) { return e.handle == handle; });
  note_calm();
}

}  // namespace leapday::model
