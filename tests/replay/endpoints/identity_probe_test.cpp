#include "replay/endpoints/identity_probe.h"

#include <gtest/gtest.h>

#include "storage/digest/sha256.h"
#include "tests/replay/endpoints/scripted_server.h"

namespace turntable::endpoints {
namespace {

using tests::httpReply;
using tests::ScriptedServer;
using tests::SeenRequest;

support::Result<model::ModelIdentity> probe(const std::string& base, const std::string& model = {}) {
    auto client = http::Client::create();
    if (!client) return std::move(client).error();
    return probeIdentity(*client, ServerUrls(base), {}, model, {});
}

TEST(IdentityProbe, KnowsLlamaServer) {
    ScriptedServer server([](const SeenRequest& request) {
        if (request.line().starts_with("GET /props ")) {
            return httpReply(
                200, "application/json",
                R"({"default_generation_settings":{"n_ctx":16384},"model_alias":"rand-50m","model_ftype":"Q8_0",)"
                R"("build_info":"b11669-Debian","chat_template":"T"})");
        }
        if (request.line().starts_with("GET /v1/models ")) {
            return httpReply(200, "application/json", R"({"data":[{"id":"rand-50m","meta":{"n_params":50123456}}]})");
        }
        return httpReply(404, "application/json", "{}");
    });
    const auto identity = probe(server.url() + "/v1/");
    ASSERT_TRUE(identity.ok()) << identity.error().message;
    EXPECT_EQ(identity->serverKind, "llama.cpp");
    EXPECT_EQ(identity->name, "rand-50m");
    EXPECT_EQ(identity->quantization, "Q8_0");
    EXPECT_EQ(identity->contextTokens, 16384);
    EXPECT_EQ(identity->parameters, 50123456);
    EXPECT_EQ(identity->build, "b11669-Debian");
    EXPECT_EQ(identity->templateHash, digest::sha256Hex("T"));
}

TEST(IdentityProbe, KnowsOllamaByItsOwnCalls) {
    ScriptedServer server([](const SeenRequest& request) {
        if (request.line().starts_with("GET /api/version "))
            return httpReply(200, "application/json", R"({"version":"0.15.5"})");
        if (request.line().starts_with("POST /api/show ")) {
            return httpReply(
                200, "application/json",
                R"({"parameters":"stop \"x\"\nnum_ctx                        8192","details":{"quantization_level":"Q4_K_M"},)"
                R"("model_info":{"general.parameter_count":7615616512}})");
        }
        return httpReply(404, "text/plain", "404 page not found");
    });
    const auto identity = probe(server.url(), "qwen");
    ASSERT_TRUE(identity.ok()) << identity.error().message;
    EXPECT_EQ(identity->serverKind, "ollama");
    EXPECT_EQ(identity->build, "0.15.5");
    EXPECT_EQ(identity->name, "qwen");
    EXPECT_EQ(identity->quantization, "Q4_K_M");
    EXPECT_EQ(identity->contextTokens, 8192);
    EXPECT_EQ(identity->parameters, 7615616512);
}

TEST(IdentityProbe, AcceptsAServerThatTellsNothing) {
    ScriptedServer server([](const SeenRequest&) { return httpReply(404, "text/plain", "no"); });
    const auto identity = probe(server.url());
    ASSERT_TRUE(identity.ok()) << identity.error().message;
    EXPECT_EQ(*identity, model::ModelIdentity{});
}

TEST(IdentityProbe, SaysWhenNobodyIsThere) {
    std::string url;
    {
        ScriptedServer gone([](const SeenRequest&) { return std::string(); });
        url = gone.url();
    }
    const auto identity = probe(url);
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().code, support::ErrorCode::network);
    EXPECT_NE(identity.error().message.find("nobody answers at " + url), std::string::npos) << identity.error().message;
}

TEST(IdentityProbe, TakesNothingFromOddDocuments) {
    for (const char* text :
         {"", "[]", "null", "{\"default_generation_settings\":7}", "{\"data\":{}}", "{\"data\":[1]}", "\xff"}) {
        model::ModelIdentity identity;
        readLlamaProps(text, identity);
        readModelList(text, "m", identity);
        readOllamaShow(text, identity);
        EXPECT_EQ(readVersion(text), "");
        EXPECT_FALSE(identity.contextTokens.has_value()) << text;
    }
}

}  // namespace
}  // namespace turntable::endpoints
