#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "recorder/screen/macos_use.h"

using namespace turntable;

/// A summary, a list, and a list with changes (split in the middle).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string_view all = text;
    auto summary = screen::readMacosUseSummary(all);
    model::Screen screen;
    if (summary) screen::fillFlatScreen(std::move(summary->visible), screen);
    screen::fillFlatScreen(screen::readMacosUseFile(all).elements, screen);
    auto before = screen::readMacosUseFile(all.substr(0, size / 2));
    const auto diff = screen::readMacosUseFile("# diff:\n" + text.substr(size / 2));
    if (!diff.isDiff) __builtin_trap();
    if (screen::applyMacosUseDiff(before.elements, diff.changes) > diff.changes.size()) __builtin_trap();
    if (screen.elements.size() > model::kMaxElements) __builtin_trap();
    return 0;
}
