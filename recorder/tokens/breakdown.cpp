#include "recorder/tokens/breakdown.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "recorder/wire/request.h"
#include "storage/support/byte_range.h"

namespace turntable::tokens {

namespace {

using model::Basis;
using model::PartKind;
using model::PromptPart;
using model::Section;

/// Rule of thumb for an image whose dimensions are not read: a screenshot costs 1,500 to 3,000 tokens, growing with its
/// encoded size; what is far smaller than a screenshot costs in proportion. `base64Bytes` of an image given by URL are
/// none.
std::int64_t estimateImage(std::size_t base64Bytes, bool isLink) {
    constexpr std::int64_t kSmallest = 85;
    constexpr std::int64_t kScreenshotLeast = 1500;
    constexpr std::int64_t kScreenshotMost = 3000;
    if (isLink) return kScreenshotLeast;
    const auto decoded = static_cast<std::int64_t>(base64Bytes) / 4 * 3;
    const std::int64_t small = std::clamp(decoded / 20, kSmallest, kScreenshotLeast);
    return std::clamp(decoded / 100, small, kScreenshotMost);
}

bool holdsImage(std::string_view json) {
    return json.find("\"image\"") != std::string_view::npos || json.find("\"image_url\"") != std::string_view::npos;
}

struct Price {
    std::int64_t tokens = 0;
    bool isPicture = false;  ///< an image, or a tool result that is little else
};

/// What one part costs. Images inside a tool result are priced by the bytes that its text does not account for.
Price priceOf(std::string_view body, const PromptPart& part) {
    const std::string_view json = support::slice(body, part.bytes);
    if (part.kind == PartKind::image) {
        const bool isLink = json.find("base64") == std::string_view::npos;
        return {estimateImage(json.size(), isLink), true};
    }
    const std::string text = wire::partText(body, part);
    Price price{estimateTokens(text), false};
    constexpr std::size_t kEnvelope = 512;  // JSON around the picture
    const bool hasMore = json.size() > 2 * text.size() + kEnvelope;
    if (part.kind != PartKind::toolResult || !hasMore || !holdsImage(json)) return price;
    price.tokens += estimateImage(json.size() - text.size() - kEnvelope, false);
    price.isPicture = text.size() < kEnvelope;
    return price;
}

/// What a chat template writes around the parts: markers of each message and, with tools, the instructions how to call
/// one. Measured on llama-server with Qwen's template: 40 to 50 for a lone message, 150 to 200 with four tools.
std::int64_t estimateTemplate(const std::vector<PromptPart>& parts) {
    constexpr std::int64_t kPrompt = 10;
    constexpr std::int64_t kMessage = 5;
    constexpr std::int64_t kToolsPreamble = 120;
    constexpr std::int64_t kTool = 10;
    std::int64_t overhead = kPrompt;
    std::int64_t tools = 0;
    int message = -1;
    for (const PromptPart& part : parts) {
        if (part.kind == PartKind::toolSchema) ++tools;
        if (part.messageIndex == message) continue;
        message = part.messageIndex;
        overhead += kMessage;
    }
    return overhead + (tools > 0 ? kToolsPreamble + tools * kTool : 0);
}

/// floor(amount × weight / sum) without overflow, for weight ≤ sum < 2^31.
std::int64_t shareOf(std::int64_t amount, std::int64_t weight, std::int64_t sum) {
    return amount / sum * weight + amount % sum * weight / sum;
}

/// Divides `amount` in proportion to `weights` so that the shares sum to it exactly: each gets its floor, and what is
/// left goes one by one to those with the largest remainders, earlier ones first.
std::vector<std::int64_t> divided(std::int64_t amount, const std::vector<std::int64_t>& weights) {
    const std::int64_t sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    std::vector<std::int64_t> shares(weights.size(), 0);
    if (sum <= 0) return shares;
    std::vector<std::int64_t> remainders(weights.size());
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::int64_t left = amount;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        shares[i] = shareOf(amount, weights[i], sum);
        remainders[i] = amount % sum * weights[i] % sum;
        left -= shares[i];
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    for (std::size_t i = 0; left > 0 && i < order.size(); ++i, --left) ++shares[order[i]];
    return shares;
}

std::optional<std::int64_t> unlessNegative(std::optional<std::int64_t> tokens) {
    return tokens && *tokens >= 0 ? tokens : std::nullopt;
}

model::TokenFigure reported(std::optional<std::int64_t> tokens) {
    const auto sane = unlessNegative(tokens);
    return sane ? model::TokenFigure{sane, Basis::exact} : model::TokenFigure{};
}

/// Prices each part in `weights` and moves what shows the screen to its section.
std::vector<std::int64_t> pricedParts(std::string_view body, std::vector<PromptPart>& parts,
                                      std::optional<std::size_t> screenPart) {
    int newest = -1;
    for (const PromptPart& part : parts) newest = std::max(newest, part.messageIndex);
    std::vector<std::int64_t> weights;
    weights.reserve(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Price price = priceOf(body, parts[i]);
        weights.push_back(price.tokens);
        const bool isNewPicture = price.isPicture && newest >= 0 && parts[i].messageIndex == newest;
        if (isNewPicture || screenPart == i) parts[i].section = Section::screen;
    }
    return weights;
}

/// Prices messages of which we do not know how much of the prompt they are.
void breakDownMessages(std::vector<PromptPart>& parts, const std::vector<std::int64_t>& weights,
                       std::optional<std::int64_t> total, model::TokenBreakdown& breakdown) {
    const std::int64_t sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    const bool tooHigh = total && sum > *total;
    const std::vector<std::int64_t> shares = tooHigh ? divided(*total, weights) : weights;
    for (const Section section : {Section::history, Section::screen, Section::user}) {
        breakdown.of(section) = {0, Basis::estimated};
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].tokens = {shares[i], Basis::estimated};
        model::TokenFigure& section = breakdown.of(parts[i].section);
        section = {section.tokens.value_or(0) + shares[i], Basis::estimated};
    }
    if (!total) return;
    const std::int64_t beyond = tooHigh ? 0 : *total - sum;
    model::TokenFigure& other = breakdown.of(Section::other);
    other = {other.tokens.value_or(0) + beyond, Basis::estimated};
    breakdown.input = {total, Basis::exact};
}

}  // namespace

