#include "replay/endpoints/server_check.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/replay/endpoints/scripted_server.h"

namespace turntable::endpoints {
namespace {

using tests::httpReply;
using tests::ScriptedServer;
using tests::SeenRequest;
using Weight = Finding::Weight;

constexpr support::Nanoseconds kSecond = std::chrono::seconds(1);

AskedOnce answered(std::optional<std::int64_t> prompt, std::optional<std::int64_t> cached,
                   support::Nanoseconds elapsed = kSecond) {
    AskedOnce answer;
    answer.status = 200;
    answer.promptTokens = prompt;
    answer.cachedTokens = cached;
    answer.elapsed = elapsed;
    return answer;
}

model::ModelIdentity identityOf(const std::string& kind, std::optional<std::int64_t> context) {
    model::ModelIdentity identity;
    identity.serverKind = kind;
    identity.contextTokens = context;
    return identity;
}

TEST(ServerCheck, WeighsTheContext) {
    EXPECT_EQ(judgeContext(identityOf("llama.cpp", 4'096)).weight, Weight::problem);
    EXPECT_NE(judgeContext(identityOf("llama.cpp", 4'096)).remedy.find("-c 32768"), std::string::npos);
    EXPECT_EQ(judgeContext(identityOf("vllm", 24'576)).weight, Weight::advice);
    EXPECT_EQ(judgeContext(identityOf("vllm", 32'768)).weight, Weight::fine);
    EXPECT_EQ(judgeContext(identityOf("", std::nullopt)).weight, Weight::unknown);
    // Ollama's own default is too small, and it does not tell it.
    EXPECT_EQ(judgeContext(identityOf("ollama", std::nullopt)).weight, Weight::advice);
}

TEST(ServerCheck, KnowsAMissingMessagesApiByItsStatus) {
    for (const int status : {404, 405, 501}) EXPECT_EQ(judgeMessagesApi(status).weight, Weight::advice) << status;
    for (const int status : {200, 400, 422, 500}) EXPECT_EQ(judgeMessagesApi(status).weight, Weight::fine) << status;
    EXPECT_EQ(judgeMessagesApi(401).weight, Weight::unknown);
}

TEST(ServerCheck, NoticesAPromptThatWasCut) {
    EXPECT_EQ(judgeUsage(answered(4'096, {}), 5'000, "ollama").weight, Weight::problem);
    EXPECT_NE(judgeUsage(answered(4'096, {}), 5'000, "ollama").remedy.find("num_ctx"), std::string::npos);
    EXPECT_EQ(judgeUsage(answered(std::nullopt, {}), 600, "").weight, Weight::problem);
    EXPECT_EQ(judgeUsage(answered(1'700, {}), 600, "").weight, Weight::fine);
}

TEST(ServerCheck, TellsThePrefixCacheByCountsOrElseByTime) {
    const auto first = answered(600, 0);
    EXPECT_EQ(judgePrefixCache(first, answered(600, 599), "llama.cpp").weight, Weight::fine);
    EXPECT_EQ(judgePrefixCache(first, answered(600, 0), "llama.cpp").weight, Weight::problem);
    EXPECT_EQ(judgePrefixCache(first, answered(600, 12), "vllm").weight, Weight::problem);
    const auto silent = answered(600, std::nullopt);
    EXPECT_EQ(judgePrefixCache(silent, answered(600, std::nullopt, kSecond / 10), "").weight, Weight::fine);
    EXPECT_EQ(judgePrefixCache(silent, answered(600, std::nullopt, kSecond), "").weight, Weight::unknown);
    const auto quick = answered(600, std::nullopt, kSecond / 10);
    EXPECT_EQ(judgePrefixCache(quick, answered(600, std::nullopt, kSecond / 100), "").weight, Weight::unknown);
}

TEST(ServerCheck, ReckonsAnAgentsFirstPrompt) {
    auto answer = answered(600, 0);
    answer.prefill = kSecond;
    EXPECT_EQ(judgePrefill(answer).weight, Weight::fine);  // 20,000 at 600 a second: 33 s
    EXPECT_NE(judgePrefill(answer).what.find("600 tokens a second"), std::string::npos);
    EXPECT_NE(judgePrefill(answer).what.find("33 s"), std::string::npos);
    answer.prefill = 10 * kSecond;
    EXPECT_EQ(judgePrefill(answer).weight, Weight::advice);
    EXPECT_EQ(judgePrefill(answered(std::nullopt, {})).weight, Weight::unknown);
}

/// A simulated llama-server: what it answers stands in the wire facts of the real one.
std::string simulatedLlama(const SeenRequest& request, int context, bool caches, int& asked) {
    const auto json = [](const std::string& body) { return httpReply(200, "application/json", body); };
    if (request.line().starts_with("GET /props ")) {
        return json(R"({"default_generation_settings":{"n_ctx":)" + std::to_string(context) +
                    R"(},"model_alias":"m","build_info":"b1"})");
    }
    if (request.line().starts_with("GET /v1/models ")) return json(R"({"data":[{"id":"m"}]})");
    if (request.line().starts_with("POST /v1/messages "))
        return httpReply(500, "application/json", R"({"error":{"code":500,"message":"'messages' is required"}})");
    if (request.line().starts_with("POST /v1/chat/completions ")) {
        const bool again = asked++ > 0;
        const std::string cached = again && caches ? "1799" : "0";
        return json(R"({"choices":[],"usage":{"prompt_tokens":1800,"prompt_tokens_details":{"cached_tokens":)" +
                    cached + R"(}},"timings":{"cache_n":)" + cached + R"(,"prompt_n":1800,"prompt_ms":900.0}})");
    }
    return httpReply(404, "application/json", R"({"error":{"message":"File Not Found"}})");
}

std::optional<Finding> find(const ServerReport& report, const std::string& subject) {
    const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                    [&](const Finding& finding) { return finding.subject == subject; });
    return found == report.findings.end() ? std::nullopt : std::optional(*found);
}

support::Result<ServerReport> check(const std::string& url, bool ask) {
    auto client = http::Client::create();
    if (!client) return std::move(client).error();
    CheckOptions options;
    options.ask = ask;
    return checkServer(*client, url, options, {});
}

TEST(ServerCheck, ExaminesAServerWithoutTroublingItsModel) {
    int asked = 0;
    ScriptedServer server([&](const SeenRequest& request) { return simulatedLlama(request, 8'192, true, asked); });
    const auto report = check(server.url() + "/v1", false);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->isModelServer());
    EXPECT_EQ(report->url, server.url());
    EXPECT_EQ(find(*report, "context")->weight, Weight::problem);
    EXPECT_EQ(find(*report, "Messages API")->weight, Weight::fine);
    EXPECT_EQ(find(*report, "counters")->weight, Weight::advice);
    EXPECT_FALSE(find(*report, "usage"));
    EXPECT_EQ(asked, 0);
}

TEST(ServerCheck, AsksTheModelTwice) {
    for (const bool caches : {true, false}) {
        int asked = 0;
        ScriptedServer server(
            [&](const SeenRequest& request) { return simulatedLlama(request, 32'768, caches, asked); });
        const auto report = check(server.url(), true);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(asked, 2);
        EXPECT_EQ(find(*report, "usage")->weight, Weight::fine);
        EXPECT_EQ(find(*report, "prefix cache")->weight, caches ? Weight::fine : Weight::problem);
        EXPECT_NE(find(*report, "prefill")->what.find("2,000 tokens a second"), std::string::npos);
    }
}

TEST(ServerCheck, KnowsAServerThatWantsAKeyOrIsNotReady) {
    ScriptedServer closed([](const SeenRequest&) {
        return httpReply(401, "application/json", R"({"error":{"code":401,"message":"Invalid API Key"}})");
    });
    const auto report = check(closed.url(), true);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->wantsKey);
    ScriptedServer loading([](const SeenRequest&) {
        return httpReply(503, "application/json", R"({"error":{"code":503,"message":"Loading model"}})");
    });
    const auto later = check(loading.url(), true);
    ASSERT_TRUE(later) << later.error().message;
    EXPECT_TRUE(later->isLoading);
    EXPECT_FALSE(later->wantsKey);
}

TEST(ServerCheck, NoticesAModelThatIsNotOffered) {
    int asked = 0;
    ScriptedServer server([&](const SeenRequest& request) { return simulatedLlama(request, 32'768, true, asked); });
    auto client = http::Client::create();
    ASSERT_TRUE(client.ok());
    CheckOptions options;
    options.model = "no-such-model";
    const auto report = checkServer(*client, server.url(), options, {});
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(find(*report, "model"));
    EXPECT_EQ(find(*report, "model")->weight, Weight::problem);
    EXPECT_NE(find(*report, "model")->what.find("no-such-model"), std::string::npos);
}

TEST(ServerCheck, TellsWhatIsNoModelServer) {
    ScriptedServer server([](const SeenRequest&) { return httpReply(200, "text/html", "<html>"); });
    const auto report = check(server.url(), true);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->isModelServer());
    EXPECT_TRUE(report->findings.empty());
}

TEST(ServerCheck, NobodyThereIsAnError) {
    const auto report = check("http://127.0.0.1:1", false);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, support::ErrorCode::network);
}

TEST(ServerCheck, ARefusedQuestionIsTold) {
    const auto answer = readAnswer({{503, "", {}}, R"({"error":{"message":"Loading model"}})"}, kSecond);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error, "503 Loading model");
}

}  // namespace
}  // namespace turntable::endpoints
