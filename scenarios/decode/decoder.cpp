/// \file decoder.cpp
/// Frames, look-up, assumptions and containers. Scalars are in decode_values.cpp.
/// Why: see decoder.hpp.
#include "scenarios/decode/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/decode/map_form.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/variables.hpp"

namespace leapday::loading {
namespace {

constexpr std::size_t kLongestShown = 200;

bool is_label_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
  });
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view kind_name(const Document& node) {
  switch (node.kind) {
    case Document::Kind::map:
      return "a map";
    case Document::Kind::sequence:
      return "a list";
    case Document::Kind::scalar:
      return "a plain value";
    case Document::Kind::null:
      break;
  }
  return "nothing";
}

}  // namespace

std::string Decoder::path_of(std::string_view key) const {
  if (!frames_.empty() && frames_.back().is_element) return path_;
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::size_t Decoder::enter(std::string_view key, Frame frame) {
  const std::size_t length = path_.size();
  if (!key.empty()) {
    if (!path_.empty() && key.front() != '[') path_ += '.';
    path_ += key;
  }
  frames_.push_back(std::move(frame));
  return length;
}

void Decoder::leave(std::size_t path_length) {
  frames_.pop_back();
  path_.resize(path_length);
}

void Decoder::decode_map(const Document& node, const std::function<void(FieldVisitor&)>& fields) {
  frames_.push_back({.node = &node});
  fields(*this);
  report_unknown_keys(frames_.back());
  frames_.pop_back();
}

void Decoder::report_unknown_keys(const Frame& frame) {
  if (frame.any_key) return;
  for (const Document::Entry& entry : frame.node->entries) {
    if (contains(frame.known, entry.key)) continue;
    std::string fix = suggestion(entry.key, frame.known, "remove it");
    if (entry.value.kind == Document::Kind::null && entry.value.at.line == entry.key_at.line) {
      fix = "a comma inside { } starts a new key: quote the value that holds it";
    }
    const std::string path = path_.empty() ? entry.key : fmt::format("{}.{}", path_, entry.key);
    context_.problems.add(entry.key_at, path, "unknown key", std::move(fix));
  }
}

void Decoder::problem(const Field& field, const SourceLocation& at, std::string message,
                      std::string fix) {
  if (!frames_.empty()) frames_.back().failed.emplace_back(field.name);
  context_.problems.add(at, path_of(field.name), std::move(message), std::move(fix));
}

void Decoder::wrong_kind(const Field& field, const Document& node, std::string_view wanted) {
  problem(field, node.at, fmt::format("expected {}, found {}", wanted, kind_name(node)),
          field.help.empty() ? "" : std::string(field.help));
}

const Document* Decoder::lookup(const Field& field) {
  Frame& frame = frames_.back();
  if (frame.is_element) return frame.node;
  if (!contains(frame.known, field.name)) frame.known.emplace_back(field.name);
  return frame.node->find(field.name);
}

bool Decoder::unresolved(const Field& field, const Document& node) {
  if (node.from_variable != kUnresolved) return false;
  frames_.back().failed.emplace_back(field.name);
  return true;
}

bool Decoder::present(const Field& field) { return lookup(field) != nullptr; }

bool Decoder::unwrap(const Field& field, Taken& taken) {
  const Document& node = *taken.node;
  if (node.kind != Document::Kind::map) return true;
  const Document* inner = node.find("assume");
  if (inner == nullptr) return true;
  taken.node = inner;
  taken.origin = Origin::assumed;
  bool good = true;
  for (const Document::Entry& entry : node.entries) {
    if (entry.key == "assume") continue;
    if (entry.key != "vary") {
      problem(field, entry.key_at, fmt::format("unknown key {} beside assume", quoted(entry.key)),
              "write {assume: VALUE, vary: 20%}");
      good = false;
      continue;
    }
    const Scalar<Ratio> vary = parse_percent(entry.value.text, false);
    if (entry.value.kind != Document::Kind::scalar || !vary) {
      problem(field, entry.value.at, vary ? "vary is not a percentage" : vary.error().message,
              "write {assume: VALUE, vary: 20%}");
      good = false;
    } else {
      taken.vary = *vary;
    }
  }
  if (inner->kind == Document::Kind::null) {
    problem(field, inner->at, "assume has no value", "write {assume: VALUE, vary: 20%}");
    good = false;
  }
  return good;
}

std::optional<Decoder::Taken> Decoder::take(const Field& field, const std::string& current) {
  const Document* node = lookup(field);
  if (node == nullptr) {
    if (field.required && !silent_) {
      problem(field, frames_.back().node->at, "is missing",
              fmt::format("add {}: {}", field.name, field.help));
    } else if (!field.required && recording_ && !current.empty()) {
      std::string path = path_of(field.name);
      // What `platform` does not state comes from its profile.
      const bool profile = path.starts_with("platform.") && path != "platform.profile";
      context_.provenance.push_back({std::move(path),
                                     current,
                                     profile ? Origin::profile : Origin::defaulted,
                                     {},
                                     std::nullopt});
    }
    return std::nullopt;
  }
  if (unresolved(field, *node)) return std::nullopt;
  if (node->kind == Document::Kind::null) {
    problem(field, node->at, "has no value", "give it a value or remove the key");
    return std::nullopt;
  }
  Taken taken{.node = node};
  if (!unwrap(field, taken)) return std::nullopt;
  if (taken.origin != Origin::assumed) {
    if (!taken.node->from_variable.empty()) taken.origin = Origin::variable;
    if (context_.imported.contains(taken.node->at.file)) taken.origin = Origin::imported;
  }
  return taken;
}

void Decoder::record(const Field& field, const Taken& taken, std::string text) {
  if (!recording_ && taken.origin != Origin::assumed) return;
  if (text.size() > kLongestShown) text.resize(kLongestShown);
  context_.provenance.push_back(
      {path_of(field.name), std::move(text), taken.origin, taken.node->at, taken.vary});
}

void Decoder::check(bool holds, std::string_view field, std::string_view message,
                    std::string_view fix) {
  Frame& frame = frames_.back();
  if (holds || silent_ || contains(frame.failed, field)) return;
  const Document* node = frame.node->find(field);
  frame.failed.emplace_back(field);
  context_.problems.add(node != nullptr ? node->at : frame.node->at, path_of(field),
                        std::string(message), std::string(fix));
}

void Decoder::choice(const Field& field, std::span<const Choice> choices, std::size_t& index) {
  const auto taken = take(field, index < choices.size() ? std::string(choices[index].name) : "");
  if (!taken) return;
  if (taken->node->kind != Document::Kind::scalar) return wrong_kind(field, *taken->node, "a word");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].name == taken->node->text) {
      index = i;
      record(field, *taken, taken->node->text);
      return;
    }
    names.emplace_back(choices[i].name);
  }
  problem(field, taken->node->at,
          fmt::format("{} is not one of its values", quoted(taken->node->text)),
          suggestion(taken->node->text, names));
}

