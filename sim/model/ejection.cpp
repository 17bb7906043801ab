/// \file ejection.cpp
/// nginx's rules as measured and as ngx_http_upstream_round_robin.c has them; Envoy's consecutive
/// failures with growing ejection times.
#include "sim/model/ejection.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

std::int64_t whole_seconds(Duration d) {
  return std::chrono::floor<std::chrono::seconds>(d).count();
}

constexpr Duration kLongestEjection = 300s;  // Envoy's max_ejection_time

}  // namespace

bool EjectionRules::out_by_nginx(const RowHealth& row, std::int64_t second,
                                 std::uint32_t rows) const {
  if (rows <= 1) return false;  // a single peer has no failure accounting
  return row.fails >= spec_.max_fails && second - row.checked <= whole_seconds(spec_.fail_timeout);
}

void EjectionRules::review(RowHealth& row, RouterTime time) const {
  if (spec_.kind == EjectionKind::nginx) row.ejected = out_by_nginx(row, time.second, 2);
  if (spec_.kind == EjectionKind::consecutive && time.now >= row.ejected_until) {
    row.ejected = false;
  }
}

void EjectionRules::chosen(RowHealth& row, RouterTime time, std::uint32_t rows) const {
  if (spec_.kind != EjectionKind::nginx || rows <= 1) return;
  if (time.second - row.checked > whole_seconds(spec_.fail_timeout)) row.checked = time.second;
  row.ejected = out_by_nginx(row, time.second, rows);
}

void EjectionRules::succeeded(RowHealth& row, std::uint32_t rows) const {
  if (spec_.kind == EjectionKind::nginx) {
    if (rows > 1 && row.accessed < row.checked) row.fails = 0;
    if (row.fails < spec_.max_fails) row.ejected = false;
  } else if (spec_.kind == EjectionKind::consecutive) {
    row.fails = 0;
  }
}

void EjectionRules::failed(RowHealth& row, RouterTime time, std::uint32_t rows,
                           std::uint32_t out) const {
  if (spec_.kind == EjectionKind::nginx && rows > 1) {
    ++row.fails;
    row.accessed = row.checked = time.second;
    row.ejected = row.fails >= spec_.max_fails;
  }
  if (spec_.kind != EjectionKind::consecutive || row.ejected) return;
  if (++row.fails < spec_.max_fails) return;
  // At least one row may go, as in Envoy.
  const auto most = std::max<std::int64_t>(
      static_cast<std::int64_t>(rows) * spec_.max_ejected.num / spec_.max_ejected.den, 1);
  if (static_cast<std::int64_t>(out) < most) eject(row, time.now);
}

void EjectionRules::eject(RowHealth& row, SimTime now) const {
  const std::int64_t base = std::max<std::int64_t>(spec_.fail_timeout.count(), 1);
  if (row.ejections > 0) {  // each base time in rotation since the last one forgives one
    row.ejections -= std::min(row.ejections, (now - row.ejected_until).count() / base);
  }
  ++row.ejections;
  row.fails = 0;
  row.ejected = true;
  const std::int64_t cap = std::max(base, kLongestEjection.count());
  row.ejected_until = now + Duration{std::min(base * row.ejections, cap)};
}

}  // namespace leapday::model
