/// \file csv.cpp
/// RFC 4180 by hand: quotes, doubled quotes, line breaks inside quotes, CRLF. Why: see csv.hpp.
#include "scenarios/load/csv.hpp"

#include <fmt/format.h>

#include <array>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {

CsvReader::CsvReader(std::string_view text, std::string file, std::string path, Problems& problems)
    : text_(text), file_(std::move(file)), path_(std::move(path)), problems_(problems) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  if (!read_row(header_)) header_.clear();
}

bool CsvReader::read_quoted(std::string& field) {
  ++pos_;
  while (pos_ < text_.size()) {
    const char c = text_[pos_++];
    if (c == '\n') ++line_;
    if (c != '"') {
      field += c;
    } else if (pos_ < text_.size() && text_[pos_] == '"') {
      field += '"';
      ++pos_;
    } else {
      const bool ends =
          pos_ == text_.size() || text_[pos_] == ',' || text_[pos_] == '\n' || text_[pos_] == '\r';
      if (ends) return true;
      break;
    }
  }
  problems_.add({file_, row_line_, 1}, path_, "a quoted field is not closed properly",
                "double the quotes inside it and close it before the comma");
  return false;
}

bool CsvReader::read_row(std::vector<std::string>& row) {
  row.clear();
  if (pos_ >= text_.size()) return false;
  row_line_ = line_;
  while (true) {
    std::string field;
    if (pos_ < text_.size() && text_[pos_] == '"') {
      if (!read_quoted(field)) {
        pos_ = text_.size();
        return false;
      }
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\n", pos_), text_.size());
      field = text_.substr(pos_, end - pos_);
      if (!field.empty() && field.back() == '\r') field.pop_back();
      pos_ = end;
    }
    row.push_back(std::move(field));
    if (pos_ < text_.size() && text_[pos_] == '\r') ++pos_;
    if (pos_ >= text_.size()) return true;
    const char separator = text_[pos_++];
    if (separator == '\n') {
      ++line_;
      return true;
    }
  }
}

bool CsvReader::next() {
  while (read_row(row_)) {
    if (row_.size() == 1 && row_[0].empty()) continue;
    if (row_.size() == header_.size()) return true;
    problems_.add(location(), path_,
                  fmt::format("{} fields, but the header has {}", row_.size(), header_.size()),
                  "give every row the same columns");
    return false;
  }
  return false;
}

std::optional<std::size_t> CsvReader::column(std::string_view name, const SourceLocation& at) {
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (header_[i] == name) return i;
  }
  problems_.add(at, path_, fmt::format("{} has no column {}", file_, quoted(name)),
                suggestion(name, header_, "add a header line"));
  return std::nullopt;
}

std::optional<double> CsvReader::number(std::size_t index) {
  const Scalar<double> value = parse_number(row_[index]);
  if (value) return *value;
  problems_.add(location(), path_,
                fmt::format("column {}: {}", header_[index], value.error().message),
                value.error().fix);
  return std::nullopt;
}

std::optional<double> column_unit(std::string_view column) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kSuffixes{
      {{"_ms", 1e-3}, {"_us", 1e-6}, {"_ns", 1e-9}, {"_s", 1.0}}};
  for (const auto& [suffix, seconds] : kSuffixes) {
    if (column.ends_with(suffix)) return seconds;
  }
  return std::nullopt;
}

}  // namespace leapday::loading
