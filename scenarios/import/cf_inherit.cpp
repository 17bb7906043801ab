/// \file cf_inherit.cpp
/// The chain of manifests. Why: see cf_inherit.hpp.
#include "scenarios/import/cf_inherit.hpp"

#include <algorithm>
#include <utility>

#include "scenarios/import/cf_manifest.hpp"

namespace leapday::import {
namespace {

constexpr std::size_t kLongestChain = 16;

class Chain {
 public:
  Chain(const ReadManifest& read, std::vector<Problem>& problems)
      : read_(read), problems_(problems) {}

  void follow(Document& manifest, const std::string& path) {
    if (manifest.kind != Document::Kind::map) return;
    const Document* named = manifest.find("inherit");
    if (named == nullptr || named->kind == Document::Kind::null) return;
    if (named->kind != Document::Kind::scalar || named->text.empty()) {
      return problem(*named, "is no path of a manifest", "write inherit: base-manifest.yml");
    }
    paths_.push_back(path);
    if (paths_.size() > kLongestChain) {
      return problem(*named, "more than 16 manifests inherit from each other",
                     "inherit from fewer");
    }
    auto base = read_(*named);
    if (!base) return;
    if (std::find(paths_.begin(), paths_.end(), base->path) != paths_.end()) {
      return problem(*named, "these manifests inherit from each other in a circle",
                     "remove one of the inherit keys");
    }
    if (base->tree.kind != Document::Kind::map) {
      return problem(*named, "what it names is no manifest", "name a file with applications");
    }
    follow(base->tree, base->path);
    const Document own = std::exchange(manifest, std::move(base->tree));
    merge_manifests(manifest, own);
  }

 private:
  void problem(const Document& at, std::string message, std::string fix) {
    problems_.push_back({at.at, "inherit", std::move(message), std::move(fix)});
  }

  const ReadManifest& read_;
  std::vector<Problem>& problems_;
  std::vector<std::string> paths_;
};

}  // namespace

void follow_inherit(Document& manifest, const ReadManifest& read, std::vector<Problem>& problems) {
  const std::string path = manifest.at.file;
  Chain(read, problems).follow(manifest, path);
}

}  // namespace leapday::import
