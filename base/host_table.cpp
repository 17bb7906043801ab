/// \file host_table.cpp
/// Moves hosts between groups as they change, and picks among equals.
#include "leapday/host_table.hpp"

#include <algorithm>
#include <tuple>

namespace leapday {
namespace {

auto state_of(const HostRow& row) {
  return std::tuple{row.memory_used.count,    row.disk_used.count, row.instances,  row.starting,
                    row.memory_counted.count, row.cpu_used,        row.cpu_counted};
}

constexpr auto kByRow = [](const HostShare& share, std::uint32_t row) { return share.row < row; };

}  // namespace

std::uint32_t PlacementRequest::on_host(std::uint32_t row) const {
  const auto found = std::lower_bound(same_app.begin(), same_app.end(), row, kByRow);
  return found != same_app.end() && found->row == row ? found->count : 0;
}

std::optional<std::uint32_t> HostGroup::first_free(std::span<const HostShare> same_app) const {
  auto share = same_app.begin();
  for (const std::uint32_t row : hosts) {
    share = std::lower_bound(share, same_app.end(), row, kByRow);
    if (share == same_app.end() || share->row != row) return row;
  }
  return std::nullopt;
}

void HostTable::add(const HostRow& row) {
  if (row.zone.index >= zones_.size()) zones_.resize(row.zone.index + 1);
  rows_.push_back(row);
  if (row.usable) enter(static_cast<std::uint32_t>(rows_.size() - 1));
}

void HostTable::change(std::uint32_t index, const HostRow& row) {
  if (rows_[index] == row) return;
  if (rows_[index].usable) leave(index);
  rows_[index] = row;
  if (row.usable) enter(index);
}

bool HostTable::has_room(ZoneId zone, const PlacementRequest& request) const {
  return std::any_of(zones_[zone.index].begin(), zones_[zone.index].end(),
                     [&](const auto& group) { return request.fits(group->like); });
}

HostTable::Groups::iterator HostTable::find(Groups& groups, double rank, const HostRow& row) const {
  const auto state = state_of(row);
  return std::lower_bound(groups.begin(), groups.end(), rank, [&](const auto& group, double r) {
    if (group->rank != r) return group->rank < r;
    return state_of(group->like) < state;
  });
}

void HostTable::enter(std::uint32_t index) {
  const HostRow& row = rows_[index];
  Groups& groups = zones_[row.zone.index];
  const double rank = rank_(row);
  auto found = find(groups, rank, row);
  if (found == groups.end() || (*found)->rank != rank ||
      state_of((*found)->like) != state_of(row)) {
    found = groups.insert(found, std::make_unique<HostGroup>());
    (*found)->rank = rank;
    (*found)->like = row;
  }
  std::vector<std::uint32_t>& hosts = (*found)->hosts;
  if (hosts.empty() || hosts.back() < index) {
    hosts.push_back(index);
  } else {
    hosts.insert(std::lower_bound(hosts.begin(), hosts.end(), index), index);
  }
}

void HostTable::leave(std::uint32_t index) {
  const HostRow& row = rows_[index];
  Groups& groups = zones_[row.zone.index];
  const auto found = find(groups, rank_(row), row);
  std::vector<std::uint32_t>& hosts = (*found)->hosts;
  hosts.erase(std::lower_bound(hosts.begin(), hosts.end(), index));
  if (hosts.empty()) groups.erase(found);
}

/// Draws again when a host turns out to have the app, as long as most have not.
std::uint32_t TiedHosts::draw(std::span<const HostShare> same_app, Random& random) {
  const auto has_app = [&](std::uint32_t row) {
    const auto found = std::lower_bound(same_app.begin(), same_app.end(), row, kByRow);
    return found != same_app.end() && found->row == row;
  };
  if (free_of_app_ < 2 * same_app.size()) {
    for (const HostGroup* group : groups_) {
      for (const std::uint32_t row : group->hosts) {
        if (!has_app(row)) rows_.push_back(row);
      }
    }
    groups_.clear();
    free_of_app_ = 0;
  }
  for (;;) {
    std::uint64_t k = random.below(free_of_app_ + rows_.size());
    if (k < rows_.size()) return rows_[k];
    k -= rows_.size();
    auto group = groups_.begin();
    while (k >= (*group)->hosts.size()) k -= (*group++)->hosts.size();
    const std::uint32_t row = (*group)->hosts[k];
    if (!has_app(row)) return row;
  }
}

}  // namespace leapday
