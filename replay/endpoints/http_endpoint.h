#pragma once

#include <string>

#include "recorder/http/client.h"
#include "replay/endpoints/endpoint.h"

namespace turntable::endpoints {

/// Where the calls of a model server are, made of a base URL that may end in `/`, `/v1` or the call itself.
class ServerUrls {
public:
    explicit ServerUrls(std::string_view base);
    [[nodiscard]] const std::string& base() const { return m_base; }  ///< without `/v1` and trailing slash
    [[nodiscard]] std::string turn(model::Api api) const;             ///< "http://host:port/v1/messages"
    [[nodiscard]] std::string below(std::string_view path) const { return m_base + std::string(path); }

private:
    std::string m_base;
};

/// A model server behind a URL: asks it one question at a time and notes when each piece of the answer came, as the
/// recording proxy does. One thread.
/// Errors of ask: network when no byte of an answer came (a reply that breaks off is an answer, marked so), cancelled,
/// limitExceeded for a reply beyond 256 MiB.
class HttpEndpoint final : public Endpoint {
public:
    [[nodiscard]] static support::Result<std::unique_ptr<Endpoint>> make(const EndpointOptions& options);

    [[nodiscard]] std::string name() const override { return m_name; }
    [[nodiscard]] bool simulated() const override { return false; }
    [[nodiscard]] support::Result<model::ModelIdentity> probe(std::stop_token stop) override;
    [[nodiscard]] support::Result<Answer> ask(const Question& question, std::stop_token stop) override;

private:
    HttpEndpoint(const EndpointOptions& options, http::Client client);
    [[nodiscard]] std::vector<http::Header> headersFor(model::Api api) const;

    std::string m_name;
    ServerUrls m_urls;
    std::string m_apiKey;
    std::string m_model;
    std::optional<support::Nanoseconds> m_turnTimeout;
    http::Client m_client;
    support::SystemClock m_clock;
};

}  // namespace turntable::endpoints
