// Screens of a PartStore that are told against the texts they were read from.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/part_store.h"
#include "storage/screen_over_text.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;

namespace {

// A program is some hundred bytes.
constexpr int kProgramLevel = 19;
constexpr std::size_t kMaxTries = 2;
// Where a program is as small as this there is no need to find out what the previous screen would save.
constexpr std::size_t kSmallProgramBytes = 512;

// The beginning of a result names page and address, as the head of a program does. More would take zstd long to index.
std::string_view prefixOf(std::string_view text) {
    constexpr std::size_t kPrefixBytes = 1024;
    return text.substr(0, kPrefixBytes);
}

}  // namespace

Result<PreparedPart> PartStore::prepareScreen(std::string_view bytes, std::span<const ScreenText> texts,
                                              std::optional<PartId> previous) {
    PreparedPart told;
    told.bytes = bytes;
    told.sha256 = digest::sha256(bytes);
    told.kind = PartKind::screen;
    const auto known = find(told.sha256);
    if (!known) return known.error();
    told.known = *known;
    if (told.known) return told;
    const bool mayBuild = bytes.size() >= kMinBasedBytes && bytes.size() <= kMaxBasedBytes;
    const auto likely = texts.first(mayBuild ? std::min(kMaxTries, texts.size()) : 0);
    const bool isTold =
        std::any_of(likely.begin(), likely.end(), [&](const ScreenText& text) { return packOverText(told, text); });
    if (isTold && told.content.size() <= kSmallProgramBytes) return told;
    const auto similar = previous ? std::span<const PartId>(&*previous, 1) : std::span<const PartId>();
    auto packed = prepare(bytes, told.sha256, PartKind::screen, similar);
    if (!packed || !isTold || packed->content.size() <= told.content.size()) return packed;
    return told;
}

bool PartStore::packOverText(PreparedPart& part, const ScreenText& text) {
    const PreparedPart* fresh = text.fresh != nullptr && !text.fresh->known ? text.fresh : nullptr;
    const auto id = text.fresh != nullptr ? text.fresh->known : text.part;
    std::optional<Recent> stored;
    if (fresh == nullptr) {
        stored = id ? usableBase(*id) : std::nullopt;
        if (!stored) return false;
    }
    const std::string_view bytes = fresh != nullptr ? fresh->bytes : stored->bytes();
    const std::int64_t depth = fresh != nullptr ? fresh->depth : stored->depth;
    if (bytes.size() > kMaxBasedBytes || depth >= kMaxDepth) return false;
    // A screen over another screen's text and program could not be read in good time.
    const auto first = fresh != nullptr ? fresh->base : id;
    auto bases = first ? basesOf(*first) : Result<std::vector<PartId>>(std::vector<PartId>());
    if (!bases) return false;
    if (fresh == nullptr) bases->erase(bases->begin());
    std::vector<std::string_view> all = {bytes};
    auto program = tellScreen(part.bytes, all);
    std::vector<std::string> further;
    if (!program) {
        further = textsOf(*bases);
        all.insert(all.end(), further.begin(), further.end());
        if (all.size() > 1) program = tellScreen(part.bytes, all);
    }
    const auto used = program ? textsOfTelling(*program) : Result<std::size_t>(std::size_t{0});
    auto packed =
        program ? m_zstandard.compress(*program, kProgramLevel, prefixOf(bytes)) : Result<std::string>(std::string());
    if (!program || !used || !packed) return false;
    part.codec = PartCodec::screenOverText;
    part.base = fresh != nullptr ? std::nullopt : id;
    part.baseForm = fresh != nullptr ? std::nullopt : std::optional(stored->form);
    part.onSibling = fresh != nullptr;
    part.text = fresh;
    if (fresh != nullptr && *used > 1) part.textBase = fresh->base;
    part.depth = depth + 1;
    part.content = std::move(*packed);
    return true;
}

// As many as can be read, and are together no longer than a base may be.
std::vector<std::string> PartStore::textsOf(std::span<const PartId> parts) {
    std::vector<std::string> texts;
    std::size_t size = 0;
    for (const PartId id : parts.first(std::min(parts.size(), kMaxTexts - 1))) {
        const auto text = load(id.value);
        size += text ? text->size : 0;
        if (!text || size > kMaxBasedBytes) break;
        texts.emplace_back(text->bytes());
    }
    return texts;
}

// A part, its base, the base of that and so on, as far as these are texts: a pack is none. No screen over a text may be
// among them.
Result<std::vector<PartId>> PartStore::basesOf(PartId id) {
    std::vector<PartId> ids;
    for (std::optional<PartId> next = id; next;) {
        auto select = m_database.prepare("SELECT codec, base_id FROM part WHERE id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, next->value).step();
        if (!found) return found.error();
        const bool isTold = *found && select->integer(0) == static_cast<std::int64_t>(PartCodec::screenOverText);
        if (!*found || isTold || ids.size() > static_cast<std::size_t>(kMaxDepth)) {
            return Error{ErrorCode::corrupt, "part " + std::to_string(next->value) + " cannot be a text of a screen"};
        }
        ids.push_back(*next);
        if (select->integer(0) == static_cast<std::int64_t>(PartCodec::slice)) break;
        const auto base = select->maybeInteger(1);
        next = base ? std::optional(PartId{*base}) : std::nullopt;
    }
    return ids;
}

Result<std::string> PartStore::unpackOverText(const Row& row, std::string_view text) {
    const auto damaged = [&row](const Error& error) {
        return Error{ErrorCode::corrupt, "part " + std::to_string(row.id) + ": " + error.message};
    };
    if (row.size > kMaxBasedBytes) return damaged({ErrorCode::corrupt, "too long for a screen over a text"});
    const auto program = m_zstandard.decompress(row.content, kMaxBasedBytes, prefixOf(text));
    if (!program) return damaged(program.error());
    const auto count = textsOfTelling(*program);
    if (!count) return damaged(count.error());
    const auto ids = basesOf(PartId{*row.base});
    if (!ids) return damaged(ids.error());
    std::vector<std::string> further;
    std::size_t size = text.size();
    for (std::size_t index = std::min(*count, ids->size()); index-- > 1;) {
        // From the end of the chain on, so that each is built on one that was read just before.
        auto loaded = load((*ids)[index].value);
        if (!loaded) return damaged(loaded.error());
        size += loaded->size;
        further.emplace(further.begin(), loaded->bytes());
    }
    if (size > 2 * kMaxBasedBytes) return damaged({ErrorCode::corrupt, "its texts are too long"});
    std::vector<std::string_view> texts = {text};
    texts.insert(texts.end(), further.begin(), further.end());
    auto bytes = runTelling(*program, texts, row.size);
    if (!bytes) return damaged(bytes.error());
    if (bytes->size() != row.size) return damaged({ErrorCode::corrupt, "content has another size than recorded"});
    return bytes;
}

}  // namespace turntable::storage
