#pragma once

#include <cstddef>
#include <string_view>

#include "recorder/http/client.h"

namespace turntable::http {

/// Puts the head of a reply together from its lines, skipping interim (1xx) heads, and passes everything on to the
/// sink. One thread, that of the exchange.
class ReplyReading {
public:
    explicit ReplyReading(ReplySink& sink) : m_sink(sink) {}

    /// One line with its line break, in order; the empty line ends a head. Lines behind the body (trailers) are
    /// ignored. False when the sink wants no more.
    [[nodiscard]] bool line(std::string_view text);
    [[nodiscard]] bool body(std::string_view bytes);
    void connected();
    /// The first call counts.
    void requestSent();

    [[nodiscard]] bool headDelivered() const { return m_headDelivered; }
    [[nodiscard]] bool anythingCame() const { return m_anythingCame; }
    [[nodiscard]] bool refused() const { return m_refused; }

private:
    void statusLine(std::string_view text);
    void field(std::string_view text);

    ReplySink& m_sink;
    ResponseHead m_head;
    bool m_headDelivered = false;
    bool m_anythingCame = false;
    bool m_refused = false;
    bool m_requestSent = false;
};

}  // namespace turntable::http
