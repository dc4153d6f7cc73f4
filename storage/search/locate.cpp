#include "storage/search/locate.h"

#include <algorithm>
#include <deque>

namespace turntable::search {
namespace {

constexpr std::size_t kBefore = 48;   // characters
constexpr std::size_t kBehind = 72;   // characters
constexpr std::size_t kMaxHit = 240;  // characters of what was found that are shown

void appendReadable(std::string& out, char32_t character) {
    // Control characters of Latin-1 could steer a terminal.
    const bool readable = character < 0x7F || (character > 0x9F && character < kRawByte);
    appendCharacter(out, character == kBorder ? U' ' : readable ? character : U'\uFFFD');
}

}  // namespace

std::optional<Location> locate(const Text& text, std::string_view folded, std::size_t from, std::size_t reach) {
    struct Mark {
        std::size_t folded;
        std::size_t begin;
        std::size_t end;
    };
    std::string window;
    std::vector<Mark> marks;
    TextWalker walker(text, from);
    while (reach == 0 || window.size() < reach) {
        const auto glyph = walker.next();
        if (!glyph) break;
        marks.push_back({window.size(), glyph->begin, glyph->end});
        appendCharacter(window, glyph->folded);
    }
    for (std::size_t found = window.find(folded); found != std::string::npos; found = window.find(folded, found + 1)) {
        const auto at = [&](std::size_t position) {
            return std::partition_point(marks.begin(), marks.end(),
                                        [position](const Mark& mark) { return mark.folded < position; });
        };
        const auto first = at(found);
        const auto behind = at(found + folded.size());
        // Raw bytes of a query must not match the middle of a character.
        if (first == marks.end() || first->folded != found) continue;
        if (behind != marks.end() && behind->folded != found + folded.size()) continue;
        return Location{first->begin, std::prev(behind)->end - first->begin};
    }
    return std::nullopt;
}

Excerpt excerptAt(const Text& text, const Location& location, std::size_t from) {
    std::deque<char32_t> before;
    std::string hit;
    std::string behind;
    std::size_t hitCharacters = 0;
    std::size_t behindCharacters = 0;
    TextWalker walker(text, from);
    while (behindCharacters < kBehind) {
        const auto glyph = walker.next();
        if (!glyph) break;
        if (glyph->begin < location.offset) {
            before.push_back(glyph->original);
            if (before.size() > kBefore) before.pop_front();
        } else if (glyph->begin < location.offset + location.length) {
            if (++hitCharacters > kMaxHit) break;
            appendReadable(hit, glyph->original);
        } else {
            ++behindCharacters;
            appendReadable(behind, glyph->original);
        }
    }
    Excerpt excerpt;
    for (const char32_t character : before) appendReadable(excerpt.text, character);
    excerpt.offset = excerpt.text.size();
    excerpt.length = hit.size();
    excerpt.text += hit;
    excerpt.text += behind;
    return excerpt;
}

}  // namespace turntable::search
