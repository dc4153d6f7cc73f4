#include "recorder/proxy/token_count.h"

#include <map>

#include "tests/recorder/proxy/proxy_fixture.h"

namespace turntable::proxy {
namespace {

using test::plainReply;
using test::RawAgent;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;

/// A server that knows these calls, by path, and says 404 to the rest.
ScriptedUpstream::Script serverWith(std::map<std::string, std::function<std::string(const std::string&)>> calls) {
    return [calls = std::move(calls)](const UpstreamRequest& request, UpstreamPeer& peer) {
        const auto found = calls.find(request.target);
        peer.send(found == calls.end() ? plainReply(R"({"detail":"Not Found"})", "404 Not Found")
                                       : found->second(request.body));
    };
}

class TokenCountTest : public ProxyFixture {
protected:
    /// "STATUS DOCUMENT" of POST /v1/messages/count_tokens.
    std::string count(const ScriptedUpstream& upstream, const std::string& content = R"("hi")") {
        m_options.upstreamApi = model::Api::openaiChat;
        startProxy(upstream.url());
        RawAgent agent(port());
        agent.send(postRequest("/v1/messages/count_tokens?beta=true",
                               R"({"model":"claude-x","messages":[{"role":"user","content":)" + content + "}]}",
                               "Connection: close\r\n"));
        const std::string reply = agent.readAll();
        EXPECT_TRUE(reader().sessions()->empty()) << "a count is no turn";
        return reply.substr(9, 4) + reply.substr(reply.find("\r\n\r\n") + 4);
    }
};

TEST_F(TokenCountTest, AsksLlamaServerForTheCountOfTheTranslatedRequest) {
    std::string asked;
    ScriptedUpstream upstream(serverWith({{"/v1/chat/completions/input_tokens", [&asked](const std::string& body) {
                                               asked = body;
                                               return plainReply(
                                                   R"({"input_tokens":786,"object":"response.input_tokens"})");
                                           }}}));
    EXPECT_EQ(count(upstream), R"(200 {"input_tokens":786})");
    EXPECT_EQ(asked, R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}]})");
}

TEST_F(TokenCountTest, AsksVllmToTokenizeTheMessages) {
    ScriptedUpstream upstream(serverWith(
        {{"/tokenize", [](const std::string& body) {
              EXPECT_EQ(
                  body,
                  R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}],"add_generation_prompt":true})");
              return plainReply(R"({"count":9,"max_model_len":4096,"tokens":[1]})");
          }}}));
    EXPECT_EQ(count(upstream), R"(200 {"input_tokens":9})");
}

TEST_F(TokenCountTest, RendersAndTokenizesWithAnOlderLlamaServer) {
    const auto tokenize = [](const std::string& body) {
        if (body.find("\"content\":\"<s>hi\"") == std::string::npos) return plainReply(R"({"tokens":[]})");
        EXPECT_EQ(body, R"({"content":"<s>hi","add_special":true,"parse_special":true})");
        return plainReply(R"({"tokens":[1,2,3]})");
    };
    ScriptedUpstream upstream(
        serverWith({{"/apply-template", [](const std::string&) { return plainReply(R"({"prompt":"<s>hi"})"); }},
                    {"/tokenize", tokenize}}));
    EXPECT_EQ(count(upstream), R"(200 {"input_tokens":3})");
}

TEST_F(TokenCountTest, SaysThatTheServerCannotInsteadOfGuessing) {
    ScriptedUpstream nothing(serverWith({}));
    EXPECT_EQ(
        count(nothing),
        R"(404 {"type":"error","error":{"type":"not_found_error","message":"the server cannot count tokens: it knows neither /v1/chat/completions/input_tokens nor /tokenize for messages nor /apply-template; an estimate would be no count"}})");
}

TEST_F(TokenCountTest, DoesNotCountPicturesAsLetters) {
    ScriptedUpstream upstream(
        serverWith({{"/tokenize", [](const std::string&) { return plainReply(R"({"count":9})"); }}}));
    const std::string answer =
        count(upstream, R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}])");
    EXPECT_TRUE(answer.starts_with(R"(404 {"type":"error","error":{"type":"not_found_error")")) << answer;
    EXPECT_EQ(upstream.requests().size(), 1U);
}

TEST_F(TokenCountTest, TellsTheServersTrouble) {
    const auto loading = [](const std::string&) {
        return plainReply(R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})",
                          "503 Service Unavailable");
    };
    ScriptedUpstream upstream(serverWith({{"/v1/chat/completions/input_tokens", loading}}));
    EXPECT_EQ(count(upstream), R"(503 {"type":"error","error":{"type":"overloaded_error","message":"Loading model"}})");
    EXPECT_EQ(upstream.requests().size(), 1U) << "what is loading need not be asked again";
}

TEST_F(TokenCountTest, AsksTheKeyOfTheAgentBackFromTheServer) {
    const auto refused = [](const std::string&) {
        return plainReply(R"({"error":{"message":"no key"}})", "401 Unauthorized");
    };
    ScriptedUpstream upstream(serverWith({{"/v1/chat/completions/input_tokens", refused}}));
    EXPECT_EQ(count(upstream), R"(401 {"type":"error","error":{"type":"authentication_error","message":"no key"}})");
}

}  // namespace
}  // namespace turntable::proxy
