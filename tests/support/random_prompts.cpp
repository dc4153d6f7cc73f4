#include "tests/support/random_prompts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace turntable::test {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLongHistory = 60;
constexpr std::size_t kLongBody = 400'000;

enum class Padding { right, none, tooMuch };

/// RFC 4648, in the ways that agents spell it.
std::string base64(std::string_view bytes, bool urlSafe, Padding padding) {
    constexpr auto kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"sv;
    constexpr auto kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"sv;
    const auto digits = urlSafe ? kUrlSafe : kStandard;
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t there = std::min<std::size_t>(3, bytes.size() - at);
        unsigned group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < there ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i <= there; ++i) text += digits[group >> (18 - 6 * i) & 63];
        if (padding != Padding::none) text.append(3 - there, '=');
    }
    if (padding == Padding::tooMuch) text += "==";
    return text;
}

void replaceAll(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

}  // namespace

std::string Random::bytes(std::size_t size) {
    std::string result(size, '\0');
    for (char& byte : result) byte = static_cast<char>(m_engine());
    return result;
}

RandomPrompts::RandomPrompts(Random& random) {
    constexpr std::array kCommas = {",", ", ", ",\n\t", " ,\r\n  "};
    constexpr std::array kColons = {":", ": ", " :\n"};
    m_comma = random.one(kCommas);
    m_colon = random.one(kColons);
    m_system = oddText(random, random.between(1, 200));
    for (std::size_t count = random.between(0, 8); count > 0; --count) {
        m_tools.push_back("{\"name\"" + m_colon + "\"tool" + std::to_string(random.below(20)) + "\"" + m_comma +
                          "\"description\"" + m_colon + "\"" + oddText(random, random.between(1, 80)) + "\"}");
    }
    m_messages.push_back(message(random));
}

std::string RandomPrompts::oddText(Random& random, std::size_t words) {
    constexpr std::array kOdd = {"\\ud800"sv,
                                 "\\udc00x"sv,
                                 "\\u0000"sv,
                                 "\0"sv,
                                 "\xFF\xC3"sv,
                                 "\xC3("sv,
                                 "\\/"sv,
                                 "\\\""sv,
                                 "\xF0\x9F\x98\x80"sv,
                                 "\\ud83d\\ude00"sv,
                                 "\xED\xA0\x80"sv,
                                 "   \t "sv,
                                 "\\n\\n\\n"sv,
                                 "\\u00e9"sv,
                                 "\xC3\xA9"sv,
                                 "\xE2\x80\xA8"sv,
                                 "1e400"sv,
                                 "0.10000000000000000000"sv};
    constexpr std::array kWords = {"button"sv, "Save"sv, "textbox"sv, "the"sv,          "[ref=e1"sv, "window"sv,
                                   "click"sv,  "menu"sv, "of"sv,      "\xE6\x96\x87"sv, "- link "sv, "heading"sv};
    std::string text;
    for (std::size_t i = 0; i < words; ++i) {
        text += random.chance(4) ? random.one(kOdd) : random.one(kWords);
        text += random.chance(20) ? std::to_string(random.below(1000)) : " ";
    }
    return text;
}

std::string RandomPrompts::image(Random& random) {
    if (!m_images.empty() && random.chance(40)) return random.one(m_images);
    constexpr std::array kPaddings = {Padding::right, Padding::right, Padding::none, Padding::tooMuch};
    std::string text = base64(random.bytes(random.between(0, 9000)), random.chance(25), random.one(kPaddings));
    if (random.chance(20)) replaceAll(text, "/", "\\/");
    if (!text.empty() && random.chance(25)) {
        constexpr std::array kWrong = {"\\n", "*", "=", "\xFF", " ", "A", "B", "\\u0041"};
        // The last digits often: where bits are left over, several spellings mean the same bytes.
        const std::size_t at = random.chance(50) ? text.size() - 1 : random.below(text.size());
        text.replace(at, random.below(2), random.one(kWrong));
    }
    m_images.push_back(text);
    return text;
}

