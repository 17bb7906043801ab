/// \file completion.cpp
/// `leapday completion SHELL`: a completion script made from the subcommands and their options.
/// Why: a script written by hand would lag behind the command.
#include <CLI/CLI.hpp>
#include <memory>

#include "arguments.hpp"
#include "command.hpp"
#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "library.hpp"
#include "output.hpp"

namespace leapday::cli {
namespace {

struct Words {
  std::string name;
  std::string help;
  std::vector<std::string> options;                                      ///< "--seed"
  std::vector<std::pair<std::string, std::vector<std::string>>> values;  ///< "--format" -> names
  std::vector<std::string> positionals;  ///< Fixed words, if any; files always do.
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> fixed_words(const std::string& subcommand) {
  if (subcommand == "list") {
    return {"faults", "policies", "checks", "profiles", "scenarios", "formats"};
  }
  if (subcommand == "import") return import_kinds();
  if (subcommand == "completion") return {"bash", "zsh", "fish"};
  if (subcommand != "run" && subcommand != "verify" && subcommand != "validate" &&
      subcommand != "plan" && subcommand != "sweep-dates") {
    return {};
  }
  std::vector<std::string> names;
  for (const LibraryScenario& scenario : library_scenarios()) names.push_back(scenario.name);
  return names;
}

std::vector<Words> collect(const Context& context) {
  std::vector<std::string> formats;
  for (const auto& item : context.registry.formats.items()) formats.push_back(item.name);
  std::vector<Words> all;
  for (const CLI::App* sub : context.root->get_subcommands([](const CLI::App*) { return true; })) {
    Words words{.name = sub->get_name(), .help = sub->get_description()};
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_lnames().empty()) continue;
      const std::string name = "--" + option->get_lnames().front();
      words.options.push_back(name);
      if (name == "--format") words.values.emplace_back(name, formats);
      if (option->get_type_name() == "WHEN") {
        words.values.emplace_back(name, std::vector<std::string>{"auto", "always", "never"});
      }
    }
    words.positionals = fixed_words(words.name);
    all.push_back(std::move(words));
  }
  return all;
}

std::string bash(const std::vector<Words>& all) {
  std::string names, cases;
  for (const Words& words : all) {
    names += (names.empty() ? "" : " ") + words.name;
    std::string values;
    for (const auto& [option, choices] : words.values) {
      values += "        " + option + ") COMPREPLY=($(compgen -W \"" + joined(choices) +
                "\" -- \"$word\")); return ;;\n";
    }
    cases += "    " + words.name + ")\n";
    if (!values.empty()) cases += "      case \"$before\" in\n" + values + "      esac\n";
    cases += "      words=\"" + joined(words.options) + " " + joined(words.positionals) + "\" ;;\n";
  }
  return "# bash completion for leapday: source <(leapday completion bash)\n"
         "_leapday() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W \"" +
         names +
         " --help --version\" -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
         "}\n"
         "complete -o filenames -F _leapday leapday\n";
}

std::string zsh(const std::vector<Words>& all) {
  std::string names, values, words_of;
  for (const Words& words : all) {
    names += "    '" + words.name + ":" + words.help + "'\n";
    words_of += "    " + words.name + ") compadd -- " + joined(words.options) + " " +
                joined(words.positionals) + " ;;\n";
    for (const auto& [option, choices] : words.values) {
      values +=
          "    " + words.name + ":" + option + ") compadd -- " + joined(choices) + "; return ;;\n";
    }
  }
  return "#compdef leapday\n"
         "# zsh completion for leapday: source <(leapday completion zsh)\n"
         "_leapday() {\n"
         "  local -a commands=(\n" +
         names +
         "  )\n"
         "  if ((CURRENT == 2)); then _describe command commands; return; fi\n"
         "  case ${words[2]}:${words[CURRENT-1]} in\n" +
         values +
         "  esac\n"
         "  case ${words[2]} in\n" +
         words_of +
         "  esac\n"
         "  _files\n"
         "}\n"
         "compdef _leapday leapday\n";
}

std::string fish(const std::vector<Words>& all) {
  std::string text =
      "# fish completion for leapday: leapday completion fish | source\n"
      "complete -c leapday -n __fish_use_subcommand -f -l version\n";
  for (const Words& words : all) {
    const std::string seen =
        "complete -c leapday -n '__fish_seen_subcommand_from " + words.name + "'";
    text += "complete -c leapday -n __fish_use_subcommand -f -a " + words.name + " -d '" +
            words.help + "'\n";
    for (const std::string& option : words.options) {
      std::string choices;
      for (const auto& [name, names] : words.values) {
        if (name == option) choices = " -x -a '" + joined(names) + "'";
      }
      text += seen + " -l " + option.substr(2) + choices + "\n";
    }
    if (!words.positionals.empty()) text += seen + " -a '" + joined(words.positionals) + "'\n";
  }
  return text;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  sub->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(one_of({"bash", "zsh", "fish"}, "shell with completions"));
  sub->footer(
      "Example:\n"
      "  source <(leapday completion bash)");
  sub->callback([shell, &context] {
    const std::vector<Words> all = collect(context);
    print(*shell == "bash" ? bash(all) : *shell == "zsh" ? zsh(all) : fish(all));
  });
}

}  // namespace leapday::cli
