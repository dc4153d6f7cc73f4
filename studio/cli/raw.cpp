#include <iostream>

#include "recorder/turns/exchange_privacy.h"
#include "recorder/turns/provenance.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct RawOptions {
    std::string session;
    int turn = 0;
    bool request = false;
    bool response = false;
    std::string store;
};

// On the error output, so that the bytes stay alone.
void tellWhatTheyAre(std::string_view headers) {
    const auto provenance = turns::provenanceText(headers);
    if (!provenance.empty()) std::cerr << "note: " << provenance << '\n';
    const auto redacted = turns::redactedIn(headers);
    if (redacted == 0) return;
    std::cerr << "note: " << redacted << (redacted == 1 ? " secret was" : " secrets were")
              << " replaced before these bytes were stored; they are not those of the wire\n";
}

int raw(const RawOptions& options) {
    if (options.request == options.response) {
        return fail({support::ErrorCode::invalidArgument, "say which bytes: --request or --response"});
    }
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto session = reader->findSession(options.session);
    if (!session) return fail(session.error());
    auto turn = reader->turnByNumber(session->id, options.turn);
    if (!turn) return fail(turn.error());
    auto bytes = options.request ? reader->requestBody(turn->id) : reader->responseBody(turn->id);
    if (!bytes) return fail(bytes.error());
    const auto headers = options.request ? reader->requestHeaders(turn->id) : reader->responseHeaders(turn->id);
    if (headers) tellWhatTheyAre(*headers);
    std::cout.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
    return kDone;
}

}  // namespace

Verb addRaw(CommandLine& program) {
    auto command = program.command("raw", "Give out the stored bytes of a turn, checked against their SHA-256");
    auto options = std::make_shared<RawOptions>();
    command.option("session", options->session, "Session: id, name or latest").required().valueName("SESSION");
    command.option("turn", options->turn, "Number of the turn, from 1").required().valueName("TURN");
    command.flag("--request", options->request, "What the agent sent");
    command.flag("--response", options->response, "What came back");
    addStoreOption(command, options->store);
    return {"raw", [options] { return raw(*options); }};
}

}  // namespace turntable::cli