std::string RandomPrompts::message(Random& random) {
    const auto field = [this](std::string_view name, const std::string& value) {
        return "\"" + std::string(name) + "\"" + m_colon + value;
    };
    const auto text = [&](std::size_t words) { return "\"" + oddText(random, words) + "\""; };
    std::string result = "{" + field("role", random.chance(50) ? "\"user\"" : "\"assistant\"") + m_comma;
    if (random.chance(5)) result += field("role", "\"user\"") + m_comma;  // twice: both must come back
    if (random.chance(20)) return result + field("content", text(random.between(0, 60))) + "}";
    result += field("content", "[");
    for (std::size_t count = random.between(1, 4), i = 0; i < count; ++i) {
        if (i > 0) result += m_comma;
        if (random.chance(15)) {
            const std::string source = "{" + field("type", "\"base64\"") + m_comma +
                                       field("media_type", "\"image/png\"") + m_comma +
                                       field("data", "\"" + image(random) + "\"") + "}";
            result += "{" + field("type", "\"image\"") + m_comma + field("source", source) + "}";
        } else if (random.chance(40)) {
            result += "{" + field("type", "\"tool_result\"") + m_comma + field("tool_use_id", text(1)) + m_comma +
                      field("content", text(random.between(0, 700))) + "}";
        } else {
            result += "{" + field("type", "\"text\"") + m_comma + field("text", text(random.between(0, 200))) + "}";
        }
    }
    return result + "]}";
}

void RandomPrompts::step(Random& random) {
    if (random.chance(25)) change(random);
    for (std::size_t count = random.between(1, 3); count > 0; --count) m_messages.push_back(message(random));
    std::size_t size = 0;
    for (const auto& text : m_messages) size += text.size();
    if (m_messages.size() > kLongHistory || size > kLongBody) {
        m_messages = {"{\"role\":\"user\",\"content\":\"" + oddText(random, 300) + "\"}", m_messages.back()};
    }
}

void RandomPrompts::change(Random& random) {
    const std::size_t at = random.below(m_messages.size());
    const auto place = m_messages.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(8)) {
        case 0: *place = message(random); break;
        case 1:  // one byte of it
            (*place)[random.below(place->size())] = static_cast<char>(random.below(256));
            break;
        case 2:
            m_dropped.push_back(*place);
            if (m_messages.size() > 1) m_messages.erase(place);
            break;
        case 3:
            if (!m_dropped.empty()) m_messages.insert(place, random.one(m_dropped));
            break;
        case 4:  // compaction: a summary in the place of everything up to here
            m_messages.erase(m_messages.begin(), place);
            m_messages.insert(m_messages.begin(),
                              "{\"role\":\"user\",\"content\":\"" + oddText(random, random.between(1, 300)) + "\"}");
            break;
        case 5:
            for (std::size_t i = m_tools.size(); i > 1; --i) std::swap(m_tools[i - 1], m_tools[random.below(i)]);
            break;
        case 6: m_system = oddText(random, random.between(0, 200)); break;
        default:
            if (!m_tools.empty() && random.chance(50)) m_tools.pop_back();
            m_tools.push_back("{\"name\":\"" + oddText(random, 2) + "\"}");
    }
}

RandomPrompt RandomPrompts::prompt() const {
    RandomPrompt prompt;
    std::string& body = prompt.body;
    const auto add = [&prompt, &body](const std::string& piece) {
        if (!piece.empty()) prompt.pieces.push_back({body.size(), piece.size()});
        body += piece;
    };
    const auto addAll = [&](const std::vector<std::string>& pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (i > 0) body += m_comma;
            add(pieces[i]);
        }
    };
    body = "{\"model\"" + m_colon + "\"claude-x\"" + m_comma + "\"max_tokens\"" + m_colon + "1e2" + m_comma +
           "\"stream\"" + m_colon + "true" + m_comma + "\"system\"" + m_colon;
    add("\"" + m_system + "\"");
    body += m_comma + "\"tools\"" + m_colon + "[";
    addAll(m_tools);
    body += "]" + m_comma + "\"messages\"" + m_colon + "[";
    addAll(m_messages);
    body += "]}";
    return prompt;
}

RandomPrompt RandomPrompts::nonsense(Random& random) {
    RandomPrompt prompt;
    switch (random.below(5)) {
        case 0: break;
        case 1: prompt.body = random.bytes(random.between(1, 5000)); break;
        case 2: prompt.body = std::string(random.between(1, 3000), ' '); break;
        case 3: prompt.body = std::string(random.between(1, 3000), '['); break;
        default: prompt = RandomPrompts(random).prompt(); prompt.body.resize(random.below(prompt.body.size()));
    }
    scatter(prompt, random);
    return prompt;
}

void RandomPrompts::scatter(RandomPrompt& prompt, Random& random) {
    prompt.pieces.clear();
    std::size_t at = 0;
    while (at < prompt.body.size() && prompt.pieces.size() < 500) {
        at += random.chance(30) ? 0 : random.below(1 + prompt.body.size() / 10);
        if (at >= prompt.body.size()) break;
        const std::size_t size = random.between(1, std::min<std::size_t>(prompt.body.size() - at, 4000));
        prompt.pieces.push_back({at, size});
        at += size;
    }
}

}  // namespace turntable::test
