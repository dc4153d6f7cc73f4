#include "replay/endpoints/identity_probe.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "replay/endpoints/questions.h"
#include "storage/digest/sha256.h"

namespace turntable::endpoints {

using Json = nlohmann::json;

namespace {

void takeText(const Json& json, std::string& into) {
    if (json.is_string() && into.empty()) into = json.get<std::string>();
}

void takeNumber(const Json& json, std::optional<std::int64_t>& into) {
    if (into || !json.is_number()) return;
    // Larger than this is no count of tokens or parameters, and would not fit.
    const double value = json.get<double>();
    if (value > 0 && value < 9e15) into = static_cast<std::int64_t>(value);
}

/// The model list's entry that is meant: the one asked for, else the only one.
const Json* chosenModel(const Json& list, const std::string& model) {
    if (!list.is_array()) return nullptr;
    for (const Json& entry : list) {
        if (!model.empty() && memberAt(entry, {"id"}) == model) return &entry;
    }
    return list.size() == 1 ? &list.front() : nullptr;
}

/// The number behind a name in lines of "name   value"; null where there is none.
Json parameterAfter(std::string_view lines, std::string_view name) {
    const std::size_t place = lines.find(name);
    if (place == std::string_view::npos) return nullptr;
    std::string_view rest = lines.substr(place + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return Json::parse(rest.substr(0, rest.find_first_not_of("0123456789")), nullptr, false);
}

void probeOllama(Questions& questions, const std::string& model, model::ModelIdentity& identity) {
    const std::string version = readVersion(questions.tryAsk("/api/version"));
    if (version.empty()) return;
    identity.serverKind = "ollama";
    identity.build = version;
    const std::string name = model.empty() ? identity.name : model;
    if (name.empty()) return;
    identity.name = name;
    const Json question = {{"model", name}};
    readOllamaShow(questions.tryAsk("/api/show", jsonText(question)), identity);
}

}  // namespace

void readLlamaProps(std::string_view document, model::ModelIdentity& identity) {
    const Json props = parseObject(document);
    if (!props.contains("default_generation_settings") && !props.contains("build_info")) return;
    identity.serverKind = "llama.cpp";
    takeText(memberAt(props, {"build_info"}), identity.build);
    takeText(memberAt(props, {"model_alias"}), identity.name);
    takeText(memberAt(props, {"model_ftype"}), identity.quantization);
    takeNumber(memberAt(props, {"default_generation_settings", "n_ctx"}), identity.contextTokens);
    takeNumber(memberAt(props, {"n_ctx"}), identity.contextTokens);
    std::string chatTemplate;
    takeText(memberAt(props, {"chat_template"}), chatTemplate);
    if (!chatTemplate.empty()) identity.templateHash = digest::sha256Hex(chatTemplate);
    std::string path;
    takeText(memberAt(props, {"model_path"}), path);
    if (identity.name.empty()) identity.name = path.substr(path.find_last_of("/\\") + 1);
}

void readModelList(std::string_view document, const std::string& model, model::ModelIdentity& identity) {
    const Json json = parseObject(document);
    const Json list = memberAt(json, {"data"});
    const Json* entry = chosenModel(list, model);
    if (entry == nullptr) return;
    takeText(memberAt(*entry, {"id"}), identity.name);
    takeNumber(memberAt(*entry, {"meta", "n_params"}), identity.parameters);
    takeText(memberAt(*entry, {"meta", "ftype"}), identity.quantization);
    takeNumber(memberAt(*entry, {"meta", "n_ctx"}), identity.contextTokens);
    takeNumber(memberAt(*entry, {"max_model_len"}), identity.contextTokens);
    if (identity.serverKind.empty() && memberAt(*entry, {"owned_by"}) == "vllm") identity.serverKind = "vllm";
}

void readOllamaShow(std::string_view document, model::ModelIdentity& identity) {
    const Json show = parseObject(document);
    takeText(memberAt(show, {"details", "quantization_level"}), identity.quantization);
    const Json info = memberAt(show, {"model_info"});
    takeNumber(memberAt(info, {"general.parameter_count"}), identity.parameters);
    // `num_ctx` of the model file is what runs; the architecture's own length is only the most there could be.
    std::string parameters;
    takeText(memberAt(show, {"parameters"}), parameters);
    takeNumber(parameterAfter(parameters, "num_ctx"), identity.contextTokens);
    std::string chatTemplate;
    takeText(memberAt(show, {"template"}), chatTemplate);
    if (!chatTemplate.empty()) identity.templateHash = digest::sha256Hex(chatTemplate);
}

std::string readVersion(std::string_view document) {
    std::string version;
    takeText(memberAt(parseObject(document), {"version"}), version);
    return version;
}

support::Result<model::ModelIdentity> probeIdentity(http::Client& client, const ServerUrls& urls,
                                                    const std::vector<http::Header>& headers, const std::string& model,
                                                    std::stop_token stop) {
    Questions questions(client, urls, headers, std::move(stop));
    model::ModelIdentity identity;
    auto props = questions.ask("/props");
    // The first question decides whether somebody is there; what fails later is merely not known.
    if (!props) return support::withContext(std::move(props).error(), "nobody answers at " + urls.base());
    readLlamaProps(*props, identity);
    readModelList(questions.tryAsk("/v1/models"), model, identity);
    if (identity.serverKind.empty()) probeOllama(questions, model, identity);
    if (identity.serverKind.empty() || identity.serverKind == "vllm") {
        const std::string version = readVersion(questions.tryAsk("/version"));
        if (!version.empty()) {
            identity.serverKind = "vllm";
            identity.build = version;
        }
    }
    return identity;
}

}  // namespace turntable::endpoints
