#include "recorder/logs/log_lines.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace turntable::logs {
namespace {

using support::Error;
using support::ErrorCode;
using support::Result;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

LogFile::LogFile(std::filesystem::path path, std::ifstream stream, std::uint64_t size)
    : m_path(std::move(path)), m_stream(std::move(stream)), m_size(size) {}

Result<LogFile> LogFile::open(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        return Error{ErrorCode::notFound, "there is no file " + path.string()};
    }
    if (error) return Error{ErrorCode::io, path.string() + " cannot be read: " + error.message()};
    if (!std::filesystem::is_regular_file(status)) {
        return Error{ErrorCode::io, path.string() + " is no file that can be read twice: save it to disk first"};
    }
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) return Error{ErrorCode::io, path.string() + " cannot be read: " + error.message()};
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return Error{ErrorCode::io, path.string() + " cannot be opened: " + std::generic_category().message(errno)};
    }
    return LogFile(path, std::move(stream), size);
}

Error LogFile::failure(const std::string& what) const {
    return {ErrorCode::io, m_path.string() + ": " + what + " at byte " + std::to_string(m_offset)};
}

Result<std::string_view> LogFile::next() {
    m_piece.resize(kPieceBytes);
    m_stream.clear();
    m_stream.seekg(static_cast<std::streamoff>(m_offset));
    m_stream.read(m_piece.data(), static_cast<std::streamsize>(m_piece.size()));
    if (m_stream.bad()) return failure("reading failed");
    m_piece.resize(static_cast<std::size_t>(m_stream.gcount()));
    m_offset += m_piece.size();
    return std::string_view(m_piece);
}

Result<std::string> LogFile::read(support::ByteRange range) {
    std::string bytes(range.size, '\0');
    m_stream.clear();
    m_stream.seekg(static_cast<std::streamoff>(range.offset));
    m_stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (static_cast<std::size_t>(m_stream.gcount()) == range.size) return bytes;
    return Error{ErrorCode::corrupt, m_path.string() +
                                         " became shorter while it was read: " + std::to_string(range.size) +
                                         " bytes expected at byte " + std::to_string(range.offset)};
}

Result<std::optional<LogLines::Line>> LogLines::next() {
    m_line.clear();
    const std::uint64_t offset = m_position;
    bool tooLong = false;
    for (;;) {
        if (m_piece.empty()) {
            const auto piece = m_file.next();
            if (!piece) return piece.error();
            m_piece = *piece;
            if (m_piece.empty()) break;
        }
        const auto end = m_piece.find('\n');
        const std::string_view taken = m_piece.substr(0, end);
        tooLong = tooLong || taken.size() > m_maxBytes - m_line.size();
        if (tooLong) {
            m_line = {};
        } else {
            m_line.append(taken);
        }
        const std::size_t used = end == std::string_view::npos ? taken.size() : taken.size() + 1;
        m_position += used;
        m_piece.remove_prefix(used);
        if (end != std::string_view::npos) return std::optional(lineOf(offset, tooLong, true));
    }
    if (m_position == offset) return std::optional<Line>();
    return std::optional(lineOf(offset, tooLong, false));
}

LogLines::Line LogLines::lineOf(std::uint64_t offset, bool tooLong, bool ended) {
    Line line{m_line, ++m_number, offset, tooLong, ended};
    if (offset == 0 && line.text.starts_with(kByteOrderMark)) {
        line.text.remove_prefix(kByteOrderMark.size());
        line.offset += kByteOrderMark.size();
    }
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    return line;
}

}  // namespace turntable::logs
