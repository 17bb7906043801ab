/// \file decoder.hpp
/// Fills values from a tree through their field lists and collects every problem on the way.
/// Why: one visitor serves every type, so that no type can forget a check.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "leapday/document.hpp"
#include "leapday/fields.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"
#include "scenarios/load/scalars.hpp"

namespace leapday::loading {

/// What decoding needs and fills besides the values.
struct DecodeContext {
  const Registry& registry;
  Problems& problems;
  Files& files;
  const std::set<std::string>& imported;  ///< Files whose values count as imported.
  std::vector<Provenance>& provenance;
};

class Decoder final : public FieldVisitor {
 public:
  Decoder(DecodeContext context, std::string path = {})
      : context_(context), path_(std::move(path)) {}

  /// Visits `fields` over the map `node`; afterwards unknown keys are problems.
  void decode_map(const Document& node, const std::function<void(FieldVisitor&)>& fields);

  const Registry& registry() const override { return context_.registry; }
  bool present(const Field& field) override;
  void check(bool holds, std::string_view field, std::string_view message,
             std::string_view fix) override;

  void value(const Field& field, bool& target) override;
  void value(const Field& field, std::int64_t& target, Bounds bounds) override;
  void value(const Field& field, double& target, Bounds bounds) override;
  void value(const Field& field, std::string& target) override;
  void value(const Field& field, Duration& target) override;
  void value(const Field& field, Ratio& target) override;
  void value(const Field& field, Rate& target) override;
  void value(const Field& field, Bytes& target) override;
  void value(const Field& field, WallTime& target) override;
  void value(const Field& field, Distribution& target) override;
  void value(const Field& field, At& target) override;
  void value(const Field& field, TargetExpression& target) override;
  void value(const Field& field, Condition& target) override;
  void value(const Field& field, Expectation& target) override;
  void value(const Field& field, GoodRequest& target) override;
  void choice(const Field& field, std::span<const Choice> choices, std::size_t& index) override;
  void object(const Field& field, const std::function<void(FieldVisitor&)>& fields) override;
  void map(const Field& field, const Elements& elements) override;
  void list(const Field& field, const Elements& elements) override;
  void alternatives(const Field& field, const Alternatives& alternatives) override;

 private:
  struct Frame {
    const Document* node = nullptr;   ///< The map, or the element itself.
    bool is_element = false;          ///< Of a map or list: the next field is `node`.
    bool any_key = false;             ///< Unknown keys are not problems (unknown kind).
    std::vector<std::string> known;   ///< Keys asked for.
    std::vector<std::string> failed;  ///< Keys that had problems.
  };
  /// A node with `assume` taken off.
  struct Taken {
    const Document* node = nullptr;
    Origin origin = Origin::stated;
    std::optional<Ratio> vary;
  };

  const Document* lookup(const Field& field);
  /// True, without a word, for a value that a variable should have supplied.
  bool unresolved(const Field& field, const Document& node);
  /// The field's node; reports when it is missing but required, or empty. `current` is the default.
  std::optional<Taken> take(const Field& field, const std::string& current);
  /// Takes off `{assume: VALUE, vary: 20%}`; false when it is malformed.
  bool unwrap(const Field& field, Taken& taken);
  template <class T, class Parse>
  void scalar(const Field& field, T& target, const std::string& current, std::string_view what,
              Parse parse);
  template <class T, class Parse>
  void expression(const Field& field, T& target, std::string_view what, Parse parse);
  template <class T>
  void bounded(const Field& field, T& target, Bounds bounds, std::string_view what,
               Scalar<T> (*parse)(std::string_view));

  std::optional<Distribution> law(const Document& node);
  bool read_samples(const std::string& file, const std::string& column, const Document& node,
                    Distribution& law);

  void record(const Field& field, const Taken& taken, std::string text);
  void problem(const Field& field, const SourceLocation& at, std::string message, std::string fix);
  void wrong_kind(const Field& field, const Document& node, std::string_view wanted);
  std::string path_of(std::string_view key) const;
  std::size_t enter(std::string_view key, Frame frame);
  void leave(std::size_t path_length);
  void report_unknown_keys(const Frame& frame);

  DecodeContext context_;
  std::string path_;
  std::vector<Frame> frames_;
  bool silent_ = false;    ///< Visiting an absent object for its defaults: nothing is missing.
  bool recording_ = true;  ///< Off inside a law, which is one value.
};

}  // namespace leapday::loading
