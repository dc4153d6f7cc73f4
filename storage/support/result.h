#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace turntable::support {

/// What a caller can act on. The message says the rest.
enum class ErrorCode {
    notFound,            ///< the named session, turn, file or element does not exist
    invalidArgument,     ///< the caller or the user asked for something that makes no sense
    corrupt,             ///< stored or received bytes are not what they claim to be
    unsupportedVersion,  ///< written by a newer program than this one
    busy,                ///< somebody else holds it; trying again may help
    io,                  ///< the operating system refused: disk full, read-only, permission
    network,             ///< a peer could not be reached or broke off
    cancelled,           ///< stopped on request
    limitExceeded,       ///< larger, deeper or longer than a stated cap
    internal,            ///< a mistake of ours
};

/// Stable lower-case name of a code, as used in `--json` output.
[[nodiscard]] const char* errorCodeName(ErrorCode code);

/// Why something failed. `message` is lower case, names the thing, what was expected and what was found.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
};

/// Puts `context: ` before the message, keeping the code: for callers that know which thing it was about.
[[nodiscard]] inline Error withContext(Error error, const std::string& context) {
    error.message = context + ": " + error.message;
    return error;
}

/// A value or the reason why there is none. Reading the value of a failed result is a mistake of ours (asserted).
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & {
        assert(ok());
        return std::get<0>(m_state);
    }
    [[nodiscard]] const T& value() const& {
        assert(ok());
        return std::get<0>(m_state);
    }
    [[nodiscard]] T&& value() && {
        assert(ok());
        return std::move(std::get<0>(m_state));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const& {
        assert(!ok());
        return std::get<1>(m_state);
    }
    [[nodiscard]] Error&& error() && {
        assert(!ok());
        return std::move(std::get<1>(m_state));
    }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or the reason of the failure.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !m_error.has_value(); }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const& {
        assert(!ok());
        return *m_error;
    }
    [[nodiscard]] Error&& error() && {
        assert(!ok());
        return std::move(*m_error);
    }

private:
    std::optional<Error> m_error;
};

using Status = Result<void>;

}  // namespace turntable::support
