#include "studio/cli/verb.h"

#include <iostream>

#include "recorder/proxy/recording_proxy.h"
#include "storage/support/utf8.h"
#include "storage/trace_store.h"

namespace turntable::cli {

void addStoreOption(Command command, std::string& store) {
    command.option("--store", store, "Trace store to use (default: turntable.db in your data folder)")
        .valueName("FILE")
        .environment("TURNTABLE_STORE");
}

support::Result<std::filesystem::path> storePath(const std::string& option) {
    if (!option.empty()) return std::filesystem::path(option);
    return storage::defaultStorePath();
}

support::Result<storage::TraceReader> openReader(const std::string& option) {
    auto path = storePath(option);
    if (!path) return std::move(path).error();
    std::error_code ignored;
    if (!std::filesystem::exists(*path, ignored)) {
        return support::Error{support::ErrorCode::notFound, "there is no store at " + path->string() +
                                                                ": record one with `turntable record`, or name "
                                                                "another with --store"};
    }
    if (std::filesystem::is_directory(*path, ignored)) {
        return support::Error{support::ErrorCode::invalidArgument,
                              path->string() + " is a folder: --store names a file, such as turntable.db in it"};
    }
    finishWhatWasLeft(*path);
    return storage::TraceReader::open(*path);
}

void finishWhatWasLeft(const std::filesystem::path& store) {
    const auto recovered = proxy::recoverStore(store);
    if (recovered) return;
    // A file that is no store, or a newer one, gets its sentence from who opens it.
    const auto code = recovered.error().code;
    if (code == support::ErrorCode::unsupportedVersion || code == support::ErrorCode::corrupt) return;
    std::cerr << "turntable: turns that a dead recorder left behind could not be finished now: "
              << recovered.error().message << '\n';
}

int fail(const support::Error& error) {
    std::cerr << "turntable: " << support::validUtf8(error.message) << '\n';
    return error.code == support::ErrorCode::invalidArgument ? kUsage : kFailed;
}

}  // namespace turntable::cli
