/// \file key_tree.cpp
/// The visitor that collects keys. Why: see key_tree.hpp.
#include "scenarios/schema/key_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/decode/laws.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/root.hpp"

namespace leapday::loading {
namespace {

using Type = KeyDoc::Type;

class Collector final : public FieldVisitor {
 public:
  Collector(const Registry& registry, KeyDoc& root) : registry_(registry), parents_{&root} {}

  const Registry& registry() const override { return registry_; }
  bool present(const Field& field) override {
    optional_ = field.name;
    return true;
  }
  void check(bool, std::string_view, std::string_view, std::string_view) override {}

  void value(const Field& f, bool& v) override { add(f, Type::boolean, v ? "true" : "false"); }
  void value(const Field& f, std::int64_t& v, Bounds bounds) override {
    add(f, Type::integer, std::to_string(v)).bounds = bounds;
  }
  void value(const Field& f, double& v, Bounds bounds) override {
    add(f, Type::number, format_number(v)).bounds = bounds;
  }
  void value(const Field& f, std::string& v) override { add(f, Type::text, v); }
  void value(const Field& f, Duration& v) override { add(f, Type::duration, format_duration(v)); }
  void value(const Field& f, Ratio& v) override { add(f, Type::percent, format_percent(v)); }
  void value(const Field& f, Rate& v) override {
    add(f, f.is_bytes ? Type::byte_rate : Type::rate, f.is_bytes ? "" : format_rate(v));
  }
  void value(const Field& f, Bytes& v) override { add(f, Type::size, format_bytes(v)); }
  void value(const Field& f, WallTime& v) override { add(f, Type::timestamp, format_timestamp(v)); }
  void value(const Field& f, Distribution& v) override { add(f, Type::law, v.describe()); }
  void value(const Field& f, At&) override { add(f, Type::at, ""); }
  void value(const Field& f, TargetExpression&) override { add(f, Type::target, ""); }
  void value(const Field& f, Condition&) override { add(f, Type::condition, ""); }
  void value(const Field& f, Expectation&) override { add(f, Type::expectation, ""); }
  void value(const Field& f, GoodRequest&) override { add(f, Type::good, ""); }

  void choice(const Field& f, std::span<const Choice> choices, std::size_t& index) override {
    KeyDoc& key =
        add(f, Type::choice, index < choices.size() ? std::string(choices[index].name) : "");
    for (const Choice& choice : choices) key.choices.emplace_back(choice.name, choice.help);
  }
  void object(const Field& f, const std::function<void(FieldVisitor&)>& fields) override {
    inside(add(f, Type::object, ""), [&] { fields(*this); });
  }
  void map(const Field& f, const Elements& elements) override {
    inside(add(f, Type::named_map, ""),
           [&] { elements.sample(Field{.name = "*", .help = f.help}, *this); });
  }
  void list(const Field& f, const Elements& elements) override {
    KeyDoc& key = add(f, Type::list, "");
    const auto same = [&](const KeyDoc* parent) {
      return parent->type == Type::list && parent->name == key.name;
    };
    if (std::any_of(parents_.begin(), parents_.end(), same)) {
      key.recursive = true;
      return;
    }
    inside(key, [&] { elements.sample(Field{.name = "[]", .help = f.help}, *this); });
  }
  void alternatives(const Field& f, const Alternatives& alternatives) override {
    KeyDoc key = describe(f, Type::kind, "");
    key.choices = alternatives.names;
    for (const auto& [name, help] : alternatives.names) {
      KeyDoc kind;
      kind.name = name;
      kind.help = help;
      inside(kind, [&] { alternatives.fields(name, *this); });
      key.kinds.push_back(std::move(kind));
    }
    parents_.back()->children.push_back(std::move(key));
  }

 private:
  KeyDoc describe(const Field& field, Type type, std::string default_text) {
    KeyDoc key;
    key.name = field.name;
    key.type = type;
    key.help = field.help;
    key.required = field.required;
    key.is_signed = field.is_signed;
    key.above_one = field.above_one;
    if (!field.required && optional_ != field.name) key.default_text = std::move(default_text);
    optional_ = {};
    return key;
  }
  KeyDoc& add(const Field& field, Type type, std::string default_text) {
    parents_.back()->children.push_back(describe(field, type, std::move(default_text)));
    return parents_.back()->children.back();
  }
  template <class Visit>
  void inside(KeyDoc& key, Visit visit) {
    parents_.push_back(&key);
    visit();
    parents_.pop_back();
  }

  const Registry& registry_;
  std::vector<KeyDoc*> parents_;
  std::string optional_;  ///< The key that present() was asked of last.
};

KeyDoc loader_key(const LoaderKey& from) {
  KeyDoc key;
  key.name = from.path.substr(from.path.rfind('.') + 1);
  key.type = Type::any;
  key.help = from.help;
  key.required = from.required;
  key.choices.emplace_back(from.type, "");
  return key;
}

}  // namespace

KeyDoc key_tree(const Registry& registry) {
  KeyDoc root;
  for (const LoaderKey& key : kLoaderKeys) {
    if (key.path.find('.') == key.path.npos) root.children.push_back(loader_key(key));
  }
  Scenario scenario;
  Root fields{scenario, {}};
  Collector collector(registry, root);
  fields.fields(collector);
  for (KeyDoc& section : root.children) {  // what `platform` does not state is the profile's
    if (section.name != "platform") continue;
    for (KeyDoc& part : section.children) {
      for (KeyDoc& constant : part.children) constant.default_text.clear();
    }
  }
  for (const LoaderKey& key : kLoaderKeys) {
    const std::size_t dot = key.path.find('.');
    if (dot == key.path.npos) continue;
    for (KeyDoc& section : root.children) {
      if (section.name == key.path.substr(0, dot)) section.children.push_back(loader_key(key));
    }
  }
  return root;
}

std::vector<KeyDoc> law_tree(const Registry& registry) {
  std::vector<KeyDoc> laws;
  for (const LawForm& form : law_forms()) {
    KeyDoc law;
    law.name = form.name;
    law.help = form.help;
    law.default_text = form.example;
    LawInput input;
    Collector collector(registry, law);
    if (form.fields != nullptr) form.fields(input, collector);
    laws.push_back(std::move(law));
  }
  return laws;
}

std::string type_text(const KeyDoc& key) {
  switch (key.type) {
    case Type::object:
      return "map";
    case Type::named_map:
      return "map by name";
    case Type::list:
      return "list";
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "whole number";
    case Type::number:
      return "number";
    case Type::text:
      return "text";
    case Type::duration:
      return key.is_signed ? "signed duration" : "duration";
    case Type::percent:
      return "percentage";
    case Type::rate:
      return "rate";
    case Type::byte_rate:
      return "size per time";
    case Type::size:
      return "size";
    case Type::timestamp:
      return "timestamp";
    case Type::law:
      return "duration or law";
    case Type::at:
      return "time, anchor or condition";
    case Type::target:
      return "target";
    case Type::condition:
      return "condition";
    case Type::expectation:
      return "expectation";
    case Type::good:
      return "promise";
    case Type::kind:
      return "kind";
    case Type::any:
      return key.choices.empty() ? "" : key.choices.front().first;
    case Type::choice:
      break;
  }
  std::string words;
  for (const auto& [word, help] : key.choices) words += (words.empty() ? "" : ", ") + word;
  return words;
}

}  // namespace leapday::loading
