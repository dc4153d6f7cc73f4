#pragma once

#include <streambuf>
#include <string>
#include <string_view>

namespace turntable::cli {

/// A stream's buffer that keeps control characters from a terminal: recorded text, names and words of servers may hold
/// sequences that steer it. Line ends and tabs pass, other C0 and C1 controls and DEL become spaces. One thread at a
/// time, as the stream itself.
class PlainBuffer : public std::streambuf {
public:
    explicit PlainBuffer(std::streambuf& target) : m_target(target) {}

protected:
    int_type overflow(int_type character) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

private:
    bool put(std::string_view text);
    std::streambuf& m_target;
    std::string m_clean;
    bool m_ledC1 = false;  ///< the last byte was 0xC2, which begins C1 controls and other characters
};

/// Puts such a buffer before standard output (unless `bytes`: what is printed there is for no terminal) and standard
/// error, for as long as it lives.
class PlainOutput {
public:
    explicit PlainOutput(bool bytes);
    PlainOutput(const PlainOutput&) = delete;
    PlainOutput& operator=(const PlainOutput&) = delete;
    ~PlainOutput();

private:
    std::streambuf* const m_output;
    std::streambuf* const m_error;
    PlainBuffer m_plainOutput;
    PlainBuffer m_plainError;
};

}  // namespace turntable::cli
