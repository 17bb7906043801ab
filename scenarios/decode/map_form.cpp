/// \file map_form.cpp
/// Asks a field list for its keys without reading anything. Why: see map_form.hpp.
#include "scenarios/decode/map_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

/// Notes the keys that a field list visits; leaves every value as it is.
class Keys final : public FieldVisitor {
 public:
  explicit Keys(const Registry& registry) : registry_(registry) {}

  std::vector<std::string> all;
  std::vector<std::string> required;

  const Registry& registry() const override { return registry_; }
  bool present(const Field& field) override {
    note(field);
    return false;
  }
  void check(bool, std::string_view, std::string_view, std::string_view) override {}
  void value(const Field& field, bool&) override { note(field); }
  void value(const Field& field, std::int64_t&, Bounds) override { note(field); }
  void value(const Field& field, double&, Bounds) override { note(field); }
  void value(const Field& field, std::string&) override { note(field); }
  void value(const Field& field, Duration&) override { note(field); }
  void value(const Field& field, Ratio&) override { note(field); }
  void value(const Field& field, Rate&) override { note(field); }
  void value(const Field& field, Bytes&) override { note(field); }
  void value(const Field& field, WallTime&) override { note(field); }
  void value(const Field& field, Distribution&) override { note(field); }
  void value(const Field& field, At&) override { note(field); }
  void value(const Field& field, TargetExpression&) override { note(field); }
  void value(const Field& field, Condition&) override { note(field); }
  void value(const Field& field, Expectation&) override { note(field); }
  void value(const Field& field, GoodRequest&) override { note(field); }
  void choice(const Field& field, std::span<const Choice>, std::size_t&) override { note(field); }
  void object(const Field& field, const std::function<void(FieldVisitor&)>&) override {
    note(field);
  }
  void map(const Field& field, const Elements&) override { note(field); }
  void list(const Field& field, const Elements&) override { note(field); }
  void alternatives(const Field& field, const Alternatives&) override { note(field); }

 private:
  void note(const Field& field) {
    if (std::find(all.begin(), all.end(), field.name) != all.end()) return;
    all.emplace_back(field.name);
    if (field.required) required.emplace_back(field.name);
  }

  const Registry& registry_;
};

/// Whether a text can stand inside { } as it is.
bool stands_in_braces(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  return !text.empty() && text.size() <= kLongest && printable(text) == text &&
         text.find_first_of(",{}[]\"'#&*!|>%@`\\") > 0 &&
         text.find_first_of(",{}[]\"'\\") == text.npos && text.find(": ") == text.npos &&
         text.find(" #") == text.npos;
}

}  // namespace

std::string map_form(const Document& found, const std::function<void(FieldVisitor&)>& fields,
                     const Registry& registry) {
  Keys keys(registry);
  fields(keys);
  std::vector<std::string> shown = keys.required;
  if (shown.empty() && !keys.all.empty()) shown.push_back(keys.all.front());
  if (shown.empty()) return "write {}";
  std::string form;
  for (const std::string& key : shown) {
    const bool own = keys.required.size() == 1 && found.kind == Document::Kind::scalar &&
                     stands_in_braces(found.text);
    form += fmt::format("{}{}: {}", form.empty() ? "" : ", ", key, own ? found.text : "...");
  }
  std::string fix = fmt::format("write {{{}}}", form);
  std::vector<std::string> others;
  for (const std::string& key : keys.all) {
    if (std::find(shown.begin(), shown.end(), key) == shown.end()) others.push_back(key);
  }
  constexpr std::size_t kOthers = 6;
  if (!others.empty()) fix += "; it may also have " + listed(others, "and", kOthers);
  return fix;
}

}  // namespace leapday::loading
