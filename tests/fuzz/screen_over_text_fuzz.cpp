#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "recorder/screen/playwright_snapshot.h"
#include "storage/screen_codec.h"
#include "storage/screen_over_text.h"

using namespace turntable;

/// A program and the two texts that it runs over (cut where the first two bytes say), and the screen of the texts, told
/// against them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMaxBytes = 1 << 16;
    if (size < 2) return 0;
    const std::string_view all(reinterpret_cast<const char*>(data + 2), size - 2);
    const std::string_view program = all.substr(0, all.size() * data[0] / 255);
    const std::string_view rest = all.substr(program.size());
    const std::size_t cut = rest.size() * data[1] / 255;
    const std::array<std::string_view, 2> texts = {rest.substr(0, cut), rest.substr(cut)};
    if (const auto given = storage::runTelling(program, texts, kMaxBytes)) {
        if (given->size() > kMaxBytes || !storage::decodeScreen(*given)) __builtin_trap();
    }
    std::deque<std::string> owned;
    model::Screen screen;
    const auto before = screen::parseSnapshot(texts[1], owned);
    screen::fillScreen(screen::applySnapshot(before, screen::parseSnapshot(texts[0], owned)), screen);
    const std::string bytes = storage::encodeScreen(screen);
    const auto told = storage::tellScreen(bytes, texts);
    if (told && storage::runTelling(*told, texts, bytes.size()).value() != bytes) __builtin_trap();
    return 0;
}
