#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/timing.h"
#include "storage/privacy/private_text.h"
#include "storage/support/byte_range.h"

/// Text with what is private replaced.
namespace turntable::privacy {

/// A document after redaction, and where things went.
struct RedactedText {
    std::string text;
    struct Replaced {
        PrivateKind kind = PrivateKind::custom;
        std::string secret;
        std::string placeholder;
    };
    std::vector<Replaced> replaced;  ///< in order; none: `text` is the document

    /// Where a place of the old document is in the new one; places inside a replaced stretch become its beginning.
    [[nodiscard]] std::size_t moved(std::size_t offset) const;
    [[nodiscard]] support::ByteRange moved(support::ByteRange range) const;

    struct Edit {
        support::ByteRange old;
        std::size_t newOffset = 0;
        std::size_t newSize = 0;
    };
    std::vector<Edit> edits;  ///< in order; a secret that a stream cut apart has several
};

/// Replaces what a finder finds by "[redacted:KIND:xxxxxxxx]". The eight digits are those of a SHA-256 over a salt and
/// the secret: equal secrets stay equal, and nobody without the salt can try out guesses. Any thread.
class TextRedactor {
public:
    TextRedactor(PrivateTextFinder finder, std::string salt) : m_finder(std::move(finder)), m_salt(std::move(salt)) {}

    /// `memory`: see PrivateTextFinder::find.
    [[nodiscard]] RedactedText redact(std::string_view document, FindMemory* memory = nullptr) const;
    [[nodiscard]] std::string placeholder(PrivateKind kind, std::string_view secret) const;

private:
    PrivateTextFinder m_finder;
    std::string m_salt;
};

/// A body on its way into a store, with what stands beside it; requests have no arrivals.
struct BodyText {
    std::string& headers;  ///< "name: value\n" lines
    std::string& body;
    std::vector<model::Arrival>& arrivals;
};

/// What became of it.
struct BodyRedaction {
    std::vector<RedactedText::Replaced> replaced;
    /// The name of a content coding that is not looked into; the body is left as it is. Empty: it was read.
    std::string unread;
};

/// Redacts headers and body. A body in a coding that can be undone (gzip, deflate) is looked into; where something is
/// found there it is stored plain, without the headers that named coding and length. Arrivals follow the new body.
[[nodiscard]] BodyRedaction redactBody(const TextRedactor& redactor, const BodyText& reply);

/// The pieces of a body of `oldSize` that has become one of `newSize`: as many, with the same moments and shares.
[[nodiscard]] std::vector<model::Arrival> rescaled(std::span<const model::Arrival> arrivals, std::size_t oldSize,
                                                   std::size_t newSize);
/// `headers` without those that say how a body is coded and how long it is.
[[nodiscard]] std::string withoutCoding(std::string_view headers);
/// The value of a header in "name: value\n" lines, in lower case; empty: it is not there.
[[nodiscard]] std::string headerValue(std::string_view headers, std::string_view name);

}  // namespace turntable::privacy
