#include "storage/prompt_recipe.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/byte_codec.h"

namespace turntable::storage {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// A part costs a row, a hash and its index entry: about a hundred bytes. A stretch between parts is usually a bracket
// and a key; a long one is content that nobody named, worth sharing all the same.
constexpr std::size_t kMinPartBytes = 64;
constexpr std::size_t kMinUnnamedPartBytes = 256;

PromptEntry entryFor(std::string_view body, ByteRange range, std::size_t minPartBytes) {
    PromptEntry entry;
    entry.range = range;
    const auto bytes = support::slice(body, range);
    if (bytes.size() < minPartBytes) {
        entry.literal = bytes;
        return entry;
    }
    entry.isPart = true;
    entry.size = bytes.size();
    entry.sha256 = digest::sha256(bytes);
    return entry;
}

bool equal(const PromptEntry& left, const PromptEntry& right) {
    if (left.isPart != right.isPart) return false;
    return left.isPart ? left.sha256 == right.sha256 : left.literal == right.literal;
}

std::string describe(ByteRange range) { return std::to_string(range.offset) + " + " + std::to_string(range.size); }

}  // namespace

Result<std::vector<PromptEntry>> splitBody(std::string_view body, std::span<const ByteRange> parts) {
    std::vector<PromptEntry> entries;
    entries.reserve(parts.size() * 2 + 1);
    std::size_t position = 0;
    for (const ByteRange part : parts) {
        if (part.offset < position || part.offset > body.size() || part.size > body.size() - part.offset) {
            return Error{ErrorCode::invalidArgument, "part " + describe(part) +
                                                         " of a request overlaps the one before or leaves its " +
                                                         std::to_string(body.size()) + " bytes"};
        }
        if (part.empty()) continue;
        if (part.offset > position) {
            entries.push_back(entryFor(body, {position, part.offset - position}, kMinUnnamedPartBytes));
        }
        entries.push_back(entryFor(body, part, kMinPartBytes));
        position = part.end();
    }
    if (position < body.size()) {
        entries.push_back(entryFor(body, {position, body.size() - position}, kMinUnnamedPartBytes));
    }
    return entries;
}

SharedEntries sharedEntries(std::span<const PromptEntry> base, std::span<const PromptEntry> list) {
    SharedEntries shared;
    const std::size_t most = std::min(base.size(), list.size());
    while (shared.head < most && equal(base[shared.head], list[shared.head])) ++shared.head;
    while (shared.tail < most - shared.head &&
           equal(base[base.size() - 1 - shared.tail], list[list.size() - 1 - shared.tail])) {
        ++shared.tail;
    }
    return shared;
}

std::string encodeEntries(std::span<const PromptEntry> entries) {
    ByteWriter out;
    std::int64_t previous = 0;
    for (const PromptEntry& entry : entries) {
        if (entry.isPart) {
            // Even numbers are parts: the distance from the part before, folded.
            const std::int64_t step = entry.part.value - previous;
            const auto folded =
                step < 0 ? static_cast<std::uint64_t>(-step) * 2 - 1 : static_cast<std::uint64_t>(step) * 2;
            out.varint(folded * 2);
            previous = entry.part.value;
        } else {
            out.varint(entry.literal.size() * 2 + 1);
            out.bytes(entry.literal);
        }
    }
    return out.take();
}

Result<std::vector<PromptEntry>> decodeEntries(std::string_view bytes) {
    const Error damaged{ErrorCode::corrupt, "the recipe of a request is damaged"};
    std::vector<PromptEntry> entries;
    ByteReader in(bytes);
    std::uint64_t previous = 0;
    while (in.left() > 0) {
        const std::uint64_t number = in.varint();
        PromptEntry entry;
        if ((number & 1U) != 0) {
            entry.literal = in.bytes(number / 2);
        } else {
            const std::uint64_t folded = number / 2;
            previous += (folded & 1U) != 0 ? ~(folded / 2) : folded / 2;
            entry.isPart = true;
            entry.part.value = static_cast<std::int64_t>(previous);
            if (!entry.part.valid()) return damaged;
        }
        if (!in.ok()) return damaged;
        entries.push_back(std::move(entry));
    }
    return entries;
}

Status applyRecipe(std::vector<PromptEntry>& base, SharedEntries shared, std::vector<PromptEntry> own) {
    if (shared.head > base.size() || shared.tail > base.size() - shared.head) {
        return Error{ErrorCode::corrupt, "the recipe of a request shares more entries than its base has"};
    }
    const auto first = base.begin() + static_cast<std::ptrdiff_t>(shared.head);
    const auto last = base.end() - static_cast<std::ptrdiff_t>(shared.tail);
    const auto place = base.erase(first, last);
    base.insert(place, std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    return {};
}

}  // namespace turntable::storage
