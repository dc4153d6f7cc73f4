#include "studio/cli/command.h"

#include <CLI/CLI.hpp>

namespace turntable::cli {

Option& Option::required() {
    m_option->required();
    return *this;
}

Option& Option::valueName(std::string_view name) {
    m_option->type_name(std::string(name));
    return *this;
}

Option& Option::showDefault() {
    m_option->capture_default_str();
    return *this;
}

Option& Option::defaultValue(const std::string& value) {
    m_option->default_str(value)->default_val(value);
    return *this;
}

Option& Option::environment(const std::string& variable) {
    m_option->envname(variable);
    return *this;
}

Option& Option::repeatable() {
    // No further values: a list that may go on takes the "--" that ends it.
    m_option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return *this;
}

Option& Option::oneOf(const std::vector<std::string>& values) {
    m_option->check(CLI::IsMember(values));
    return *this;
}

Option& Option::between(std::int64_t lowest, std::int64_t highest) {
    m_option->check(CLI::Range(lowest, highest));
    return *this;
}

Option& Option::between(double lowest, double highest) {
    m_option->check(CLI::Range(lowest, highest));
    return *this;
}

Option& Option::positive() {
    m_option->check(CLI::PositiveNumber);
    return *this;
}

Option& Option::existingFolder() {
    m_option->check(CLI::Validator(CLI::ExistingDirectory).description(""));
    return *this;
}

Option Command::option(const std::string& name, std::string& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, std::optional<std::string>& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, std::vector<std::string>& values, const std::string& help) {
    return Option(*m_app->add_option(name, values, help));
}

Option Command::option(const std::string& name, int& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, std::optional<int>& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, std::int64_t& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, std::optional<std::int64_t>& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

Option Command::option(const std::string& name, double& value, const std::string& help) {
    return Option(*m_app->add_option(name, value, help));
}

void Command::flag(const std::string& name, bool& value, const std::string& help) {
    m_app->add_flag(name, value, help);
}

void Command::footer(const std::string& text) { m_app->footer(text); }

CommandLine::CommandLine(const std::string& name, const std::string& description, const std::string& version)
    : m_app(std::make_unique<CLI::App>(description, name)) {
    m_app->set_version_flag("--version", name + " " + version);
    m_app->require_subcommand(1);
    m_app->failure_message([this](const CLI::App* app, const CLI::Error& error) {
        std::string text = CLI::FailureMessage::simple(app, error);
        if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return text;
        for (const CLI::App* command : m_app->get_subcommands()) {
            if (const auto hint = m_hints.find(command->get_name()); hint != m_hints.end()) text += hint->second + "\n";
        }
        return text;
    });
}

CommandLine::~CommandLine() = default;

Command CommandLine::command(const std::string& name, const std::string& help) {
    return Command(*m_app->add_subcommand(name, help));
}

void CommandLine::hintWhenUnexpected(const std::string& command, std::string hint) {
    m_hints.insert_or_assign(command, std::move(hint));
}

void CommandLine::footer(const std::string& text) { m_app->footer(text); }

bool CommandLine::hasCommand(std::string_view name) const {
    const auto named = [&](const CLI::App* command) { return command->get_name() == name; };
    return !m_app->get_subcommands(named).empty();
}

CommandLine::Parsed CommandLine::parse(int argc, char** argv) {
    try {
        m_app->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {.command = {}, .exitCode = m_app->exit(error)};
    }
    return {.command = m_app->get_subcommands().front()->get_name(), .exitCode = std::nullopt};
}

}  // namespace turntable::cli
