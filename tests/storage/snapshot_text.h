#pragma once

// Screens, and the texts that they could have been read from.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::test {

/// A JSON string without its quotes.
inline std::string jsonEscaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8] = {};
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out;
}

inline std::string numberText(double number) {
    char text[32] = {};
    std::snprintf(text, sizeof text, "%.10g", number);
    return text;
}

/// The line of an element as Playwright writes it, without its end.
inline std::string snapshotLine(const model::Element& element) {
    std::string line = std::string(static_cast<std::size_t>(element.depth) * 2, ' ') + "- " + element.role;
    if (!element.text.empty()) line += " \"" + jsonEscaped(element.text) + "\"";
    std::string address;
    for (const auto& state : element.states) {
        if (state.starts_with("/")) {
            address = state;
        } else {
            line += " [" + state + "]";
        }
    }
    if (!element.ref.empty()) line += " [ref=" + element.ref + "]";
    if (element.box) {
        line += " [box=" + numberText(element.box->x) + "," + numberText(element.box->y) + "," +
                numberText(element.box->width) + "," + numberText(element.box->height) + "]";
    }
    if (element.value) line += ": " + *element.value;
    if (!address.empty()) {
        const std::size_t colon = address.find(": ");
        line += "\n" + std::string(static_cast<std::size_t>(element.depth) * 2 + 2, ' ') + "- " +
                address.substr(0, colon) + ": \"" + jsonEscaped(address.substr(colon + 2)) + "\"";
    }
    return line;
}

inline std::string snapshotText(const model::Screen& screen) {
    std::string text = "### Page\n- Page URL: http://example.org/\n### Snapshot\n```yaml\n";
    for (const auto& element : screen.elements) text += snapshotLine(element) + "\n";
    return text + "```\n";
}

/// A content block of a request that holds the text.
inline std::string toolResult(std::string_view text) {
    return R"({"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":")" + jsonEscaped(text) +
           R"("}]})";
}

/// A page with a list of invoices on it; `first` is the number of the first.
inline model::Screen invoicePage(int first, int rows) {
    model::Screen screen;
    screen.application = "Invoices";
    screen.location = "http://example.org/";
    const auto add = [&screen](const char* role, std::string text, int parent) -> model::Element& {
        model::Element element;
        element.role = role;
        element.text = std::move(text);
        element.ref = "e" + std::to_string(screen.elements.size() + 3);
        element.parent = parent;
        element.depth = parent < 0 ? 0 : screen.elements[static_cast<std::size_t>(parent)].depth + 1;
        const double top = 20.0 * static_cast<double>(screen.elements.size());
        element.box = model::Box{8.5 * element.depth, top, 100, 20};
        screen.elements.push_back(std::move(element));
        return screen.elements.back();
    };
    add("generic", "", -1).states = {"active"};
    add("heading", "Invoices of \"Ann\" & Söhne", 0).states = {"level=1"};
    for (int row = 0; row < rows; ++row) {
        const std::string number = std::to_string(first + row * 7);
        add("row", "", 0);
        const int parent = static_cast<int>(screen.elements.size()) - 1;
        add("cell", "", parent).value = "Invoice " + number + " of customer " + std::to_string((first + row) * 31 % 97);
        auto& link = add("link", "Open " + number, parent);
        link.states = {"cursor=pointer", "/url: http://example.org/i?n=" + number + "&x=\"y\""};
        if (row % 3 == 0) add("button", "Pay", parent).states = {"disabled", "cursor=pointer"};
    }
    screen.elementsSeen = screen.elements.size();
    return screen;
}

/// The page after something was done to its rows from element `first` to element `last`: the screen, and the text that
/// tells only these rows.
struct ChangedPage {
    model::Screen screen;
    std::string text;
};
inline ChangedPage changedPage(const model::Screen& before, std::size_t first, std::size_t last) {
    ChangedPage page{before, "### Snapshot\n```yaml\n"};
    page.screen.carrier = model::ScreenCarrier::inlineIncremental;
    bool isInside = false;
    for (std::size_t index = 1; index < before.elements.size(); ++index) {
        model::Element& element = page.screen.elements[index];
        if (element.depth == 1) isInside = index >= first && index <= last;
        if (!isInside) continue;
        if (element.role == "cell") element.value = *element.value + " changed to " + std::to_string(index * index);
        model::Element written = element;
        --written.depth;
        const std::string line = snapshotLine(written);
        page.text += (written.depth == 0 ? "- <changed> " + line.substr(2) : line) + "\n";
    }
    page.text += "```\n";
    return page;
}

}  // namespace turntable::test
