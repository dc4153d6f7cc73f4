#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::logs {

/// The files that can be imported. `store`: a Turntable store or archive, which is no log.
enum class LogFormat { store, claudeTrace, har, claudeCode };

[[nodiscard]] constexpr std::string_view logFormatName(LogFormat format) {
    switch (format) {
        case LogFormat::store: return "store";
        case LogFormat::claudeTrace: return "claude-trace";
        case LogFormat::har: return "har";
        case LogFormat::claudeCode: return "claude-code";
    }
    return "store";
}

/// More than this a single entry (a line, an entry of a HAR) is not read: it bounds the memory an import takes, at
/// about four times as much.
inline constexpr std::size_t kMaxEntryBytes = std::size_t{256} << 20U;

/// Something in a log that could not be read, or that is not in it as it should be.
struct LogProblem {
    std::size_t place = 0;  ///< number of the line, or of the entry of a HAR, from 1; 0: the file as a whole
    std::string what;       ///< one sentence
    bool operator==(const LogProblem&) const = default;
};

/// Problems without end are counted, and the first of them kept.
class LogProblems {
public:
    static constexpr std::size_t kKept = 100;

    void add(std::size_t place, std::string what) {
        ++m_count;
        if (m_first.size() < kKept) m_first.push_back({place, std::move(what)});
    }
    [[nodiscard]] std::size_t count() const { return m_count; }
    [[nodiscard]] const std::vector<LogProblem>& first() const { return m_first; }

private:
    std::vector<LogProblem> m_first;
    std::size_t m_count = 0;
};

}  // namespace turntable::logs
