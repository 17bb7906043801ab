/// \file yaml_reader.cpp
/// Builds the tree from yaml-cpp's events, so that limits act while parsing and not after.
/// Why events: yaml-cpp's own tree loses duplicate keys, knows no merge keys and expands aliases.
#include "scenarios/load/yaml_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/load/yaml_text.hpp"

namespace leapday::loading {
namespace {

/// Thrown through yaml-cpp to stop it; never leaves this file.
struct Stop {};

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file, std::vector<Problem>& problems,
          bool foreign)
      : text_(text), file_(file), problems_(problems), foreign_(foreign) {}

  std::optional<Document> take() { return std::move(root_); }
  std::vector<Document> take_all() { return std::move(all_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1 && !foreign_) {
      stop(at(mark), "a second YAML document starts here", "keep one document per file");
    }
  }
  void OnDocumentEnd() override {
    if (!foreign_) return;
    if (root_ && root_->kind != Document::Kind::null) all_.push_back(std::move(*root_));
    root_.reset();
    anchors_.clear();  // an alias names an anchor of its own document
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Document node;
    node.at = at(mark);
    finish(std::move(node), anchor, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      stop(at(mark), "this alias stands inside the value it names", "write the value out");
    }
    expand(found->second.nodes, at(mark));
    if (stack_.size() + found->second.depth > kMaxDepth) too_deep(mark);
    if (!stack_.empty()) {
      stack_.back().depth = std::max(stack_.back().depth, found->second.depth + 1);
    }
    Document copy = found->second.node;
    finish(std::move(copy), YAML::NullAnchor, found->second.nodes);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    const std::size_t most = foreign_ ? kMaxForeignScalarBytes : kMaxScalarBytes;
    if (value.size() > most) {
      stop(at(mark), fmt::format("a value of more than {} KiB", most >> 10),
           "keep data in a CSV file of its own");
    }
    Document node;
    node.kind = Document::Kind::scalar;
    node.at = at(mark);
    node.text = value;
    node.quoted = tag == "!";
    const auto from = static_cast<std::size_t>(mark.pos);
    const bool in_quotes =
        node.quoted && from < text_.size() && (text_[from] == '"' || text_[from] == '\'');
    if (in_quotes && !quote_is_closed(text_, from)) {
      stop(at(mark), "not valid YAML: a quoted text is not closed", "add the missing quote");
    }
    finish(std::move(node), anchor, 1);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Document::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Document::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Document node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;
    std::string key;
    SourceLocation key_at;
    bool merges = false;           ///< The key is `<<`, unquoted.
    std::vector<Document> merged;  ///< Values of `<<`.
    std::unordered_set<std::string> keys;
    std::size_t nodes = 1;
    std::size_t depth = 1;  ///< Of what is inside, itself included.
  };
  struct Anchored {
    Document node;
    std::size_t nodes = 0;
    std::size_t depth = 1;
  };

  SourceLocation at(const YAML::Mark& mark) const {
    return {file_, mark.line + 1, mark.column + 1};
  }

