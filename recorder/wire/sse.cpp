#include "recorder/wire/sse.h"

#include <utility>

namespace turntable::wire {

void SseDecoder::feed(std::string_view bytes) {
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        if (std::exchange(m_skipFeed, false) && bytes[begin] == '\n') {
            ++begin;
            continue;
        }
        const std::size_t end = bytes.find_first_of("\r\n", begin);
        if (end == std::string_view::npos) {
            m_line.append(bytes.substr(begin));
            return;
        }
        m_skipFeed = bytes[end] == '\r';
        m_line.append(bytes.substr(begin, end - begin));
        takeLine(m_line);
        m_line.clear();
        begin = end + 1;
    }
}

void SseDecoder::finish() {
    if (!m_line.empty()) takeLine(m_line);
    m_line.clear();
    dispatch(true);
}

void SseDecoder::takeLine(std::string_view line) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (std::exchange(m_atStart, false) && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.empty()) return dispatch(false);
    const std::size_t colon = line.find(':');
    if (colon == 0) {
        if (m_onComment) m_onComment(line.substr(1));
        return;
    }
    if (colon == std::string_view::npos) return takeField(line, {});
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    takeField(line.substr(0, colon), value);
}

void SseDecoder::takeField(std::string_view name, std::string_view value) {
    if (name == "event") {
        m_type = value;
        return;
    }
    if (name == "error") m_type = "error";
    if (name != "data" && name != "error") return;
    if (std::exchange(m_hasData, true)) m_data.push_back('\n');
    m_data.append(value);
}

void SseDecoder::dispatch(bool cut) {
    if (std::exchange(m_hasData, false)) m_handler({m_type, m_data, cut});
    m_type.clear();
    m_data.clear();
}

}  // namespace turntable::wire
