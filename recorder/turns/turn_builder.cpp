#include "recorder/turns/turn_builder.h"

#include <algorithm>
#include <utility>

#include "recorder/turns/latency_rules.h"
#include "recorder/turns/reply_actions.h"
#include "recorder/turns/reply_headers.h"

namespace turntable::turns {
namespace {

// A turn that acts is known by its action; one that only talks, by what it says.
constexpr std::size_t kMaxTextBytes = 400;
constexpr std::size_t kMaxTextBytesBesideActions = 80;
constexpr int kBadGateway = 502;
constexpr int kOk = 200;

bool isSuccess(std::optional<int> status) { return status && *status >= 200 && *status < 300; }

// The outer ranges of parts that may nest (an image inside of a tool result), ascending.
std::vector<support::ByteRange> outerRanges(const std::vector<model::PromptPart>& parts) {
    std::vector<support::ByteRange> ranges;
    for (const model::PromptPart& part : parts) {
        if (!part.bytes.empty()) ranges.push_back(part.bytes);
    }
    std::sort(ranges.begin(), ranges.end(), [](const support::ByteRange& a, const support::ByteRange& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.size > b.size;
    });
    std::vector<support::ByteRange> outer;
    for (const support::ByteRange& range : ranges) {
        if (outer.empty() || range.offset >= outer.back().end()) outer.push_back(range);
    }
    return outer;
}

std::optional<std::size_t> screenPartOf(const UnderstoodRequest& understood) {
    if (!understood.screen) return std::nullopt;
    return understood.screen->part;
}

// A model of a machine counted these, no machine did.
void relabelSimulated(model::TokenBreakdown& tokens) {
    for (model::TokenFigure* figure : {&tokens.input, &tokens.cached, &tokens.output}) {
        if (figure->tokens && figure->basis == model::Basis::exact) figure->basis = model::Basis::simulated;
    }
}

bool nothingCame(const ReplyReceived& reply) {
    return !reply.sentToAgent.empty() || (!reply.httpStatus && reply.body.empty());
}

struct Outcome {
    model::TurnStatus status = model::TurnStatus::complete;
    std::string error;
};

std::string firstOf(const std::string& preferred, const std::string& otherwise) {
    return preferred.empty() ? otherwise : preferred;
}

bool isReconstructed(std::string_view headers) { return provenanceOf(headers) == Provenance::reconstructed; }

Outcome outcomeOfWhole(const ReplyReceived& reply, const wire::ParsedReply& parsed) {
    const bool statusUnknown = !reply.httpStatus && isReconstructed(reply.headers);
    if (!reply.httpStatus && !statusUnknown) {
        return {model::TurnStatus::failed, firstOf(parsed.error, firstOf(reply.error, "the server gave no answer"))};
    }
    if (!statusUnknown && !isSuccess(reply.httpStatus)) {
        return {model::TurnStatus::failed,
                firstOf(parsed.error, "the server answered with status " + std::to_string(*reply.httpStatus))};
    }
    if (!parsed.error.empty()) return {model::TurnStatus::failed, parsed.error};
    if (!parsed.ended) {
        const bool otherDocument =
            !parsed.oddities.empty() && parsed.oddities.back().starts_with("the reply has no list");
        return {model::TurnStatus::interrupted,
                otherDocument ? parsed.oddities.back() : "the reply ended without its closing event"};
    }
    return {model::TurnStatus::complete, {}};
}

Outcome outcomeOf(const ReplyReceived& reply, const wire::ParsedReply& parsed) {
    switch (reply.end) {
        case ExchangeEnd::whole: return outcomeOfWhole(reply, parsed);
        case ExchangeEnd::clientGone:
            return {model::TurnStatus::cancelled, firstOf(reply.error, "the agent hung up before the reply was whole")};
        case ExchangeEnd::upstreamFailed:
            if (nothingCame(reply)) {
                return {model::TurnStatus::failed, firstOf(reply.error, "the server could not be reached")};
            }
            return {model::TurnStatus::interrupted,
                    firstOf(reply.error, "the server broke off in the middle of the reply")};
        case ExchangeEnd::recorderStopped:
            return {model::TurnStatus::interrupted,
                    firstOf(reply.error, "the recorder stopped before the reply was whole")};
    }
    return {model::TurnStatus::interrupted, reply.error};
}

model::WireStamps stampsOf(const ReplyReceived& reply, const wire::ParsedReply& parsed) {
    model::WireStamps stamps = reply.wire;
    stamps.firstContent = parsed.firstContent;
    if (!reply.arrivals.empty()) {
        if (!stamps.firstByte) stamps.firstByte = reply.arrivals.front().at;
        if (!stamps.lastByte) stamps.lastByte = reply.arrivals.back().at;
    }
    return stamps;
}

bool isEventStream(std::string_view headers, bool asked) {
    const std::string_view type = headerLine(headers, "content-type");
    return type.empty() ? asked : type.starts_with("text/event-stream");
}

}  // namespace

const model::Screen* UnderstoodRequest::shownScreen() const {
    if (!screen || (screen->screen.elements.empty() && !screen->note.empty())) return nullptr;
    return &screen->screen;
}

UnderstoodRequest understandRequest(const RequestReceived& request, const screen::LinkedFileSource& files) {
    UnderstoodRequest understood;
    understood.body = request.body;
    understood.simulated = request.simulated;
    understood.parsed.api = request.api;
    understood.provenance = provenanceOf(request.headers);
    model::Turn& turn = understood.turn;
    turn.api = request.api;
    turn.started = request.started;
    turn.target = request.target;
    turn.requestBytes = static_cast<std::int64_t>(request.body.size());

    auto parsed = wire::parseRequest(request.api, understood.body);
    if (!parsed) {
        turn.error = "the request could not be read: " + parsed.error().message;
        return understood;
    }
    understood.parsed = *std::move(parsed);
    turn.requestedModel = understood.parsed.model;
    turn.streaming = understood.parsed.streaming;
    understood.shared = outerRanges(understood.parsed.parts);
    understood.screen = screen::observeScreen(understood.body, understood.parsed.parts, files);
    if (understood.screen) {
        turn.screen = model::summarize(understood.screen->screen);
        turn.screen->note = understood.screen->note;
    }
    // Without a reply these are estimates: what an open or torn turn has to show.
    turn.tokens = tokens::breakDown(understood.body, understood.parsed.parts, screenPartOf(understood), {},
                                    scopeOf(understood.provenance));
    return understood;
}

void understandReply(UnderstoodRequest& understood, const ReplyReceived& reply) {
    const ReplyBytes given = bytesGiven(reply);
    const wire::ParsedReply parsed =
        parseReplyBytes(understood.parsed.api, reply.httpStatus, reply.headers, given.body, given.arrivals);
    const bool readable = understood.turn.error.empty();
    understood.serverKind = serverKindOf(reply.headers, parsed.model);
    if (understood.serverKind == "simulated") understood.simulated = true;

    model::Turn& turn = understood.turn;
    Outcome outcome = outcomeOf(reply, parsed);
    turn.status = outcome.status;
    if (readable || !outcome.error.empty()) turn.error = std::move(outcome.error);
    turn.httpStatus = reply.httpStatus;
    turn.answeredModel = parsed.model;
    turn.stopReason = parsed.stopReason;
    turn.responseBytes = static_cast<std::int64_t>(given.body.size());
    turn.server = parsed.server;
    turn.wire = stampsOf(reply, parsed);
    const bool streamed = isEventStream(reply.headers, turn.streaming);
    if (!readable && isSuccess(reply.httpStatus)) turn.streaming = streamed;
    turn.latency = measureLatency(parsed, turn.wire, understood.serverKind, streamed, reply.end);
    turn.actions = actionsOf(parsed, understood.parsed, understood.shownScreen());
    turn.text = visibleText(parsed, turn.actions.empty() ? kMaxTextBytes : kMaxTextBytesBesideActions);
    turn.tokens = tokens::breakDown(understood.body, understood.parsed.parts, screenPartOf(understood), usageOf(parsed),
                                    scopeOf(understood.provenance));
    if (understood.simulated) relabelSimulated(turn.tokens);
}

ReplyBytes bytesGiven(const ReplyReceived& reply) {
    if (!reply.body.empty() || reply.sentToAgent.empty()) return {reply.body, reply.arrivals};
    return {reply.sentToAgent,
            {{reply.wire.lastByte.value_or(support::Nanoseconds::zero()), reply.sentToAgent.size()}}};
}

wire::ParsedReply parseReplyBytes(model::Api api, std::optional<int> httpStatus, std::string_view headers,
                                  std::string_view body, const std::vector<model::Arrival>& arrivals) {
    const int silent = isReconstructed(headers) ? kOk : kBadGateway;
    wire::ParsedReply reply =
        wire::parseStoredReply(api, httpStatus.value_or(silent), headerLine(headers, "content-type"),
                               headerLine(headers, "content-encoding"), body, arrivals);
    if (!arrivals.empty()) return reply;
    reply.messageStart = reply.firstContent = reply.lastContent = std::nullopt;
    for (wire::ReplyBlock& block : reply.blocks) block.took = std::nullopt;
    return reply;
}

wire::Usage usageOf(const wire::ParsedReply& reply) {
    wire::Usage usage = reply.usage;
    const model::ServerTimings& server = reply.server;
    if (!usage.promptTotal && server.promptTokens && server.cachedTokens) {
        usage.promptTotal = *server.promptTokens + *server.cachedTokens;
    }
    if (!usage.cachedRead) usage.cachedRead = server.cachedTokens;
    if (!usage.output) usage.output = server.predictedTokens;
    return usage;
}

}  // namespace turntable::turns
