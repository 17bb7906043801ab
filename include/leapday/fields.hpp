/// \file fields.hpp
/// The one list per type that parsing, the JSON schema, the reference page and Python share.
/// Why: a key that is documented but not parsed, or parsed but not documented, cannot exist.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/expression.hpp"
#include "leapday/problem.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

class FieldVisitor;

/// A map whose keys are names that the user chooses; keeps file order; names are unique.
template <class T>
struct NamedMap {
  struct Entry {
    std::string name;
    SourceLocation at;
    T value;
  };
  std::vector<Entry> entries;

  const T* find(std::string_view name) const {
    for (const Entry& entry : entries) {
      if (entry.name == name) return &entry.value;
    }
    return nullptr;
  }
  T& operator[](std::string_view name) {
    for (Entry& entry : entries) {
      if (entry.name == name) return entry.value;
    }
    entries.push_back({std::string(name), {}, T{}});
    return entries.back().value;
  }
  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }
  auto begin() { return entries.begin(); }
  auto end() { return entries.end(); }
  bool empty() const { return entries.empty(); }
  std::size_t size() const { return entries.size(); }
};

/// What a field list says of one key.
struct Field {
  std::string_view name;
  std::string_view help;  ///< One sentence, lower case, no full stop; units where they matter.
  bool required = false;
  bool is_signed = false;  ///< Of durations: negative ones are allowed.
  bool is_bytes = false;   ///< Of rates: a size per time, such as 100MiB/s.
  bool above_one = false;  ///< Of shares: more than 100% is allowed.
};

/// Limits on a number, for parsing and the schema.
struct Bounds {
  double low = 0;
  double high = 1e18;
};

class Registry;

/// A type with `void fields(FieldVisitor&)`.
template <class T>
concept HasFields = requires(T& value, FieldVisitor& visitor) {
  value.fields(visitor);
};

/// An enumeration with `std::span<const Choice> choices_of(E)` found by ADL, in enumerator order.
struct Choice {
  std::string_view name;
  std::string_view help;
};
template <class E>
concept HasChoices = std::is_enum_v<E> && requires(E value) {
  { choices_of(value) } -> std::convertible_to<std::span<const Choice>>;
};

/// Erased access to a user-named map or a list, so that visitors need no templates.
struct Elements {
  /// Appends an element (named, for maps) and visits it as a field through the visitor given.
  std::function<void(std::string_view name, const SourceLocation&, const Field&, FieldVisitor&)>
      add;
  /// Visits a default-made element: for writers of schemas and documentation.
  std::function<void(const Field&, FieldVisitor&)> sample;
  /// Visits every element there is, with its name (empty in lists): for writers of values.
  std::function<void(const std::function<void(std::string_view name)>& before, FieldVisitor&)> each;
};

/// Field lists chosen by a name, such as a fault's parameters by its kind. The chosen list is read
/// from the same map that holds the choosing key.
struct Alternatives {
  std::vector<std::pair<std::string, std::string>> names;  ///< Name and help, in registry order.
  std::function<void(std::string_view name, FieldVisitor&)> fields;
  std::function<std::string()> chosen;  ///< The current choice, for writers of values.
};

