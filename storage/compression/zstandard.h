#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::compression {

/// Zstandard (RFC 8878) with working memory that is kept between calls. One thread.
/// A prefix is text that both sides have: matches may reach into it, so that a text that resembles it costs only the
/// difference. What was compressed with a prefix can only be decompressed with the very same one.
class Zstandard {
public:
    Zstandard();
    Zstandard(Zstandard&&) noexcept;
    Zstandard& operator=(Zstandard&&) noexcept;
    ~Zstandard();

    /// `level` 1 to 19. Errors: limitExceeded (text and prefix beyond the format's window), internal.
    [[nodiscard]] support::Result<std::string> compress(std::string_view bytes, int level,
                                                        std::string_view prefix = {});
    /// Errors: corrupt; limitExceeded when more than `maxOutputBytes` would come out (nothing is allocated beyond
    /// that).
    [[nodiscard]] support::Result<std::string> decompress(std::string_view bytes, std::size_t maxOutputBytes,
                                                          std::string_view prefix = {});

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::compression
