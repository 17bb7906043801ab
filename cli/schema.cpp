/// \file schema.cpp
/// `leapday schema`: the language for editors and for readers, from the code's field lists.
#include <CLI/CLI.hpp>
#include <memory>

#include "command.hpp"
#include "leapday/load.hpp"
#include "output.hpp"

namespace leapday::cli {

void add_schema(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("schema", "Print the JSON schema of the scenario language");
  auto reference = std::make_shared<bool>(false);
  sub->add_flag("--reference", *reference, "Print the reference page (Markdown) instead");
  sub->footer(
      "Example:\n"
      "  leapday schema > leapday.schema.json");
  sub->callback([reference, &context] {
    print(*reference ? reference_page(context.registry) : json_schema(context.registry));
  });
}

}  // namespace leapday::cli
