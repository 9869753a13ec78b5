// SPDX-License-Identifier: MIT
// XML files, read by expat.
#include "config/xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/text.h"

namespace penstock::config {
namespace {

using Parser = std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)>;

constexpr std::string_view kStanza = "uwsgi";

std::string_view id_of(const XML_Char** attributes) {
  for (; *attributes; attributes += 2)
    if (std::string_view(attributes[0]) == "id") return attributes[1];
  return {};
}

/// Follows the elements, and keeps the first thing that is wrong.
class Reader {
 public:
  Reader(XML_Parser parser, std::string_view id) : parser_(parser), id_(id) {}

  void begin(std::string_view name, const XML_Char** attributes) {
    ++depth_;
    if (stanza_ == 0) {
      if (name == kStanza && !found_ && (id_.empty() || id_of(attributes) == id_)) stanza_ = depth_;
      found_ = found_ || stanza_ != 0;
    } else if (option_) {
      fail(fmt::format("<{}>: expected a text, not <{}>", option_->name, name));
    } else if (*attributes) {
      fail(fmt::format("<{}>: options have no attributes, such as {}", name, *attributes));
    } else {
      option_ = Entry{std::string(name), "", line()};
    }
  }

  void end() {
    if (option_) {
      option_->value = text::trim(option_->value);
      entries_.push_back(std::move(*option_));
      option_.reset();
    } else if (depth_ == stanza_) {
      stanza_ = 0;
    }
    --depth_;
  }

  void take_text(std::string_view text) {
    if (option_)
      option_->value += text;
    else if (stanza_ != 0 && !text::trim(text).empty())
      fail(fmt::format("{}: a text that belongs to no option", text::trim(text)));
  }

  void fail(std::string what) {
    if (error_) return;
    error_ = DocumentError{line(), std::move(what)};
    XML_StopParser(parser_, XML_FALSE);
  }

  int line() const { return static_cast<int>(XML_GetCurrentLineNumber(parser_)); }

  Parsed<Entries> result() {
    if (error_) return unexpected(std::move(*error_));
    if (found_) return std::move(entries_);
    return unexpected(DocumentError{0, id_.empty()
                                           ? "there is no <uwsgi>"
                                           : fmt::format("there is no <uwsgi id=\"{}\">", id_)});
  }

 private:
  XML_Parser parser_;
  std::string_view id_;
  int depth_ = 0;
  int stanza_ = 0;  // the depth of the <uwsgi> that is being read; 0: none
  bool found_ = false;
  std::optional<Entry> option_;
  Entries entries_;
  std::optional<DocumentError> error_;
};

Reader& reader(void* data) {
  return *static_cast<Reader*>(data);
}

void on_begin(void* data, const XML_Char* name, const XML_Char** attributes) {
  reader(data).begin(name, attributes);
}

void on_end(void* data, const XML_Char* /*name*/) {
  reader(data).end();
}

void on_text(void* data, const XML_Char* text, int size) {
  reader(data).take_text({text, static_cast<std::size_t>(size)});
}

// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): expat's signature
void on_entity(void* data, const XML_Char* name, int /*parameter*/, const XML_Char* /*value*/,
               int /*size*/, const XML_Char* /*base*/, const XML_Char* /*system*/,
               const XML_Char* /*public*/, const XML_Char* /*notation*/) {
  reader(data).fail(fmt::format("the entity {}: entities cannot be declared here", name));
}

}  // namespace

Parsed<Entries> parse_xml(std::string_view text, std::string_view id) {
  const Parser parser(XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return unexpected(DocumentError{0, "out of memory"});
  Reader reader(parser.get(), id);
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), on_begin, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetEntityDeclHandler(parser.get(), on_entity);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) !=
      XML_STATUS_OK)
    reader.fail(XML_ErrorString(XML_GetErrorCode(parser.get())));
  return reader.result();
}

}  // namespace penstock::config
