/// \file map_form.hpp
/// How a map would be written that stands as plain text: "gate: success(shop) >= 99%".
/// Why: whoever leaves the braces out knows what to say and not how; the fix shows it with the
/// user's own text.
#pragma once

#include <functional>
#include <string>

#include "leapday/document.hpp"
#include "leapday/fields.hpp"

namespace leapday::loading {

/// "write {condition: success(shop) >= 99%}": the map with its required keys, or its first key when
/// none is required. A plain value becomes the value of the only required key.
std::string map_form(const Document& found, const std::function<void(FieldVisitor&)>& fields,
                     const Registry& registry);

}  // namespace leapday::loading
