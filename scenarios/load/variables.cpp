/// \file variables.cpp
/// Substitution with cycle, depth and size checks. Why: see variables.hpp.
#include "scenarios/load/variables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday::loading {
namespace {

/// The name that starts at `from`, or empty.
std::string_view name_at(std::string_view text, std::size_t from) {
  if (from >= text.size() || !is_name(text.substr(from, 1))) return {};
  std::size_t to = from + 1;
  while (to < text.size() && (is_name(text.substr(to, 1)) || text[to] == '-' || text[to] == '_' ||
                              (text[to] >= '0' && text[to] <= '9'))) {
    ++to;
  }
  return text.substr(from, to - from);
}

std::size_t depth_of(const Document& node) {
  std::size_t depth = 0;
  for (const Document& item : node.items) depth = std::max(depth, depth_of(item));
  for (const Document::Entry& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

void mark_variable(Document& node, const std::string& name) {
  node.from_variable = name;
  for (Document& item : node.items) mark_variable(item, name);
  for (Document::Entry& entry : node.entries) mark_variable(entry.value, name);
}

/// A value inside `{assume: ...}` is a plain value too.
const Document& plain(const Document& node) {
  const Document* inner = node.kind == Document::Kind::map ? node.find("assume") : nullptr;
  return inner != nullptr ? *inner : node;
}

void give_up(Document& node) {
  node.kind = Document::Kind::null;
  node.text.clear();
  node.from_variable = kUnresolved;
}

SourceLocation shifted(const Document& node, std::size_t offset) {
  SourceLocation at = node.at;
  if (at.column > 0 && node.text.find('\n') == node.text.npos) {
    at.column += static_cast<int>(offset) + (node.quoted ? 1 : 0);
  }
  return at;
}

}  // namespace

void Variables::substitute(Document& node, const std::string& path) {
  std::string at = path;
  substitute(node, at, 0);
}

void Variables::substitute(Document& node, std::string& path, std::size_t depth) {
  if (depth > kMaxDepth) {
    problems_.add(node.at, path, fmt::format("variables nest more than {} levels deep", kMaxDepth),
                  "nest less deeply");
    return;
  }
  if (node.kind == Document::Kind::scalar) {
    if (node.text.find('$') != node.text.npos) substitute_text(node, path, depth);
    return;
  }
  const std::size_t length = path.size();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    path += fmt::format("[{}]", i);
    substitute(node.items[i], path, depth + 1);
    path.resize(length);
  }
  for (Document::Entry& entry : node.entries) {
    path += (path.empty() ? "" : ".") + entry.key;
    substitute(entry.value, path, depth + 1);
    path.resize(length);
  }
}

void Variables::take_whole(Document& node, const std::string& name, const std::string& path,
                           std::size_t depth) {
  const Document* value = resolve(name, node.at, path);
  if (value == nullptr) return give_up(node);
  expanded_ += count_nodes(*value);
  if (expanded_ > kMaxExpandedNodes || depth + depth_of_[name] > kMaxDepth) {
    problems_.add(node.at, path, fmt::format("${} expands to too many values", name),
                  "use fewer variables of variables");
    return give_up(node);
  }
  const SourceLocation at = node.at;
  node = *value;
  node.at = at;
  mark_variable(node, name);
}

void Variables::substitute_text(Document& node, const std::string& path, std::size_t depth) {
  const std::string_view text = node.text;
  if (text.front() == '$' && text.size() > 1 && name_at(text, 1).size() + 1 == text.size()) {
    take_whole(node, std::string(text.substr(1)), path, depth);
    return;
  }
  std::string out;
  std::string from;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    const std::string name(name_at(text, i + 1));
    if (name.empty()) {
      if (i + 1 < text.size() && text[i + 1] == '{') {
        problems_.add(shifted(node, i), path, "variables are written without braces",
                      "write $name, or $$ for a dollar sign");
        return give_up(node);
      }
      if (i + 1 < text.size() && text[i + 1] == '$') ++i;
      out += '$';
      continue;
    }
    const Document* value = resolve(name, shifted(node, i), path);
    if (value == nullptr) return give_up(node);
    const Document& inner = plain(*value);
    if (inner.kind != Document::Kind::scalar) {
      problems_.add(shifted(node, i), path, fmt::format("${} is not a plain value", name),
                    "inside a text only plain values can stand");
      return give_up(node);
    }
    out += inner.text;
    from = name;
    i += name.size();
    if (out.size() > kMaxScalarBytes) {
      problems_.add(node.at, path,
                    fmt::format("variables make a text of more than {} KiB", kMaxScalarBytes >> 10),
                    "shorten it");
      return;
    }
  }
  node.text = std::move(out);
  if (!from.empty()) node.from_variable = std::move(from);
}

const Document* Variables::resolve(const std::string& name, const SourceLocation& at,
                                   const std::string& path) {
  used_.insert(name);
  const auto raw = raw_.find(name);
  if (raw == raw_.end()) {
    std::vector<std::string> known;
    for (const auto& [other, value] : raw_) known.push_back("$" + other);
    problems_.add(at, path, fmt::format("no variable is named ${}", name),
                  suggestion("$" + name, known, "add it to vars"));
    return nullptr;
  }
  State& state = state_[name];
  if (state == State::done) return &resolved_[name];
  if (state == State::failed) return nullptr;
  if (state == State::open || chain_.size() >= kMaxVariableDepth) {
    problems_.add(raw->second.at, "vars." + name,
                  fmt::format("${} refers to itself{}", name,
                              chain_.size() > 1 ? " through " + listed(chain_, "and") : ""),
                  "give one of them a plain value");
    state = State::failed;
    return nullptr;
  }
  state = State::open;
  chain_.push_back(name);
  Document value = raw->second;
  const std::size_t before = problems_.attempts();
  substitute(value, "vars." + name);
  chain_.pop_back();
  State& after = state_[name];
  if (after == State::failed || problems_.attempts() != before) {
    after = State::failed;
    return nullptr;
  }
  after = State::done;
  depth_of_[name] = depth_of(value);
  return &(resolved_[name] = std::move(value));
}

std::vector<std::string> Variables::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : raw_) {
    if (!used_.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace leapday::loading
