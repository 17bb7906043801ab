/// \file set_cover.cpp
/// The smallest choice of sets that covers what all of them cover.
/// Why: of two hundred dates that break a release three may show everything there is to mend.
#include <algorithm>
#include <bit>
#include <limits>

#include "leapday/sweep.hpp"

namespace leapday {
namespace {

constexpr std::size_t kMostThings = 16;

/// Position of each thing among all there are, ascending.
std::vector<std::size_t> things_of(const std::vector<std::vector<std::size_t>>& sets) {
  std::vector<std::size_t> things;
  for (const auto& set : sets) things.insert(things.end(), set.begin(), set.end());
  std::sort(things.begin(), things.end());
  things.erase(std::unique(things.begin(), things.end()), things.end());
  return things;
}

std::vector<std::size_t> greedy_cover(const std::vector<std::vector<std::size_t>>& sets,
                                      std::vector<std::size_t> left) {
  std::vector<std::size_t> chosen;
  while (!left.empty()) {
    std::size_t best = 0, most = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const auto covers =
          static_cast<std::size_t>(std::count_if(left.begin(), left.end(), [&](std::size_t thing) {
            return std::find(sets[i].begin(), sets[i].end(), thing) != sets[i].end();
          }));
      if (covers > most) {
        most = covers;
        best = i;
      }
    }
    chosen.push_back(best);
    std::erase_if(left, [&](std::size_t thing) {
      return std::find(sets[best].begin(), sets[best].end(), thing) != sets[best].end();
    });
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// By what is covered already, which has as many states as there are subsets.
std::vector<std::size_t> exact_cover(const std::vector<std::vector<std::size_t>>& sets,
                                     const std::vector<std::size_t>& things) {
  std::vector<std::uint32_t> masks;
  for (const auto& set : sets) {
    std::uint32_t mask = 0;
    for (const std::size_t thing : set) {
      const auto at = std::lower_bound(things.begin(), things.end(), thing) - things.begin();
      mask |= 1U << at;
    }
    masks.push_back(mask);
  }
  constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
  struct Step {
    std::uint32_t count = kUnknown, from = 0, set = 0;
  };
  const std::uint32_t all = (1U << things.size()) - 1;
  std::vector<Step> best(std::size_t{all} + 1);
  best[0].count = 0;
  for (std::uint32_t covered = 0; covered < all; ++covered) {
    if (best[covered].count == kUnknown) continue;
    // Some set has to cover the first thing that is left.
    const int first = std::countr_one(covered);
    for (std::uint32_t s = 0; s < masks.size(); ++s) {
      if ((masks[s] >> first & 1U) == 0) continue;
      Step& next = best[covered | masks[s]];
      if (next.count <= best[covered].count + 1) continue;
      next = {best[covered].count + 1, covered, s};
    }
  }
  std::vector<std::size_t> chosen;
  for (std::uint32_t at = all; at != 0; at = best[at].from) chosen.push_back(best[at].set);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::vector<std::size_t> smallest_cover(const std::vector<std::vector<std::size_t>>& sets,
                                        bool& smallest) {
  const std::vector<std::size_t> things = things_of(sets);
  smallest = things.size() <= kMostThings;
  return smallest ? exact_cover(sets, things) : greedy_cover(sets, things);
}

}  // namespace leapday
