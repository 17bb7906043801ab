/// \file placeholders.hpp
/// ((placeholders)) of Cloud Foundry manifests and the values that --vars-file gives them.
/// Why: real manifests leave names, sizes and counts to the foundation they are pushed to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::import {

/// Values by name, each as its file states it.
using Variables = std::map<std::string, Document>;

/// Puts values in the place of placeholders: one that is a whole value becomes whatever its
/// variable is, one inside a text must be plain. `((certificate.key))` is the key of a map. A
/// value is not looked into again, and a placeholder without a value stays, as with `cf push`.
void fill_in(Document& node, const Variables& variables, std::vector<Problem>& problems);

/// True for a text that holds a `((placeholder))`.
bool has_placeholder(std::string_view text);

}  // namespace leapday::import
