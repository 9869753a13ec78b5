// SPDX-License-Identifier: MIT
// YAML files, read by libyaml.
#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <optional>

namespace penstock::config {
namespace {

/// A parsed document; libyaml's nodes live as long as it does.
class Document {
 public:
  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() {
    if (loaded_) yaml_document_delete(&document_);
  }

  /// Nothing where it has loaded.
  std::optional<DocumentError> load(std::string_view text) {
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) return DocumentError{0, "out of memory"};
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    loaded_ = yaml_parser_load(&parser, &document_) != 0;
    std::optional<DocumentError> error;
    if (!loaded_)
      error = DocumentError{static_cast<int>(parser.problem_mark.line) + 1,
                            parser.problem ? parser.problem : "not YAML"};
    yaml_parser_delete(&parser);
    return error;
  }

  const yaml_node_t* root() { return yaml_document_get_root_node(&document_); }
  const yaml_node_t* node(int index) { return yaml_document_get_node(&document_, index); }

 private:
  yaml_document_t document_{};
  bool loaded_ = false;
};

int line_of(const yaml_node_t& node) {
  return static_cast<int>(node.start_mark.line) + 1;
}

std::string_view text_of(const yaml_node_t& scalar) {
  return {reinterpret_cast<const char*>(scalar.data.scalar.value), scalar.data.scalar.length};
}

/// Unquoted null and ~ are no value.
std::string value_of(const yaml_node_t& scalar) {
  const std::string_view text = text_of(scalar);
  const bool plain = scalar.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  return plain && (text == "null" || text == "~") ? std::string() : std::string(text);
}

unexpected<DocumentError> wrong(const yaml_node_t& node, std::string what) {
  return unexpected(DocumentError{line_of(node), std::move(what)});
}

/// The scalar itself, or the items of the list.
std::vector<const yaml_node_t*> items_of(Document& document, const yaml_node_t& value) {
  if (value.type != YAML_SEQUENCE_NODE) return {&value};
  std::vector<const yaml_node_t*> items;
  for (const yaml_node_item_t* item = value.data.sequence.items.start;
       item != value.data.sequence.items.top; ++item)
    items.push_back(document.node(*item));
  return items;
}

const yaml_node_t* find(Document& document, const yaml_node_t* mapping, std::string_view name) {
  if (!mapping || mapping->type != YAML_MAPPING_NODE) return nullptr;
  for (const yaml_node_pair_t* pair = mapping->data.mapping.pairs.start;
       pair != mapping->data.mapping.pairs.top; ++pair) {
    const yaml_node_t& key = *document.node(pair->key);
    if (key.type == YAML_SCALAR_NODE && text_of(key) == name) return document.node(pair->value);
  }
  return nullptr;
}

}  // namespace

Parsed<Entries> parse_yaml(std::string_view text, std::string_view section) {
  Document document;
  if (auto error = document.load(text)) return unexpected(std::move(*error));
  const yaml_node_t* const mapping = find(document, document.root(), section);
  if (!mapping) return unexpected(DocumentError{0, fmt::format("there is no \"{}:\"", section)});
  if (mapping->type != YAML_MAPPING_NODE)
    return wrong(*mapping, fmt::format("{}: expected names with values", section));
  Entries entries;
  for (const yaml_node_pair_t* pair = mapping->data.mapping.pairs.start;
       pair != mapping->data.mapping.pairs.top; ++pair) {
    const yaml_node_t& key = *document.node(pair->key);
    if (key.type != YAML_SCALAR_NODE) return wrong(key, "expected a name");
    for (const yaml_node_t* const item : items_of(document, *document.node(pair->value))) {
      if (item->type != YAML_SCALAR_NODE)
        return wrong(*item, fmt::format("{}: expected a value or a list of values", text_of(key)));
      entries.push_back({std::string(text_of(key)), value_of(*item), line_of(*item)});
    }
  }
  return entries;
}

}  // namespace penstock::config
