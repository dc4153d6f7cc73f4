#pragma once

// Private to endpoints: small questions to a model server.

#include <chrono>
#include <initializer_list>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "recorder/http/client.h"
#include "replay/endpoints/http_endpoint.h"
#include "storage/support/result.h"

namespace turntable::endpoints {

/// Asks one server one question after the other. The parts it is given must outlive it.
class Questions {
public:
    static constexpr std::chrono::seconds kTime{5};

    Questions(http::Client& client, const ServerUrls& urls, const std::vector<http::Header>& headers,
              std::stop_token stop)
        : m_client(client), m_urls(urls), m_headers(headers), m_stop(std::move(stop)) {}

    /// GET, or POST of a JSON `body`; whatever the status. Errors: network, cancelled.
    [[nodiscard]] support::Result<http::Reply> fetch(std::string_view path, const std::string& body = {},
                                                     std::chrono::nanoseconds time = kTime);
    /// The body of a 200; empty text for any other status.
    [[nodiscard]] support::Result<std::string> ask(std::string_view path, const std::string& body = {});
    /// The same where no answer is as good as an empty one.
    [[nodiscard]] std::string tryAsk(std::string_view path, const std::string& body = {});

private:
    http::Client& m_client;
    const ServerUrls& m_urls;
    const std::vector<http::Header>& m_headers;
    std::stop_token m_stop;
};

/// The document; an empty object when it is anything else.
[[nodiscard]] nlohmann::json parseObject(std::string_view document);

/// A member at the end of a path of names; null where there is none.
[[nodiscard]] nlohmann::json memberAt(const nlohmann::json& json, std::initializer_list<const char*> path);

/// As text; bytes that are no UTF-8 come out as U+FFFD.
[[nodiscard]] std::string jsonText(const nlohmann::json& json);

}  // namespace turntable::endpoints
