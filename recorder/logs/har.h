#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/logs/log_exchange.h"
#include "recorder/wire/json_scan.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// Reads one element of `log.entries` of an HTTP archive (HAR 1.2). Pure.
/// - Bodies are `postData.text` and `content.text`, the latter from base64 where `encoding` says so. A HAR holds them
///   with transfer and content coding removed. A postData of params only has no bytes: an error.
/// - The start is `startedDateTime` and what came before the request was out (blocked, dns, connect, send); headers of
///   the reply after `wait`, its last byte after `receive`. Where `wait` or `receive` are missing the total is `time`.
/// - A status of 0 is an exchange that failed; `_error` or `statusText` say why.
/// Empty: a call of something else. Errors: those of the reader, and corrupt for an entry of another shape.
[[nodiscard]] support::Result<std::optional<LoggedExchange>> readHarEntry(std::string_view entry,
                                                                          wire::JsonReader& reader);

/// Cuts the elements of `log.entries` out of a HAR that comes piece by piece, without holding more than one of them.
/// One thread. Looks at brackets and strings only: each element is checked by who reads it. Never fails; says at the
/// end what it found.
class HarSplitter {
public:
    /// `entry` lives as long as the call; empty for an element larger than kMaxEntryBytes, or one that is no object.
    /// False: stop.
    using Handler = std::function<bool(std::string_view entry)>;

    explicit HarSplitter(Handler handler) : m_handler(std::move(handler)) {}

    /// False once the handler said stop.
    bool feed(std::string_view bytes);
    /// No more bytes will come. What is wrong with the document as a whole; empty when it came to its end.
    [[nodiscard]] std::string finish() const;

private:
    static constexpr std::size_t kKnownDepth = 3;  ///< root, "log", "entries"

    void takeInString(std::string_view bytes, std::size_t& at);
    void take(char c);
    void open(char bracket);
    void close();

    Handler m_handler;
    std::size_t m_depth = 0;
    std::array<bool, kKnownDepth + 1> m_isObject{};
    std::array<std::string, kKnownDepth> m_keys;  ///< of the member that is being read, by depth
    std::string m_key;
    std::string m_entry;
    bool m_keyComes = false;
    bool m_readingKey = false;
    bool m_inString = false;
    bool m_escaped = false;
    bool m_inEntries = false;
    bool m_foundEntries = false;
    bool m_capturing = false;
    bool m_tooLarge = false;
    bool m_done = false;
    bool m_broken = false;
    bool m_stopped = false;
};

}  // namespace turntable::logs
