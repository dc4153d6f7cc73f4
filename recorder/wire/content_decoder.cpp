#include "recorder/wire/content_decoder.h"

#include <utility>

#include "recorder/wire/json_shape.h"

namespace turntable::wire {

namespace {

constexpr std::size_t kMaxDecodedBytes = std::size_t{1} << 30U;

}  // namespace

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmedJsonSpace(std::string_view text) {
    while (!text.empty() && isJsonSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && isJsonSpace(text.back())) text.remove_suffix(1);
    return text;
}

ContentDecoder::ContentDecoder(std::string_view encoding, ReplyState& state) : m_state(state) {
    const std::string name = lowered(trimmedJsonSpace(encoding));
    if (name == "gzip" || name == "x-gzip" || name == "deflate") {
        m_inflater.emplace(kMaxDecodedBytes);
    } else if (!name.empty() && name != "identity") {
        giveUp("content encoding \"" + shortened(name) + "\" is not understood; the content stays unknown");
    }
}

std::string_view ContentDecoder::decode(std::string_view bytes) {
    if (m_failed) return {};
    if (!m_inflater) return bytes;
    m_decoded.clear();
    if (const auto status = m_inflater->feed(bytes, m_decoded); !status) {
        giveUp("the compressed content cannot be read on: " + status.error().message);
    }
    return m_decoded;
}

void ContentDecoder::giveUp(std::string why) {
    m_failed = true;
    m_state.noteOddity(std::move(why));
}

}  // namespace turntable::wire
