#include "storage/prompt_recipe.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/base64.h"
#include "storage/byte_codec.h"

namespace turntable::storage {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// A part costs a row, a hash, its index entry and a frame of its own: some 150 bytes. A shorter text costs less inside
// of the recipe, where it is compressed together with its neighbours, and is stored once all the same: by the turns
// that continue this one.
constexpr std::size_t kMinPartBytes = 512;
// A base64 text of this length is an image or a file, not a word.
constexpr std::size_t kMinBase64Text = 1024;

PromptEntry entryFor(std::string_view body, ByteRange range) {
    PromptEntry entry;
    entry.range = range;
    const auto bytes = support::slice(body, range);
    if (bytes.size() < kMinPartBytes) {
        entry.literal = bytes;
        return entry;
    }
    entry.isPart = true;
    entry.size = bytes.size();
    entry.sha256 = digest::sha256(bytes);
    return entry;
}

void appendEntry(std::vector<PromptEntry>& entries, std::string_view body, ByteRange range) {
    if (!range.empty()) entries.push_back(entryFor(body, range));
}

// A long word is not base64 for being made of its letters: what stands before it has to say so, as in
// `"data":"…"` (Messages API, MCP) and `data:image/png;base64,…` (Chat Completions).
bool isAnnounced(std::string_view body, std::size_t offset) {
    constexpr std::size_t kReach = 24;
    const std::size_t begin = offset > kReach ? offset - kReach : 0;
    const std::string_view before = body.substr(begin, offset - begin);
    return before.ends_with(";base64,") || before.find("\"data\"") != std::string_view::npos ||
           before.find("\"blob\"") != std::string_view::npos;
}

// The stretch, with the base64 texts in it taken out as parts of their own.
void appendStretch(std::vector<PromptEntry>& entries, std::string_view body, ByteRange range) {
    std::size_t position = range.offset;  // what lies before it is in `entries`
    std::size_t from = range.offset;
    while (const auto text = findBase64(support::slice(body, {from, range.end() - from}), kMinBase64Text)) {
        const ByteRange found{from + text->offset, text->size};
        from = found.end();
        const auto decoded = isAnnounced(body, found.offset) ? decodeBase64(support::slice(body, found)) : std::nullopt;
        if (!decoded) continue;
        appendEntry(entries, body, {position, found.offset - position});
        PromptEntry entry;
        entry.range = found;
        entry.isPart = entry.isBase64 = true;
        entry.size = decoded->size();
        entry.sha256 = digest::sha256(*decoded);
        entries.push_back(std::move(entry));
        position = found.end();
    }
    appendEntry(entries, body, {position, range.end() - position});
}

bool equal(const PromptEntry& left, const PromptEntry& right) {
    if (left.isPart != right.isPart) return false;
    if (left.isBase64 != right.isBase64) return false;
    return left.isPart ? left.sha256 == right.sha256 : left.literal == right.literal;
}

// What an entry is, in the lowest bits of its number; version 1 had but one bit, and no base64.
constexpr std::uint64_t kPartTag = 0;
constexpr std::uint64_t kLiteralTag = 1;
constexpr std::uint64_t kBase64Tag = 2;

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
        appendStretch(entries, body, {position, part.offset - position});
        appendStretch(entries, body, part);
        position = part.end();
    }
    appendStretch(entries, body, {position, body.size() - position});
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
            // The distance from the part before, folded.
            const std::int64_t step = entry.part.value - previous;
            const auto folded =
                step < 0 ? static_cast<std::uint64_t>(-step) * 2 - 1 : static_cast<std::uint64_t>(step) * 2;
            out.varint(folded * 4 + (entry.isBase64 ? kBase64Tag : kPartTag));
            previous = entry.part.value;
        } else {
            out.varint(entry.literal.size() * 4 + kLiteralTag);
            out.bytes(entry.literal);
        }
    }
    return out.take();
}

Result<std::vector<PromptEntry>> decodeEntries(std::string_view bytes, RecipeForm form) {
    const Error damaged{ErrorCode::corrupt, "the recipe of a request is damaged"};
    const std::uint64_t tags = form == RecipeForm::version1 ? 2 : 4;
    std::vector<PromptEntry> entries;
    ByteReader in(bytes);
    std::uint64_t previous = 0;
    while (in.left() > 0) {
        const std::uint64_t number = in.varint();
        const std::uint64_t tag = number % tags;
        PromptEntry entry;
        if (tag == kLiteralTag) {
            entry.literal = in.bytes(number / tags);
        } else if (tag == kPartTag || tag == kBase64Tag) {
            const std::uint64_t folded = number / tags;
            previous += (folded & 1U) != 0 ? ~(folded / 2) : folded / 2;
            entry.isPart = true;
            entry.isBase64 = tag == kBase64Tag;
            entry.part.value = static_cast<std::int64_t>(previous);
            if (!entry.part.valid()) return damaged;
        } else {
            return damaged;
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
