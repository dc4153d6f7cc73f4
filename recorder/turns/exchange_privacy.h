#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/turns/exchange.h"
#include "storage/privacy/text_redactor.h"
#include "storage/support/result.h"

namespace turntable::turns {

/// What of an exchange must not reach the disk.
struct PrivacyOptions {
    bool redact = true;                    ///< keys, tokens, private keys and the values of password fields
    std::vector<std::string> expressions;  ///< what these match, too; RE2's syntax
    bool withoutContent = false;           ///< no text at all: structure, sizes and times only
    bool operator==(const PrivacyOptions&) const = default;
};

[[nodiscard]] inline bool hidesAnything(const PrivacyOptions& options) {
    return options.redact || !options.expressions.empty() || options.withoutContent;
}

inline constexpr std::string_view kRedactedHeader = "turntable-redacted";

/// How many secrets the stored headers of one side say were replaced in it; 0: none.
[[nodiscard]] std::int64_t redactedIn(std::string_view headers);

/// Replaces secrets in exchanges before they are stored (privacy::TextRedactor); the agent and the server get what they
/// always got. Everything else works on what is left, so that what is derived holds no secret either. A request or a
/// reply in which something was replaced says so in its stored headers, as `turntable-redacted: COUNT`; its stored
/// bytes are not those of the wire then. Any thread. Nothing throws but for want of memory.
class ExchangePrivacy {
public:
    /// `salt`: of the store, so that equal secrets are told by equal placeholders there and nowhere else. Errors:
    /// invalidArgument (an expression that is none).
    [[nodiscard]] static support::Result<std::unique_ptr<ExchangePrivacy>> make(const PrivacyOptions& options,
                                                                                const std::string& salt);

    /// Changes headers and target of `request`; gives what may be stored of its `body`.
    [[nodiscard]] std::string request(RequestReceived& request, std::string_view body);
    /// A body in a coding that cannot be read is left as it is, and counted.
    void reply(ReplyReceived& reply);
    /// The same files without their secrets. This must outlive it.
    [[nodiscard]] screen::LinkedFileSource files(screen::LinkedFileSource source);

    [[nodiscard]] const PrivacyOptions& options() const { return m_options; }
    [[nodiscard]] std::int64_t replaced() const { return m_replaced; }
    [[nodiscard]] std::int64_t unread() const { return m_unread; }

private:
    ExchangePrivacy(PrivacyOptions options, std::optional<privacy::TextRedactor> redactor)
        : m_options(std::move(options)), m_redactor(std::move(redactor)) {}

    const PrivacyOptions m_options;
    const std::optional<privacy::TextRedactor> m_redactor;  ///< empty: nothing is looked for
    privacy::FindMemory m_memory;                           ///< of requests
    std::atomic<std::int64_t> m_replaced = 0;
    std::atomic<std::int64_t> m_unread = 0;
};

/// Options as one line of text, and back. Errors: corrupt.
[[nodiscard]] std::string toText(const PrivacyOptions& options);
[[nodiscard]] support::Result<PrivacyOptions> privacyFromText(std::string_view text);

}  // namespace turntable::turns