model::TokenBreakdown breakDown(std::string_view body, std::vector<PromptPart>& parts,
                                std::optional<std::size_t> screenPart, const wire::Usage& usage, PromptScope scope) {
    model::TokenBreakdown breakdown;
    breakdown.cached = reported(usage.cachedRead);
    breakdown.output = reported(usage.output);
    const std::vector<std::int64_t> weights = pricedParts(body, parts, screenPart);
    const std::int64_t sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    const auto total = unlessNegative(usage.promptTotal);
    if (!total && parts.empty()) return breakdown;  // nothing is known, and that is not 0
    if (scope == PromptScope::messagesOnly) {
        breakDownMessages(parts, weights, total, breakdown);
        return breakdown;
    }

    // A template never takes more than a quarter: where our guess would, the prompt is tiny and the guess is bad.
    std::int64_t other = estimateTemplate(parts);
    if (total) other = sum > 0 ? std::min(other, *total / 4) : *total;
    const std::vector<std::int64_t> shares = total ? divided(*total - other, weights) : weights;

    for (model::TokenFigure& section : breakdown.sections) section = {0, Basis::estimated};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].tokens = {shares[i], Basis::estimated};
        *breakdown.of(parts[i].section).tokens += shares[i];
    }
    *breakdown.of(Section::other).tokens += other;
    breakdown.input = {total ? *total : sum + other, total ? Basis::exact : Basis::estimated};
    return breakdown;
}

}  // namespace turntable::tokens
