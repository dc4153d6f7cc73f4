#include "recorder/proxy/token_count.h"

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "recorder/wire/messages_error.h"

namespace turntable::proxy {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kPatience = std::chrono::seconds(30);
constexpr int kOk = 200;

CountAnswer answerOf(const wire::MessagesError& error) { return {error.status, wire::errorDocument(error)}; }

/// Statuses by which a server says that it does not know the call, or not in that form; others say that something is
/// wrong with the server, or the key.
bool meansUnknown(int status) {
    return status < 400 || status == 400 || status == 404 || status == 405 || status == 415 || status == 422 ||
           status == 501;
}

/// Asks one server; keeps the first trouble that is not about what the server knows.
class Counting {
public:
    Counting(http::Client& client, const std::string& base, const std::vector<http::Header>& headers,
             const std::stop_token& stop)
        : m_client(client), m_base(base), m_headers(headers), m_stop(stop) {}

    /// The reply as JSON; null when it is none, or there is none.
    Json ask(const char* path, const std::string& body) {
        if (m_trouble) return nullptr;
        http::Request request;
        request.method = "POST";
        request.url = m_base + path;
        request.headers = m_headers;
        request.body = body;
        request.totalTimeout = kPatience;
        const auto reply = http::fetch(m_client, request, m_stop);
        if (!reply) {
            m_trouble = wire::MessagesError{502, "api_error", reply.error().message};
            return nullptr;
        }
        if (reply->head.status == kOk) return Json::parse(reply->body, nullptr, false);
        if (!meansUnknown(reply->head.status)) m_trouble = troubleOf(*reply);
        return nullptr;
    }

    [[nodiscard]] const std::optional<wire::MessagesError>& trouble() const { return m_trouble; }

private:
    static wire::MessagesError troubleOf(const http::Reply& reply) {
        wire::JsonReader reader;
        const auto document = reader.read(reply.body);
        if (document) return wire::messagesErrorOf(reply.head.status, document->root());
        return wire::messagesErrorOf(reply.head.status, reply.body);
    }

    http::Client& m_client;
    const std::string& m_base;
    const std::vector<http::Header>& m_headers;
    const std::stop_token& m_stop;
    std::optional<wire::MessagesError> m_trouble;
};

std::optional<std::uint64_t> countIn(const Json& reply, const char* name) {
    if (!reply.is_object() || !reply.contains(name) || !reply[name].is_number_unsigned()) return std::nullopt;
    return reply[name].get<std::uint64_t>();
}

/// The members of a request that a chat template sees.
Json templateInput(const Json& chat) {
    Json input = Json::object();
    for (const char* name : {"model", "messages", "tools", "chat_template_kwargs"}) {
        if (chat.contains(name)) input[name] = chat[name];
    }
    return input;
}

std::string text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<std::uint64_t> countByTokenizing(Counting& counting, const Json& chat) {
    Json input = templateInput(chat);
    input["add_generation_prompt"] = true;
    if (const auto count = countIn(counting.ask("/tokenize", text(input)), "count")) return count;

    const Json rendered = counting.ask("/apply-template", text(templateInput(chat)));
    if (!rendered.is_object() || !rendered.contains("prompt") || !rendered["prompt"].is_string()) return std::nullopt;
    // As llama-server itself tokenizes a rendered prompt (tools/server/server.cpp).
    const Json tokens = counting.ask(
        "/tokenize", text({{"content", rendered["prompt"]}, {"add_special", true}, {"parse_special", true}}));
    const bool counted = tokens.is_object() && tokens.contains("tokens") && tokens["tokens"].is_array();
    if (!counted || tokens["tokens"].empty()) return std::nullopt;
    return tokens["tokens"].size();
}

}  // namespace

CountAnswer countTokens(http::Client& client, const std::string& base, const std::vector<http::Header>& headers,
                        std::string_view chatBody, const std::stop_token& stop) {
    Counting counting(client, base, headers, stop);
    auto count = countIn(counting.ask("/v1/chat/completions/input_tokens", std::string(chatBody)), "input_tokens");
    // Of the body that translateRequest writes: within a text the quotes would be escaped.
    const bool hasImage = chatBody.find(R"("type":"image_url")") != std::string_view::npos;
    if (!count && !hasImage) count = countByTokenizing(counting, Json::parse(chatBody, nullptr, false));
    if (count) return {kOk, R"({"input_tokens":)" + std::to_string(*count) + "}"};
    if (counting.trouble()) return answerOf(*counting.trouble());
    return answerOf({404, "not_found_error",
                     std::string("the server cannot count tokens: it knows ") +
                         (hasImage ? "no /v1/chat/completions/input_tokens, the one call that counts pictures"
                                   : "neither /v1/chat/completions/input_tokens nor /tokenize for messages nor "
                                     "/apply-template") +
                         "; an estimate would be no count"});
}

}  // namespace turntable::proxy
