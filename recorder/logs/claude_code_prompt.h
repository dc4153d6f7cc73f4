#pragma once

// Private to recorder/logs: messages put together from the lines of a session log.

#include <functional>
#include <string>
#include <utility>

#include "recorder/logs/log_format.h"
#include "storage/support/byte_range.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// Writes the `messages` of a request from contents that lie in a file. Contents of one role that follow one another
/// become one message, as the API wants it. Bytes of the log stay as they are. One thread; `read` must outlive it.
class PromptText {
public:
    enum class Role { none, user, assistant };
    using ContentReader = std::function<support::Result<std::string>(support::ByteRange)>;

    explicit PromptText(const ContentReader& read) : m_read(read) {}

    /// `isString`: the content is a JSON string, else an array of blocks. Errors: those of `read`; limitExceeded above
    /// kMaxEntryBytes.
    [[nodiscard]] support::Status add(Role role, support::ByteRange content, bool isString) {
        if (content.size > kMaxEntryBytes - std::min(kMaxEntryBytes, m_messages.size() + m_blocks.size())) {
            return support::Error{support::ErrorCode::limitExceeded,
                                  "the prompt is larger than " + std::to_string(kMaxEntryBytes >> 20U) + " MiB"};
        }
        auto bytes = m_read(content);
        if (!bytes) return std::move(bytes).error();
        if (role != m_role) endMessage();
        m_role = role;
        if (isString) {
            // Alone in its message a text stays one.
            if (m_blocks.empty() && m_text.empty()) {
                m_text = *std::move(bytes);
                return {};
            }
            addBlocks("{\"type\":\"text\",\"text\":" + *bytes + "}");
        } else {
            addBlocks(inside(*bytes));
        }
        return {};
    }

    /// All of it, a JSON array. Ends the message that is being written.
    [[nodiscard]] std::string messages() {
        endMessage();
        return "[" + m_messages + "]";
    }
    /// The content of the one message that was written, a JSON array.
    [[nodiscard]] std::string blocks() {
        addBlocks({});
        return "[" + m_blocks + "]";
    }

private:
    // What stands between the brackets of an array.
    static std::string inside(const std::string& array) {
        constexpr const char* kSpace = " \t\r\n";
        const auto first = array.find_first_not_of(kSpace, 1);
        const auto last = array.find_last_not_of(kSpace, array.size() - 2);
        if (array.size() < 2 || first == std::string::npos || first > last || last == 0) return {};
        return array.substr(first, last - first + 1);
    }
    void addBlocks(const std::string& blocks) {
        if (!m_text.empty()) m_blocks = "{\"type\":\"text\",\"text\":" + std::exchange(m_text, {}) + "}";
        if (blocks.empty()) return;
        if (!m_blocks.empty()) m_blocks += ',';
        m_blocks += blocks;
    }
    void endMessage() {
        const bool empty = m_text.empty() && m_blocks.empty();
        if (m_role != Role::none && !empty) {
            if (!m_messages.empty()) m_messages += ',';
            m_messages += m_role == Role::user ? "{\"role\":\"user\"" : "{\"role\":\"assistant\"";
            m_messages += ",\"content\":" + (m_text.empty() ? "[" + m_blocks + "]" : m_text) + "}";
        }
        m_text.clear();
        m_blocks.clear();
    }

    const ContentReader& m_read;
    std::string m_messages;
    std::string m_text;    ///< of the message being written, while it is one JSON string and nothing else
    std::string m_blocks;  ///< of the same, else
    Role m_role = Role::none;
};

}  // namespace turntable::logs
