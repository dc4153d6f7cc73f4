#include "studio/cli/recording_front.h"

#include <charconv>
#include <cstdlib>

#include "recorder/proxy/access_token.h"
#include "recorder/proxy/request_target.h"
#include "studio/cli/amounts.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

/// "HOST:PORT" or ":PORT"; IPv6 in brackets.
support::Status splitListenAddress(const std::string& text, proxy::ProxyOptions& options) {
    const support::Error wrong{support::ErrorCode::invalidArgument,
                               "--listen \"" + text + "\" is not an address: write 127.0.0.1:8040 or [::1]:8040"};
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string port = text.substr(colon + 1);
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), options.listenPort);
    if (failure == std::errc::result_out_of_range) {
        return support::Error{support::ErrorCode::invalidArgument,
                              "--listen \"" + text + "\": there is no port " + port + ", they go up to 65535"};
    }
    if (failure != std::errc{} || end != port.data() + port.size()) return wrong;
    if (!host.empty()) options.listenHost = host == "localhost" ? "127.0.0.1" : host;
    return {};
}

/// The one of the user, so that it stays the same, or else a new one.
std::string accessToken() {
    const char* token = std::getenv("TURNTABLE_ACCESS_TOKEN");
    return token != nullptr && *token != '\0' ? token : proxy::makeToken();
}

}  // namespace

void addRecordOptions(Command command, RecordOptions& options) {
    command.option("--upstream", options.upstream, "Base URL of the model server").required().valueName("URL");
    command
        .option("--upstream-api", options.upstreamApi,
                "API that the model server has; with openai, an agent that speaks Anthropic Messages is translated to "
                "Chat Completions")
        .oneOf({"anthropic", "openai"})
        .showDefault();
    command.option("--name", options.name, "Name of the session").valueName("N");
    command
        .option("--model-map", options.modelMap,
                "Ask the server for another model: 'claude-*=qwen'; may be given more than once")
        .valueName("PATTERN=NAME")
        .repeatable();
    command
        .option("--files-from", options.filesFrom,
                "Folder in which relative links of tool results are looked for (default: the current one); may be "
                "given more than once")
        .valueName("DIR")
        .repeatable()
        .existingFolder();
    command
        .option("--redact", options.redact,
                "Also replace what this regular expression (RE2) matches before anything is stored; may be given more "
                "than once")
        .valueName("REGEX")
        .repeatable();
    command.flag("--no-redact", options.noRedact,
                 "Store keys, tokens and passwords as they are; without it they are replaced first");
    command.flag("--no-content", options.noContent, "Store structure, sizes and times only: no text, no bytes");
    command.option("--max-request", options.maxRequest, "Refuse larger requests, as 413 (default: 256 MiB)")
        .valueName("SIZE");
    command.option("--max-connections", options.maxConnections, "Close connections beyond so many at once")
        .between(std::int64_t{1}, std::int64_t{100'000})
        .showDefault();
    addStoreOption(command, options.store);
}

support::Result<proxy::ProxyOptions> proxyOptions(const RecordOptions& options) {
    proxy::ProxyOptions result;
    if (auto listen = splitListenAddress(options.listen, result); !listen) return std::move(listen).error();
    if (!proxy::isLoopbackAddress(result.listenHost)) {
        if (!options.allowRemote) {
            return support::Error{support::ErrorCode::invalidArgument,
                                  "--listen " + options.listen +
                                      " can be reached by other machines, and prompts hold private text: say "
                                      "--allow-remote if that is meant"};
        }
        result.accessToken = accessToken();
        if (!proxy::isGoodToken(result.accessToken)) {
            return support::Error{support::ErrorCode::invalidArgument,
                                  "TURNTABLE_ACCESS_TOKEN becomes a part of the base URL: it must have 16 to 128 "
                                  "letters, digits, - or _"};
        }
    }
    if (!options.maxRequest.empty()) {
        const auto bytes = parseBytes(options.maxRequest);
        if (!bytes) return support::withContext(bytes.error(), "--max-request");
        result.maxRequestBytes = static_cast<std::size_t>(*bytes);
    }
    result.privacy = {!options.noRedact, options.redact, options.noContent};
    // A wrong expression is told before anything is opened.
    if (const auto tried = turns::ExchangePrivacy::make(result.privacy, {}); !tried) {
        return support::withContext(tried.error(), "--redact");
    }
    result.maxConnections = static_cast<std::size_t>(options.maxConnections);
    for (const auto& text : options.modelMap) {
        auto rule = proxy::parseModelRule(text);
        if (!rule) return std::move(rule).error();
        result.modelRules.push_back(*std::move(rule));
    }
    const auto api = proxy::parseUpstreamApi(options.upstreamApi);
    if (!api) return api.error();
    result.upstreamApi = *api;
    auto store = storePath(options.store);
    if (!store) return std::move(store).error();
    result.store = *store;
    result.upstream = options.upstream;
    result.sessionName = options.name;
    result.linkedFileRoots = options.filesFrom;
    if (result.linkedFileRoots.empty()) result.linkedFileRoots.emplace_back(".");
    return result;
}

support::Result<std::unique_ptr<RecordingFront>> RecordingFront::start(const proxy::ProxyOptions& options,
                                                                       Printer print) {
    const auto recovered = proxy::recoverStore(options.store);
    if (!recovered) return recovered.error();
    std::unique_ptr<RecordingFront> front(new RecordingFront(options.store, std::move(print)));
    if (!options.accessToken.empty()) front->m_prefix = "/t/" + options.accessToken;
    if (*recovered > 0)
        front->print("finished " + std::to_string(*recovered) + " turn(s) that an earlier recorder left behind");
    proxy::ProxyListener listener;
    listener.onTurn = [self = front.get()](const model::Turn& turn, const model::Session& session, bool stored) {
        self->tellTurn(turn, session, stored);
    };
    listener.onNotice = [self = front.get()](const std::string& notice) { self->print(notice); };
    auto proxy = proxy::RecordingProxy::start(options, std::move(listener));
    if (!proxy) return std::move(proxy).error();
    front->m_proxy = *std::move(proxy);
    return front;
}

void RecordingFront::print(const std::string& line) {
    const std::scoped_lock lock(m_output);
    m_print(line);
}

void RecordingFront::tellTurn(const model::Turn& turn, const model::Session& session, bool stored) {
    const std::scoped_lock lock(m_output);
    m_totals.add(turn, stored);
    if (m_session != session.name) m_print("session " + session.name);
    m_session = session.name;
    m_print(turnLine(turn) + (stored ? "" : " | NOT STORED"));
    m_indexer.wake();
}

std::string RecordingFront::summary() const {
    std::string text = m_totals.text() + "\n" + storeWaitText(m_proxy->longestWait());
    if (const auto secrets = m_proxy->secretsReplaced(); secrets > 0) {
        text += "\n" + std::to_string(secrets) + (secrets == 1 ? " secret was" : " secrets were") +
                " replaced before anything was stored";
    }
    if (const auto unread = m_proxy->repliesUnread(); unread > 0) {
        text += "\n" + std::to_string(unread) + (unread == 1 ? " reply was" : " replies were") +
                " compressed in a way in which no secret could be looked for, and stored as it came";
    }
    return text;
}

}  // namespace turntable::cli
