/// \file zone.cpp
/// Reads TZif files, and writes the rule at their end out for 400 years more, after which the
/// calendar repeats itself.
/// Why: a look-up is then a table and no arithmetic, and a broken file is found when it is read.
#include "sim/clocks/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/clocks/zone_rule.hpp"

namespace leapday::clocks {
namespace {

constexpr std::int64_t kCycle = std::int64_t{146'097} * 86400;  // 400 years
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kHeader = 44;
constexpr std::int64_t kFurthest = std::int64_t{64'060'588'800};  // the year 4000, as far each way

/// Big-endian numbers of a block whose length was checked.
std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = static_cast<std::uint8_t>(bytes[at]) & 0x80 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return static_cast<std::int64_t>(value);
}

struct Header {
  char version = 0;
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, chars = 0;

  std::size_t size(std::size_t time_size) const {
    return times * (time_size + 1) + types * 6 + chars + leaps * (time_size + 4) + is_std + is_ut;
  }
};

std::optional<Header> header(std::string_view bytes) {
  if (bytes.size() < kHeader || bytes.substr(0, 4) != "TZif") return std::nullopt;
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(big_endian(bytes, 20 + 4 * i, 4)) & 0xffffffffu;
  };
  return Header{bytes[4], count(0), count(1), count(2), count(3), count(4), count(5)};
}

}  // namespace

/// Collects types and transitions, then lays out the table.
struct Zone::Builder {
  Zone zone;
  std::vector<std::uint8_t> numbers;  ///< By type of the file: ours.

  std::string read_types(const Header& head, std::string_view types);
  std::string read_times(const Header& head, std::size_t time_size, std::string_view times);
  std::string read_footer(std::string_view footer);

  Builder() {
    zone.types_.clear();
    zone.names_.clear();
    zone.times_.clear();
    zone.type_at_.clear();
  }

  std::uint8_t type(std::int32_t seconds, bool summer, std::string_view name) {
    std::size_t at = std::find(zone.names_.begin(), zone.names_.end(), name) - zone.names_.begin();
    if (at == zone.names_.size()) zone.names_.emplace_back(name);
    const ZoneOffset wanted{seconds, summer, static_cast<std::uint16_t>(at)};
    at = std::find(zone.types_.begin(), zone.types_.end(), wanted) - zone.types_.begin();
    if (at == zone.types_.size()) zone.types_.push_back(wanted);
    return static_cast<std::uint8_t>(at);
  }

  void transition(std::int64_t at, std::uint8_t to) {
    zone.times_.push_back(at);
    zone.type_at_.push_back(to);
  }