void Decoder::object(const Field& field, const std::function<void(FieldVisitor&)>& fields) {
  const Document* node = lookup(field);
  static const Document kNothing{.kind = Document::Kind::map};
  if (node == nullptr && field.required && !silent_) {
    problem(field, frames_.back().node->at, "is missing",
            fmt::format("add {}: {}", field.name, field.help));
    return;
  }
  if (node != nullptr && unresolved(field, *node)) return;
  const bool element = frames_.back().is_element;
  const bool was_silent = silent_;
  if (node == nullptr) {
    silent_ = true;
    node = &kNothing;
  } else if (node->kind != Document::Kind::map) {
    if (node->kind == Document::Kind::null) {
      return problem(field, node->at, "has no value", "write {} for an empty map");
    }
    return problem(field, node->at, fmt::format("expected a map, found {}", kind_name(*node)),
                   map_form(*node, fields, context_.registry));
  }
  const std::size_t length = enter(element ? std::string_view{} : field.name, {.node = node});
  fields(*this);
  report_unknown_keys(frames_.back());
  leave(length);
  silent_ = was_silent;
}

void Decoder::map(const Field& field, const Elements& elements) {
  const Document* node = lookup(field);
  if (node == nullptr) {
    if (field.required && !silent_) {
      problem(field, frames_.back().node->at, "is missing",
              fmt::format("add {}: {}", field.name, field.help));
    }
    return;
  }
  if (unresolved(field, *node)) return;
  if (node->kind != Document::Kind::map) {
    return problem(field, node->at,
                   fmt::format("expected a map of names, found {}", kind_name(*node)),
                   "write names and what each stands for: {NAME: ...}");
  }
  const bool labels = field.name == "labels" || field.name == "node_selector";
  const bool element = frames_.back().is_element;
  const std::size_t outer = enter(element ? std::string_view{} : field.name, {.node = node});
  for (const Document::Entry& entry : node->entries) {
    const std::size_t length = enter(entry.key, {.node = &entry.value, .is_element = true});
    if (hidden_character(entry.key)) {
      // Told when the file was read.
    } else if (labels ? !is_label_key(entry.key) : !is_name(entry.key)) {
      context_.problems.add(entry.key_at, path_, fmt::format("{} is not a name", quoted(entry.key)),
                            "names are a letter, then letters, digits, _ and -");
    } else if (!labels && is_keyword(entry.key)) {
      context_.problems.add(entry.key_at, path_, fmt::format("{} is a keyword", quoted(entry.key)),
                            "keywords of expressions cannot be names");
    }
    elements.add(entry.key, entry.key_at, Field{.name = entry.key, .help = {}}, *this);
    leave(length);
  }
  leave(outer);
}

void Decoder::list(const Field& field, const Elements& elements) {
  const Document* node = lookup(field);
  if (node == nullptr) {
    if (field.required && !silent_) {
      problem(field, frames_.back().node->at, "is missing",
              fmt::format("add {}: {}", field.name, field.help));
    }
    return;
  }
  if (unresolved(field, *node)) return;
  if (node->kind != Document::Kind::sequence) {
    return problem(field, node->at, fmt::format("expected a list, found {}", kind_name(*node)),
                   "put it in [ ]");
  }
  const bool element = frames_.back().is_element;
  const std::size_t outer = enter(element ? std::string_view{} : field.name, {.node = node});
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const std::string key = fmt::format("[{}]", i);
    const std::size_t length = enter(key, {.node = &node->items[i], .is_element = true});
    elements.add({}, node->items[i].at, Field{.name = key, .help = {}}, *this);
    leave(length);
  }
  leave(outer);
}

void Decoder::alternatives(const Field& field, const Alternatives& alternatives) {
  const auto taken = take(field, {});
  Frame& frame = frames_.back();
  if (!taken) {
    frame.any_key = true;
    return;
  }
  if (taken->node->kind != Document::Kind::scalar) {
    frame.any_key = true;
    return wrong_kind(field, *taken->node, "a name");
  }
  const std::string name = taken->node->text;
  std::vector<std::string> names;
  for (const auto& [known, help] : alternatives.names) names.push_back(known);
  if (!contains(names, name)) {
    frame.any_key = true;
    return problem(field, taken->node->at, fmt::format("{} is not known", quoted(name)),
                   suggestion(name, names));
  }
  record(field, *taken, name);
  alternatives.fields(name, *this);
}

}  // namespace leapday::loading
