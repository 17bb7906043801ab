/// \file scalars.hpp
/// One reader and one writer per quantity: durations, percentages, rates, sizes, timestamps.
/// Why: fields, expressions and traces must agree on what `5min` is, and on its mistakes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday::loading {

/// Why a text is not what was wanted, and how to mend it.
struct ScalarError {
  std::string message;
  std::string fix;
};

/// A value or the reason why there is none.
template <class T>
class Scalar {
 public:
  Scalar(T value) : v_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Scalar(ScalarError error) : v_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return v_.index() == 0; }
  const T& operator*() const { return std::get<0>(v_); }
  const ScalarError& error() const { return std::get<1>(v_); }

 private:
  std::variant<T, ScalarError> v_;
};

/// {number unit}, units ns us ms s min h d in falling order; exact; at most 36 years.
Scalar<Duration> parse_duration(std::string_view text, bool is_signed);
/// A number and `%`, exact; above 100 % only when `above_one`.
Scalar<Ratio> parse_percent(std::string_view text, bool above_one);
/// A number, `/` and a unit of time.
Scalar<Rate> parse_rate(std::string_view text);
/// A size, `/` and a unit of time.
Scalar<Rate> parse_byte_rate(std::string_view text);
/// A number and B, KiB, MiB, GiB, TiB or PiB; a whole number of bytes.
Scalar<Bytes> parse_bytes(std::string_view text);
Scalar<std::int64_t> parse_integer(std::string_view text);
Scalar<double> parse_number(std::string_view text);
/// RFC 3339 with Z or an offset, years 1 to 9999, a real date.
Scalar<WallTime> parse_timestamp(std::string_view text);
/// True when the text has the shape of a timestamp, whether or not it is a real one.
bool looks_like_timestamp(std::string_view text);
/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, int month, int day);
/// Days of a month; 0 when there is no such month.
int days_in_month(std::int64_t year, int month);

std::string format_duration(Duration value);
std::string format_percent(Ratio value);
std::string format_rate(Rate value);
std::string format_byte_rate(Rate value);
std::string format_bytes(Bytes value);
std::string format_number(double value);
std::string format_timestamp(WallTime value);

}  // namespace leapday::loading
