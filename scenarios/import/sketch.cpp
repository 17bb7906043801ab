/// \file sketch.cpp
/// Lines to YAML, names that are allowed, and values as the language writes them.
#include "scenarios/import/sketch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "leapday/words.hpp"

namespace leapday::import {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// As a value in flow style.
std::string flow(const Line& line) {
  if (line.below.empty()) return line.quoted ? quoted_yaml(line.value) : line.value;
  std::string text;
  for (const Line& below : line.below) {
    if (!text.empty()) text += ", ";
    text += line.is_list() ? flow(below) : below.key + ": " + flow(below);
  }
  return line.is_list() ? "[" + text + "]" : "{" + text + "}";
}

void write(const Line& line, std::size_t depth, std::string& out) {
  std::string text(depth * 2, ' ');
  text += line.key + ":";
  if (line.is_list()) {
    text += " " + flow(line);
  } else if (line.quoted) {
    text += " " + quoted_yaml(line.value);
  } else if (!line.value.empty()) {
    text += " " + line.value;
  }
  if (!line.comment.empty()) {
    if (text.size() < 32) text.append(32 - text.size(), ' ');
    text += "  # " + printable(line.comment);
  }
  out += text + "\n";
  if (line.is_list()) return;
  for (const Line& below : line.below) write(below, depth + 1, out);
}

}  // namespace

Line& Line::at(std::string_view name) {
  const auto found =
      std::find_if(below.begin(), below.end(), [&](const Line& line) { return line.key == name; });
  if (found != below.end()) return *found;
  Line& fresh = below.emplace_back();
  fresh.key = name;
  return fresh;
}

Line& Line::put(std::string_view name, std::string text, std::string remark) {
  Line& line = at(name);
  line.value = std::move(text);
  line.comment = std::move(remark);
  return line;
}

Line& Line::put(std::string_view name, std::string text, const SourceLocation& stated,
                const std::string& more) {
  Line& line = put(name, std::move(text), place(stated) + more);
  line.from = stated;
  return line;
}

Line& Line::put_text(std::string_view name, std::string text, const SourceLocation& stated) {
  Line& line = put(name, std::move(text), stated);
  line.quoted = true;
  return line;
}

void Line::item(Line element, const SourceLocation& stated) {
  element.key = "-";
  element.from = stated;
  if (comment.empty()) {
    comment = place(stated);
    from = stated;
  }
  below.push_back(std::move(element));
}

void Line::item_text(std::string text, const SourceLocation& stated) {
  Line element;
  element.value = std::move(text);
  element.quoted = true;
  item(std::move(element), stated);
}

const Line* Line::find(std::string_view name) const {
  const auto found =
      std::find_if(below.begin(), below.end(), [&](const Line& line) { return line.key == name; });
  return found == below.end() ? nullptr : &*found;
}

std::string Sketch::name(std::string_view wanted) {
  constexpr std::size_t kLongest = 60;
  std::string base;
  for (const char c : wanted.substr(0, kLongest)) {
    const bool fits = is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    base += fits ? c : '-';
  }
  if (base.empty() || !is_letter(base.front())) base.insert(0, "app-");
  std::string free = base;
  for (int i = 2; !taken_.insert(free).second; ++i) free = fmt::format("{}-{}", base, i);
  return free;
}

void Sketch::assume(Line& parent, const std::string& path, std::string_view key,
                    const std::string& value, const std::string& why, bool wrap) {
  parent.put(key, wrap ? "{assume: " + value + "}" : value,
             fmt::format("assumed: {}, state yours", why));
  asked.push_back({path.empty() ? std::string(key) : fmt::format("{}.{}", path, key), value, why});
}

std::string Sketch::text() const {
  std::string out;
  for (const Line& line : root.below) {
    if (!line.below.empty()) out += "\n";
    write(line, 0, out);
  }
  return out;
}

Document as_document(const Line& line, const SourceLocation& otherwise) {
  Document node;
  node.at = line.from.file.empty() ? otherwise : line.from;
  if (line.below.empty()) {
    node.kind = Document::Kind::scalar;
    node.text = line.value;
    node.quoted = line.quoted;
    return node;
  }
  if (line.is_list()) {
    node.kind = Document::Kind::sequence;
    for (const Line& below : line.below) node.items.push_back(as_document(below, node.at));
    return node;
  }
  node.kind = Document::Kind::map;
  for (const Line& below : line.below) {
    Document value = as_document(below, node.at);
    node.entries.push_back({below.key, value.at, std::move(value)});
  }
  return node;
}

std::string place(const SourceLocation& at) { return fmt::format("{}:{}", at.file, at.line); }

std::string quoted_yaml(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '$') out += '$';  // a single one would begin a variable
    if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string duration_of(double seconds) {
  const auto ms = static_cast<std::int64_t>(std::llround(seconds * 1000));
  return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

std::string size_of(std::int64_t bytes) {
  for (const auto& [unit, shift] :
       {std::pair{"GiB", 30}, std::pair{"MiB", 20}, std::pair{"KiB", 10}}) {
    if (bytes > 0 && bytes % (std::int64_t{1} << shift) == 0) {
      return fmt::format("{}{}", bytes >> shift, unit);
    }
  }
  return fmt::format("{}B", bytes);
}

std::string number_of(double value) {
  std::string text = fmt::format("{:.6f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string share_of(std::int64_t count, std::int64_t total, bool rounded_up) {
  if (total <= 0 || count >= total) return count <= 0 ? "0%" : "100%";
  // In millionths of a percent, rounded so that the model's own rounding gives `count` again.
  const std::int64_t scaled = count * 100'000'000;
  const std::int64_t part = rounded_up ? scaled / total : (scaled + total - 1) / total;
  return number_of(static_cast<double>(part) / 1e6) + "%";
}

}  // namespace leapday::import
