#include "replay/endpoints/server_check.h"

#include <algorithm>
#include <cmath>

#include "replay/endpoints/identity_probe.h"
#include "replay/endpoints/questions.h"
#include "storage/support/number_text.h"

namespace turntable::endpoints {

using Json = nlohmann::json;
using support::grouped;
using support::Nanoseconds;
using support::Result;
using Weight = Finding::Weight;

namespace {

// Agents send 20,000 to 25,000 tokens of instructions and tools before the first word of a person.
constexpr std::int64_t kLeastContext = 24'576;
constexpr std::int64_t kGoodContext = 32'768;
constexpr std::int64_t kAgentPrompt = 20'000;
constexpr std::int64_t kShortText = 600;   // words
constexpr std::int64_t kLongText = 5'000;  // more than the 4,096 tokens of an Ollama without a setting
constexpr Nanoseconds kPatience = std::chrono::seconds(60);  // for an agent's first prompt
constexpr Nanoseconds kTooQuickToTell = std::chrono::milliseconds(300);

std::string secondsText(double seconds) {
    const auto tenths = std::llround(seconds * 10);
    return seconds >= 10 ? std::to_string(std::llround(seconds)) + " s"
                         : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string contextRemedy(const std::string& kind) {
    if (kind == "llama.cpp") return "start it with -c 32768 (times the number of slots, -np)";
    if (kind == "ollama") return "set OLLAMA_CONTEXT_LENGTH=32768, or `PARAMETER num_ctx 32768` in the model file";
    if (kind == "vllm") return "start it with --max-model-len 32768";
    return "load the model with a context of 32,768 tokens or more";
}

std::optional<std::int64_t> countAt(const Json& json, std::initializer_list<const char*> path) {
    const Json value = memberAt(json, path);
    if (!value.is_number_integer() || value < 0) return std::nullopt;
    return value.get<std::int64_t>();
}

std::vector<std::string> modelNames(std::string_view document) {
    std::vector<std::string> names;
    const Json list = memberAt(parseObject(document), {"data"});
    if (!list.is_array()) return names;
    for (const Json& entry : list) {
        const Json name = memberAt(entry, {"id"});
        if (name.is_string()) names.push_back(name.get<std::string>());
    }
    return names;
}

/// The first few names.
std::string someOf(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t at = 0; at < std::min(names.size(), kShown); ++at) text += (at > 0 ? ", " : "") + names[at];
    return text + (names.size() > kShown ? ", …" : "");
}

/// Words that no model has seen in this order, so that nothing of them is cached by chance.
std::string textOf(std::int64_t words) {
    std::string text = "Say one word.";
    const auto salt = support::SystemClock().wallNow().time_since_epoch().count() % 1'000'000;
    for (std::int64_t word = 1; word < words - 2; ++word) text += " w" + std::to_string(salt + word * 7);
    return text;
}

class Examination {
public:
    Examination(Questions& questions, const CheckOptions& options, ServerReport& report)
        : m_questions(questions), m_options(options), m_report(report) {}

    void lookAtWhatItTells();
    support::Status askTheModel();

private:
    void add(Finding finding) { m_report.findings.push_back(std::move(finding)); }
    void lookAtMessagesApi();
    void lookAtCounters();
    Result<AskedOnce> ask(const std::string& text);

