#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace turntable::cli {

/// An option or argument of a command, to say more of it. A handle: valid as long as the program's CommandLine.
class Option {
public:
    explicit Option(CLI::Option& option) : m_option(&option) {}

    Option& required();
    /// What the help shows in the place of the value: FILE, N, SESSION.
    Option& valueName(std::string_view name);
    /// The help shows the value that the variable has now.
    Option& showDefault();
    Option& defaultValue(const std::string& value);
    /// An environment variable that stands in where the option is not given.
    Option& environment(const std::string& variable);
    /// Takes one value each time it is given, and may be given more than once.
    Option& repeatable();
    /// What is wrong with a value is told with the option's name, and the program ends with wrong usage.
    Option& oneOf(const std::vector<std::string>& values);
    Option& between(std::int64_t lowest, std::int64_t highest);
    Option& between(double lowest, double highest);
    Option& positive();
    Option& existingFolder();

private:
    CLI::Option* m_option;
};

/// One command, such as `turntable record`. A handle: valid as long as the program's CommandLine.
class Command {
public:
    explicit Command(CLI::App& app) : m_app(&app) {}

    /// A name that begins with dashes is an option, another one an argument in its place. The variable must outlive
    /// the parsing; it keeps its value where the option is not given.
    Option option(const std::string& name, std::string& value, const std::string& help);
    Option option(const std::string& name, std::optional<std::string>& value, const std::string& help);
    Option option(const std::string& name, std::vector<std::string>& values, const std::string& help);
    Option option(const std::string& name, int& value, const std::string& help);
    Option option(const std::string& name, std::optional<int>& value, const std::string& help);
    Option option(const std::string& name, std::int64_t& value, const std::string& help);
    Option option(const std::string& name, std::optional<std::int64_t>& value, const std::string& help);
    Option option(const std::string& name, double& value, const std::string& help);
    void flag(const std::string& name, bool& value, const std::string& help);
    /// A line below the help.
    void footer(const std::string& text);

private:
    CLI::App* m_app;
};

/// The program's command line. It keeps the library that parses it (CLI11) in one file: including that library costs
/// each file seven seconds of compiling.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& description, const std::string& version);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Command command(const std::string& name, const std::string& help);
    /// Below the help of the program, and of the commands that are added later.
    void footer(const std::string& text);
    /// A line below the complaint about an argument that `command` does not take.
    void hintWhenUnexpected(const std::string& command, std::string hint);
    [[nodiscard]] bool hasCommand(std::string_view name) const;

    struct Parsed {
        std::string command;          ///< the command to run, where there is no exit code
        std::optional<int> exitCode;  ///< the program is to end now (0 after --help): everything is said
    };
    [[nodiscard]] Parsed parse(int argc, char** argv);

private:
    std::unique_ptr<CLI::App> m_app;
    std::map<std::string, std::string> m_hints;  ///< by command
};

}  // namespace turntable::cli
