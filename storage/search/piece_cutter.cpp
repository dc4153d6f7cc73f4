#include "storage/search/piece_cutter.h"

#include <array>
#include <cstdint>
#include <utility>

#include "storage/search/checksum.h"

namespace turntable::search {
namespace {

constexpr std::size_t kMinBytes = 512;
constexpr std::size_t kMaxBytes = 4096;
// One place in 1024 is a cut, on average, once a piece is long enough.
constexpr std::uint64_t kCutMask = std::uint64_t{0x3FF} << 54;

constexpr std::array<std::uint64_t, 256> gearTable() {
    std::array<std::uint64_t, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = scramble(byte + 1);
    return table;
}
constexpr auto kGear = gearTable();

/// Collects characters into pieces: `m_piece` grows until a cut, `m_next` holds what comes behind it meanwhile.
class Cutter {
public:
    void take(const Glyph& glyph) {
        const bool startsPiece = glyph.folded != U' ' && glyph.folded != kBorder;
        if (m_piece.text.empty()) {
            if (!startsPiece) return;
            m_piece.offset = glyph.begin;
        }
        const bool cutHere = !m_cut && startsPiece && isCut();
        if (cutHere) {
            m_cut = m_piece.text.size();
            m_nextOffset = glyph.begin;
        }
        const std::size_t before = m_piece.text.size();
        appendCharacter(m_piece.text, glyph.folded);
        for (std::size_t index = before; index < m_piece.text.size(); ++index) {
            m_hash = (m_hash << 1) + kGear[static_cast<unsigned char>(m_piece.text[index])];
        }
        if (m_cut && m_piece.text.size() - *m_cut >= kOverlapBytes) finish();
    }
    std::vector<Piece> end() {
        if (!m_piece.text.empty()) m_pieces.push_back(std::move(m_piece));
        return std::move(m_pieces);
    }

private:
    [[nodiscard]] bool isCut() const {
        const std::size_t size = m_piece.text.size();
        return size >= kMaxBytes || (size >= kMinBytes && (m_hash & kCutMask) == 0);
    }
    void finish() {
        Piece next{m_piece.text.substr(*m_cut), m_nextOffset};
        m_cut.reset();
        m_pieces.push_back(std::exchange(m_piece, std::move(next)));
    }

    std::vector<Piece> m_pieces;
    Piece m_piece;
    std::optional<std::size_t> m_cut;
    std::size_t m_nextOffset = 0;
    std::uint64_t m_hash = 0;
};

}  // namespace

std::vector<Piece> cutPieces(const Text& text) {
    Cutter cutter;
    TextWalker walker(text);
    while (const auto glyph = walker.next()) cutter.take(*glyph);
    return cutter.end();
}

}  // namespace turntable::search
