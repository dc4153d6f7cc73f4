#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "recorder/http/client.h"
#include "replay/endpoints/http_endpoint.h"
#include "storage/model/session.h"
#include "storage/support/result.h"

namespace turntable::endpoints {

/// Asks a server who it is, by what each kind answers: llama.cpp `/props` and the `meta` of `/v1/models`, Ollama
/// `/api/version` and `/api/show`, vLLM `/version`. `model`: the one that will be asked for; may be empty. What a
/// server does not tell stays empty, and one that answers all of it with errors is still a server. Questions end after
/// five seconds each. Errors: network when nobody can be reached, cancelled.
[[nodiscard]] support::Result<model::ModelIdentity> probeIdentity(http::Client& client, const ServerUrls& urls,
                                                                  const std::vector<http::Header>& headers,
                                                                  const std::string& model, std::stop_token stop);

/// The pieces of it, each pure: what a document adds to `identity`. Text that is not the expected JSON adds nothing.
void readLlamaProps(std::string_view document, model::ModelIdentity& identity);
void readModelList(std::string_view document, const std::string& model, model::ModelIdentity& identity);
void readOllamaShow(std::string_view document, model::ModelIdentity& identity);
/// The value of a top-level `version`; empty when there is none.
[[nodiscard]] std::string readVersion(std::string_view document);

}  // namespace turntable::endpoints
