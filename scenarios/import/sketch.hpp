/// \file sketch.hpp
/// A scenario while it is being written: lines with comments, names that are free, questions.
/// Why: the result is for people to go on with, so that comments matter as much as keys.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/document.hpp"
#include "leapday/import.hpp"

namespace leapday::import {

/// `key: value  # comment`, or a key with lines below it.
struct Line {
  std::string key;
  std::string value;
  std::string comment;
  std::vector<Line> below;
  SourceLocation from;  ///< Where the input states the value; nowhere for what it does not.
  bool quoted = false;  ///< The value is text that YAML must not read as anything else.

  /// The line below of that key, appended when missing. Valid until the next one is appended.
  Line& at(std::string_view name);
  /// Sets it, and gives it back.
  Line& put(std::string_view name, std::string text, std::string remark = {});
  /// Likewise, of a value that the input states; `more` follows the place in the comment.
  Line& put(std::string_view name, std::string text, const SourceLocation& stated,
            const std::string& more = {});
  /// Likewise, of a text that is written in quotes.
  Line& put_text(std::string_view name, std::string text, const SourceLocation& stated);
  /// Appends an element: then it is a list, whose elements are written on its line.
  void item(Line element, const SourceLocation& stated);
  void item_text(std::string text, const SourceLocation& stated);
  bool is_list() const { return !below.empty() && below.front().key == "-"; }
  const Line* find(std::string_view name) const;
};

class Sketch {
 public:
  using Words = std::set<std::string, std::less<>>;
  /// `reserved` are words that nothing may be named.
  explicit Sketch(std::span<const std::string_view> reserved)
      : Sketch(Words(reserved.begin(), reserved.end())) {}
  explicit Sketch(Words reserved) : reserved_(std::move(reserved)), taken_(reserved_) {}

  Line root;
  std::vector<ImportQuestion> asked;

  /// A name near `wanted` that is a name of the language and not taken in this file.
  std::string name(std::string_view wanted);
  /// Of the same language, with nothing in it.
  Sketch another() const { return Sketch(reserved_); }
  bool is_reserved(std::string_view word) const { return reserved_.contains(word); }
  /// Writes an assumed value, `{assume: VALUE}` where `wrap`, and asks for it.
  void assume(Line& parent, const std::string& path, std::string_view key, const std::string& value,
              const std::string& why, bool wrap = true);
  /// The whole as YAML.
  std::string text() const;

 private:
  Words reserved_;
  Words taken_;
};

/// What a line says as a value of the language; `otherwise` is where it stands when no file says
/// it.
Document as_document(const Line& line, const SourceLocation& otherwise);
/// "shop.yaml:12", for comments.
std::string place(const SourceLocation& at);
/// In double quotes, as YAML has it.
std::string quoted_yaml(std::string_view text);
/// "90s", "250ms"; "0s".
std::string duration_of(double seconds);
/// "512MiB", "1000B".
std::string size_of(std::int64_t bytes);
/// A number without needless zeros, at most six decimals.
std::string number_of(double value);
/// `count` of `total` as a percentage that gives `count` back when rounded up (or down).
std::string share_of(std::int64_t count, std::int64_t total, bool rounded_up);

}  // namespace leapday::import
