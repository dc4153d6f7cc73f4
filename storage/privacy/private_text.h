#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/support/byte_range.h"
#include "storage/support/guarded.h"
#include "storage/support/result.h"

/// Finds text that a person may not want to give away. No database; any thread.
namespace turntable::privacy {

/// What a piece of text looks like.
enum class PrivateKind {
    email,
    homePath,     ///< "/home/NAME", "/Users/NAME", "C:\Users\NAME"
    userName,     ///< the NAME of such a path
    apiKey,       ///< the well-known prefixes: sk-, ghp_, AKIA, xoxb-, AIza, glpat-, hf_, npm_, …
    bearerToken,  ///< what follows "Bearer "
    jwt,
    privateKey,  ///< a PEM block
    password,    ///< the value of a field named like one
    hostName,    ///< of a URL, or one that ends in .local, .lan, .internal, .corp, .intranet
    ipAddress,   ///< version 4, but for 127.0.0.0/8 and 0.0.0.0
    custom,      ///< what the caller named
};
inline constexpr std::size_t kPrivateKinds = 11;
[[nodiscard]] std::set<PrivateKind> everyPrivateKind();
/// What gives access: keys, tokens, private keys, passwords.
[[nodiscard]] std::set<PrivateKind> secretKinds();
/// Stable short name: "email", "path", "user", "key", "bearer", "jwt", "private_key", "password", "host", "ip", "text".
[[nodiscard]] std::string_view privateKindName(PrivateKind kind);

/// One find. `secret` is what is meant, free of escapes, so that equal secrets compare equal however they are written;
/// `pieces` is where it stands in the document: more than one piece when a stream cut it apart.
struct PrivateSpan {
    PrivateKind kind = PrivateKind::custom;
    std::string secret;
    std::vector<support::ByteRange> pieces;
    bool operator==(const PrivateSpan&) const = default;
};

/// Which strings of JSON were looked at before, and what was found in them: an agent sends its whole history each time.
/// Strings are known by half of their SHA-256: nobody can make one that passes for another. Bounded: what was not met
/// for long is forgotten. Any thread.
class FindMemory {
public:
    /// Pieces count from the beginning of the string. Empty: not looked at yet.
    using StringId = std::array<std::uint64_t, 2>;
    [[nodiscard]] std::optional<std::vector<PrivateSpan>> recall(const StringId& string);
    void remember(const StringId& string, std::vector<PrivateSpan> found);

    /// Shorter ones are looked at sooner than found here.
    static constexpr std::size_t kLeastBytes = 32;
    /// Of each of the two generations.
    static constexpr std::size_t kMostStrings = 16384;

private:
    struct Hash {
        std::size_t operator()(const StringId& id) const { return static_cast<std::size_t>(id[0]); }
    };
    using Generation = std::unordered_map<StringId, std::vector<PrivateSpan>, Hash>;
    struct Generations {
        Generation young;
        Generation old;
    };
    support::Guarded<Generations> m_generations;
};

/// Looks through documents as they go over the wire: JSON, JSON lines, event streams, headers, plain text. In JSON only
/// the insides of strings are looked at, escapes undone, also those of JSON inside a string; what the deltas of a
/// stream say is put together before it is looked at. Every find lies inside strings then, so that replacing it leaves
/// JSON JSON. Cost: linear, whatever the text. What it does not find: names, addresses, numbers of cards or phones,
/// version 6 addresses, what stands in pictures or other base64, and secrets that the text itself spells in pieces.
class PrivateTextFinder {
public:
    explicit PrivateTextFinder(std::set<PrivateKind> kinds) : m_kinds(std::move(kinds)) {}

    /// A text of its own that counts as private wherever it stands; as a whole word only when `wholeWord`.
    void alsoFind(std::string literal, PrivateKind kind, bool wholeWord);

    /// The same for what a regular expression matches, within one string; RE2's syntax, linear in time. Errors:
    /// invalidArgument (the expression, and what is wrong with it).
    [[nodiscard]] support::Status alsoMatch(const std::string& expression, PrivateKind kind);

    /// In the order of the document. Finds may overlap: a path holds a name. With a `memory`, which must have been used
    /// with this finder only, strings that were met before cost no more than their hash.
    [[nodiscard]] std::vector<PrivateSpan> find(std::string_view document, FindMemory* memory = nullptr) const;

private:
    class Look;
    struct Literal {
        std::string text;
        PrivateKind kind;
        bool wholeWord;
    };
    std::set<PrivateKind> m_kinds;
    struct Expression;
    std::vector<Literal> m_literals;
    std::vector<std::shared_ptr<const Expression>> m_expressions;
};

/// Finds without overlap, for replacing: the longest wins, of the others what sticks out of it stays. In order.
[[nodiscard]] std::vector<PrivateSpan> withoutOverlap(std::vector<PrivateSpan> spans);

}  // namespace turntable::privacy
