#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace turntable::wire {

/// Takes Server-Sent Events apart (WHATWG HTML, section 9.2.6): pieces may be cut anywhere, lines end in LF, CR or
/// CRLF, comments are no events (servers use them as keep-alive and to tell their progress) and go to a handler of
/// their own, where there is one. Two liberties: an event
/// that the end of the stream cuts off is given out by finish(), marked so; a field `error` counts as data of an event
/// "error", as early llama.cpp sent it. One thread.
class SseDecoder {
public:
    struct Event {
        std::string_view type;  ///< empty when the stream names none
        std::string_view data;
        bool cut = false;  ///< the stream ended before the empty line that ends an event
    };
    /// The views live as long as the call.
    using Handler = std::function<void(const Event&)>;

    /// The text of a comment line behind its colon; the view lives as long as the call.
    using CommentHandler = std::function<void(std::string_view)>;

    explicit SseDecoder(Handler handler, CommentHandler onComment = {})
        : m_handler(std::move(handler)), m_onComment(std::move(onComment)) {}

    void feed(std::string_view bytes);
    void finish();

private:
    void takeLine(std::string_view line);
    void takeField(std::string_view name, std::string_view value);
    void dispatch(bool cut);

    Handler m_handler;
    CommentHandler m_onComment;
    std::string m_line;  ///< begun, not ended
    std::string m_type;
    std::string m_data;
    bool m_hasData = false;
    bool m_skipFeed = false;  ///< the last byte was a CR: a LF now belongs to it
    bool m_atStart = true;    ///< a byte order mark may come
};

}  // namespace turntable::wire
