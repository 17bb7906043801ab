/// \file explain.cpp
/// `leapday explain KEY`: what a key of the scenario language means.
#include <CLI/CLI.hpp>
#include <memory>

#include "command.hpp"
#include "leapday/load.hpp"
#include "output.hpp"

namespace leapday::cli {

void add_explain(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("explain", "Say what a scenario key or a platform means");
  auto words = std::make_shared<std::vector<std::string>>();
  sub->add_option("KEY", *words, "A key such as apps.*.routing, or `platform NAME`")
      ->required()
      ->type_name("");
  sub->footer(
      "Examples:\n"
      "  leapday explain apps.shop.routing.policy\n"
      "  leapday explain platform cf-diego");
  sub->callback([words, &context] {
    std::string key;
    for (const std::string& word : *words) key += (key.empty() ? "" : " ") + word;
    const auto text = leapday::explain(key, context.registry);
    if (!text) {
      const Problem& problem = text.problems().front();
      complain("explain: " + problem.message, problem.fix);
      context.exit_code = kUsage;
      return;
    }
    print(text->ends_with('\n') ? *text : *text + "\n");
  });
}

}  // namespace leapday::cli