  [[noreturn]] void stop(SourceLocation where, std::string message, std::string fix) {
    problems_.push_back({std::move(where), {}, std::move(message), std::move(fix)});
    throw Stop{};
  }
  /// Like stop, but reading goes on.
  void report(SourceLocation where, std::string message, std::string fix) {
    if (problems_.size() >= kMaxProblems) throw Stop{};
    problems_.push_back({std::move(where), {}, std::move(message), std::move(fix)});
  }
  /// Counts copies, which anchors and aliases both make.
  void expand(std::size_t nodes, const SourceLocation& where) {
    expanded_ += nodes;
    if (expanded_ > kMaxExpandedNodes) {
      stop(where,
           fmt::format("anchors and aliases expand to more than {} values", kMaxExpandedNodes),
           "use fewer aliases of aliases");
    }
  }
  [[noreturn]] void too_deep(const YAML::Mark& mark) {
    stop(at(mark), fmt::format("nested more than {} levels deep", kMaxDepth), "nest less deeply");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    stop(at(mark), "YAML tags are not part of the language", "remove the tag before this value");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Document::Kind kind) {
    refuse_tag(mark, tag);
    if (stack_.size() >= kMaxDepth) too_deep(mark);
    if (!stack_.empty()) refuse_complex_key(at(mark));
    Open frame;
    frame.node.kind = kind;
    frame.node.at = at(mark);
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void refuse_complex_key(const SourceLocation& where) {
    const Open& top = stack_.back();
    if (top.node.kind == Document::Kind::map && !top.has_key) {
      stop(where, "a key must be plain text", "write key: value");
    }
  }

  void close() {
    Open frame = std::move(stack_.back());
    stack_.pop_back();
    for (Document& source : frame.merged) merge(frame, std::move(source));
    if (!stack_.empty()) stack_.back().depth = std::max(stack_.back().depth, frame.depth + 1);
    closed_depth_ = frame.depth;
    finish(std::move(frame.node), frame.anchor, frame.nodes);
    closed_depth_ = 1;
  }

  /// Adds what the map does not state itself; of several sources the earlier wins.
  void merge(Open& into, Document source) {
    if (source.kind == Document::Kind::sequence) {
      for (Document& item : source.items) merge(into, std::move(item));
      return;
    }
    if (source.kind != Document::Kind::map) {
      report(source.at, "<< merges maps only", "give it an alias of a map");
      return;
    }
    for (Document::Entry& entry : source.entries) {
      if (into.keys.insert(entry.key).second) into.node.entries.push_back(std::move(entry));
    }
  }

  /// A node is complete: a key, a value, an item or the whole.
  void finish(Document node, YAML::anchor_t anchor, std::size_t nodes) {
    if (++nodes_ > kMaxNodes) {
      stop(node.at, fmt::format("more than {} values in one file", kMaxNodes),
           "keep data in a CSV file of its own");
    }
    if (anchor != YAML::NullAnchor) {
      expand(nodes, node.at);
      anchors_[anchor] = {node, nodes, closed_depth_};
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = stack_.back();
    top.nodes += nodes;
    if (top.node.kind == Document::Kind::sequence) {
      if (top.node.items.size() >= kMaxItems) too_many(node.at);
      top.node.items.push_back(std::move(node));
    } else if (!top.has_key) {
      take_key(top, std::move(node));
    } else {
      take_value(top, std::move(node));
    }
  }

  [[noreturn]] void too_many(const SourceLocation& where) {
    stop(where, fmt::format("more than {} entries in one list or map", kMaxItems),
         "keep data in a CSV file of its own");
  }

  void take_key(Open& top, Document node) {
    if (node.kind != Document::Kind::scalar || node.text.empty()) {
      stop(node.at, "a key must be plain text", "write key: value");
    }
    const std::size_t most = foreign_ ? kMaxForeignKeyBytes : kMaxNameBytes;
    if (node.text.size() > most) {
      stop(node.at, fmt::format("a key of more than {} bytes", most), "shorten it");
    }
    if (const auto hidden = hidden_character(node.text)) {
      report(node.at, fmt::format("key {} holds {}", quoted(node.text), *hidden),
             "remove it: it is not seen, but changes how the name is shown");
    }
    top.has_key = true;
    top.merges = node.text == "<<" && !node.quoted;
    top.key = std::move(node.text);
    top.key_at = std::move(node.at);
  }

  void take_value(Open& top, Document node) {
    top.has_key = false;
    if (node.kind == Document::Kind::null && node.at.line != top.key_at.line) node.at = top.key_at;
    if (top.merges) {
      top.merged.push_back(std::move(node));
      return;
    }
    if (top.node.entries.size() >= kMaxItems) too_many(node.at);
    if (!top.keys.insert(top.key).second) {
      int first_line = 0;
      for (const Document::Entry& entry : top.node.entries) {
        if (entry.key == top.key) first_line = entry.key_at.line;
      }
      report(top.key_at, fmt::format("key {} stands here a second time", quoted(top.key)),
             fmt::format("keep one of them; the first is in line {}", first_line));
      return;
    }
    top.node.entries.push_back({std::move(top.key), std::move(top.key_at), std::move(node)});
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<Problem>& problems_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::optional<Document> root_;
  std::size_t nodes_ = 0;
  std::size_t expanded_ = 0;
  std::size_t closed_depth_ = 1;
  int documents_ = 0;
  bool foreign_;  ///< Another tool's file, with its customs.
  std::vector<Document> all_;
};

/// Feeds the whole text to `builder`; false when there is a problem that ends reading.
bool parse(std::string_view text, const std::string& file, std::vector<Problem>& problems,
           Builder& builder) {
  if (std::optional<Problem> problem = check_bytes(text, file)) {
    problems.push_back(std::move(*problem));
    return false;
  }
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return false;
  } catch (const YAML::Exception& error) {
    problems.push_back(
        explain_yaml_error(error.msg, error.mark.line, error.mark.column, text, file));
    return false;
  }
  return true;
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

}  // namespace

std::optional<Document> read_yaml(std::string_view text, const std::string& file,
                                  std::vector<Problem>& problems) {
  const std::size_t before = problems.size();
  text = without_mark(text);
  Builder builder(text, file, problems, false);
  if (!parse(text, file, problems, builder)) return std::nullopt;
  std::optional<Document> root = builder.take();
  if (!root && problems.size() == before) {
    problems.push_back({{file, 1, 1}, {}, "the file is empty", "see `leapday init` for a start"});
  }
  return root;
}

std::vector<Document> read_yaml_documents(std::string_view text, const std::string& file,
                                          std::vector<Problem>& problems) {
  const std::size_t before = problems.size();
  text = without_mark(text);
  Builder builder(text, file, problems, true);
  if (!parse(text, file, problems, builder)) return {};
  std::vector<Document> all = builder.take_all();
  if (all.empty() && problems.size() == before) {
    problems.push_back({{file, 1, 1}, {}, "the file is empty", "name a file with something in it"});
  }
  return all;
}

std::size_t count_nodes(const Document& node) {
  std::size_t count = 1;
  for (const Document& item : node.items) count += count_nodes(item);
  for (const Document::Entry& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

}  // namespace leapday::loading
