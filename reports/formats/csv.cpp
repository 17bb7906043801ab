/// \file csv.cpp
/// Time series per second and subject, as CSV. Rows of longer runs are longer, and say so.
/// Why: every tool that draws reads it. Percentiles are plain ranks of what the second held, beside
/// the count they rest on: with 20 answers a p99 is the slowest of them.
#include <fmt/format.h>

#include <iterator>

#include "leapday/registry.hpp"
#include "reports/formats/summary.hpp"

namespace leapday {
namespace {

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

/// Of one row's latencies, in seconds; empty without any.
std::string quantile(const Series& series, std::size_t row, double q) {
  if (row >= series.latency.size() || series.latency[row].empty()) return "";
  const Duration value = series.latency[row].quantile(q);
  return fmt::format("{:.9f}", static_cast<double>(value.count()) / 1e9);
}

void write_row(std::string& out, const Series& series, std::size_t row,
               const SecondCounts& counts) {
  std::uint64_t failed = 0;
  for (const std::uint32_t n : counts.failed) failed += n;
  const std::int64_t step = series.step.count() / 1'000'000'000;
  fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{}", field(series.subject),
                 summary::name_of(series.kind), static_cast<std::int64_t>(row) * step, counts.sent,
                 counts.answered, failed);
  for (const std::uint32_t n : counts.failed) fmt::format_to(std::back_inserter(out), ",{}", n);
  fmt::format_to(std::back_inserter(out), ",{},{}", quantile(series, row, 0.5),
                 quantile(series, row, 0.99));
  if (step > 1) fmt::format_to(std::back_inserter(out), ",{}", step);
  out += '\n';
}

class Csv final : public Format {
 public:
  std::string_view file_name() const override { return "series.csv"; }
  std::string write(const Rehearsal& rehearsal, const FormatOptions&) const override {
    const Record& record = rehearsal.record;
    std::string out = "subject,kind,second,sent,answered,failed";
    for (std::size_t r = 0; r < kFailureReasons; ++r) {
      fmt::format_to(std::back_inserter(out), ",failed_{}",
                     to_string(static_cast<FailureReason>(r)));
    }
    out += ",latency_s_p50,latency_s_p99";
    out += record.step > std::chrono::seconds{1} ? ",step_s\n" : "\n";
    const std::int64_t length = record.ended.time_since_epoch().count();
    const std::int64_t step = record.step.count();
    const auto rows = static_cast<std::size_t>(length <= 0 ? 0 : (length + step - 1) / step);
    for (const Series& series : record.series) {
      // Instances are many: a day of a hundred of them would be gigabytes. HTML and Python
      // have them.
      if (series.kind == Series::Kind::instance) continue;
      for (std::size_t k = 0; k < rows; ++k) {
        const SecondCounts counts = k < series.by_send.size() ? series.by_send[k] : SecondCounts{};
        write_row(out, series, k, counts);
      }
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Format> make_csv_format() { return std::make_unique<Csv>(); }

}  // namespace leapday
