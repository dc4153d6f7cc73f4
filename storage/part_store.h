#pragma once

// Private to storage: the table of contents-addressed bytes that prompts, replies, screens, headers and files share.

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/compression/zstandard.h"
#include "storage/digest/sha256.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// What a part was first stored as; says how to compress and search it, not who refers to it. A `pack` is what small
/// parts were put together in (`part_packer.h`); nothing but these refers to it.
enum class PartKind { prompt, response, screen, headers, file, binary, pack };
inline constexpr PartKind kLastPartKind = PartKind::pack;

/// How `part.content` is written. Codec 3 was kept for frames with a dictionary and is in no file. A slice is a stretch
/// of the bytes of its base, a pack; its content says where it begins.
enum class PartCodec { plain = 0, zstd = 1, zstdWithBase = 2, zstdWithHistory = 4, screenOverText = 5, slice = 6 };

/// The bytes of a part behind those of its base, its base's base and so on: its last `PartStore::kHistoryBytes` bytes,
/// or the part alone where that is longer. That of a slice: what its pack has up to its end. A part that builds on this
/// one may repeat what any of them says.
using History = std::shared_ptr<const std::string>;

/// What a part is stored as at the moment: it may be packed anew, and has another history then.
struct PartForm {
    std::int64_t codec = 0;
    std::optional<std::int64_t> base;

    friend bool operator==(const PartForm&, const PartForm&) = default;
};

/// Bytes on their way into the store, hashed and compressed before the write lock is taken. `bytes` is borrowed.
struct PreparedPart {
    std::string_view bytes;
    digest::Sha256 sha256{};
    PartKind kind = PartKind::prompt;
    std::optional<support::PartId> known;  ///< was in the store when prepared; `content` is then empty
    PartCodec codec = PartCodec::plain;
    std::optional<support::PartId> base;
    std::optional<PartForm> baseForm;  ///< of a base that was in the store when this was packed on it
    std::int64_t depth = 0;            ///< bases to read before this one
    std::string content;
    bool onSibling = false;  ///< packed on a part that was new, too: `put` gets the id that this one has now
    bool asPlanned = false;  ///< stored by the last `put` as it was packed, so that others may build on it
    History history;         ///< empty where nothing may build on it
    const PreparedPart* text = nullptr;       ///< of a screen: the new part that it is told against, if it is one
    std::optional<support::PartId> textBase;  ///< and the base that it has to have, as that one's text is used, too
    std::optional<support::PartId> stored;    ///< what the last `put` called it
};

/// A text that a screen may have been read from: a part of the store, or one that goes into it first.
struct ScreenText {
    std::optional<support::PartId> part;
    const PreparedPart* fresh = nullptr;
};

/// How hard to try to make things small. `quick` is for a recorder that falls behind.
enum class Effort { thorough, quick };

/// Equal bytes are stored once. A part may be compressed with another one as its base; chains of bases are at most
/// `kMaxDepth` long, and a base always has a smaller depth than what builds on it. One thread, that of the database.
/// Errors: corrupt (content that does not have its SHA-256, or a broken chain), notFound, those of the database.
class PartStore {
public:
    static constexpr std::int64_t kMaxDepth = 16;
    /// Larger parts neither have a base nor are one.
    static constexpr std::size_t kMaxBasedBytes = std::size_t{1} << 20;
    static constexpr std::size_t kMaxPartBytes = std::size_t{900} << 20;
    static constexpr std::size_t kHistoryBytes = std::size_t{16} << 10;
    /// Longer parts are not put into packs.
    static constexpr std::size_t kMaxSmallBytes = std::size_t{16} << 10;
    /// Below, a base never is worth the second read.
    static constexpr std::size_t kMinBasedBytes = 160;

    explicit PartStore(sqlite::Database& database) : m_database(database) {}

    void setEffort(Effort effort) { m_effort = effort; }

