#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <nlohmann/json.hpp>

#include "recorder/http/client.h"
#include "replay/diff/text_columns.h"
#include "replay/diff/turn_json.h"
#include "replay/endpoints/server_check.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using endpoints::Finding;
using endpoints::ServerReport;
using Json = nlohmann::ordered_json;

struct UsualPort {
    int port;
    const char* servers;
};
constexpr UsualPort kUsualPorts[] = {
    {8080, "llama.cpp, mlx-lm"}, {11434, "Ollama"}, {1234, "LM Studio"}, {8000, "vLLM, vllm-mlx"}, {30000, "SGLang"}};

constexpr std::size_t kLongestName = 80;  // characters

struct DoctorOptions {
    std::vector<std::string> urls;
    std::string model;
    bool ask = false;
    bool json = false;
};

/// What was found at one address.
struct Visit {
    std::string url;
    std::optional<ServerReport> report;
    std::string failure;   ///< where there is no report
    bool isUsage = false;  ///< it is no address at all
};

std::string headline(const ServerReport& report) {
    const auto& identity = report.identity;
    std::string text = identity.serverKind.empty() ? "a server of unknown kind" : identity.serverKind;
    for (const auto& more : {identity.build, identity.name, identity.quantization}) {
        if (!more.empty()) text += " " + diff::shortened(diff::oneLine(more), kLongestName);
    }
    return text;
}

/// Why a server was not looked at.
std::string strangenessText(const ServerReport& report) {
    const bool hasKey = std::getenv("TURNTABLE_API_KEY") != nullptr;
    if (report.wantsKey) {
        return hasKey ? "it refuses the key of TURNTABLE_API_KEY" : "it wants a key: set TURNTABLE_API_KEY";
    }
    if (report.isLoading) return "it is not ready (503): a model is being loaded, or it is too busy; look again later";
    return "it answers, but not like a model server";
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

void print(const Visit& visit) {
    if (!visit.report) {
        std::cout << visit.url << "  " << visit.failure << '\n';
        return;
    }
    std::cout << visit.report->url << "  " << headline(*visit.report) << '\n';
    if (!visit.report->isModelServer()) std::cout << "  " << strangenessText(*visit.report) << '\n';
    for (const auto& finding : visit.report->findings) {
        std::cout << "  " << padded(std::string(weightName(finding.weight)), 9) << padded(finding.subject, 14)
                  << finding.what << '\n';
        if (!finding.remedy.empty()) std::cout << padded("", 25) << "-> " << finding.remedy << '\n';
    }
}

Json toJson(const Visit& visit) {
    Json json = {{"url", visit.report ? visit.report->url : visit.url}, {"answers", visit.report.has_value()}};
    if (!visit.report) {
        json["failure"] = visit.failure;
        return json;
    }
    const auto& identity = visit.report->identity;
    const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
    const auto number = [](std::optional<std::int64_t> value) { return value ? Json(*value) : Json(); };
    json["kind"] = text(identity.serverKind);
    json["build"] = text(identity.build);
    json["model"] = text(identity.name);
    json["quantization"] = text(identity.quantization);
    json["context_tokens"] = number(identity.contextTokens);
    json["wants_key"] = visit.report->wantsKey;
    json["models"] = visit.report->models;
    json["findings"] = Json::array();
    for (const auto& finding : visit.report->findings) {
        json["findings"].push_back({{"weight", weightName(finding.weight)},
                                    {"subject", finding.subject},
                                    {"what", finding.what},
                                    {"remedy", text(finding.remedy)}});
    }
    return json;
}

/// What to look at: the addresses given, else the usual ports.
std::vector<Visit> visitAll(http::Client& client, const DoctorOptions& options, const std::stop_token& stop) {
    const bool given = !options.urls.empty();
    std::vector<std::string> urls = options.urls;
    if (!given) {
        for (const auto& usual : kUsualPorts) urls.push_back("http://127.0.0.1:" + std::to_string(usual.port));
    }
    endpoints::CheckOptions check;
    check.model = options.model;
    check.ask = options.ask;
    if (const char* key = std::getenv("TURNTABLE_API_KEY")) check.apiKey = key;
    std::vector<Visit> visits;
    for (const auto& url : urls) {
        if (stop.stop_requested()) break;
        if (given && !options.json) std::cerr << "looking at " << url << '\n';
        auto report = checkServer(client, url, check, stop);
        Visit visit{url, std::nullopt, {}};
        if (report) {
            visit.report = *std::move(report);
        } else {
            visit.failure = report.error().message;
            visit.isUsage = report.error().code == support::ErrorCode::invalidArgument;
        }
        // Most usual ports are silent, and something else may live there.
        if (given || (visit.report && visit.report->isModelServer())) visits.push_back(std::move(visit));
    }
    return visits;
}

std::string nobodyText() {
    std::string text = "no model server answers on the usual ports of this machine (";
    const char* joint = "";
    for (const auto& usual : kUsualPorts) {
        text += joint + std::to_string(usual.port) + " " + usual.servers;
        joint = "; ";
    }
    return text + "): start one, or name its URL";
}

int doctor(const DoctorOptions& options) {
    StopOnSignal signals;
    auto client = http::Client::create();
    if (!client) return fail(client.error());
    const auto visits = visitAll(*client, options, signals.token());
    if (signals.token().stop_requested()) return fail({support::ErrorCode::cancelled, "stopped before the end"});
    if (options.json) {
        Json list = Json::array();
        for (const auto& visit : visits) list.push_back(toJson(visit));
        std::cout << diff::jsonText(list);
    } else {
        for (const auto& visit : visits) print(visit);
    }
    if (visits.empty()) return fail({support::ErrorCode::notFound, nobodyText()});
    const bool isUsage = std::any_of(visits.begin(), visits.end(), [](const Visit& visit) { return visit.isUsage; });
    if (isUsage) return kUsage;
    bool silent = false;
    bool problem = false;
    for (const auto& visit : visits) {
        silent = silent || !visit.report || !visit.report->isModelServer();
        for (const auto& finding : visit.report ? visit.report->findings : std::vector<Finding>())
            problem = problem || finding.weight == Finding::Weight::problem;
    }
    if (!options.ask && !options.json && !silent)
        std::cerr << "with --ask the model itself is asked: usage figures, prefix cache, speed\n";
    return silent ? kFailed : problem ? kNotAsAsked : kDone;
}

}  // namespace

Verb addDoctor(CommandLine& program) {
    auto command = program.command("doctor", "Find model servers, and say what is wrong with them for agents");
    auto options = std::make_shared<DoctorOptions>();
    command.option("url", options->urls, "Servers to look at (default: the usual ports of this machine)")
        .valueName("URL");
    command.flag(
        "--ask", options->ask,
        "Ask the model itself, twice: shows usage figures, prefix cache and speed. It reads some hundred tokens, "
        "and may forget what it held of a running agent");
    command.option("--model", options->model, "Model to look at (default: the first that the server offers)")
        .valueName("M");
    command.flag("--json", options->json, "Print one JSON document");
    command.footer(
        "An API key is taken from TURNTABLE_API_KEY. The exit code is 3 when there is a problem, 1 when a server does "
        "not "
        "answer.");
    return {"doctor", [options] { return doctor(*options); }};
}

}  // namespace turntable::cli
