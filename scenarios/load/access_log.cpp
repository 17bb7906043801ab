/// \file access_log.cpp
/// The common and combined log formats of NCSA httpd, Apache and nginx, and endpoint patterns.
/// Why: see traces.hpp.
#include <algorithm>
#include <array>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/traces.hpp"

namespace leapday::loading {
namespace {

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

int month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

/// 17/May/2015:10:05:03 +0000
bool parse_log_time(std::string_view text, std::int64_t& second) {
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' ||
      text[17] != ':' || text[20] != ' ' || (text[21] != '+' && text[21] != '-')) {
    return false;
  }
  const int day = digits(text, 0, 2);
  const int month = month_number(text.substr(3, 3));
  const int year = digits(text, 7, 4);
  const int hour = digits(text, 12, 2);
  const int minute = digits(text, 15, 2);
  const int sec = digits(text, 18, 2);
  const int zone_hours = digits(text, 22, 2);
  const int zone_minutes = digits(text, 24, 2);
  const bool in_range = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && sec >= 0 &&
                        sec <= 60 && zone_hours >= 0 && zone_minutes >= 0;
  if (!in_range || year < 1 || day < 1 || day > days_in_month(year, month)) return false;
  const int zone = (zone_hours * 60 + zone_minutes) * (text[21] == '-' ? -60 : 60);
  second = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + sec - zone;
  return true;
}

/// The number of characters that are no wildcard when `pattern` fits, or -1.
int fit(std::string_view pattern, std::string_view text) {
  // Greedy matching with one point to come back to: linear for patterns as people write them, and
  // bounded for those that are meant to hurt.
  text = text.substr(0, 4096);
  std::size_t p = 0, t = 0, star = pattern.npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return -1;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  if (p != pattern.size()) return -1;
  return static_cast<int>(
      pattern.size() - static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '*')));
}

}  // namespace

bool parse_log_line(std::string_view line, LogLine& out) {
  // host ident user [time] "request" status bytes ...
  const std::size_t open = line.find(" [");
  if (open == line.npos ||
      std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(open), ' ') < 2) {
    return false;
  }
  const std::size_t close = line.find(']', open);
  if (close == line.npos || !parse_log_time(line.substr(open + 2, close - open - 2), out.second)) {
    return false;
  }
  std::string_view rest = line.substr(close + 1);
  if (!rest.starts_with(" \"")) return false;
  rest.remove_prefix(2);
  std::size_t end = 0;  // of the request; quotes inside it are escaped
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) return false;
  const std::string_view request = rest.substr(0, end);
  const std::string_view status = rest.substr(end + 1);
  if (status.size() < 4 || status[0] != ' ' || digits(status, 1, 3) < 100) return false;
  const std::size_t space = request.find(' ');
  if (space == request.npos || space == 0) return false;
  out.method = request.substr(0, space);
  out.path = request.substr(space + 1);
  const std::size_t protocol = out.path.rfind(" HTTP/");
  if (protocol != out.path.npos) out.path = out.path.substr(0, protocol);
  out.path = out.path.substr(0, out.path.find('?'));
  return !out.path.empty();
}

std::int32_t match_endpoint(const NamedMap<Endpoint>& endpoints, std::string_view method,
                            std::string_view path) {
  std::int32_t best = -1;
  int best_fit = -1;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string_view match = endpoints.entries[i].value.match;
    const std::size_t space = match.find(' ');
    if (space == match.npos) continue;
    const int by_method = fit(match.substr(0, space), method);
    const int by_path = fit(match.substr(space + 1), path);
    if (by_method >= 0 && by_path >= 0 && by_method + by_path > best_fit) {
      best_fit = by_method + by_path;
      best = static_cast<std::int32_t>(i);
    }
  }
  return best;
}

}  // namespace leapday::loading
