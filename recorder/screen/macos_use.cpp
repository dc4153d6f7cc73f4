#include "recorder/screen/macos_use.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "recorder/screen/macos_use_line.h"
#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

/// Reads N of "17756 bytes (295 elements)".
std::optional<std::size_t> readElementCount(std::string_view fileSize) {
    const std::size_t open = fileSize.find('(');
    const std::size_t end = fileSize.find(" elements)");
    if (open == std::string_view::npos || end == std::string_view::npos || end < open) return std::nullopt;
    std::size_t count = 0;
    const auto [stop, error] = std::from_chars(fileSize.data() + open + 1, fileSize.data() + end, count);
    if (error != std::errc() || stop != fileSize.data() + end) return std::nullopt;
    return count;
}

/// Takes the value of one `key: value` line; other lines say nothing about the tree.
void readField(std::string_view line, MacosUseSummary& summary) {
    if (const auto status = after(line, "status: "))
        summary.success = trimmed(*status) == "success";
    else if (const auto pid = after(line, "pid: "))
        summary.pid = trimmed(*pid);
    else if (const auto application = after(line, "app: "))
        summary.application = trimmed(*application);
    else if (const auto file = after(line, "file: "))
        summary.file = trimmed(*file);
    else if (const auto size = after(line, "file_size: "))
        summary.elementCount = readElementCount(*size);
    else if (const auto error = after(line, "error: "))
        summary.error = trimmed(*error);
    else if (const auto sentence = after(line, "summary: "))
        summary.sentence = trimmed(*sentence);
}

bool sameElement(const model::Element& a, const model::Element& b) {
    return a.role == b.role && a.text == b.text && a.box == b.box;
}

using Histogram = std::array<int, 256>;
void count(Histogram& bytes, std::string_view text, int step) {
    for (const char c : text) bytes[static_cast<unsigned char>(c)] += step;
}

/// Could `before` have become the changed element's text? The format tells which characters came and went, not where.
bool mayHaveBeen(const model::Element& before, const MacosUseChange& change) {
    if (before.role != change.element.role) return false;
    if (change.element.box && before.box && !(*change.element.box == *before.box)) return false;
    if (before.text.size() + change.addedText.size() != change.element.text.size() + change.removedText.size()) {
        return false;
    }
    Histogram bytes{};
    count(bytes, before.text, 1);
    count(bytes, change.addedText, 1);
    count(bytes, change.element.text, -1);
    count(bytes, change.removedText, -1);
    return std::all_of(bytes.begin(), bytes.end(), [](int n) { return n == 0; });
}

double orNone(const std::optional<model::Box>& box, double model::Box::*member) {
    return box ? (*box).*member : std::numeric_limits<double>::infinity();
}

bool above(const model::Element& a, const model::Element& b) {
    const double ya = orNone(a.box, &model::Box::y);
    const double yb = orNone(b.box, &model::Box::y);
    return ya != yb ? ya < yb : orNone(a.box, &model::Box::x) < orNone(b.box, &model::Box::x);
}

bool modify(std::vector<model::Element>& elements, const MacosUseChange& change) {
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [&](const model::Element& element) { return mayHaveBeen(element, change); });
    if (found == elements.end()) return false;
    found->text = change.element.text;
    return true;
}

bool remove(std::vector<model::Element>& elements, const model::Element& element) {
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [&](const model::Element& other) { return sameElement(other, element); });
    if (found == elements.end()) return false;
    elements.erase(found);
    return true;
}

/// Figures that equal a cap of MacosUseSDK: 2000 elements a tree, 200 children a parent (a table's rows, its header row
/// not among them or among them).
void suspectCaps(model::Screen& screen) {
    if (screen.elementsSeen == model::kMaxElements) {
        addTruncation(screen, model::Truncation::suspected, "2000 elements, the source's own cap");
    }
    const auto rows = std::count_if(screen.elements.begin(), screen.elements.end(),
                                    [](const model::Element& element) { return element.role == "AXRow"; });
    if (rows == 200 || rows == 201) {
        addTruncation(screen, model::Truncation::suspected,
                      std::to_string(rows) + " rows, the source keeps 200 children a parent");
    }
}

}  // namespace

std::optional<MacosUseSummary> readMacosUseSummary(std::string_view text) {
    if (!after(text, "status: ")) return std::nullopt;
    MacosUseSummary summary;
    bool recognised = false;
    bool listing = false;
    LineReader lines(text);
    while (const auto line = lines.next()) {
        if (line->empty()) continue;
        if (line->front() != ' ') {
            listing = after(*line, "visible_elements:") || after(*line, "app_switch_visible_elements:");
            if (!listing) readField(*line, summary);
            recognised = recognised || !summary.pid.empty() || !summary.file.empty() || !summary.sentence.empty();
            continue;
        }
        auto element = listing ? parseSummaryElement(*line) : std::nullopt;
        if (element) {
            summary.visible.push_back(std::move(*element));
        } else if (listing) {
            summary.visible.push_back({.role = "unknown", .text = std::string(trimmed(*line))});
        }
    }
    if (!recognised) return std::nullopt;
    return summary;
}

std::size_t applyMacosUseDiff(std::vector<model::Element>& elements, const std::vector<MacosUseChange>& changes) {
    // A hostile file could pair any number of changes with any number of elements; a real one has a few thousand of
    // each.
    constexpr std::size_t kMaxComparisons = 50'000'000;
    if (!elements.empty() && changes.size() > kMaxComparisons / elements.size()) return changes.size();
    std::size_t open = 0;
    for (const MacosUseChange& change : changes) {
        bool placed = true;
        if (change.kind == MacosUseChange::Kind::removed) placed = remove(elements, change.element);
        if (change.kind == MacosUseChange::Kind::modified) placed = modify(elements, change);
        if (!placed) ++open;
    }
    for (const MacosUseChange& change : changes) {
        if (change.kind == MacosUseChange::Kind::added) elements.push_back(change.element);
    }
    std::stable_sort(elements.begin(), elements.end(), above);
    return open;
}

void fillFlatScreen(std::vector<model::Element> elements, model::Screen& screen) {
    screen.format = model::ScreenFormat::macosUse;
    screen.hierarchical = false;
    screen.elementsSeen = elements.size();
    if (elements.size() > model::kMaxElements) {
        addTruncation(screen, model::Truncation::flagged,
                      "element cap " + std::to_string(model::kMaxElements) + ": " +
                          std::to_string(elements.size() - model::kMaxElements) + " of " +
                          std::to_string(elements.size()) + " elements left out");
        elements.resize(model::kMaxElements);
    }
    screen.elements = std::move(elements);
    suspectCaps(screen);
}

}  // namespace turntable::screen
