// turntable VERB: the command line over the libraries. One verb a file.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <vector>

#include "studio/cli/verb.h"

int main(int argc, char** argv) {
    using namespace turntable::cli;
    std::signal(SIGPIPE, SIG_IGN);
    std::ios::sync_with_stdio(false);

    CLI::App program(
        "Turntable records every turn of a desktop agent, plays it back against other local models, and shows "
        "what changed.",
        "turntable");
    program.set_version_flag("--version", std::string("turntable ") + TURNTABLE_VERSION);
    program.require_subcommand(1);
    const std::string exitCodes =
        "Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 what was asked for did not hold.";
    program.footer(exitCodes);  // the verbs inherit it
    const std::vector<Verb> verbs = {addRecord(program), addUpstream(program), addReplay(program), addCompare(program),
                                     addDiff(program),   addList(program),     addShow(program),   addRaw(program),
                                     addSearch(program), addNote(program),     addImport(program), addExport(program),
                                     addRedact(program), addCheck(program),    addDelete(program), addPrune(program),
                                     addStats(program),  addStudio(program)};
    program.footer(exitCodes + "\nBegin with: turntable record --upstream http://127.0.0.1:8080");
    const auto isNamed = [&](const Verb& verb) { return verb.command->check_name(argv[1]); };
    if (argc > 1 && argv[1][0] != '-' && std::none_of(verbs.begin(), verbs.end(), isNamed)) {
        std::cerr << "turntable: there is no verb \"" << argv[1] << "\"; `turntable --help` lists them\n";
        return kUsage;
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? kDone : kUsage;
    }
    for (const Verb& verb : verbs) {
        if (!verb.command->parsed()) continue;
        const int code = verb.run();
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "turntable: standard output could not be written\n";
            return kFailed;
        }
        return code;
    }
    return kUsage;
}
