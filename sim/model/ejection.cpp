/// \file ejection.cpp
/// nginx's rules as measured and as ngx_http_upstream_round_robin.c has them; Envoy's consecutive
/// failures with growing ejection times.
#include "sim/model/ejection.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

/// nginx's clock: whole seconds.
std::int64_t seconds(SimTime at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

constexpr Duration kLongestEjection = 300s;  // Envoy's max_ejection_time

}  // namespace

bool EjectionRules::out_by_nginx(const RowHealth& row, SimTime now, std::uint32_t rows) const {
  if (rows <= 1) return false;  // a single peer has no failure accounting
  const std::int64_t timeout = std::chrono::floor<std::chrono::seconds>(spec_.fail_timeout).count();
  return row.fails >= spec_.max_fails && seconds(now) - row.checked <= timeout;
}

void EjectionRules::review(RowHealth& row, SimTime now) const {
  if (spec_.kind == EjectionKind::nginx) row.ejected = out_by_nginx(row, now, 2);
  if (spec_.kind == EjectionKind::consecutive && now >= row.ejected_until) row.ejected = false;
}

void EjectionRules::chosen(RowHealth& row, SimTime now, std::uint32_t rows) const {
  if (spec_.kind != EjectionKind::nginx || rows <= 1) return;
  const std::int64_t timeout = std::chrono::floor<std::chrono::seconds>(spec_.fail_timeout).count();
  if (seconds(now) - row.checked > timeout) row.checked = seconds(now);
  row.ejected = out_by_nginx(row, now, rows);
}

void EjectionRules::succeeded(RowHealth& row, std::uint32_t rows) const {
  if (spec_.kind == EjectionKind::nginx) {
    if (rows > 1 && row.accessed < row.checked) row.fails = 0;
    if (row.fails < spec_.max_fails) row.ejected = false;
  } else if (spec_.kind == EjectionKind::consecutive) {
    row.fails = 0;
  }
}

void EjectionRules::failed(RowHealth& row, SimTime now, std::uint32_t rows,
                           std::uint32_t out) const {
  if (spec_.kind == EjectionKind::nginx && rows > 1) {
    ++row.fails;
    row.accessed = row.checked = seconds(now);
    row.ejected = row.fails >= spec_.max_fails;
  }
  if (spec_.kind != EjectionKind::consecutive || row.ejected) return;
  if (++row.fails < spec_.max_fails) return;
  // At least one row may go, as in Envoy.
  const auto most = std::max<std::int64_t>(
      static_cast<std::int64_t>(rows) * spec_.max_ejected.num / spec_.max_ejected.den, 1);
  if (static_cast<std::int64_t>(out) < most) eject(row, now);
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
