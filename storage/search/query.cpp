#include "storage/search/query.h"

#include <algorithm>

#include "storage/search/piece_cutter.h"
#include "storage/search/signature.h"
#include "storage/search/text_walker.h"

namespace turntable::search {

using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr std::size_t kMaxTerms = 32;
constexpr std::size_t kMaxBytes = 4096;
// U+3000, the space between words of Chinese and Japanese keyboards.
constexpr std::string_view kWideSpace = "\xE3\x80\x80";

/// Splits a query at white space outside of quotes. Collects raw terms.
class Splitter {
public:
    void take(std::string_view query) {
        for (std::size_t at = 0; at < query.size(); ++at) {
            if (query.substr(at).starts_with("\\\"")) {
                m_term += query[++at];
            } else if (query[at] == '"') {
                finish();
                m_quoted = !m_quoted;
            } else if (!m_quoted && (query[at] == ' ' || (query[at] >= '\t' && query[at] <= '\r'))) {
                finish();
            } else if (!m_quoted && query.substr(at).starts_with(kWideSpace)) {
                at += kWideSpace.size() - 1;
                finish();
            } else {
                m_term += query[at];
            }
        }
        finish();
    }
    [[nodiscard]] const std::vector<std::string>& terms() const { return m_terms; }

private:
    void finish() {
        auto folded = foldedQuery(m_term);
        m_term.clear();
        if (folded.empty() || std::find(m_terms.begin(), m_terms.end(), folded) != m_terms.end()) return;
        m_terms.push_back(std::move(folded));
    }
    std::vector<std::string> m_terms;
    std::string m_term;
    bool m_quoted = false;
};

std::string headOf(const std::string& text) {
    std::size_t size = std::min(text.size(), kOverlapBytes);
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
    return text.substr(0, size);
}

}  // namespace

Result<std::vector<Term>> parseQuery(std::string_view query) {
    if (query.size() > kMaxBytes) {
        return Error{ErrorCode::invalidArgument, "the text to search for has " + std::to_string(query.size()) +
                                                     " bytes; at most " + std::to_string(kMaxBytes) + " can be"};
    }
    Splitter splitter;
    splitter.take(query);
    if (splitter.terms().empty()) {
        return Error{ErrorCode::invalidArgument, "nothing to search for: name a word, or a phrase in double quotes"};
    }
    if (splitter.terms().size() > kMaxTerms) {
        return Error{ErrorCode::invalidArgument,
                     "too many words to search for: " + std::to_string(splitter.terms().size()) + "; at most " +
                         std::to_string(kMaxTerms) + " can be"};
    }
    std::vector<Term> terms;
    for (const std::string& text : splitter.terms()) {
        std::string head = headOf(text);
        auto bits = queryBits(head);
        terms.push_back({text, std::move(head), std::move(bits)});
    }
    return terms;
}

}  // namespace turntable::search
