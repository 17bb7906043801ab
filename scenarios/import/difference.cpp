/// \file difference.cpp
/// The walk through two documents at once. Why: see difference.hpp.
#include "scenarios/import/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "leapday/words.hpp"

namespace leapday::import {
namespace {

bool same(const Document& a, const Document& b) {
  if (a.kind != b.kind || a.text != b.text) return false;
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  for (const Document::Entry& entry : a.entries) {
    const Document* other = b.find(entry.key);
    if (other == nullptr || !same(entry.value, *other)) return false;
  }
  return true;
}

/// Items by what names them; nothing when one has no name or two have the same.
using Named = std::map<std::string, const Document*>;
Named by_name(const Document& list) {
  Named named;
  for (const Document& item : list.items) {
    const Document* name = item.find("name");
    if (name == nullptr) name = item.find("type");
    if (name == nullptr || name->kind != Document::Kind::scalar) return {};
    if (!named.emplace(name->text, &item).second) return {};
  }
  return named;
}

class Walk {
 public:
  std::vector<Difference> found;

  void compare(const Document& before, const Document& after) {
    nested_.push_back(&after);
    if (before.kind == Document::Kind::map && after.kind == Document::Kind::map) {
      maps(before, after);
    } else if (!lists(before, after) && !same(before, after)) {
      note(&before, &after);
    }
    nested_.pop_back();
  }

 private:
  void note(const Document* before, const Document* after) {
    found.push_back({keys_, nested_, before, after});
  }

  /// A value on one side only; one without content says nothing.
  void lone(std::string key, const Document* before, const Document* after) {
    const Document& value = after != nullptr ? *after : *before;
    keys_.push_back(std::move(key));
    if (after != nullptr) nested_.push_back(after);
    const auto inner = [&](const std::string& name, const Document& below) {
      lone(name, before != nullptr ? &below : nullptr, after != nullptr ? &below : nullptr);
    };
    for (const Document::Entry& entry : value.entries) {
      const bool names_it = keys_.back() == "[" + entry.value.text + "]";  // told by the path
      if (!names_it) inner(entry.key, entry.value);
    }
    const Named items = by_name(value);
    for (const auto& [name, item] : items) inner("[" + name + "]", *item);
    if (value.entries.empty() && items.empty() && value.kind != Document::Kind::null)
      note(before, after);
    if (after != nullptr) nested_.pop_back();
    keys_.pop_back();
  }

  void both(std::string key, const Document& before, const Document& after) {
    keys_.push_back(std::move(key));
    compare(before, after);
    keys_.pop_back();
  }

  void maps(const Document& before, const Document& after) {
    for (const Document::Entry& entry : after.entries) {
      const Document* old = before.find(entry.key);
      if (old != nullptr) {
        both(entry.key, *old, entry.value);
      } else {
        lone(entry.key, nullptr, &entry.value);
      }
    }
    for (const Document::Entry& entry : before.entries) {
      if (after.find(entry.key) == nullptr) lone(entry.key, &entry.value, nullptr);
    }
  }

  bool lists(const Document& before, const Document& after) {
    const Named old = by_name(before);
    const Named now = by_name(after);
    if (old.empty() || now.empty()) return false;
    for (const auto& [name, item] : now) {
      const auto known = old.find(name);
      const std::string key = "[" + name + "]";
      if (known != old.end()) {
        both(key, *known->second, *item);
      } else {
        lone(key, nullptr, item);
      }
    }
    for (const auto& [name, item] : old) {
      if (!now.contains(name)) lone("[" + name + "]", item, nullptr);
    }
    return true;
  }

  std::vector<std::string> keys_;
  std::vector<const Document*> nested_;
};

std::string shown(const Document& node) {
  constexpr std::size_t kLongest = 60;
  if (node.kind == Document::Kind::map) return "a map";
  if (node.kind == Document::Kind::sequence) return "a list";
  if (node.text.size() <= kLongest) return printable(node.text);
  return printable(node.text.substr(0, kLongest)) + "...";
}

}  // namespace

std::string Difference::path() const {
  std::string text;
  for (const std::string& key : keys) {
    text += (text.empty() || key.starts_with('[') ? "" : ".") + key;
  }
  return text;
}

std::string Difference::told() const {
  if (after == nullptr) return fmt::format("no longer stated (was {})", shown(*before));
  if (before == nullptr) return fmt::format("{} (was not stated)", shown(*after));
  return fmt::format("{} (was {})", shown(*after), shown(*before));
}

bool Difference::has(std::string_view key) const {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<Difference> differences(const Document& before, const Document& after) {
  Walk walk;
  walk.compare(before, after);
  return std::move(walk.found);
}

}  // namespace leapday::import
