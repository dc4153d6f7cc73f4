#include "recorder/wire/json_shape.h"

#include <cstring>
#include <string>

#include "recorder/wire/json_scan.h"

namespace turntable::wire {

namespace {

using support::Error;
using support::ErrorCode;

Error corruptAt(std::size_t position, std::string_view what) {
    return {ErrorCode::corrupt, "not JSON at byte " + std::to_string(position) + ": " + std::string(what)};
}

/// Behind the closing quote of the string that opens at `open`; npos when it is never closed.
std::size_t endOfString(std::string_view text, std::size_t open) {
    std::size_t from = open + 1;
    while (true) {
        const std::size_t quote = text.find('"', from);
        if (quote == std::string_view::npos) return quote;
        std::size_t slashes = 0;
        while (text[quote - slashes - 1] == '\\') ++slashes;  // stops at the opening quote at the latest
        if (slashes % 2 == 0) return quote + 1;
        from = quote + 1;
    }
}

std::size_t skipDigits(std::string_view token, std::size_t at) {
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at;
}

}  // namespace

support::Status checkJsonShape(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && isJsonSpace(text[at])) ++at;
    if (at == text.size()) return corruptAt(at, "expected an object or an array, found nothing");
    if (text[at] != '{' && text[at] != '[') return corruptAt(at, "expected an object or an array");

    std::string open;  // the brackets around the place, outermost first
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            const std::size_t end = endOfString(text, at);
            if (end == std::string_view::npos) return corruptAt(at, "a string that is never closed");
            at = end;
            continue;
        }
        if (c == '{' || c == '[') {
            if (open.size() == kMaxJsonDepth) {
                return Error{ErrorCode::limitExceeded, "more than " + std::to_string(kMaxJsonDepth) +
                                                           " levels of nesting at byte " + std::to_string(at)};
            }
            open.push_back(c);
        } else if (c == '}' || c == ']') {
            if (open.back() != (c == '}' ? '{' : '[')) return corruptAt(at, "a bracket that does not match");
            open.pop_back();
            if (open.empty()) break;
        }
        ++at;
    }
    if (!open.empty()) return corruptAt(text.size(), "the text ends in the middle");
    for (++at; at < text.size(); ++at) {
        if (!isJsonSpace(text[at])) return corruptAt(at, "bytes behind the end of the document");
    }
    return {};
}

std::size_t findControlInString(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '"') continue;
        const std::size_t end = endOfString(text, at);
        if (end == std::string_view::npos) return text.size();
        for (; at + 1 < end; ++at) {
            if (static_cast<unsigned char>(text[at]) < 0x20) return at;
        }
    }
    return text.size();
}

bool isJsonNumber(std::string_view token) {
    std::size_t at = !token.empty() && token[0] == '-' ? 1 : 0;
    const std::size_t whole = at;
    at = skipDigits(token, at);
    if (at == whole || (token[whole] == '0' && at > whole + 1)) return false;
    if (at < token.size() && token[at] == '.') {
        const std::size_t fraction = at + 1;
        at = skipDigits(token, fraction);
        if (at == fraction) return false;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        std::size_t exponent = at + 1;
        if (exponent < token.size() && (token[exponent] == '+' || token[exponent] == '-')) ++exponent;
        at = skipDigits(token, exponent);
        if (at == exponent) return false;
    }
    return at == token.size();
}

}  // namespace turntable::wire
