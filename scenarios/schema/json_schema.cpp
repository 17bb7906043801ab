/// \file json_schema.cpp
/// The tree of keys as a JSON schema (draft 2020-12), for editors and other programs.
/// Why two layers: what may stand where holds for overlays too; what must be there only for files
/// that extend no other.
#include <nlohmann/json.hpp>

#include "leapday/load.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/schema/key_tree.hpp"

namespace leapday {
namespace loading {
namespace {

using Json = nlohmann::ordered_json;
using Type = KeyDoc::Type;

constexpr const char* kName = "^[A-Za-z][A-Za-z0-9_-]*$";
constexpr const char* kLabel = "^[A-Za-z0-9_./-]+$";

Json definition(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

/// A value, a variable that stands for one, or an assumption of one.
Json scalar(const Json& plain) {
  const Json inner = {{"anyOf", Json::array({plain, definition("variable")})}};
  const Json assumed = {
      {"type", "object"},
      {"properties", {{"assume", inner}, {"vary", {{"type", "string"}, {"pattern", "%$"}}}}},
      {"required", {"assume"}},
      {"additionalProperties", false}};
  return {{"anyOf", Json::array({plain, definition("variable"), assumed})}};
}

Json pattern(const std::string& text) { return {{"type", "string"}, {"pattern", text}}; }

std::string scalar_name(const KeyDoc& key) {
  switch (key.type) {
    case Type::boolean:
      return "boolean";
    case Type::duration:
      return key.is_signed ? "signed_duration" : "duration";
    case Type::percent:
      return "percentage";
    case Type::rate:
      return "rate";
    case Type::byte_rate:
      return "byte_rate";
    case Type::size:
      return "size";
    case Type::timestamp:
      return "timestamp";
    case Type::law:
      return "law";
    case Type::text:
      return "text";
    default:
      return "expression";
  }
}

Json shape(const KeyDoc& key, const std::string& pointer);

Json properties(const std::vector<KeyDoc>& keys, const std::string& pointer) {
  Json out = Json::object();
  for (const KeyDoc& key : keys) out[key.name] = shape(key, pointer + "/properties/" + key.name);
  return out;
}

/// Matrix, variables and so on: what the loader reads itself.
Json loader_shape(const KeyDoc& key) {
  if (key.name == "leapday") return {{"const", 1}};
  if (key.name == "extends") return {{"type", "string"}, {"minLength", 1}};
  Json map = {{"type", "object"}, {"propertyNames", pattern(kName)}};
  if (key.name == "environments") map["additionalProperties"] = definition("overlay");
  if (key.name == "vars") map["additionalProperties"] = {{"not", {{"type", "null"}}}};
  if (key.name == "matrix") {
    map["additionalProperties"] = {{"type", "array"}, {"minItems", 1}};
    map["properties"] = {{"seed",
                          {{"anyOf", Json::array({pattern("^[0-9]+\\.\\.[0-9]+$"),
                                                  {{"type", "array"},
                                                   {"minItems", 1},
                                                   {"items", {{"type", "integer"}}}}})}}}};
  }
  return map;
}

/// Parameters depend on the kind, so the object is closed by `unevaluatedProperties`.
Json kind_rules(const KeyDoc& kind, const std::string& pointer) {
  Json rules = Json::array();
  for (const KeyDoc& one : kind.kinds) {
    const Json when = {{"properties", {{kind.name, {{"const", one.name}}}}},
                       {"required", {kind.name}}};
    rules.push_back(
        {{"if", when}, {"then", {{"properties", properties(one.children, pointer + "/then")}}}});
  }
  return rules;
}

Json object_shape(const KeyDoc& key, const std::string& pointer) {
  Json out = {{"type", "object"}, {"properties", properties(key.children, pointer)}};
  for (const KeyDoc& child : key.children) {
    if (child.type == Type::kind) out["allOf"] = kind_rules(child, pointer);
  }
  out[out.contains("allOf") ? "unevaluatedProperties" : "additionalProperties"] = false;
  return out;
}

Json shape(const KeyDoc& key, const std::string& pointer) {
  Json out;
  switch (key.type) {
    case Type::any:
      out = loader_shape(key);
      break;
    case Type::object:
      out = object_shape(key, pointer);
      break;
    case Type::named_map:
      out = {
          {"type", "object"},
          {"propertyNames", key.name == "labels" || key.name == "node_selector"
                                ? pattern(kLabel)
                                : definition("name")},
          {"additionalProperties", shape(key.children.front(), pointer + "/additionalProperties")}};
      break;
    case Type::list:
      out = {{"type", "array"}};
      if (key.recursive) {
        // The same list encloses this one: refer to its items.
        const std::size_t outer = pointer.rfind("/properties/" + key.name + "/");
        out["items"] = {{"$ref", pointer.substr(0, outer) + "/properties/" + key.name + "/items"}};
      } else {
        out["items"] = shape(key.children.front(), pointer + "/items");
      }
      break;
    case Type::integer:
      out =
          scalar({{"type", "integer"}, {"minimum", key.bounds.low}, {"maximum", key.bounds.high}});
      break;
    case Type::number:
      out = scalar({{"type", "number"}, {"minimum", key.bounds.low}, {"maximum", key.bounds.high}});
      break;
    case Type::choice:
    case Type::kind: {
      Json words = Json::array();
      for (const auto& [word, help] : key.choices) words.push_back(word);
      out = scalar({{"enum", words}});
      break;
    }
    default:
      out = definition(scalar_name(key));
  }
  if (!key.help.empty()) out["description"] = key.help;
  if (!key.default_text.empty())
    out["description"] = key.help + " (default " + key.default_text + ")";
  return out;
}

/// Only what is required, nested; null where nothing is.
Json demands(const KeyDoc& key) {
  Json out = Json::object();
  if (key.type == Type::named_map || key.type == Type::list) {
    if (key.recursive) return out;
    const Json inner = demands(key.children.front());
    if (!inner.empty()) out[key.type == Type::list ? "items" : "additionalProperties"] = inner;
    return out;
  }
  Json required = Json::array();
  Json nested = Json::object();
  for (const KeyDoc& child : key.children) {
    if (child.required) required.push_back(child.name);
    const Json inner = demands(child);
    if (!inner.empty()) nested[child.name] = inner;
    Json rules = Json::array();
    for (const KeyDoc& kind : child.kinds) {
      Json names = Json::array();
      for (const KeyDoc& parameter : kind.children) {
        if (parameter.required) names.push_back(parameter.name);
      }
      if (names.empty()) continue;
      rules.push_back(
          {{"if",
            {{"properties", {{child.name, {{"const", kind.name}}}}}, {"required", {child.name}}}},
           {"then", {{"required", names}}}});
    }
    if (!rules.empty()) out["allOf"] = rules;
  }
  if (!required.empty()) out["required"] = required;
  if (!nested.empty()) out["properties"] = nested;
  return out;
}

Json law_schema(const Registry& registry) {
  Json laws = Json::object();
  for (const KeyDoc& law : law_tree(registry)) {
    if (law.name == "deterministic") {
      laws[law.name] = definition("duration");
    } else if (law.name == "mixture") {
      const Json part = {
          {"type", "object"},
          {"properties", {{"weight", definition("percentage")}, {"law", definition("law")}}},
          {"required", {"weight", "law"}},
          {"additionalProperties", false}};
      laws[law.name] = {{"type", "array"}, {"minItems", 2}, {"items", part}};
    } else {
      laws[law.name] = {{"type", "object"},
                        {"properties", properties(law.children, "#")},
                        {"minProperties", 1},
                        {"additionalProperties", false}};
    }
    laws[law.name]["description"] = law.help;
  }
  const Json one = {{"type", "object"},
                    {"properties", laws},
                    {"minProperties", 1},
                    {"maxProperties", 1},
                    {"additionalProperties", false}};
  Json plain = {
      {"anyOf", Json::array({pattern("^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|min|h|d))+$"), one})}};
  return scalar(plain);
}

Json definitions(const Registry& registry) {
  const std::string number = "[0-9]+(\\.[0-9]+)?";
  const std::string time = "(ns|us|ms|s|min|h|d)";
  const std::string size = "(B|KiB|MiB|GiB|TiB|PiB)";
  Json defs = Json::object();
  defs["variable"] = pattern("^\\$[A-Za-z][A-Za-z0-9_-]*$");
  Json words = Json::array();
  for (const std::string_view word : keywords()) words.push_back(word);
  defs["name"] = {{"pattern", kName}, {"maxLength", 100}, {"not", {{"enum", words}}}};
  defs["boolean"] = scalar({{"type", "boolean"}});
  defs["duration"] = scalar(pattern("^(" + number + time + ")+$"));
  defs["signed_duration"] = scalar(pattern("^-?(" + number + time + ")+$"));
  defs["percentage"] = scalar(pattern("^" + number + "%$"));
  defs["rate"] = scalar(pattern("^" + number + "/" + time + "$"));
  defs["byte_rate"] = scalar(pattern("^" + number + size + "/" + time + "$"));
  defs["size"] = scalar(pattern("^" + number + size + "$"));
  defs["timestamp"] =
      scalar(pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
                     "(Z|[+-][0-9]{2}:[0-9]{2})$"));
  defs["text"] = scalar({{"type", {"string", "number"}}});
  defs["expression"] = scalar({{"type", "string"}, {"minLength", 1}});
  defs["law"] = law_schema(registry);
  return defs;
}

}  // namespace
}  // namespace loading

std::string json_schema(const Registry& registry) {
  using namespace loading;  // NOLINT
  const KeyDoc root = key_tree(registry);
  KeyDoc sections = root;
  Json own = Json::object();
  std::erase_if(sections.children, [](const KeyDoc& key) { return key.type == KeyDoc::Type::any; });
  for (const KeyDoc& key : root.children) {
    if (key.type != KeyDoc::Type::any) continue;
    own[key.name] = shape(key, "#/properties/" + key.name);
    own[key.name]["description"] = key.help;
  }
  Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Leapday scenario, version 1"},
      {"type", "object"},
      {"allOf",
       Json::array({definition("sections"),
                    {{"if", {{"required", {"extends"}}}}, {"else", definition("complete")}}})},
      {"properties", own},
      {"required", {"leapday"}},
      {"unevaluatedProperties", false}};
  Json defs = definitions(registry);
  defs["sections"] = {{"properties", properties(sections.children, "#/$defs/sections")}};
  defs["overlay"] = {{"type", "object"},
                     {"allOf", Json::array({definition("sections")})},
                     {"properties", {{"vars", own["vars"]}}},
                     {"unevaluatedProperties", false}};
  defs["complete"] = demands(sections);
  schema["$defs"] = defs;
  return schema.dump(2) + "\n";
}

}  // namespace leapday
