#pragma once

// Private to storage: content with what is private replaced.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/archive/private_text.h"
#include "storage/archive/session_content.h"
#include "storage/support/byte_range.h"

namespace turntable::storage {

/// A document after redaction, and where things went.
struct RedactedText {
    std::string text;
    std::size_t spans = 0;  ///< replaced

    /// Where a place of the old document is in the new one; places inside a replaced stretch become its beginning.
    [[nodiscard]] std::size_t moved(std::size_t offset) const;

    struct Edit {
        support::ByteRange old;
        std::size_t newOffset = 0;
        std::size_t newSize = 0;
    };
    std::vector<Edit> edits;  ///< in order
};

/// Replaces what a finder finds by "[redacted:KIND:xxxxxxxx]". The eight digits are those of a SHA-256 over a salt and
/// the secret: equal secrets stay equal, and nobody without the salt can try out guesses. One thread.
class Redactor : public ContentFilter {
public:
    /// `salt` is kept in memory only.
    Redactor(PrivateTextFinder finder, std::string salt) : m_finder(std::move(finder)), m_salt(std::move(salt)) {}

    [[nodiscard]] RedactedText redact(std::string_view document);
    /// For a short text that was cut off a longer one: also hides the beginning of a secret at its end.
    [[nodiscard]] std::string redactCut(std::string_view text);

    [[nodiscard]] support::Status change(model::Session& session) override;
    [[nodiscard]] support::Status change(TurnContent& content) override;
    void change(RecorderOrigin& recorder) override;
    void change(model::Note& note) override;
    void change(GapMark& mark) override;
    [[nodiscard]] std::optional<model::Note> remark() override;

    struct Count {
        std::int64_t replaced = 0;
        std::map<std::string, std::int64_t> byPlaceholder;
    };
    [[nodiscard]] const std::map<PrivateKind, Count>& counts() const { return m_counts; }
    [[nodiscard]] std::int64_t turnsChanged() const { return m_turnsChanged; }
    [[nodiscard]] std::int64_t repliesHidden() const { return m_repliesHidden; }

private:
    [[nodiscard]] std::string placeholder(PrivateKind kind, const std::string& secret);
    std::size_t change(std::string& text);
    std::size_t changeRow(model::Turn& turn);
    std::size_t changeRequest(TurnContent& content);
    std::size_t changeReply(TurnContent& content);
    std::size_t changeCodedReply(TurnContent& content, std::string_view coding);
    [[nodiscard]] support::Result<std::size_t> changeScreen(TurnContent& content);

    PrivateTextFinder m_finder;
    std::string m_salt;
    std::map<PrivateKind, Count> m_counts;
    std::map<std::string, std::string> m_known;  ///< secret to placeholder
    std::optional<std::string> m_remark;
    std::int64_t m_turnsChanged = 0;
    std::int64_t m_repliesHidden = 0;
};

/// The pieces of a body whose ends moved to `ends`: as many, with the same moments.
[[nodiscard]] std::vector<model::Arrival> resized(std::span<const model::Arrival> arrivals, const RedactedText& text);

/// The value of a header in "name: value\n" lines, in lower case; empty: it is not there.
[[nodiscard]] std::string headerValue(std::string_view headers, std::string_view name);

}  // namespace turntable::storage
