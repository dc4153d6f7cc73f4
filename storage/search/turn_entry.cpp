#include "storage/search/turn_entry.h"

#include "storage/byte_codec.h"

namespace turntable::search {

using storage::ByteReader;
using storage::ByteWriter;

namespace {

void readHead(ByteReader& reader, TurnEntry& entry) {
    entry.stamp = reader.fixed64();
    entry.session = static_cast<std::int64_t>(reader.varint());
    entry.number = static_cast<std::int64_t>(reader.varint());
    entry.unreadable = static_cast<std::int64_t>(reader.varint());
}

}  // namespace

std::string encodeTurn(const TurnEntry& entry) {
    ByteWriter writer;
    writer.fixed64(entry.stamp);
    writer.varint(static_cast<std::uint64_t>(entry.session));
    writer.varint(static_cast<std::uint64_t>(entry.number));
    writer.varint(static_cast<std::uint64_t>(entry.unreadable));
    writer.varint(entry.texts.size());
    for (const TextEntry& text : entry.texts) {
        writer.byte(static_cast<unsigned>(text.kind));
        writer.varint(static_cast<std::uint64_t>(text.part));
        writer.varint(text.pieces.size());
        PieceRef before;
        for (const PieceRef& piece : text.pieces) {
            writer.signedVarint(static_cast<std::int64_t>(piece.key) - static_cast<std::int64_t>(before.key));
            writer.varint(piece.offset - before.offset);
            before = piece;
        }
    }
    return writer.take();
}

std::optional<TurnEntry> decodeTurn(std::string_view content) {
    ByteReader reader(content);
    TurnEntry entry;
    readHead(reader, entry);
    const std::uint64_t texts = reader.varint();
    if (!reader.ok() || texts > reader.left()) return std::nullopt;
    entry.texts.resize(static_cast<std::size_t>(texts));
    for (TextEntry& text : entry.texts) {
        const unsigned kind = reader.byte();
        if (kind > static_cast<unsigned>(Kind::file)) return std::nullopt;
        text.kind = static_cast<Kind>(kind);
        text.part = static_cast<std::int64_t>(reader.varint());
        const std::uint64_t pieces = reader.varint();
        if (!reader.ok() || pieces > reader.left()) return std::nullopt;
        text.pieces.resize(static_cast<std::size_t>(pieces));
        PieceRef before;
        for (PieceRef& piece : text.pieces) {
            piece.key = static_cast<PieceKey>(static_cast<std::int64_t>(before.key) + reader.signedVarint());
            piece.offset = before.offset + static_cast<std::uint32_t>(reader.varint());
            before = piece;
        }
    }
    if (!reader.ok() || reader.left() > 0) return std::nullopt;
    return entry;
}

std::optional<TurnStamp> decodeStamp(std::int64_t turn, std::string_view content) {
    ByteReader reader(content);
    TurnEntry head;
    readHead(reader, head);
    if (!reader.ok()) return std::nullopt;
    return TurnStamp{turn, head.session, head.number, head.stamp};
}

}  // namespace turntable::search
