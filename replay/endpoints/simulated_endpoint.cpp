#include "replay/endpoints/simulated_endpoint.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "recorder/tokens/breakdown.h"
#include "recorder/turns/reply_headers.h"
#include "recorder/wire/response.h"

namespace turntable::endpoints {

namespace {

support::Nanoseconds timeFor(std::int64_t tokens, double tokensPerSecond) {
    return support::Nanoseconds(std::llround(static_cast<double>(tokens) * 1e9 / tokensPerSecond));
}

/// Tokens of a reply that the recording did not count: those of everything the model wrote.
std::int64_t estimateOutput(const wire::ParsedReply& reply) {
    std::int64_t sum = 0;
    for (const wire::ReplyBlock& block : reply.blocks) {
        sum += tokens::estimateTokens(block.text) + tokens::estimateTokens(block.tool) +
               tokens::estimateTokens(block.arguments);
    }
    return sum;
}

}  // namespace

SimulatedEndpoint::SimulatedEndpoint(const HardwareProfile& profile, const storage::TraceReader& reader)
    : m_profile(profile), m_reader(reader) {}

std::string SimulatedEndpoint::name() const { return "simulated:" + std::string(m_profile.id); }

support::Result<model::ModelIdentity> SimulatedEndpoint::probe(std::stop_token) {
    model::ModelIdentity identity;
    identity.serverKind = "simulated";
    identity.name = name();
    return identity;
}

void SimulatedEndpoint::goOnAfter(const Question& question) { (void)m_cache.ask(question.api, question.body); }

model::TokenBreakdown SimulatedEndpoint::price(const Question& question, std::string_view reply,
                                               std::string_view headers) {
    const double held = m_cache.ask(question.api, question.body);
    model::TokenBreakdown tokens = question.source.tokens;
    for (model::TokenFigure& section : tokens.sections) section.basis = model::Basis::simulated;
    const std::int64_t input = tokens.input.tokens.value_or(m_cache.estimatedTokens());
    tokens.input = {input, model::Basis::simulated};
    // Servers read at least one token of a prompt that they hold whole: its last one gives the first of the answer.
    const auto cached = static_cast<std::int64_t>(static_cast<double>(input) * held);
    tokens.cached = {std::clamp<std::int64_t>(cached, 0, std::max<std::int64_t>(input - 1, 0)),
                     model::Basis::simulated};
    tokens.output.basis = model::Basis::simulated;
    if (!tokens.output.tokens) {
        const wire::ParsedReply parsed = wire::parseStoredReply(
            question.source.api, question.source.httpStatus.value_or(200), turns::headerLine(headers, "content-type"),
            turns::headerLine(headers, "content-encoding"), reply, {model::Arrival{{}, reply.size()}});
        tokens.output.tokens = estimateOutput(parsed);
    }
    return tokens;
}

support::Result<Answer> SimulatedEndpoint::ask(const Question& question, std::stop_token stop) {
    if (stop.stop_requested()) return support::Error{support::ErrorCode::cancelled, "the replay was cancelled"};
    if (question.source.status != model::TurnStatus::complete) {
        return support::Error{support::ErrorCode::notFound, "nothing recorded to answer with"};
    }
    auto body = m_reader.responseBody(question.source.id);
    if (!body) return std::move(body).error();
    auto headers = m_reader.responseHeaders(question.source.id);
    if (!headers) return std::move(headers).error();

    Answer answer;
    answer.simulatedTokens = price(question, *body, *headers);
    const model::TokenBreakdown& tokens = *answer.simulatedTokens;
    model::Latency latency;
    latency.source = model::TimeSource::simulated;
    latency.prefill = timeFor(*tokens.input.tokens - *tokens.cached.tokens, m_profile.prefill.middle());
    latency.decode = timeFor(*tokens.output.tokens, m_profile.decode.middle());
    latency.total = *latency.prefill + *latency.decode;
    answer.simulatedLatency = latency;

    answer.reply.end = turns::ExchangeEnd::whole;
    answer.reply.httpStatus = question.source.httpStatus.value_or(200);
    answer.reply.headers = *std::move(headers);
    if (!body->empty()) answer.reply.arrivals.push_back({*latency.total, body->size()});
    answer.reply.body = *std::move(body);
    return answer;
}

}  // namespace turntable::endpoints
