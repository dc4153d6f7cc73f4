#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::http {

struct Header {
    std::string name;
    std::string value;
};

/// The value of the first header of that name, any case; empty view when there is none.
[[nodiscard]] std::string_view headerValue(const std::vector<Header>& headers, std::string_view name);

/// A request body that comes while it is being sent. One thread, that of `Client::exchange`, whose `watchedSocket` is
/// where it comes from.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// Bytes, all in all.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Nothing more has to come from the watched socket.
    [[nodiscard]] virtual bool whole() const = 0;
    /// `read` has bytes to give without the watched socket.
    [[nodiscard]] virtual bool ready() const = 0;
    /// Gives the next bytes without waiting: how many; 0 when none are there yet (or all were given), empty when they
    /// will never come.
    [[nodiscard]] virtual std::optional<std::size_t> read(std::span<char> into) = 0;
    /// Keeps what has come for later, without waiting, while the upstream takes nothing. False when the rest will never
    /// come.
    [[nodiscard]] virtual bool fill() = 0;
    /// Has waited for more bytes for longer than it cares to.
    [[nodiscard]] virtual bool stalled() const = 0;
    /// `read` begins anew at `offset`, which it has given before.
    virtual void rewind(std::uint64_t offset) = 0;
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<Header> headers;   ///< sent as they are; Host and Content-Length are made from url and body
    std::string_view body;         ///< must outlive the exchange
    BodySource* source = nullptr;  ///< instead of `body`; must outlive the exchange
    support::Nanoseconds connectTimeout = std::chrono::seconds(10);
    std::optional<support::Nanoseconds> totalTimeout;
};

struct ResponseHead {
    int status = 0;
    std::string reason;
    std::vector<Header> headers;
};

/// Hears a reply as it comes, on the thread of `Client::exchange`. False ends the exchange (Result: cancelled).
class ReplySink {
public:
    virtual ~ReplySink() = default;
    virtual void onConnected(support::MonotonicTime) {}
    /// The system has taken the whole request, once an exchange; not called when it is never sent whole.
    virtual void onRequestSent() {}
    [[nodiscard]] virtual bool onHead(const ResponseHead& head, support::MonotonicTime at) = 0;
    /// Transfer coding removed, content coding kept.
    [[nodiscard]] virtual bool onBody(std::string_view bytes, support::MonotonicTime at) = 0;
};

/// An HTTP/1.1 client over libcurl that keeps connections alive and forwards bytes the moment they come. One thread. No
/// proxy variables, no redirects, no content decoding; TLS verified. A reused connection that dies before any byte of
/// the reply is tried once more on a fresh one. Errors: network (message names host and port and what happened:
/// refused, not found, timed out, broke off), cancelled (a source that ran dry included), invalidArgument (not an http
/// or https URL).
class Client {
public:
    [[nodiscard]] static support::Result<Client> create();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// Runs one exchange to its end. `watchedSocket`: a descriptor whose hang-up or end-of-file cancels the exchange at
    /// once (the agent's connection); -1 for none.
    [[nodiscard]] support::Status exchange(const Request& request, ReplySink& sink, std::stop_token stop = {},
                                           int watchedSocket = -1);

private:
    struct State;
    explicit Client(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// A whole reply in memory.
struct Reply {
    ResponseHead head;
    std::string body;
};
/// For small questions (probes, control): limits the body to 16 MiB.
[[nodiscard]] support::Result<Reply> fetch(Client& client, const Request& request, std::stop_token stop = {});

}  // namespace turntable::http
