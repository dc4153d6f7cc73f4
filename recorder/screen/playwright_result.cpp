#include "recorder/screen/playwright_result.h"

#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

/// Reads a result line by line. `m_certain`: a line was seen that only Playwright MCP writes.
class ResultReader {
public:
    explicit ResultReader(std::string_view text) : m_text(text), m_lines(text) {}

    std::optional<PlaywrightResult> read() {
        while (const auto line = m_lines.next()) {
            if (line->substr(0, 3) == "```")
                readFence(*line);
            else if (const auto heading = after(*line, "### "))
                enter(trimmed(*heading));
            else
                readLine(*line);
        }
        if (!m_certain) return std::nullopt;
        return m_result;
    }

private:
    void enter(std::string_view heading) {
        m_section = heading;
        m_expectSnapshot = heading == "Snapshot";
        m_certain = m_certain || heading == "Ran Playwright code" || heading == "Page state" ||
                    heading == "Modal state" || heading == "Open tabs";
    }

    /// Goes over a fenced block; keeps it when it is the snapshot.
    void readFence(std::string_view opening) {
        const std::size_t begin = m_lines.position();
        std::size_t end = m_text.size();
        bool closed = false;
        while (!closed) {
            const std::size_t lineStart = m_lines.position();
            const auto line = m_lines.next();
            if (!line) break;
            closed = line->substr(0, 3) == "```";
            if (closed) end = lineStart;
        }
        if (!m_expectSnapshot || trimmed(opening.substr(3)) != "yaml" || begin > m_text.size()) return;
        m_expectSnapshot = false;
        m_certain = true;
        m_result.snapshot = PlaywrightResult::Snapshot::inlineText;
        m_result.yaml = m_text.substr(begin, end - begin);
        m_result.closed = closed;
    }

    void readLine(std::string_view line) {
        if (const auto url = after(line, "- Page URL: ")) {
            m_result.url = trimmed(*url);
            m_certain = true;
        } else if (const auto title = after(line, "- Page Title: ")) {
            m_result.title = trimmed(*title);
        } else if (after(line, "- Page Snapshot")) {
            m_expectSnapshot = true;
        } else if (m_section == "Snapshot") {
            readLink(line);
        } else if (m_section == "Modal state") {
            if (m_result.modal.empty()) m_result.modal = trimmed(after(line, "- ").value_or(line));
        } else if (m_section == "Result" || m_section == "Error") {
            readError(line);
        }
    }

    void readLink(std::string_view line) {
        const auto target = after(line, "- [Snapshot](");
        if (!target) return;
        const std::size_t close = target->rfind(')');
        if (close == std::string_view::npos) return;
        m_result.snapshot = PlaywrightResult::Snapshot::fileLink;
        m_result.link = target->substr(0, close);
        m_certain = true;
    }

    void readError(std::string_view line) {
        if (!m_result.error.empty()) return;
        const bool isError = m_section == "Error" || after(line, "Error: ").has_value();
        if (!isError || isBlank(line)) return;
        m_result.error = trimmed(line);
        m_certain = true;
    }

    std::string_view m_text;
    LineReader m_lines;
    std::string_view m_section;
    PlaywrightResult m_result;
    bool m_expectSnapshot = false;
    bool m_certain = false;
};

}  // namespace

std::optional<PlaywrightResult> readPlaywrightResult(std::string_view text) {
    const std::string_view start = trimmed(text.substr(0, 400));
    const bool mayBe = start.substr(0, 4) == "### " || start.substr(0, 2) == "- ";
    if (!mayBe) return std::nullopt;
    return ResultReader(text).read();
}

std::string reasonForNoSnapshot(const PlaywrightResult& result) {
    constexpr std::size_t kMaxQuoted = 160;
    if (!result.modal.empty())
        return "the newest result carries no snapshot, a dialog is open: " + clipped(result.modal, kMaxQuoted);
    if (!result.error.empty()) return "the newest result carries no snapshot: " + clipped(result.error, kMaxQuoted);
    return "the newest result carries no snapshot";
}

}  // namespace turntable::screen
