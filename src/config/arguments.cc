// SPDX-License-Identifier: MIT
// Command lines in getopt's syntax, made plain.
#include "config/arguments.h"

#include <optional>
#include <string_view>

#include "base/text.h"
#include "config/option_table.h"

namespace penstock::config {
namespace {

class PlainForm {
 public:
  explicit PlainForm(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<std::vector<std::string>> make() {
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_++];
      if (argument == "--") {
        plain_.push_back(argument);
        plain_.insert(plain_.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                      arguments_.end());
        break;
      }
      if (argument.starts_with("--"))
        TRY(take_long(argument));
      else if (argument.starts_with('-') && argument.size() > 1)
        TRY(take_letters(argument));
      else
        plain_.push_back(argument);
    }
    return std::move(plain_);
  }

 private:
  /// "--socket=:9090", "--socket", "--master=false"
  Result<> take_long(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string spelled = argument.substr(0, equals);
    const Option* const option = find_option(std::string_view(spelled).substr(2));
    if (!option || option->kind == Kind::Flag) {
      plain_.push_back(argument);
      return {};
    }
    if (equals == argument.npos) return take_value(*option, spelled, std::nullopt);
    return take_value(*option, spelled, argument.substr(equals + 1));
  }

  /// "-M", "-Mp4", "-s:9090"
  Result<> take_letters(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const Option* const option = find_letter(argument[i]);
      const std::string spelled = {'-', argument[i]};
      if (!option) {
        plain_.push_back("-" + argument.substr(i));
        return {};
      }
      if (option->kind != Kind::Flag) {
        if (i + 1 == argument.size()) return take_value(*option, spelled, std::nullopt);
        return take_value(*option, spelled, argument.substr(i + 1));
      }
      plain_.push_back(spelled);
    }
    return {};
  }

  Result<> take_value(const Option& option, const std::string& spelled,
                      std::optional<std::string> attached) {
    if (!attached && option.kind == Kind::OptionalValue) {
      // getopt takes only what is attached. A number that follows can mean nothing else, though.
      const bool number = next_ < arguments_.size() && text::parse_unsigned(arguments_[next_]);
      attached = number ? arguments_[next_++] : std::string(option.implied);
    }
    if (!attached && next_ == arguments_.size())
      return fail(spelled + ": needs a value (" + std::string(option.placeholder) + ")");
    plain_.push_back(spelled);
    plain_.push_back(attached ? *attached : arguments_[next_++]);
    return {};
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  std::vector<std::string> plain_;
};

}  // namespace

Result<std::vector<std::string>> in_plain_form(const std::vector<std::string>& arguments) {
  return PlainForm(arguments).make();
}

}  // namespace penstock::config
