#pragma once

// Private to storage: whole sessions with what is private replaced.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/archive/session_content.h"
#include "storage/privacy/text_redactor.h"

namespace turntable::storage {

/// Redacts sessions on their way into another store, and counts what it replaced. One thread.
class Redactor : public ContentFilter {
public:
    /// `salt` is kept in memory only.
    Redactor(privacy::PrivateTextFinder finder, const std::string& salt)
        : m_redactor(std::move(finder), salt), m_salt(salt) {}

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
    [[nodiscard]] const std::map<privacy::PrivateKind, Count>& counts() const { return m_counts; }
    [[nodiscard]] std::int64_t turnsChanged() const { return m_turnsChanged; }
    [[nodiscard]] std::int64_t repliesHidden() const { return m_repliesHidden; }

private:
    [[nodiscard]] privacy::RedactedText redact(std::string_view document);
    void count(const std::vector<privacy::RedactedText::Replaced>& replaced);
    std::size_t change(std::string& text);
    std::size_t changeRow(model::Turn& turn);
    std::size_t changeRequest(TurnContent& content);
    std::size_t changeReply(TurnContent& content);
    [[nodiscard]] support::Result<std::size_t> changeScreen(TurnContent& content);

    privacy::TextRedactor m_redactor;
    std::string m_salt;
    std::map<privacy::PrivateKind, Count> m_counts;
    std::map<std::string, std::string> m_known;  ///< secret to placeholder
    std::optional<std::string> m_remark;
    std::int64_t m_turnsChanged = 0;
    std::int64_t m_repliesHidden = 0;
};

}  // namespace turntable::storage