    /// Outside of a transaction. Bytes that resemble one of `similar` (the likeliest first) are stored as the
    /// difference from the one that suits best.
    [[nodiscard]] support::Result<PreparedPart> prepare(std::string_view bytes, PartKind kind,
                                                        std::span<const support::PartId> similar = {});
    [[nodiscard]] support::Result<PreparedPart> prepare(std::string_view bytes, PartKind kind,
                                                        std::optional<support::PartId> similar);
    /// The same for bytes whose hash the caller knows. `sibling`: a part of the same prompt that goes into the store
    /// before this one, and is its base where nothing in the store resembles it.
    [[nodiscard]] support::Result<PreparedPart> prepare(std::string_view bytes, const digest::Sha256& sha256,
                                                        PartKind kind, std::span<const support::PartId> similar,
                                                        const PreparedPart* sibling = nullptr);
    /// The bytes of a screen, `texts` the likeliest first. It becomes what it takes to read it out of one of them
    /// (`screen_over_text.h`), or, where that is not smaller, the difference from the `previous` screen.
    [[nodiscard]] support::Result<PreparedPart> prepareScreen(std::string_view bytes, std::span<const ScreenText> texts,
                                                              std::optional<support::PartId> previous);
    /// Inside a write transaction. `sibling`: what the one that this part was prepared with is called now; none when it
    /// has not been stored as it was packed, and the part is packed anew.
    [[nodiscard]] support::Result<support::PartId> put(PreparedPart& part,
                                                       std::optional<support::PartId> sibling = std::nullopt);

    /// The content of a slice that begins at `offset` of its pack.
    [[nodiscard]] static std::string sliceContent(std::size_t offset);
    /// For who has written rows of `part` past this.
    void forget();
    /// Bytes of small parts that `put` has stored since the last `forget`, each by itself.
    [[nodiscard]] std::size_t looseBytes() const { return m_looseBytes; }

    /// The bytes, checked against their SHA-256.
    [[nodiscard]] support::Result<std::string> read(support::PartId id);
    /// The bytes, unchecked: for a caller that checks the hash of the whole.
    [[nodiscard]] support::Result<std::string> readUnchecked(support::PartId id);
    struct Stamp {
        digest::Sha256 sha256{};
        std::size_t size = 0;
    };
    [[nodiscard]] support::Result<Stamp> stamp(support::PartId id);

private:
    struct Row {
        std::int64_t id = 0;
        std::size_t size = 0;
        PartCodec codec = PartCodec::plain;
        std::optional<std::int64_t> base;
        std::int64_t depth = 0;
        std::string content;
    };
    struct Recent {
        std::int64_t id = 0;
        std::int64_t depth = 0;
        std::size_t size = 0;
        History history;
        PartForm form;
        std::int64_t moment = 0;  ///< `PRAGMA data_version` when `form` was last seen in the row

        [[nodiscard]] std::string_view bytes() const {
            return std::string_view(*history).substr(history->size() - size);
        }
    };
    [[nodiscard]] support::Result<std::optional<support::PartId>> find(const digest::Sha256& sha256);
    [[nodiscard]] support::Result<Row> row(std::int64_t id);
    [[nodiscard]] support::Result<Recent> load(std::int64_t id);
    [[nodiscard]] support::Result<Recent> loadChain(std::int64_t id);
    [[nodiscard]] support::Result<const Recent*> recall(std::int64_t id, std::int64_t moment);
    [[nodiscard]] support::Result<Recent> build(const Row& row, const Recent& base);
    [[nodiscard]] support::Result<std::string> unpack(const Row& row, std::string_view base);
    [[nodiscard]] support::Result<Recent> cut(const Row& row, const Recent& pack);
    [[nodiscard]] support::Status pack(PreparedPart& part, std::span<const support::PartId> similar,
                                       const PreparedPart* sibling = nullptr);
    [[nodiscard]] support::Status packAlone(PreparedPart& part);
    [[nodiscard]] std::optional<Recent> bestBase(const PreparedPart& part, std::span<const support::PartId> similar);
    [[nodiscard]] std::optional<Recent> usableBase(support::PartId id);
    [[nodiscard]] support::Status packOnBase(PreparedPart& part, const Recent& base);
    [[nodiscard]] bool packOverText(PreparedPart& part, const ScreenText& text);
    [[nodiscard]] std::vector<std::string> textsOf(std::span<const support::PartId> parts);
    [[nodiscard]] support::Result<std::vector<support::PartId>> basesOf(support::PartId id);
    [[nodiscard]] support::Result<std::string> unpackOverText(const Row& row, std::string_view text);
    [[nodiscard]] support::Result<bool> placeOnBase(PreparedPart& part);
    [[nodiscard]] int levelFor(const PreparedPart& part) const;
    void remember(Recent recent);

    sqlite::Database& m_database;
    compression::Zstandard m_zstandard;
    Effort m_effort = Effort::thorough;
    std::list<Recent> m_recent;  ///< bases read lately, newest first
    std::size_t m_recentBytes = 0;
    std::size_t m_looseBytes = 0;
};

/// The 32 bytes of a stored digest column; empty when the column holds anything else.
[[nodiscard]] std::optional<digest::Sha256> digestFrom(std::string_view column);
[[nodiscard]] std::string_view bytesOf(const digest::Sha256& sha256);

}  // namespace turntable::storage
