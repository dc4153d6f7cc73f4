#include "storage/search/signature.h"

#include <algorithm>
#include <bit>

#include "storage/search/checksum.h"
#include "storage/search/text_walker.h"

namespace turntable::search {
namespace {

// A pair has nothing but itself to be found by when it is looked for: it gets two bits. In a triple every character
// counts, and a longer word has several.
std::uint32_t bitOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash % kSignatureBits); }
std::uint64_t hashOf(char32_t a) { return scramble(std::uint64_t{a} | std::uint64_t{1} << 63); }
std::uint64_t hashOf(char32_t a, char32_t b) { return scramble((std::uint64_t{a} << 21 | b) + 1); }
std::uint64_t hashOf(char32_t a, char32_t b, char32_t c) {
    return scramble(std::uint64_t{a} << 42 | std::uint64_t{b} << 21 | c);
}

/// The characters of a folded text, which is UTF-8 but for raw bytes.
std::vector<char32_t> charactersOf(std::string_view folded) {
    std::vector<char32_t> characters;
    characters.reserve(folded.size());
    const auto byteAt = [folded](std::size_t at) { return static_cast<unsigned char>(folded[at]); };
    for (std::size_t at = 0; at < folded.size();) {
        const unsigned first = byteAt(at);
        std::size_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
        if (at + size > folded.size()) size = 1;
        for (std::size_t index = 1; index < size; ++index) {
            if ((byteAt(at + index) & 0xC0U) != 0x80) size = 1;
        }
        char32_t character = size == 1 ? first : first & (0xFFU >> (size + 1));
        for (std::size_t index = 1; index < size; ++index) {
            character = (character << 6) | (byteAt(at + index) & 0x3FU);
        }
        characters.push_back(character);
        at += size;
    }
    return characters;
}

}  // namespace

void Signature::add(std::string_view folded) {
    const auto characters = charactersOf(folded);
    char32_t before = 0;
    char32_t earlier = 0;
    for (const char32_t character : characters) {
        if (character == kBorder) {
            before = 0;
            earlier = 0;
            continue;
        }
        set(bitOf(hashOf(character)));
        if (before != 0) {
            const std::uint64_t pair = hashOf(before, character);
            set(bitOf(pair));
            set(bitOf(pair >> 32));
            if (earlier != 0) set(bitOf(hashOf(earlier, before, character)));
        }
        earlier = before;
        before = character;
    }
}

void Signature::merge(const Signature& other) {
    for (std::size_t index = 0; index < words.size(); ++index) words[index] |= other.words[index];
}

std::size_t Signature::count() const {
    std::size_t bits = 0;
    for (const std::uint64_t word : words) bits += static_cast<std::size_t>(std::popcount(word));
    return bits;
}

std::vector<std::uint32_t> queryBits(std::string_view folded) {
    const auto characters = charactersOf(folded);
    std::vector<std::uint32_t> bits;
    if (characters.size() == 1) {
        bits.push_back(bitOf(hashOf(characters[0])));
    } else if (characters.size() == 2) {
        const std::uint64_t pair = hashOf(characters[0], characters[1]);
        bits = {bitOf(pair), bitOf(pair >> 32), bitOf(hashOf(characters[0])), bitOf(hashOf(characters[1]))};
    }
    for (std::size_t index = 2; index < characters.size() && bits.size() < kMaxQueryBits; ++index) {
        bits.push_back(bitOf(hashOf(characters[index - 2], characters[index - 1], characters[index])));
    }
    std::sort(bits.begin(), bits.end());
    bits.erase(std::unique(bits.begin(), bits.end()), bits.end());
    return bits;
}

}  // namespace turntable::search
