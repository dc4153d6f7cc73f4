#pragma once

#include <deque>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recorder/screen/playwright_result.h"
#include "recorder/screen/playwright_snapshot.h"
#include "storage/model/screen.h"

namespace turntable::tests {

/// A screen as the recorder makes it of a snapshot's YAML.
inline model::Screen screenOf(std::string_view yaml) {
    std::deque<std::string> owned;
    model::Screen screen;
    screen::fillScreen(screen::parseSnapshot(yaml, owned), screen);
    return screen;
}

/// The screen in a recorded tool result below fixtures/sessions; empty when the file is not there.
inline model::Screen fixtureScreen(const std::string& path) {
    std::ifstream file(std::string(TURNTABLE_SOURCE_DIR) + "/fixtures/sessions/" + path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto result = screen::readPlaywrightResult(text);
    return screenOf(result ? result->yaml : std::string_view(text));
}

/// A table with `rows` rows of seven cells each, with boxes and refs numbered from `firstRef`.
inline model::Screen tableOf(const std::vector<int>& rows, int firstRef = 1) {
    model::Screen screen;
    int ref = firstRef;
    const auto add = [&](const char* role, std::string text, int parent, model::Box box) {
        model::Element element;
        element.role = role;
        element.text = std::move(text);
        element.parent = parent;
        element.depth = parent < 0 ? 0 : screen.elements[static_cast<std::size_t>(parent)].depth + 1;
        element.ref = "e" + std::to_string(ref++);
        element.box = box;
        screen.elements.push_back(std::move(element));
        return static_cast<int>(screen.elements.size()) - 1;
    };
    const int table = add("table", "Orders", -1, {0, 0, 700, 20.0 * static_cast<double>(rows.size())});
    double y = 0;
    for (const int number : rows) {
        const int row = add("row", "", table, {0, y, 700, 20});
        for (int cell = 0; cell < 7; ++cell) {
            const std::string text =
                cell == 0 ? "Order " + std::to_string(number) : std::to_string((number * 7 + cell) % 50);
            add("cell", text, row, {cell * 100.0, y, 100, 20});
        }
        y += 20;
    }
    screen.elementsSeen = screen.elements.size();
    return screen;
}

/// A flat list as macOS tools send it.
inline model::Screen flatOf(std::vector<model::Element> elements) {
    model::Screen screen;
    screen.format = model::ScreenFormat::macosUse;
    screen.hierarchical = false;
    screen.elements = std::move(elements);
    screen.elementsSeen = screen.elements.size();
    return screen;
}

}  // namespace turntable::tests
