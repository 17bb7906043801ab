/// \file decode_law.cpp
/// Distributions: a duration alone, or a map with one law. Why: see decoder.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/decode/decoder.hpp"
#include "scenarios/decode/laws.hpp"
#include "scenarios/load/csv.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {

void Decoder::value(const Field& field, Distribution& target) {
  const auto taken = take(field, target.describe());
  if (!taken) return;
  const Document& node = *taken->node;
  const bool was_recording = recording_;
  recording_ = false;
  const std::size_t length = enter(frames_.back().is_element ? std::string_view{} : field.name,
                                   {.node = &node, .is_element = true});
  std::optional<Distribution> result = law(node);
  leave(length);
  recording_ = was_recording;
  if (!result) {
    frames_.back().failed.emplace_back(field.name);
    return;
  }
  target = std::move(*result);
  record(field, *taken, target.describe());
}

std::optional<Distribution> Decoder::law(const Document& node) {
  const auto fail = [&](const SourceLocation& at, std::string message, std::string fix) {
    context_.problems.add(at, path_, std::move(message), std::move(fix));
    return std::nullopt;
  };
  const std::size_t before = context_.problems.attempts();
  if (node.kind == Document::Kind::scalar) {
    Duration value{};
    this->value(Field{.name = {}, .help = {}}, value);
    if (context_.problems.attempts() != before) return std::nullopt;
    return Distribution::deterministic(value);
  }
  if (node.kind != Document::Kind::map || node.entries.size() != 1) {
    return fail(node.at, "expected a duration or one probability law",
                "write 40ms, or a law such as {lognormal: {median: 12ms, p99: 80ms}}");
  }
  const Document::Entry& entry = node.entries.front();
  const LawForm* form = find_law(entry.key);
  if (form == nullptr) {
    std::vector<std::string> names;
    for (const LawForm& known : law_forms()) names.emplace_back(known.name);
    return fail(entry.key_at, fmt::format("no law is named {}", quoted(entry.key)),
                suggestion(entry.key, names));
  }
  if (entry.value.kind == Document::Kind::null) {
    return fail(entry.value.at, fmt::format("{} has no parameters", entry.key),
                fmt::format("write {}", form->example));
  }
  const std::size_t length = enter(entry.key, {.node = &entry.value, .is_element = true});
  LawInput input;
  std::optional<Distribution> result;
  if (form->name == "deterministic") {
    Duration value{};
    this->value(Field{.name = {}, .help = {}}, value);
    result = Distribution::deterministic(value);
  } else {
    if (form->fields != nullptr) {
      object(Field{.name = {}, .help = {}}, [&](FieldVisitor& v) { form->fields(input, v); });
    } else {
      visit_field(Field{.name = {}, .help = form->example}, input.parts, *this);
    }
    if (context_.problems.attempts() == before) {
      LawResult made = make_law(form->name, input);
      if (made.message.empty()) {
        result = std::move(made.law);
      } else {
        fail(entry.value.at, made.message, made.fix);
      }
    }
  }
  if (result && form->name == "empirical" &&
      !read_samples(input.file, input.column, entry.value, *result)) {
    result.reset();
  }
  leave(length);
  return context_.problems.attempts() == before ? result : std::nullopt;
}

bool Decoder::read_samples(const std::string& file, const std::string& column, const Document& node,
                           Distribution& law) {
  const Document* named = node.find("file");
  const SourceLocation& at = named != nullptr ? named->at : node.at;
  const auto source = context_.files.read(file, at, path_ + ".file", kMaxDataBytes);
  if (!source) {
    context_.problems.add(source.problems());
    return false;
  }
  const std::size_t before = context_.problems.attempts();
  const std::optional<double> unit = column_unit(column);
  if (!unit) {
    context_.problems.add(node.at, path_ + ".column",
                          fmt::format("column {} does not name its unit", quoted(column)),
                          "its name must end in _s, _ms, _us or _ns");
    return false;
  }
  CsvReader csv((*source)->text, (*source)->path, path_, context_.problems);
  const std::optional<std::size_t> index = csv.column(column, at);
  if (!index) return false;
  while (csv.next()) {
    const std::optional<double> value = csv.number(*index);
    if (!value) return false;
    if (*value < 0 || *value * *unit > 1e9) {
      context_.problems.add(csv.location(), path_, "a sample is negative or longer than 36 years",
                            "mend the file");
      return false;
    }
    if (law.values.size() >= kMaxSamples) {
      context_.problems.add(csv.location(), path_, fmt::format("more than {} samples", kMaxSamples),
                            "sample the file");
      return false;
    }
    law.values.push_back(*value * *unit);
  }
  if (law.values.empty() && context_.problems.attempts() == before) {
    context_.problems.add({(*source)->path, 1, 1}, path_, "the file has no samples", "add rows");
  }
  std::sort(law.values.begin(), law.values.end());
  law.file = (*source)->path;
  return context_.problems.attempts() == before;
}

}  // namespace leapday::loading
