/// \file csv.cpp
/// Time series per second and subject, as CSV.
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

/// Nearest rank in one second's latencies, in seconds; empty without any.
std::string quantile(const Series& series, std::size_t second, std::uint64_t percent) {
  if (second >= series.latency.size()) return "";
  std::uint64_t count = 0;
  for (const auto& [bucket, n] : series.latency[second]) count += n;
  const std::uint64_t rank = (percent * count + 99) / 100;
  std::uint64_t seen = 0;
  for (const auto& [bucket, n] : series.latency[second]) {
    seen += n;
    if (seen >= rank) {
      return fmt::format("{:.9f}", static_cast<double>(HistogramLayout::middle(bucket)) / 1e9);
    }
  }
  return "";
}

void write_row(std::string& out, const Series& series, std::size_t second,
               const SecondCounts& counts) {
  std::uint64_t failed = 0;
  for (const std::uint32_t n : counts.failed) failed += n;
  fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{}", field(series.subject),
                 summary::name_of(series.kind), second, counts.sent, counts.answered, failed);
  for (const std::uint32_t n : counts.failed) fmt::format_to(std::back_inserter(out), ",{}", n);
  fmt::format_to(std::back_inserter(out), ",{},{}\n", quantile(series, second, 50),
                 quantile(series, second, 99));
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
    out += ",latency_s_p50,latency_s_p99\n";
    const std::int64_t length = record.ended.time_since_epoch().count();
    const auto seconds =
        static_cast<std::size_t>(length <= 0 ? 0 : (length + 999'999'999) / 1'000'000'000);
    for (const Series& series : record.series) {
      // Instances are many: a day of a hundred of them would be gigabytes. HTML and Python
      // have them.
      if (series.kind == Series::Kind::instance) continue;
      for (std::size_t k = 0; k < seconds; ++k) {
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
