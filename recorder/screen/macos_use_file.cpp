#include "recorder/screen/macos_use.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>
#include <utility>

#include "recorder/screen/macos_use_line.h"
#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

/// Reads "# App — N elements (0.31s)".
void readHeader(std::string_view header, MacosUseFile& file) {
    constexpr std::string_view kDash = " — ";
    constexpr std::string_view kElements = " elements";
    const std::size_t dash = header.rfind(kDash);
    if (dash == std::string_view::npos) return;
    const std::string_view figure = header.substr(dash + kDash.size());
    const std::size_t end = figure.find(kElements);
    std::size_t count = 0;
    if (end == std::string_view::npos) return;
    const auto [stop, error] = std::from_chars(figure.data(), figure.data() + end, count);
    if (error != std::errc() || stop != figure.data() + end) return;
    file.announced = count;
    file.application = trimmed(header.substr(0, dash));
}

bool beginsEntry(std::string_view line, bool isDiff) {
    const std::size_t at = isDiff ? 2 : 1;
    if (line.size() <= at || line[at] != '[') return false;
    if (!isDiff) return line.front() == ' ';
    return (line.front() == '+' || line.front() == '-' || line.front() == '~') && line[1] == ' ';
}

/// The quoted characters behind `label`, up to the quote before `end`; empty when there are none.
std::pair<std::string, std::string> readTextChange(std::string_view change) {
    constexpr std::string_view kLabel = "text: '";
    constexpr std::string_view kArrow = "' -> '";
    const std::size_t label = change.find(kLabel);
    if (label == std::string_view::npos) return {};
    const std::string_view quoted = change.substr(label + kLabel.size());
    const std::size_t arrow = quoted.find(kArrow);
    const std::size_t close = quoted.rfind('\'');
    if (arrow == std::string_view::npos || close == std::string_view::npos || close < arrow + kArrow.size()) return {};
    return {std::string(quoted.substr(0, arrow)),
            std::string(quoted.substr(arrow + kArrow.size(), close - arrow - kArrow.size()))};
}

std::optional<MacosUseChange> parseChange(std::string_view entry) {
    MacosUseChange change;
    change.kind = entry.front() == '+'   ? MacosUseChange::Kind::added
                  : entry.front() == '-' ? MacosUseChange::Kind::removed
                                         : MacosUseChange::Kind::modified;
    std::string_view element = entry.substr(2);
    if (change.kind == MacosUseChange::Kind::modified) {
        const std::size_t bar = element.rfind(" | text: '");
        const std::size_t end = bar == std::string_view::npos ? element.rfind(" | ") : bar;
        if (end != std::string_view::npos) {
            std::tie(change.removedText, change.addedText) = readTextChange(element.substr(end));
            element = element.substr(0, end);
        }
    }
    auto parsed = parseFlatElement(element);
    if (!parsed) return std::nullopt;
    change.element = std::move(*parsed);
    return change;
}

model::Element unknownElement(std::string_view line) {
    model::Element element;
    element.role = "unknown";
    element.text = trimmed(line);
    return element;
}

class FileReader {
public:
    explicit FileReader(std::string_view text) : m_text(text), m_lines(text) {}

    MacosUseFile read() {
        constexpr std::size_t kTypicalLine = 48;
        m_file.elements.reserve(std::min(m_text.size() / kTypicalLine + 8, model::kMaxElements));
        auto line = m_lines.next();
        while (line) {
            if (line->substr(0, 2) == "# ")
                readComment(line->substr(2));
            else if (beginsEntry(*line, m_file.isDiff))
                readEntry(*line);
            else if (!isBlank(*line))
                readOther(*line);
            line = m_lines.next();
        }
        return std::move(m_file);
    }

private:
    void readComment(std::string_view comment) {
        if (const auto other = after(comment, "app_switch: ")) {
            m_switchedTo = "app=" + std::string(other->substr(0, other->rfind(" (PID:")));
        } else if (after(comment, "diff:")) {
            m_file.isDiff = true;
        } else {
            readHeader(comment, m_file);
        }
    }

    /// An entry whose text holds line feeds reaches over several lines: up to the one that makes it readable, or to the
    /// next entry.
    void readEntry(std::string_view line) {
        const std::size_t begin = static_cast<std::size_t>(line.data() - m_text.data());
        std::string_view entry = line;
        bool stored = store(entry);
        constexpr int kMaxLines = 64;  // keeps the reading of a text that never closes linear
        for (int lines = 1; !stored && lines < kMaxLines; ++lines) {
            if (!opensText(m_file.isDiff ? entry.substr(2) : entry)) break;
            LineReader ahead = m_lines;
            const auto next = ahead.next();
            if (!next || beginsEntry(*next, m_file.isDiff)) break;
            m_lines = ahead;
            entry = m_text.substr(begin, static_cast<std::size_t>(next->data() + next->size() - m_text.data()) - begin);
            stored = store(entry);
        }
        if (!stored) readOther(entry);
    }

    bool store(std::string_view entry) {
        if (m_file.isDiff) {
            auto change = parseChange(entry);
            if (change) m_file.changes.push_back(std::move(*change));
            return change.has_value();
        }
        auto element = parseFlatElement(entry);
        if (!element) return false;
        if (!m_switchedTo.empty()) element->states.push_back(m_switchedTo);
        m_file.elements.push_back(std::move(*element));
        return true;
    }

    void readOther(std::string_view line) {
        if (isTruncationMark(line))
            m_file.mark = clipped(trimmed(line), 80);
        else if (!m_file.isDiff)
            m_file.elements.push_back(unknownElement(line));
    }

    std::string_view m_text;
    LineReader m_lines;
    MacosUseFile m_file;
    std::string m_switchedTo;
};

}  // namespace

MacosUseFile readMacosUseFile(std::string_view text) { return FileReader(text).read(); }

}  // namespace turntable::screen
