#include "recorder/proxy/agent_connection.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "recorder/http/header_name.h"
#include "recorder/proxy/reply_writer.h"

namespace turntable::proxy {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;

constexpr std::chrono::milliseconds kIdlePatience = std::chrono::minutes(5);
constexpr std::size_t kReadBytes = 32 * 1024;

/// The agent's socket as Beast reads it.
class BeastStream {
public:
    explicit BeastStream(AgentSocket& socket) : m_socket(socket) {}

    template <typename Buffers>
    std::size_t read_some(const Buffers& buffers, error_code& error) {
        const boost::asio::mutable_buffer buffer = *boost::asio::buffer_sequence_begin(buffers);
        const auto patience = m_started ? AgentConnection::kMiddlePatience : kIdlePatience;
        const std::size_t count = m_socket.read(static_cast<char*>(buffer.data()), buffer.size(), patience);
        m_started = true;
        error = count == 0 ? error_code(boost::asio::error::eof) : error_code();
        return count;
    }
    template <typename Buffers>
    std::size_t read_some(const Buffers& buffers) {
        error_code error;
        const std::size_t count = read_some(buffers, error);
        if (error) throw boost::system::system_error(error);
        return count;
    }

private:
    AgentSocket& m_socket;
    bool m_started = false;
};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

struct Refusal {
    int status;
    std::string message;
};

// Nothing to say to a peer that has gone or stopped in the middle.
std::optional<Refusal> refusalOf(const error_code& code, const RequestLimits& limits) {
    using Cause = beast::http::error;
    if (code == Cause::end_of_stream || code == Cause::partial_message || code == boost::asio::error::eof) {
        return std::nullopt;
    }
    if (code == Cause::body_limit) {
        return Refusal{413, "the request is larger than " + std::to_string(limits.requestBytes) + " bytes"};
    }
    if (code == Cause::header_limit || code == Cause::buffer_overflow) {
        return Refusal{431, "the request's headers are larger than " + std::to_string(limits.headerBytes) + " bytes"};
    }
    return Refusal{400, "this is no HTTP/1.1 request: " + code.message()};
}

AgentRequest taken(Parser& parser) {
    auto message = parser.release();
    AgentRequest request;
    request.method = view(message.method_string());
    request.target = view(message.target());
    request.http10 = message.version() < 11;
    request.keepAlive = message.keep_alive();
    for (const auto& field : message) {
        request.headers.push_back({std::string(view(field.name_string())), std::string(view(field.value()))});
    }
    request.body = std::move(message.body());
    return request;
}

bool isLarge(const Parser& parser) {
    const auto length = parser.content_length();
    return length && *length > AgentConnection::kSmallBodyBytes;
}

bool expectsContinue(const Parser& parser) {
    const auto expect = parser.get()[beast::http::field::expect];
    return parser.get().version() >= 11 && http::sameHeaderName(view(expect), "100-continue") && !parser.is_done();
}

}  // namespace

struct AgentConnection::State {
    AgentSocket& socket;
    RequestLimits limits;
    beast::flat_buffer buffer;

    [[nodiscard]] error_code read(Parser& parser);
    [[nodiscard]] AgentRequest take(Parser& parser);
};

error_code AgentConnection::State::read(Parser& parser) {
    BeastStream stream(socket);
    error_code error;
    beast::http::read_header(stream, buffer, parser, error);
    if (error) return error;
    if (expectsContinue(parser)) {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!socket.write({&kContinue, 1})) return boost::asio::error::eof;
    }
    if (!parser.is_done() && !isLarge(parser)) beast::http::read(stream, buffer, parser, error);
    return error;
}

AgentRequest AgentConnection::State::take(Parser& parser) {
    const std::uint64_t length = isLarge(parser) ? *parser.content_length() : 0;
    AgentRequest request = taken(parser);
    if (length > 0) {
        const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length));
        request.body.assign(static_cast<const char*>(buffer.data().data()), there);
        buffer.consume(there);
        request.missing = length - there;
    }
    if (request.missing == 0) request.received = std::chrono::steady_clock::now();
    return request;
}

AgentConnection::AgentConnection(AgentSocket& socket, const RequestLimits& limits)
    : m_state(std::make_unique<State>(State{socket, limits, beast::flat_buffer()})) {
    m_state->buffer.reserve(kReadBytes);
}

AgentConnection::~AgentConnection() = default;

std::optional<AgentRequest> AgentConnection::next() {
    std::optional<Refusal> refusal;
    try {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(
            std::min<std::size_t>(m_state->limits.headerBytes, std::numeric_limits<std::uint32_t>::max())));
        parser.body_limit(m_state->limits.requestBytes);
        const error_code error = m_state->read(parser);
        if (!error) return m_state->take(parser);
        refusal = refusalOf(error, m_state->limits);
    } catch (const std::exception& failure) {  // out of memory, or a length Beast cannot hold
        refusal = Refusal{413, std::string("the request cannot be held: ") + failure.what()};
    }
    if (!refusal) return std::nullopt;
    AgentRequest unread;
    unread.keepAlive = false;
    ReplyWriter writer(m_state->socket, unread);
    if (writer.sendError(refusal->status, model::Api::anthropicMessages, refusal->message)) {
        m_state->socket.finishAnswer();
    }
    return std::nullopt;
}

}  // namespace turntable::proxy
