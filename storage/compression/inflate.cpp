#include "storage/compression/inflate.h"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

namespace turntable::compression {

using support::Error;
using support::ErrorCode;
using support::Status;

namespace {

enum class Framing { unknown, gzip, zlib, raw };

// RFC 1952 section 2.3.1 (magic), RFC 1950 section 2.2 (CMF, FLG and their check). "deflate" bodies without the zlib
// wrapper are common enough that every HTTP client takes them.
Framing framingOf(std::string_view head) {
    const auto first = static_cast<unsigned char>(head[0]);
    const auto second = static_cast<unsigned char>(head[1]);
    if (first == 0x1F && second == 0x8B) return Framing::gzip;
    const bool zlib = (first & 0x0F) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
    return zlib ? Framing::zlib : Framing::raw;
}

int windowBitsOf(Framing framing) {
    if (framing == Framing::gzip) return MAX_WBITS + 16;
    return framing == Framing::zlib ? MAX_WBITS : -MAX_WBITS;
}

Error corrupt(const z_stream& stream) {
    const char* reason = stream.msg != nullptr ? stream.msg : "damaged stream";
    return {ErrorCode::corrupt, std::string("compressed body: ") + reason};
}

}  // namespace

struct Inflater::State {
    explicit State(std::size_t limit) : maxOutputBytes(limit) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (framing != Framing::unknown) inflateEnd(&stream);
    }

    Status begin() {
        const Framing found = framingOf(head);
        if (inflateInit2(&stream, windowBitsOf(found)) != Z_OK) {
            return Error{ErrorCode::internal, "cannot set up zlib"};
        }
        framing = found;
        return {};
    }

    // A gzip file may be several members in a row (RFC 1952 section 2.2); nothing may follow the other framings.
    Status nextMember() {
        if (framing != Framing::gzip) return Error{ErrorCode::corrupt, "compressed body: bytes behind its end"};
        if (inflateReset(&stream) != Z_OK) return Error{ErrorCode::internal, "cannot reset zlib"};
        ended = false;
        return {};
    }

    Status append(std::string_view decoded, std::string& out) {
        if (decoded.size() > maxOutputBytes - outputBytes) {
            return Error{ErrorCode::limitExceeded,
                         "compressed body: more than " + std::to_string(maxOutputBytes) + " bytes when decoded"};
        }
        outputBytes += decoded.size();
        out.append(decoded);
        return {};
    }

    Status decode(std::string_view bytes, std::string& out);

    const std::size_t maxOutputBytes;
    std::size_t outputBytes = 0;
    std::string head;  ///< the first two bytes, until there are two
    Framing framing = Framing::unknown;
    bool ended = false;
    z_stream stream{};
};

Status Inflater::State::decode(std::string_view bytes, std::string& out) {
    std::array<char, 16384> buffer;
    while (!bytes.empty()) {
        if (ended) {
            if (auto next = nextMember(); !next) return next;
        }
        const std::size_t piece = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max() / 2);
        // zlib's interface is not const-correct; it does not write through next_in.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = static_cast<uInt>(piece);
        do {
            stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream.avail_out = static_cast<uInt>(buffer.size());
            const int code = inflate(&stream, Z_NO_FLUSH);
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return corrupt(stream);
            if (auto added = append({buffer.data(), buffer.size() - stream.avail_out}, out); !added) return added;
            ended = code == Z_STREAM_END;
            if (code == Z_BUF_ERROR) break;
        } while (!ended && (stream.avail_in > 0 || stream.avail_out == 0));
        bytes.remove_prefix(piece - stream.avail_in);
    }
    return {};
}

Inflater::Inflater(std::size_t maxOutputBytes) : m_state(std::make_unique<State>(maxOutputBytes)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

Status Inflater::feed(std::string_view bytes, std::string& out) {
    State& state = *m_state;
    if (state.framing != Framing::unknown) return state.decode(bytes, out);
    const std::size_t missing = std::min(bytes.size(), 2 - state.head.size());
    state.head.append(bytes.substr(0, missing));
    bytes.remove_prefix(missing);
    if (state.head.size() < 2) return {};
    if (auto begun = state.begin(); !begun) return begun;
    if (auto decoded = state.decode(state.head, out); !decoded) return decoded;
    return state.decode(bytes, out);
}

}  // namespace turntable::compression