  /// What the rule says from the last transition on, for the rest of that 400 years and 400 more.
  void follow(const ZoneRule& rule) {
    const std::uint8_t standard = type(rule.standard, false, rule.standard_name);
    if (zone.times_.empty()) zone.first_type_ = standard;
    if (!rule.has_summer) return;  // the last transition says the same
    const std::uint8_t summer = type(rule.summer, true, rule.summer_name);
    const std::int64_t last = zone.times_.empty() ? 0 : zone.times_.back();
    const std::int64_t from = civil(last).year;
    std::vector<std::pair<std::int64_t, std::uint8_t>> changes;
    for (std::int64_t year = from - 1; year <= from + 402; ++year) {
      changes.emplace_back(rule.begins(year), summer);
      changes.emplace_back(rule.ends(year), standard);
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const bool no_history = zone.times_.empty();
    for (const auto& [at, to] : changes) {
      if (at > last || no_history) transition(at, to);
    }
    zone.cycle_end_ = posix_seconds({from + 401, 1, 1, 0});
    zone.repeats_ = true;
  }

  Zone finish() {
    std::vector<std::int64_t>& times = zone.times_;
    if (times.empty()) {  // one offset for ever
      zone.first_ = zone.cycle_end_ = kNever;
      return std::move(zone);
    }
    zone.first_ = times.front();
    if (!zone.repeats_) zone.cycle_end_ = times.back() + 1;
    times.push_back(kNever);
    std::uint32_t i = 0;
    for (std::int64_t at = zone.first_; at < zone.cycle_end_;
         at += std::int64_t{1} << kBucketBits) {
      while (times[i + 1] <= at) ++i;
      zone.buckets_.push_back(i);
    }
    return std::move(zone);
  }
};

Zone::Zone() {
  types_ = {{0, false, 0}};
  names_ = {"UTC"};
  first_ = cycle_end_ = kNever;
}

std::int64_t Zone::within_cycle(std::int64_t posix_seconds) const {
  if (cycle_end_ == kNever) return posix_seconds;
  if (!repeats_) return cycle_end_ - 1;  // nothing changes any more
  return cycle_end_ - kCycle + (posix_seconds - cycle_end_) % kCycle;
}

std::variant<Zone, std::string> Zone::from_rule(std::string_view text) {
  const auto rule = ZoneRule::parse(text);
  if (!rule) return fmt::format("\"{}\" is no rule of the form CET-1CEST,M3.5.0,M10.5.0/3", text);
  Builder builder;
  builder.follow(*rule);
  return builder.finish();
}

namespace {

/// The block of a file that is to be read: the last one.
struct Block {
  Header head;
  std::size_t time_size = 4;
  std::string_view data, footer;
};

std::variant<Block, std::string> last_block(std::string_view bytes) {
  auto head = header(bytes);
  if (!head) return std::string("is no TZif file");
  Block block{*head, 4, bytes.substr(kHeader), {}};
  if (head->version >= '2') {  // the same again with 64 bits, and a rule
    if (block.data.size() < head->size(4)) return std::string("ends within its first block");
    block.data.remove_prefix(head->size(4));
    head = header(block.data);
    if (!head) return std::string("has no second header");
    block = {*head, 8, block.data.substr(kHeader), {}};
  }
  const std::size_t size = block.head.size(block.time_size);
  if (block.data.size() < size) return std::string("ends within its data");
  if (block.head.types == 0 || block.head.types > 256)
    return std::string("has no or too many types");
  block.footer = block.data.substr(size);
  return block;
}

}  // namespace

std::string Zone::Builder::read_types(const Header& head, std::string_view types) {
  const std::string_view chars = types.substr(head.types * 6, head.chars);
  for (std::size_t i = 0; i < head.types; ++i) {
    const auto offset = big_endian(types, i * 6, 4);
    const auto name_at = static_cast<std::uint8_t>(types[i * 6 + 5]);
    if (name_at >= chars.size()) return "names a type outside its names";
    if (offset < -89'999 || offset > 93'599) return "has an offset of more than a day";
    const std::string_view name = chars.substr(name_at);
    numbers.push_back(type(static_cast<std::int32_t>(offset), types[i * 6 + 4] != 0,
                           name.substr(0, name.find('\0'))));
  }
  zone.first_type_ = numbers[0];
  return {};
}

std::string Zone::Builder::read_times(const Header& head, std::size_t time_size,
                                      std::string_view times) {
  const std::string_view indices = times.substr(head.times * time_size);
  for (std::size_t i = 0; i < head.times; ++i) {
    const std::int64_t at = big_endian(times, i * time_size, time_size);
    const auto index = static_cast<std::uint8_t>(indices[i]);
    if (index >= numbers.size()) return "has a transition to no type";
    if (at > kFurthest) return "has a transition after the year 4000";
    if (!zone.times_.empty() && at <= zone.times_.back()) return "has transitions out of order";
    if (at < -kFurthest) {
      zone.first_type_ = numbers[index];  // zic of old begins with the Big Bang
    } else {
      transition(at, numbers[index]);
    }
  }
  return {};
}

std::string Zone::Builder::read_footer(std::string_view footer) {
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
    return "has no rule at its end";
  footer = footer.substr(1, footer.size() - 2);
  if (footer.empty()) return {};
  const auto rule = ZoneRule::parse(footer);
  if (!rule) return fmt::format("ends with a rule that is none: \"{}\"", footer);
  follow(*rule);
  return {};
}

std::variant<Zone, std::string> Zone::from_tzif(std::string_view bytes) {
  const auto found = last_block(bytes);
  if (const auto* wrong = std::get_if<std::string>(&found)) return *wrong;
  const Block& block = std::get<Block>(found);
  const std::size_t times = block.head.times;
  Builder builder;
  std::string wrong =
      builder.read_types(block.head, block.data.substr(times * (block.time_size + 1)));
  if (wrong.empty()) wrong = builder.read_times(block.head, block.time_size, block.data);
  if (wrong.empty() && block.time_size == 8) wrong = builder.read_footer(block.footer);
  if (!wrong.empty()) return wrong;
  return builder.finish();
}

LocalTime Zone::resolve(const Civil& local) const {
  const std::int64_t as_utc = posix_seconds(local);
  // The offsets that hold a day before and after: no two changes lie closer together.
  const std::int64_t before = as_utc - at(as_utc - kSecondsPerDay).seconds;
  const std::int64_t after = as_utc - at(as_utc + kSecondsPerDay).seconds;
  const auto shows = [&](std::int64_t instant) { return instant + at(instant).seconds == as_utc; };
  if (before == after) return {LocalKind::unique, before, before};
  if (shows(before) && shows(after)) {
    return {LocalKind::repeated, std::min(before, after), std::max(before, after)};
  }
  if (shows(before)) return {LocalKind::unique, before, before};
  if (shows(after)) return {LocalKind::unique, after, after};
  return {LocalKind::skipped, before, after};
}

std::optional<std::int64_t> Zone::next_change(std::int64_t posix_seconds) const {
  std::int64_t shift = 0;
  if (posix_seconds >= cycle_end_) {
    if (!repeats_) return std::nullopt;
    shift = posix_seconds - within_cycle(posix_seconds);
  }
  const ZoneOffset now = at(posix_seconds);
  auto next = std::upper_bound(times_.begin(), times_.end(), posix_seconds - shift);
  for (; next != times_.end() && *next != kNever; ++next) {
    const ZoneOffset& then = types_[type_at_[static_cast<std::size_t>(next - times_.begin())]];
    if (then.seconds != now.seconds) return *next + shift;
  }
  return std::nullopt;
}

}  // namespace leapday::clocks