/// Visits a type's fields in order. Decoders assign, writers read. A field list visits the same
/// keys whatever the values, so that writers can visit default-made objects.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  /// Which plug-ins exist; lets a type offer alternatives.
  virtual const Registry& registry() const = 0;
  /// True when the key is there (decoders) or its type is wanted (schema writers).
  virtual bool present(const Field& field) = 0;
  /// States an invariant between fields; decoders report a problem at `field` when it is broken.
  virtual void check(bool holds, std::string_view field, std::string_view message,
                     std::string_view fix) = 0;

  virtual void value(const Field&, bool&) = 0;
  virtual void value(const Field&, std::int64_t&, Bounds) = 0;
  virtual void value(const Field&, double&, Bounds) = 0;
  virtual void value(const Field&, std::string&) = 0;
  virtual void value(const Field&, Duration&) = 0;  ///< Non-negative unless Field::is_signed.
  virtual void value(const Field&, Ratio&) = 0;     ///< A percentage; the sign is demanded.
  virtual void value(const Field&, Rate&) = 0;
  virtual void value(const Field&, Bytes&) = 0;
  virtual void value(const Field&, WallTime&) = 0;
  virtual void value(const Field&, Distribution&) = 0;  ///< A duration alone is deterministic.
  virtual void value(const Field&, At&) = 0;
  virtual void value(const Field&, TargetExpression&) = 0;
  virtual void value(const Field&, Condition&) = 0;
  virtual void value(const Field&, Expectation&) = 0;
  virtual void value(const Field&, GoodRequest&) = 0;
  virtual void choice(const Field&, std::span<const Choice>, std::size_t& index) = 0;
  virtual void object(const Field&, const std::function<void(FieldVisitor&)>& fields) = 0;
  virtual void map(const Field&, const Elements&) = 0;
  virtual void list(const Field&, const Elements&) = 0;
  virtual void alternatives(const Field&, const Alternatives&) = 0;

  /// The forms that field lists use. `help` is one phrase, lower case, no full stop.
  template <class T>
  void required(std::string_view name, T& target, std::string_view help, Bounds bounds = {});
  template <class T>
  void optional(std::string_view name, T& target, std::string_view help, Bounds bounds = {});
  /// A duration that may be negative.
  void signed_duration(std::string_view name, Duration& target, bool required,
                       std::string_view help) {
    value(Field{.name = name, .help = help, .required = required, .is_signed = true}, target);
  }
  /// A rate of bytes, such as 100MiB/s.
  void byte_rate(std::string_view name, Rate& target, std::string_view help) {
    value(Field{.name = name, .help = help, .is_bytes = true}, target);
  }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsNamedMap = false;
template <class T>
inline constexpr bool kIsNamedMap<NamedMap<T>> = true;

/// Visits one value of any supported type as `field`.
template <class T>
void visit_field(const Field& field, T& target, FieldVisitor& visitor, Bounds bounds = {}) {
  if constexpr (kIsOptional<T>) {
    if (!visitor.present(field)) return;
    typename T::value_type inner = target.value_or(typename T::value_type{});
    visit_field(field, inner, visitor, bounds);
    target = std::move(inner);
  } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) {
    visitor.value(field, target, bounds);
  } else if constexpr (HasChoices<T>) {
    std::size_t index = static_cast<std::size_t>(target);
    visitor.choice(field, choices_of(target), index);
    target = static_cast<T>(index);
  } else if constexpr (HasFields<T>) {
    visitor.object(field, [&target](FieldVisitor& inner) { target.fields(inner); });
  } else if constexpr (kIsVector<T>) {
    using Element = typename T::value_type;
    visitor.list(field, {[&target](std::string_view, const SourceLocation&, const Field& element,
                                   FieldVisitor& inner) {
                           target.emplace_back();
                           visit_field(element, target.back(), inner);
                         },
                         [](const Field& element, FieldVisitor& inner) {
                           Element sample{};
                           visit_field(element, sample, inner);
                         },
                         [&target](const std::function<void(std::string_view)>& before,
                                   FieldVisitor& inner) {
                           for (Element& element : target) {
                             before({});
                             visit_field(Field{}, element, inner);
                           }
                         }});
  } else if constexpr (kIsNamedMap<T>) {
    using Element = decltype(T::Entry::value);
    visitor.map(field, {[&target](std::string_view name, const SourceLocation& at,
                                  const Field& element, FieldVisitor& inner) {
                          target.entries.push_back({std::string(name), at, Element{}});
                          visit_field(element, target.entries.back().value, inner);
                        },
                        [](const Field& element, FieldVisitor& inner) {
                          Element sample{};
                          visit_field(element, sample, inner);
                        },
                        [&target](const std::function<void(std::string_view)>& before,
                                  FieldVisitor& inner) {
                          for (auto& entry : target.entries) {
                            before(entry.name);
                            visit_field(Field{.name = entry.name, .help = {}}, entry.value, inner);
                          }
                        }});
  } else {
    visitor.value(field, target);
  }
}

template <class T>
void FieldVisitor::required(std::string_view name, T& target, std::string_view help,
                            Bounds bounds) {
  visit_field(Field{.name = name, .help = help, .required = true}, target, *this, bounds);
}
template <class T>
void FieldVisitor::optional(std::string_view name, T& target, std::string_view help,
                            Bounds bounds) {
  visit_field(Field{.name = name, .help = help}, target, *this, bounds);
}

}  // namespace leapday
