#include "recorder/turns/turn_inspector.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "recorder/tokens/breakdown.h"
#include "recorder/turns/exchange_privacy.h"
#include "recorder/turns/stored_files.h"
#include "recorder/turns/turn_builder.h"

namespace turntable::turns {
namespace {

using support::Result;
using support::Status;

/// Where a part stands: message, what it is when it stands outside of the messages, count among its like.
using Place = std::tuple<int, int, int>;

std::vector<Place> placesOf(const std::vector<model::PromptPart>& parts) {
    std::map<std::pair<int, int>, int> counts;
    std::vector<Place> places;
    places.reserve(parts.size());
    for (const model::PromptPart& part : parts) {
        const int kind = part.messageIndex < 0 ? static_cast<int>(part.kind) : -1;
        places.emplace_back(part.messageIndex, kind, counts[{part.messageIndex, kind}]++);
    }
    return places;
}

// A stored body; a turn that was torn before its reply has none.
Result<std::string> orEmpty(Result<std::string> read) {
    if (!read && read.error().code == support::ErrorCode::notFound) return std::string();
    return read;
}

Status readReply(const storage::TraceReader& reader, InspectedTurn& inspected) {
    const model::Turn& turn = inspected.turn;
    if (turn.status == model::TurnStatus::open) return {};
    auto body = orEmpty(reader.responseBody(turn.id));
    if (!body) return std::move(body).error();
    auto headers = orEmpty(reader.responseHeaders(turn.id));
    if (!headers) return std::move(headers).error();
    auto arrivals = reader.arrivals(turn.id);
    if (!arrivals && arrivals.error().code != support::ErrorCode::notFound) return std::move(arrivals).error();
    inspected.response = *std::move(body);
    inspected.redactedInReply = redactedIn(*headers);
    // No status and no bytes: no reply, of which a parser would only complain.
    if (inspected.response.empty() && !turn.httpStatus) return {};
    const std::vector<model::Arrival> none;
    inspected.reply =
        parseReplyBytes(turn.api, turn.httpStatus, *headers, inspected.response, arrivals ? *arrivals : none);
    return {};
}

// The parts of the request, priced, and what the model read of each.
Result<std::vector<model::PromptPart>> readParts(const storage::TraceReader& reader, InspectedTurn& inspected) {
    auto headers = orEmpty(reader.requestHeaders(inspected.turn.id));
    if (!headers) return std::move(headers).error();
    inspected.provenance = provenanceText(*headers);
    inspected.redactedInRequest = redactedIn(*headers);
    auto files = storedFiles(reader, inspected.turn.id);
    if (!files) return std::move(files).error();
    auto parsed = wire::parseRequest(inspected.turn.api, inspected.request);
    if (!parsed) return std::vector<model::PromptPart>();
    std::vector<model::PromptPart> parts = std::move(parsed->parts);
    const auto seen = screen::observeScreen(inspected.request, parts, *files);
    (void)tokens::breakDown(inspected.request, parts, seen ? std::optional(seen->part) : std::nullopt,
                            usageOf(inspected.reply), scopeOf(provenanceOf(*headers)));
    for (const model::PromptPart& part : parts) {
        inspected.parts.push_back({part, wire::partText(inspected.request, part), true});
    }
    return parts;
}

Status compareWithParent(const storage::TraceReader& reader, const std::vector<model::PromptPart>& parts,
                         InspectedTurn& inspected) {
    if (!inspected.turn.parent) return {};
    const auto body = reader.requestBody(*inspected.turn.parent);
    if (!body) return body.error();
    const auto differ = std::mismatch(inspected.request.begin(), inspected.request.end(), body->begin(), body->end());
    inspected.sharedPrefixBytes = static_cast<std::size_t>(differ.first - inspected.request.begin());
    const auto parentTurn = reader.turn(*inspected.turn.parent);
    if (!parentTurn) return parentTurn.error();
    const auto parsed = wire::parseRequest(parentTurn->api, *body);
    if (!parsed) return {};

    std::map<Place, const model::PromptPart*> before;
    const std::vector<Place> parentPlaces = placesOf(parsed->parts);
    for (std::size_t i = 0; i < parentPlaces.size(); ++i) before[parentPlaces[i]] = &parsed->parts[i];
    const std::vector<Place> places = placesOf(parts);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto found = before.find(places[i]);
        if (found == before.end() || found->second->kind != parts[i].kind) continue;
        const std::string text = wire::partText(*body, *found->second);
        // Images have no text: their bytes have to tell.
        const bool same = text.empty() ? support::slice(*body, found->second->bytes) ==
                                             support::slice(inspected.request, parts[i].bytes)
                                       : text == inspected.parts[i].text;
        inspected.parts[i].isNew = !same;
    }
    return {};
}

Status readNextTurn(const storage::TraceReader& reader, InspectedTurn& inspected) {
    const auto child = reader.childOf(inspected.turn.id);
    if (!child) return child.error();
    if (!*child) return {};
    const model::Turn& next = **child;
    if (next.screenId) {
        auto screen = reader.screen(*next.screenId);
        if (!screen) return std::move(screen).error();
        inspected.screenAfter = *std::move(screen);
    }
    if (inspected.turn.actions.empty()) return {};
    const auto body = reader.requestBody(next.id);
    if (!body) return body.error();
    const auto parsed = wire::parseRequest(next.api, *body);
    if (!parsed) return {};
    for (const model::Action& action : inspected.turn.actions) {
        // From the end: servers that number their calls per reply use an id again in later turns.
        const auto& parts = parsed->parts;
        const auto found = std::find_if(parts.rbegin(), parts.rend(), [&](const model::PromptPart& part) {
            return part.kind == model::PartKind::toolResult && part.callId == action.callId;
        });
        if (action.callId.empty() || found == parts.rend()) continue;
        inspected.results.push_back({action.callId, wire::partText(*body, *found), found->isError});
    }
    return {};
}

}  // namespace

Result<InspectedTurn> inspectTurn(const storage::TraceReader& reader, support::TurnId id) {
    auto turn = reader.turn(id);
    if (!turn) return std::move(turn).error();
    InspectedTurn inspected;
    inspected.turn = *std::move(turn);
    auto request = reader.requestBody(id);
    if (!request) return std::move(request).error();
    inspected.request = *std::move(request);
    if (const Status read = readReply(reader, inspected); !read) return read.error();
    const auto parts = readParts(reader, inspected);
    if (!parts) return parts.error();
    if (const Status compared = compareWithParent(reader, *parts, inspected); !compared) return compared.error();
    if (const Status read = readNextTurn(reader, inspected); !read) return read.error();
    if (inspected.turn.screenId) {
        auto screen = reader.screen(*inspected.turn.screenId);
        if (!screen) return std::move(screen).error();
        inspected.screenBefore = *std::move(screen);
    }
    return inspected;
}

}  // namespace turntable::turns
