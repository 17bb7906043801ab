/// \file reference_page.cpp
/// The tree of keys as a Markdown page. Why: docs/reference.md cannot lag behind the code.
#include <fmt/format.h>

#include "leapday/load.hpp"
#include "leapday/metric.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/schema/key_tree.hpp"

namespace leapday {
namespace loading {
namespace {

using Type = KeyDoc::Type;

/// `|` would end a table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string range(const KeyDoc& key) {
  if (key.type != Type::integer && key.type != Type::number) return {};
  return fmt::format(" ({} to {})", format_number(key.bounds.low), format_number(key.bounds.high));
}

void row(const KeyDoc& key, const std::string& path, std::string& out) {
  const std::string presence = key.required               ? "required"
                               : key.default_text.empty() ? ""
                                                          : "`" + key.default_text + "`";
  out += fmt::format("| `{}` | {}{} | {} | {} |\n", path, cell(type_text(key)), range(key),
                     cell(presence), cell(key.help));
}

/// A key and everything below it, one row each.
void rows(const KeyDoc& key, const std::string& path, std::string& out) {
  if (key.name != "*" && key.name != "[]") row(key, path, out);
  if (key.recursive) return;
  for (const KeyDoc& child : key.children) {
    if (child.name == "*") {
      rows(child, path + ".*", out);
    } else if (child.name == "[]") {
      rows(child, path + "[]", out);
    } else {
      rows(child, path.empty() ? child.name : path + "." + child.name, out);
    }
  }
}

constexpr std::string_view kTableHead = "| key | value | default | meaning |\n|---|---|---|---|\n";

void kinds(const KeyDoc& key, std::string& out) {
  for (const KeyDoc& child : key.children) {
    if (child.type == Type::kind) {
      out += "\n### Kinds\n\n| kind | its own keys | meaning |\n|---|---|---|\n";
      for (const KeyDoc& kind : child.kinds) {
        std::string parameters;
        for (const KeyDoc& parameter : kind.children) {
          parameters += fmt::format("{}`{}`: {}{}", parameters.empty() ? "" : "; ", parameter.name,
                                    parameter.help, parameter.required ? " (required)" : "");
        }
        out += fmt::format("| `{}` | {} | {} |\n", kind.name, cell(parameters), cell(kind.help));
      }
    }
    kinds(child, out);
  }
}

template <class Items>
void catalogue(std::string_view title, const Items& items, std::string& out) {
  out += fmt::format("\n### {}\n\n| name | meaning |\n|---|---|\n", title);
  for (const auto& item : items) out += fmt::format("| `{}` | {} |\n", item.name, cell(item.help));
}

constexpr std::string_view kIntroduction = R"(# Reference of the scenario language

Generated from the code's field lists; `leapday explain KEY` shows the same. The language itself, with its rules and
the grammar of its expressions, is described in [language.md](language.md).

`*` stands for a name of your choice, `[]` for the items of a list. Every plain value may be written as
`{assume: VALUE, vary: 20%}`: reports list it as assumed. Units are always written: `10s`, `512MiB`, `200/s`, `5%`.
)";

}  // namespace
}  // namespace loading

std::string reference_page(const Registry& registry) {
  using namespace loading;  // NOLINT
  std::string out(kIntroduction);
  out += "\n## Top level\n\n" + std::string(kTableHead);
  const KeyDoc root = key_tree(registry);
  for (const KeyDoc& key : root.children) row(key, key.name, out);
  for (const KeyDoc& section : root.children) {
    if (section.children.empty()) continue;
    out += fmt::format("\n## {}\n\n{}.\n\n{}", section.name, section.help, kTableHead);
    rows(section, section.name, out);
    kinds(section, out);
  }
  out +=
      "\n## Laws\n\nA duration alone is always the same; otherwise a map with one law:\n\n"
      "| law | meaning | example |\n|---|---|---|\n";
  for (const KeyDoc& law : law_tree(registry)) {
    out += fmt::format("| `{}` | {} | `{}` |\n", law.name, law.help, law.default_text);
  }
  out +=
      "\n## Metrics\n\nWhat expectations, triggers and health gates measure.\n\n"
      "| metric | of | meaning |\n|---|---|---|\n";
  for (const auto& metric : registry.metrics()) {
    const std::string name =
        metric->name() == "p" ? "p99, p99.9, ..." : std::string(metric->name());
    out += fmt::format("| `{}` | {} | {} |\n", name, metric->subjects(), cell(metric->help()));
  }
  out += "\n## Policies\n";
  catalogue("Routing", registry.routing.items(), out);
  catalogue("Placement", registry.placement.items(), out);
  catalogue("Restart", registry.restart.items(), out);
  out += "\n## Reserved words\n\nNothing may be named ";
  std::vector<std::string> words;
  for (const std::string_view word : keywords()) words.push_back("`" + std::string(word) + "`");
  out += listed(words, "or", 100) + ".\n";
  return out;
}

}  // namespace leapday
