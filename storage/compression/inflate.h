#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::compression {

/// Decodes a gzip or zlib ("deflate") stream piece by piece. One thread. Errors: corrupt; limitExceeded when more than
/// `maxOutputBytes` would come out.
class Inflater {
public:
    explicit Inflater(std::size_t maxOutputBytes);
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();

    /// Appends what `bytes` decode to, to `out`.
    [[nodiscard]] support::Status feed(std::string_view bytes, std::string& out);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::compression
