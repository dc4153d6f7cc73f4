#include "studio/cli/plain_output.h"

#include <iostream>

namespace turntable::cli {
namespace {

constexpr unsigned char kC1Lead = 0xC2;

bool isControl(unsigned char byte) { return (byte < 0x20U && byte != '\n' && byte != '\t') || byte == 0x7FU; }

}  // namespace

bool PlainBuffer::put(std::string_view text) {
    m_clean.clear();
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (m_ledC1) {
            m_ledC1 = false;
            if (byte >= 0x80U && byte < 0xA0U) {
                m_clean += ' ';
                continue;
            }
            m_clean += static_cast<char>(kC1Lead);
        }
        m_ledC1 = byte == kC1Lead;
        if (!m_ledC1) m_clean += isControl(byte) ? ' ' : each;
    }
    const auto size = static_cast<std::streamsize>(m_clean.size());
    return m_target.sputn(m_clean.data(), size) == size;
}

PlainBuffer::int_type PlainBuffer::overflow(int_type character) {
    if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
    const char byte = traits_type::to_char_type(character);
    return put({&byte, 1}) ? character : traits_type::eof();
}

std::streamsize PlainBuffer::xsputn(const char* text, std::streamsize size) {
    return put({text, static_cast<std::size_t>(size)}) ? size : 0;
}

int PlainBuffer::sync() { return m_target.pubsync(); }

PlainOutput::PlainOutput(bool bytes)
    : m_output(std::cout.rdbuf()), m_error(std::cerr.rdbuf()), m_plainOutput(*m_output), m_plainError(*m_error) {
    if (!bytes) std::cout.rdbuf(&m_plainOutput);
    std::cerr.rdbuf(&m_plainError);
}

PlainOutput::~PlainOutput() {
    std::cout.flush();
    std::cout.rdbuf(m_output);
    std::cerr.rdbuf(m_error);
}

}  // namespace turntable::cli
