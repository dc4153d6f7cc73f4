#include "recorder/wire/reply_state.h"

#include <algorithm>
#include <array>
#include <utility>

namespace turntable::wire {

namespace {

constexpr std::size_t kMaxOddities = 32;
constexpr std::size_t kMaxWords = 1000;

std::optional<support::Nanoseconds> duration(const JsonValue& ms) {
    constexpr double kMaxMs = 1e12;  // about thirty years
    const auto value = ms.number();
    if (!value || !(*value >= 0) || *value > kMaxMs) return std::nullopt;
    return support::fromMs(*value);
}

template <typename T>
void setIfKnown(std::optional<T>& field, std::optional<T> value) {
    if (value) field = std::move(value);
}

}  // namespace

void ReplyState::noteContent(ReplyBlock& block, std::optional<support::Nanoseconds> at) {
    if (!at) return;
    const support::Nanoseconds before = m_reply.lastContent.value_or(*at);
    block.took = block.took.value_or(support::Nanoseconds::zero()) + (*at - before);
    if (!m_reply.firstContent) m_reply.firstContent = at;
    m_reply.lastContent = at;
}

void ReplyState::noteOddity(std::string sentence) {
    auto& all = m_reply.oddities;
    if (all.size() >= kMaxOddities || std::find(all.begin(), all.end(), sentence) != all.end()) return;
    all.push_back(std::move(sentence));
}

void ReplyState::noteError(std::string words) {
    if (m_reply.error.empty()) m_reply.error = std::move(words);
}

void ReplyState::closeBlocks() {
    for (ReplyBlock& block : m_reply.blocks) block.closed = true;
}

void ReplyState::readTimings(const JsonValue& timings) {
    if (!timings.is(JsonKind::object)) return;
    model::ServerTimings& server = m_reply.server;
    setIfKnown(server.promptTokens, timings.find("prompt_n").count());
    setIfKnown(server.cachedTokens, timings.find("cache_n").count());
    setIfKnown(server.predictedTokens, timings.find("predicted_n").count());
    setIfKnown(server.prefill, duration(timings.find("prompt_ms")));
    setIfKnown(server.decode, duration(timings.find("predicted_ms")));
}

void ReplyState::completeUsage() {
    if (m_reply.stopReason.empty()) return;
    Usage& usage = m_reply.usage;
    const model::ServerTimings& server = m_reply.server;
    if (!usage.promptTotal && server.promptTokens && server.cachedTokens &&
        *server.promptTokens + *server.cachedTokens > 0) {
        usage.promptTotal = *server.promptTokens + *server.cachedTokens;
        if (!usage.cachedRead) usage.cachedRead = server.cachedTokens;
    }
    if (!usage.output) usage.output = server.predictedTokens;
}

std::string errorWords(const JsonValue& document) {
    const JsonValue error = document.find("error");
    const std::array<JsonValue, 6> places = {error.find("message"),
                                             error,
                                             error.find("error").find("message"),
                                             document.find("message"),
                                             document.find("detail"),
                                             document.find("errors").first().find("message")};
    for (const JsonValue& place : places) {
        if (const std::string words = place.text(); !words.empty()) return shortened(words);
    }
    return shortened(error.exists() && !error.is(JsonKind::null) ? error.raw() : document.raw());
}

std::string shortened(std::string_view text) {
    if (text.size() <= kMaxWords) return std::string(text);
    std::size_t end = kMaxWords;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end));
}

}  // namespace turntable::wire
