// The window is a program of its own, turntable-studio, beside this one: no other verb has to load Qt.
#include <cerrno>
#include <cstring>
#include <vector>

#include <unistd.h>

#include "storage/support/process.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct StudioOptions {
    std::string store;
    std::string session;
    std::vector<std::string> runs;
    std::string picture, view, size, theme, turn;
};

int studio(const StudioOptions& options) {
    auto store = storePath(options.store);
    if (!store) return fail(store.error());
    std::error_code ignored;
    if (std::filesystem::exists(*store, ignored)) finishWhatWasLeft(*store);
    const auto window = support::executablePath().parent_path() / "turntable-studio";
    if (!std::filesystem::exists(window, ignored)) {
        return fail(
            {support::ErrorCode::notFound, "this build has no window (it was made without Qt): " + window.string() +
                                               " is missing; `turntable list`, `show` and `compare` work without it"});
    }
    std::vector<std::string> arguments = {window.string(), "--store", store->string()};
    const auto pass = [&](const char* option, const std::string& value) {
        if (!value.empty()) arguments.insert(arguments.end(), {option, value});
    };
    pass("--picture", options.picture);
    pass("--view", options.view);
    pass("--size", options.size);
    pass("--theme", options.theme);
    pass("--turn", options.turn);
    if (!options.session.empty()) arguments.push_back(options.session);
    arguments.insert(arguments.end(), options.runs.begin(), options.runs.end());
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    execv(window.c_str(), pointers.data());
    return fail({support::ErrorCode::io, "cannot start " + window.string() + ": " + std::strerror(errno)});
}

}  // namespace

Verb addStudio(CommandLine& program) {
    auto command = program.command("studio", "Open the window, or draw one of its views into a picture");
    auto options = std::make_shared<StudioOptions>();
    command.option("session", options->session, "Session: id, name or latest").valueName("SESSION");
    command.option("runs", options->runs, "Runs to compare it with").valueName("RUN");
    command.option("--picture", options->picture, "Draw into this file without a display, then end")
        .valueName("FILE.png");
    command.option("--view", options->view, "library, session or compare");
    command.option("--size", options->size, "Size of the window, 1280x800").valueName("WxH");
    command.option("--theme", options->theme, "light, dark or system");
    command.option("--turn", options->turn, "Turn to select").valueName("N");
    addStoreOption(command, options->store);
    return {"studio", [options] { return studio(*options); }};
}

}  // namespace turntable::cli
