#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "recorder/screen/playwright_result.h"
#include "recorder/screen/playwright_snapshot.h"

using namespace turntable;

namespace {

void check(const screen::SnapshotTree& tree) {
    model::Screen screen;
    screen::fillScreen(tree, screen);
    if (screen.elements.size() > model::kMaxElements || screen.elements.size() > screen.elementsSeen) __builtin_trap();
    for (std::size_t i = 0; i < screen.elements.size(); ++i) {
        const model::Element& element = screen.elements[i];
        if (element.parent >= static_cast<int>(i) || element.depth >= model::kMaxDepth) __builtin_trap();
        const int above = element.parent < 0 ? -1 : screen.elements[static_cast<std::size_t>(element.parent)].depth;
        if (element.depth != above + 1) __builtin_trap();
    }
}

}  // namespace

/// A snapshot, a snapshot and its changes (split in the middle), and a tool result.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string_view all = text;
    std::deque<std::string> owned;
    check(screen::parseSnapshot(all, owned));
    const auto before = screen::parseSnapshot(all.substr(0, size / 2), owned);
    const auto patch = screen::parseSnapshot(all.substr(size / 2), owned);
    check(screen::applySnapshot(screen::applySnapshot(before, patch), patch));
    const auto result = screen::readPlaywrightResult(all);
    if (result) check(screen::parseSnapshot(result->yaml, owned));
    return 0;
}
