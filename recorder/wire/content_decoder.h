#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "recorder/wire/reply_state.h"
#include "storage/compression/inflate.h"

namespace turntable::wire {

/// ASCII only: names of headers and of codings know no other letters.
[[nodiscard]] std::string lowered(std::string_view text);
[[nodiscard]] std::string_view trimmedJsonSpace(std::string_view text);

/// Undoes a Content-Encoding on the fly: gzip and deflate. What cannot be decoded is noted as an oddity. One thread.
class ContentDecoder {
public:
    /// `state` must outlive the decoder.
    ContentDecoder(std::string_view encoding, ReplyState& state);

    /// What `bytes` decode to; nothing once that has failed. The view lives until the next call.
    [[nodiscard]] std::string_view decode(std::string_view bytes);
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    void giveUp(std::string why);

    ReplyState& m_state;
    std::optional<compression::Inflater> m_inflater;
    std::string m_decoded;
    bool m_failed = false;
};

}  // namespace turntable::wire
