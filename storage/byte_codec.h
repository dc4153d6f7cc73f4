#pragma once

// Private to storage: the byte encodings that recipes, screens and arrivals share.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace turntable::storage {

/// Appends values to a string. Varint: seven bits a byte, lowest first, the top bit set on all but the last. Signed
/// values are folded first (0, -1, 1, -2, … become 0, 1, 2, 3, …). Text: its size as a varint, then its bytes.
class ByteWriter {
public:
    void byte(unsigned value) { m_out.push_back(static_cast<char>(value)); }
    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            byte(static_cast<unsigned>(value & 0x7F) | 0x80U);
            value >>= 7;
        }
        byte(static_cast<unsigned>(value));
    }
    void signedVarint(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        varint(value < 0 ? ~(bits << 1) : bits << 1);
    }
    void fixed64(std::uint64_t value) {
        for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<unsigned>(value >> shift) & 0xFFU);
    }
    void bytes(std::string_view value) { m_out.append(value); }
    void text(std::string_view value) {
        varint(value.size());
        bytes(value);
    }
    [[nodiscard]] std::string take() { return std::move(m_out); }

private:
    std::string m_out;
};

/// Reads what a ByteWriter wrote. Never reads outside its input: after the first value that does not fit, `ok()` is
/// false and every further value is zero or empty.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : m_rest(bytes) {}

    [[nodiscard]] bool ok() const { return m_ok; }
    [[nodiscard]] std::size_t left() const { return m_rest.size(); }

    unsigned byte() {
        if (m_rest.empty()) return fail();
        const auto value = static_cast<unsigned char>(m_rest.front());
        m_rest.remove_prefix(1);
        return value;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t piece = byte();
            if (!m_ok || (shift == 63 && (piece & 0x7FU) > 1)) return fail();
            value |= (piece & 0x7FU) << shift;
            if ((piece & 0x80U) == 0) return value;
        }
        return fail();
    }
    std::int64_t signedVarint() {
        const std::uint64_t bits = varint();
        return static_cast<std::int64_t>((bits & 1U) != 0 ? ~(bits >> 1) : bits >> 1);
    }
    std::uint64_t fixed64() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) value |= std::uint64_t{byte()} << shift;
        return m_ok ? value : 0;
    }
    /// A varint that fits an int; fails otherwise.
    int smallSigned() {
        const std::int64_t value = signedVarint();
        if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
            fail();
            return 0;
        }
        return static_cast<int>(value);
    }
    std::string_view bytes(std::uint64_t size) {
        if (size > m_rest.size()) {
            fail();
            return {};
        }
        const auto value = m_rest.substr(0, static_cast<std::size_t>(size));
        m_rest.remove_prefix(value.size());
        return value;
    }
    std::string_view text() { return bytes(varint()); }

private:
    unsigned fail() {
        m_ok = false;
        m_rest = {};
        return 0;
    }
    std::string_view m_rest;
    bool m_ok = true;
};

}  // namespace turntable::storage
