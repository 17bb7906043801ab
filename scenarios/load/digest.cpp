/// \file digest.cpp
/// 64-bit FNV-1a over a canonical walk. Why: see digest.hpp.
#include "scenarios/load/digest.hpp"

#include <fmt/format.h>

#include "leapday/random.hpp"

namespace leapday::loading {
namespace {

class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) add(c);
    add('\0');
  }
  void add(char c) { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U; }
  std::uint64_t value() const { return hash_combine(value_, 0); }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

void walk(const Document& node, Hash& hash) {
  hash.add(static_cast<char>('0' + static_cast<int>(node.kind)));
  if (node.kind == Document::Kind::scalar) hash.add(node.text);
  for (const Document& item : node.items) walk(item, hash);
  for (const Document::Entry& entry : node.entries) {
    hash.add(entry.key);
    walk(entry.value, hash);
  }
  hash.add(')');
}

}  // namespace

std::string digest(const Document& resolved, const Files& files) {
  Hash hash;
  walk(resolved, hash);
  for (const auto& file : files.data_files()) hash.add(fmt::format("{:016x}", file->hash));
  return fmt::format("{:016x}", hash.value());
}

}  // namespace leapday::loading
