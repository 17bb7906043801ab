/// \file document.cpp
/// Look-up in positioned trees.
#include "leapday/document.hpp"

namespace leapday {

const Document* Document::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Document* Document::find(std::string_view key) {
  return const_cast<Document*>(static_cast<const Document&>(*this).find(key));
}

}  // namespace leapday