    Questions& m_questions;
    const CheckOptions& m_options;
    ServerReport& m_report;
};

void Examination::lookAtWhatItTells() {
    const auto& models = m_report.models;
    if (!m_options.model.empty() && !models.empty() &&
        std::find(models.begin(), models.end(), m_options.model) == models.end()) {
        add({Weight::problem, "model", "it offers no model of the name " + m_options.model,
             "name one that it offers: " + someOf(models)});
    }
    if (models.empty()) {
        add({Weight::problem, "model", "it offers no model, or does not list them", "load a model, then look again"});
    }
    lookAtMessagesApi();
    add(judgeContext(m_report.identity));
    lookAtCounters();
}

void Examination::lookAtMessagesApi() {
    // A request without messages is refused before any model sees it.
    const auto reply = m_questions.fetch("/v1/messages", "{}");
    if (!reply) {
        add({Weight::unknown, "Messages API", "the question whether it has one got no answer: " + reply.error().message,
             ""});
        return;
    }
    add(judgeMessagesApi(reply->head.status));
}

void Examination::lookAtCounters() {
    if (m_report.identity.serverKind != "llama.cpp") return;
    const auto metrics = m_questions.fetch("/metrics");
    if (metrics && metrics->head.status == 200) {
        add({Weight::fine, "counters", "/metrics gives the server's own prefill and cache figures", ""});
    } else {
        add({Weight::advice, "counters", "/metrics is off: prefill and cache figures cannot be checked against its own",
             "start it with --metrics"});
    }
}

Result<AskedOnce> Examination::ask(const std::string& text) {
    const Json question = {{"model", m_options.model.empty() ? m_report.models.front() : m_options.model},
                           {"messages", Json::array({{{"role", "user"}, {"content", text}}})},
                           {"max_tokens", 1},
                           {"temperature", 0},
                           {"stream", false}};
    const support::SystemClock clock;
    const auto began = clock.monotonicNow();
    auto reply = m_questions.fetch("/v1/chat/completions", jsonText(question), m_options.askTime);
    if (!reply) return std::move(reply).error();
    return readAnswer(*reply, clock.monotonicNow() - began);
}

support::Status Examination::askTheModel() {
    if (m_report.models.empty() && m_options.model.empty()) return {};
    const std::string& kind = m_report.identity.serverKind;
    const bool mayCut = kind == "ollama" && !m_report.identity.contextTokens;
    const std::int64_t words = mayCut ? kLongText : kShortText;
    const std::string text = textOf(words);
    std::vector<AskedOnce> answers;
    for (int time = 0; time < 2; ++time) {
        auto answer = ask(text);
        if (!answer && answer.error().code == support::ErrorCode::cancelled) return answer.error();
        if (!answer || answer->status != 200) {
            add({Weight::problem, "answer",
                 "a short question was not answered: " + (answer ? answer->error : answer.error().message),
                 "look into the server's log"});
            return {};
        }
        answers.push_back(*std::move(answer));
    }
    add(judgeUsage(answers[0], words, kind));
    add(judgePrefixCache(answers[0], answers[1], kind));
    add(judgePrefill(answers[0]));
    return {};
}

}  // namespace

namespace {

// What does not answer like a model server may be one that does not want to yet.
// `listing`: what it said when it was asked for its models.
void lookAtRefusal(Questions& questions, const Result<http::Reply>& listing, ServerReport& report) {
    const auto note = [&report](const Result<http::Reply>& reply) {
        if (!reply) return;
        report.wantsKey = report.wantsKey || reply->head.status == 401 || reply->head.status == 403;
        report.isLoading = report.isLoading || reply->head.status == 503;
    };
    note(listing);
    if (!listing) return;  // it answers nothing: asking on would only take time
    note(questions.fetch("/props"));
    note(questions.fetch("/v1/messages", "{}"));
}

}  // namespace

std::string_view weightName(Weight weight) {
    switch (weight) {
        case Weight::fine: return "fine";
        case Weight::unknown: return "unknown";
        case Weight::advice: return "advice";
        case Weight::problem: return "problem";
    }
    return "unknown";
}

Finding judgeContext(const model::ModelIdentity& identity) {
    if (!identity.contextTokens) {
        if (identity.serverKind == "ollama") {
            return {Weight::advice, "context",
                    "not told; without a setting Ollama takes 4,096 tokens and cuts longer prompts without a word",
                    contextRemedy("ollama")};
        }
        return {Weight::unknown, "context", "the server does not tell how many tokens fit", ""};
    }
    const std::string size = grouped(*identity.contextTokens) + " tokens";
    if (*identity.contextTokens < kLeastContext) {
        return {Weight::problem, "context",
                size + ": agents send 20,000 to 25,000 tokens of instructions and tools before the first word",
                contextRemedy(identity.serverKind)};
    }
    if (*identity.contextTokens < kGoodContext) {
        return {Weight::advice, "context", size + ": enough to begin, soon full", contextRemedy(identity.serverKind)};
    }
    return {Weight::fine, "context", size, ""};
}

Finding judgeMessagesApi(int status) {
    if (status == 404 || status == 405 || status == 501) {
        return {Weight::advice, "Messages API", "it has none: agents that speak Anthropic's API cannot use it as it is",
                "record with --upstream-api openai, which translates, or use an agent that speaks OpenAI's API"};
    }
    if (status == 401 || status == 403) {
        return {Weight::unknown, "Messages API", "the server wants a key", "set TURNTABLE_API_KEY"};
    }
    return {Weight::fine, "Messages API", "it has one: agents that speak Anthropic's API can use it as it is", ""};
}

AskedOnce readAnswer(const http::Reply& reply, Nanoseconds elapsed) {
    AskedOnce answer;
    answer.status = reply.head.status;
    answer.elapsed = elapsed;
    const Json document = parseObject(reply.body);
    if (answer.status != 200) {
        const Json message = memberAt(document, {"error", "message"});
        answer.error = std::to_string(answer.status) + " " +
                       (message.is_string() ? message.get<std::string>() : reply.body.substr(0, 200));
        return answer;
    }
    answer.promptTokens = countAt(document, {"usage", "prompt_tokens"});
    answer.cachedTokens = countAt(document, {"usage", "prompt_tokens_details", "cached_tokens"});
    if (!answer.cachedTokens) answer.cachedTokens = countAt(document, {"timings", "cache_n"});
    const Json prefill = memberAt(document, {"timings", "prompt_ms"});
    if (prefill.is_number() && prefill > 0) {
        answer.prefill = Nanoseconds(std::llround(std::min(prefill.get<double>(), 1e9) * 1e6));
    }
    return answer;
}

Finding judgeUsage(const AskedOnce& first, std::int64_t words, const std::string& serverKind) {
    if (!first.promptTokens) {
        return {Weight::problem, "usage", "the answer tells no token counts: figures of recorded turns are estimates",
                ""};
    }
    if (*first.promptTokens < words) {
        return {Weight::problem, "usage",
                "it counted " + grouped(*first.promptTokens) + " tokens of a text of " + grouped(words) +
                    " words: the prompt was cut, without a word of it",
                contextRemedy(serverKind)};
    }
    return {Weight::fine, "usage",
            grouped(*first.promptTokens) + " tokens counted of a text of " + grouped(words) + " words", ""};
}

Finding judgePrefixCache(const AskedOnce& first, const AskedOnce& second, const std::string& serverKind) {
    const auto fine = [](std::string what) { return Finding{Weight::fine, "prefix cache", std::move(what), ""}; };
    if (second.cachedTokens) {
        const auto all = second.promptTokens.value_or(0);
        const std::string share =
            grouped(*second.cachedTokens) + (all > 0 ? " of " + grouped(all) : "") + " tokens cached";
        if (*second.cachedTokens * 2 >= all && *second.cachedTokens > 0)
            return fine(share + " when asked the same again");
        return {Weight::problem, "prefix cache",
                share + " when asked the same again: each turn is read from its beginning",
                serverKind == "llama.cpp" ? "start it without --no-cache-prompt"
                : serverKind == "vllm"    ? "start it with --enable-prefix-caching"
                                          : "look for the prefix cache among its settings"};
    }
    const std::string times = secondsText(support::toMs(second.elapsed) / 1e3) + " instead of " +
                              secondsText(support::toMs(first.elapsed) / 1e3);
    if (first.elapsed > kTooQuickToTell && second.elapsed * 2 < first.elapsed)
        return fine("not told, but the same again took " + times);
    return {Weight::unknown, "prefix cache", "not told; the same again took " + times, ""};
}

Finding judgePrefill(const AskedOnce& first) {
    const auto read = first.promptTokens.value_or(0) - first.cachedTokens.value_or(0);
    const auto time = first.prefill.value_or(first.elapsed);
    if (read <= 0 || time <= Nanoseconds(0)) {
        return {Weight::unknown, "prefill", "how fast it reads cannot be told without its token counts", ""};
    }
    const double rate = static_cast<double>(read) / (support::toMs(time) / 1e3);
    const double wait = static_cast<double>(kAgentPrompt) / rate;
    const std::string what = grouped(std::llround(rate)) + " tokens a second at a short prompt: an agent's first, of " +
                             grouped(kAgentPrompt) + ", takes " + secondsText(wait) + " or more";
    const bool patient = wait <= support::toMs(kPatience) / 1e3;
    return {patient ? Weight::fine : Weight::advice, "prefill", what,
            patient ? "" : "a smaller model, fewer tools, or a shorter system prompt"};
}

Result<ServerReport> checkServer(http::Client& client, const std::string& url, const CheckOptions& options,
                                 std::stop_token stop) {
    const ServerUrls urls(url);
    std::vector<http::Header> headers = {{"content-type", "application/json"}};
    if (!options.apiKey.empty()) headers.push_back({"authorization", "Bearer " + options.apiKey});
    Questions questions(client, urls, headers, stop);
    ServerReport report;
    report.url = urls.base();
    auto identity = probeIdentity(client, urls, headers, options.model, stop);
    if (!identity) return std::move(identity).error();
    report.identity = *std::move(identity);
    const auto listing = questions.fetch("/v1/models");
    if (listing && listing->head.status == 200) report.models = modelNames(listing->body);
    if (report.identity.serverKind == "ollama" && options.model.empty() && !report.models.empty()) {
        auto named = probeIdentity(client, urls, headers, report.models.front(), stop);
        if (named) report.identity = *std::move(named);
    }
    if (!report.isModelServer()) {
        lookAtRefusal(questions, listing, report);
        return report;
    }
    Examination examination(questions, options, report);
    examination.lookAtWhatItTells();
    if (options.ask) {
        if (auto asked = examination.askTheModel(); !asked) return asked.error();
    }
    return report;
}

}  // namespace turntable::endpoints
