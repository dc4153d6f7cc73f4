#include "replay/endpoints/prompt_cache.h"

#include <algorithm>
#include <utility>

#include "recorder/tokens/breakdown.h"
#include "recorder/wire/request.h"
#include "storage/support/common_bytes.h"

namespace turntable::endpoints {

namespace {

int renderingOrder(const model::PromptPart& part) {
    if (part.kind == model::PartKind::toolSchema) return 1;
    return part.kind == model::PartKind::systemText && part.messageIndex < 0 ? 0 : 2;
}

}  // namespace

double PromptCache::ask(model::Api api, std::string_view body) {
    std::vector<Piece> pieces;
    m_estimate = 0;
    if (auto parsed = wire::parseRequest(api, body)) {
        std::vector<model::PromptPart>& parts = parsed->parts;
        // Without a server's count the parts are priced one by one; only their ratio matters to the share.
        const model::TokenBreakdown breakdown = tokens::breakDown(body, parts, std::nullopt, {});
        m_estimate = breakdown.input.tokens.value_or(0);
        std::stable_sort(parts.begin(), parts.end(),
                         [](const auto& a, const auto& b) { return renderingOrder(a) < renderingOrder(b); });
        for (const model::PromptPart& part : parts) {
            // The role belongs to what a template renders; the separator cannot occur in it.
            pieces.push_back({part.role + '\n' + std::string(support::slice(body, part.bytes)),
                              static_cast<double>(part.tokens.tokens.value_or(0))});
        }
    }
    double shared = 0;
    double total = 0;
    bool broken = false;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const Piece& piece = pieces[i];
        total += piece.tokens;
        if (broken || i >= m_last.size()) continue;
        const std::string& held = m_last[i].bytes;
        const std::size_t common = support::commonHead(piece.bytes, held);
        broken = piece.bytes != held;
        if (!piece.bytes.empty()) {
            shared += piece.tokens * static_cast<double>(common) / static_cast<double>(piece.bytes.size());
        }
    }
    m_last = std::move(pieces);
    return total > 0 ? shared / total : 0;
}

}  // namespace turntable::endpoints
