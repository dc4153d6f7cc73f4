// turntable VERB: the command line over the libraries. One verb a file.
#include <csignal>
#include <iostream>
#include <vector>

#include "studio/cli/plain_output.h"
#include "studio/cli/verb.h"

int main(int argc, char** argv) {
    using namespace turntable::cli;
    std::signal(SIGPIPE, SIG_IGN);
    std::ios::sync_with_stdio(false);

    CommandLine program(
        "turntable",
        "Turntable records every turn of a desktop agent, plays it back against other local models, and "
        "shows what changed.",
        TURNTABLE_VERSION);
    const std::string exitCodes =
        "Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 what was asked for did not hold.";
    program.footer(exitCodes);  // the verbs inherit it
    const std::vector<Verb> verbs = {addRecord(program),   addRun(program),    addWatch(program),   addDoctor(program),
                                     addUpstream(program), addReplay(program), addCompare(program), addDiff(program),
                                     addList(program),     addShow(program),   addRaw(program),     addSearch(program),
                                     addNote(program),     addImport(program), addExport(program),  addRedact(program),
                                     addCheck(program),    addDelete(program), addPrune(program),   addStats(program),
                                     addStudio(program)};
    program.footer(exitCodes + "\nBegin with: turntable record --upstream http://127.0.0.1:8080");
    if (argc > 1 && argv[1][0] != '-' && !program.hasCommand(argv[1])) {
        std::cerr << "turntable: there is no verb \"" << argv[1] << "\"; `turntable --help` lists them\n";
        return kUsage;
    }
    const auto parsed = program.parse(argc, argv);
    if (parsed.exitCode) return *parsed.exitCode == 0 ? kDone : kUsage;
    for (const Verb& verb : verbs) {
        if (verb.name != parsed.command) continue;
        const PlainOutput plain(verb.name == "raw");
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
