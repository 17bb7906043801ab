/// \file merge.hpp
/// Lays one tree over another: `extends`, environments and `--set`.
/// Why: one rule for all three.
#pragma once

#include "leapday/document.hpp"

namespace leapday::loading {

/// Maps merge by key and `over` wins; lists, scalars, laws and assumptions are replaced; a key
/// without a value removes the one below it.
void merge_over(Document& base, const Document& over);
/// True when the map states a probability law or an assumption: such a map is replaced whole.
bool is_law_or_assumption(const Document& node);

}  // namespace leapday::loading
