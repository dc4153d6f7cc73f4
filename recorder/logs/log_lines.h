#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "storage/support/byte_range.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// A log file, read piece by piece. One thread. Errors: notFound, io (also: no regular file), with the path.
class LogFile {
public:
    [[nodiscard]] static support::Result<LogFile> open(const std::filesystem::path& path);

    [[nodiscard]] std::uint64_t size() const { return m_size; }
    /// The next bytes; empty at the end.
    [[nodiscard]] support::Result<std::string_view> next();
    /// Bytes from anywhere; `next` goes on as if nothing had been read. Errors besides: corrupt when the file is
    /// shorter by now.
    [[nodiscard]] support::Result<std::string> read(support::ByteRange range);

private:
    LogFile(std::filesystem::path path, std::ifstream stream, std::uint64_t size);
    [[nodiscard]] support::Error failure(const std::string& what) const;

    std::filesystem::path m_path;
    std::ifstream m_stream;
    std::uint64_t m_size = 0;
    std::uint64_t m_offset = 0;  ///< of what `next` gives
    std::string m_piece;
};

/// The lines of a log. One thread; `file` must outlive it. Holds one line.
class LogLines {
public:
    struct Line {
        std::string_view text;     ///< without its line end and a byte order mark; lives until the next call
        std::size_t number = 0;    ///< from 1
        std::uint64_t offset = 0;  ///< of `text` in the file
        bool tooLong = false;      ///< larger than `maxBytes`; `text` is empty
        bool ended = true;         ///< false for a last line without a line end
    };

    LogLines(LogFile& file, std::size_t maxBytes) : m_file(file), m_maxBytes(maxBytes) {}

    /// Empty at the end.
    [[nodiscard]] support::Result<std::optional<Line>> next();
    [[nodiscard]] std::uint64_t bytesRead() const { return m_position; }

private:
    [[nodiscard]] Line lineOf(std::uint64_t offset, bool tooLong, bool ended);

    LogFile& m_file;
    std::size_t m_maxBytes;
    std::string_view m_piece;  ///< read, not given out yet
    std::string m_line;
    std::size_t m_number = 0;
    std::uint64_t m_position = 0;
};

}  // namespace turntable::logs
