/// \file placeholders.cpp
/// One pass over each text. Why: see placeholders.hpp; the rules are those of bosh's templates,
/// which the CLI fills in manifests with.
#include "scenarios/import/placeholders.hpp"

#include <fmt/format.h>

#include <optional>

#include "leapday/words.hpp"

namespace leapday::import {
namespace {

constexpr std::size_t kMostTextBytes = std::size_t{1} << 20;  ///< Of one text.
constexpr std::size_t kMostNodes = 200'000;                   ///< Put in, in one document.

struct Placeholder {
  std::size_t begin = 0;  ///< Of its "((".
  std::size_t end = 0;    ///< Behind its "))".
  std::string name;
};

bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/' || byte >= 0x80;
}

std::optional<Placeholder> next_placeholder(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("((", from); at != text.npos; at = text.find("((", at + 1)) {
    std::size_t end = at + 2;
    if (end < text.size() && text[end] == '!') ++end;  // an older form of the same
    const std::size_t name = end;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (end > name && text.substr(end, 2) == "))") {
      return Placeholder{at, end + 2, std::string(text.substr(name, end - name))};
    }
  }
  return std::nullopt;
}

/// Values, of which a long text counts as several.
std::size_t size_of_all(const Document& node) {
  std::size_t count = 1 + node.text.size() / 256;
  for (const Document& item : node.items) count += size_of_all(item);
  for (const Document::Entry& entry : node.entries) count += size_of_all(entry.value);
  return count;
}

class Filler {
 public:
  Filler(const Variables& variables, std::vector<Problem>& problems)
      : variables_(variables), problems_(problems) {}

  void fill(Document& node) {
    if (full_) return;
    if (node.kind == Document::Kind::scalar) return text(node);
    for (Document& item : node.items) fill(item);
    for (Document::Entry& entry : node.entries) fill(entry.value);
  }

 private:
  /// `a.b` is the variable of that name, else the key b of the map a.
  const Document* value_of(const std::string& name) const {
    const auto whole = variables_.find(name);
    if (whole != variables_.end()) return &whole->second;
    const std::size_t dot = name.find('.');
    const auto first = variables_.find(name.substr(0, dot));
    if (dot == name.npos || first == variables_.end()) return nullptr;
    const Document* at = &first->second;
    for (std::size_t from = dot + 1; at != nullptr && from <= name.size();) {
      const std::size_t end = std::min(name.find('.', from), name.size());
      at = at->kind == Document::Kind::map ? at->find(name.substr(from, end - from)) : nullptr;
      from = end + 1;
    }
    return at;
  }

  bool has_room(const Document& node, const Document& value) {
    filled_ += size_of_all(value);
    if (filled_ > kMostNodes) stop(node, "the variables are too large for so many uses");
    return !full_;
  }

  void whole(Document& node, const Document& value) {
    if (!has_room(node, value)) return;
    const SourceLocation at = node.at;
    node = value;
    if (value.kind == Document::Kind::scalar) node.at = at;  // where the manifest states it
  }

  void text(Document& node) {
    std::string out;
    std::size_t from = 0;
    for (auto found = next_placeholder(node.text, 0); found;
         found = next_placeholder(node.text, found->end)) {
      const Document* value = value_of(found->name);
      if (value == nullptr) continue;
      if (found->begin == 0 && found->end == node.text.size()) return whole(node, *value);
      if (value->kind != Document::Kind::scalar) {
        problems_.push_back({node.at,
                             {},
                             fmt::format("(({})) is no plain value, but stands inside a text",
                                         printable(found->name)),
                             "give it a plain value"});
        continue;
      }
      if (!has_room(node, *value)) return;
      out += node.text.substr(from, found->begin - from) + value->text;
      from = found->end;
      if (out.size() > kMostTextBytes) return stop(node, "more than 1024 KiB with its variables");
    }
    if (from > 0) node.text = out + node.text.substr(from);
  }

  void stop(const Document& node, std::string message) {
    problems_.push_back({node.at, {}, std::move(message), "use shorter values"});
    full_ = true;
  }

  const Variables& variables_;
  std::vector<Problem>& problems_;
  std::size_t filled_ = 0;
  bool full_ = false;
};

}  // namespace

void fill_in(Document& node, const Variables& variables, std::vector<Problem>& problems) {
  if (!variables.empty()) Filler(variables, problems).fill(node);
}

bool has_placeholder(std::string_view text) { return next_placeholder(text, 0).has_value(); }

}  // namespace leapday::import
