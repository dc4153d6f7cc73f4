#include "storage/compression/zstandard.h"

#include <zstd.h>

namespace turntable::compression {

using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// The smallest window of the format (RFC 8878 section 3.1.1.1.2), and the largest that zstd decodes without being told.
constexpr int kMinWindowLog = 10;
constexpr int kMaxWindowLog = 27;

int windowLogFor(std::size_t bytes) {
    int log = kMinWindowLog;
    while (log < kMaxWindowLog && (std::size_t{1} << log) < bytes) ++log;
    return log;
}

Error failure(ErrorCode code, std::size_t result) { return {code, std::string("zstd: ") + ZSTD_getErrorName(result)}; }

}  // namespace

struct Zstandard::State {
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor;
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor;
};

Zstandard::Zstandard() : m_state(std::make_unique<State>()) {}
Zstandard::Zstandard(Zstandard&&) noexcept = default;
Zstandard& Zstandard::operator=(Zstandard&&) noexcept = default;
Zstandard::~Zstandard() = default;

Result<std::string> Zstandard::compress(std::string_view bytes, int level, std::string_view prefix) {
    if (!m_state->compressor) m_state->compressor.reset(ZSTD_createCCtx());
    ZSTD_CCtx* context = m_state->compressor.get();
    if (context == nullptr) return Error{ErrorCode::internal, "zstd: no memory"};
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    if (!prefix.empty()) {
        // A prefix further back than the window would silently not be used.
        if (bytes.size() + prefix.size() > std::size_t{1} << kMaxWindowLog) {
            return Error{ErrorCode::limitExceeded, "zstd: text and prefix exceed the window of 128 MiB"};
        }
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLogFor(bytes.size() + prefix.size()));
        ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size());
    }
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size) != 0) return failure(ErrorCode::internal, size);
    out.resize(size);
    return out;
}

Result<std::string> Zstandard::decompress(std::string_view bytes, std::size_t maxOutputBytes, std::string_view prefix) {
    if (!m_state->decompressor) m_state->decompressor.reset(ZSTD_createDCtx());
    ZSTD_DCtx* context = m_state->decompressor.get();
    if (context == nullptr) return Error{ErrorCode::internal, "zstd: no memory"};
    const unsigned long long claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == ZSTD_CONTENTSIZE_UNKNOWN) {
        return Error{ErrorCode::corrupt, "zstd: not a frame that states its size"};
    }
    if (claimed > maxOutputBytes) {
        return Error{ErrorCode::limitExceeded, "zstd: " + std::to_string(claimed) + " bytes, at most " +
                                                   std::to_string(maxOutputBytes) + " expected"};
    }
    ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
    if (!prefix.empty()) ZSTD_DCtx_refPrefix(context, prefix.data(), prefix.size());
    std::string out(static_cast<std::size_t>(claimed), '\0');
    const std::size_t size = ZSTD_decompressDCtx(context, out.data(), out.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size) != 0) return failure(ErrorCode::corrupt, size);
    if (size != out.size()) return Error{ErrorCode::corrupt, "zstd: frame shorter than it states"};
    return out;
}

}  // namespace turntable::compression
