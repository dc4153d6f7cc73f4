#include "recorder/wire/request.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using model::Api;
using support::ErrorCode;

/// One line a part: kind, section, role, message.block, label, call id, text.
std::string describeParts(std::string_view body, const ParsedRequest& request) {
    std::string out;
    for (const model::PromptPart& part : request.parts) {
        out.append(model::partKindName(part.kind)).append(" ").append(model::sectionName(part.section));
        out += " " + part.role + " " + std::to_string(part.messageIndex) + "." + std::to_string(part.blockIndex);
        if (!part.label.empty()) out += " " + part.label;
        if (!part.callId.empty()) out += " #" + part.callId;
        if (part.isError) out += " error";
        out += " [" + partText(body, part) + "]\n";
    }
    return out;
}

std::string partsOf(Api api, std::string_view body) {
    const auto request = parseRequest(api, body);
    return request ? describeParts(body, *request) : request.error().message;
}

TEST(RecognizeTurn, KnowsTheTwoCallsUnderAnyPrefix) {
    EXPECT_EQ(recognizeTurn("POST", "/v1/messages"), Api::anthropicMessages);
    EXPECT_EQ(recognizeTurn("POST", "/v1/messages?beta=true"), Api::anthropicMessages);
    EXPECT_EQ(recognizeTurn("POST", "/s/night/v1/messages"), Api::anthropicMessages);
    EXPECT_EQ(recognizeTurn("POST", "/v1/chat/completions"), Api::openaiChat);
    EXPECT_EQ(recognizeTurn("POST", "/proxy/v1/chat/completions?x=/v1/messages"), Api::openaiChat);
}

TEST(RecognizeTurn, LeavesEverythingElseAlone) {
    for (const char* target :
         {"/v1/messages/count_tokens", "/v1/messages/batches", "/v1/models", "/", "/xv1/messages",
          "/v1/chat/completions/input_tokens", "/v1/completions", "/v1/models?next=/v1/messages"}) {
        EXPECT_EQ(recognizeTurn("POST", target), std::nullopt) << target;
    }
    EXPECT_EQ(recognizeTurn("GET", "/v1/messages"), std::nullopt);
    EXPECT_EQ(recognizeTurn("HEAD", "/v1/chat/completions"), std::nullopt);
}

TEST(ParseRequest, FindsThePartsOfAMessagesRequest) {
    constexpr std::string_view kBody =
        R"({"model":"claude-x","max_tokens":99,"stream":true,"system":[{"type":"text","text":"Be\nbrief."}],)"
        R"("tools":[{"name":"click","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],)"
        R"("messages":[{"role":"user","content":"open it"},)"
        R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"ok"},)"
        R"({"type":"tool_use","id":"t1","name":"click","input":{"x":1}}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"a"},)"
        R"({"type":"image","source":{}},{"type":"text","text":"b"}]},{"type":"shiny","x":1}]}]})";
    EXPECT_EQ(partsOf(Api::anthropicMessages, kBody),
              "system system system -1.0 [Be\nbrief.]\n"
              "tool_schema tools  -1.0 click [{\"name\":\"click\",\"input_schema\":{\"type\":\"object\"}}]\n"
              "tool_schema tools  -1.1 web_search [{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]\n"
              "text history user 0.0 [open it]\n"
              "thinking history assistant 1.0 [hm]\n"
              "text history assistant 1.1 [ok]\n"
              "tool_use history assistant 1.2 click #t1 [{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"click\","
              "\"input\":{\"x\":1}}]\n"
              "tool_result history user 2.0 #t1 error [a\nb]\n"
              "unknown user user 2.1 [{\"type\":\"shiny\",\"x\":1}]\n");
    const auto request = parseRequest(Api::anthropicMessages, kBody);
    EXPECT_EQ(request->model, "claude-x");
    EXPECT_EQ(support::slice(kBody, request->modelValue), "\"claude-x\"");
    EXPECT_TRUE(request->streaming);
    EXPECT_EQ(request->maxTokens, 99);
    EXPECT_EQ(request->messages, 3U);
    EXPECT_EQ(request->toolNames, (std::vector<std::string>{"click", "web_search"}));
}

TEST(ParseRequest, FindsThePartsOfAChatRequest) {
    constexpr std::string_view kBody =
        R"({"messages":[{"role":"developer","content":"rules"},{"role":"user","content":[{"type":"text","text":"look"},)"
        R"({"type":"image_url","image_url":{"url":"data:,"}}]},{"role":"assistant","content":null,"reasoning_content":"hm",)"
        R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"click","arguments":"{}"}},)"
        R"({"id":"c2","type":"function","function":{"name":"type","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"c1","content":"done"},)"
        R"({"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}],)"
        R"("tools":[{"type":"function","function":{"name":"click","parameters":{}}}],"model":"m","max_completion_tokens":7})";
    EXPECT_EQ(partsOf(Api::openaiChat, kBody),
              "system system system 0.0 [rules]\n"
              "text user user 1.0 [look]\n"
              "image user user 1.1 []\n"
              "thinking history assistant 2.0 [hm]\n"
              "tool_use history assistant 2.1 click #c1 "
              "[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"click\",\"arguments\":\"{}\"}}]\n"
              "tool_use history assistant 2.2 type #c2 "
              "[{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"type\",\"arguments\":\"{}\"}}]\n"
              "tool_result history tool 3.0 #c1 [done]\n"
              "tool_result history tool 4.0 #c2 [x\ny]\n"
              "tool_schema tools  -1.0 click "
              "[{\"type\":\"function\",\"function\":{\"name\":\"click\",\"parameters\":{}}}]\n");
    EXPECT_EQ(parseRequest(Api::openaiChat, kBody)->maxTokens, 7);
    EXPECT_FALSE(parseRequest(Api::openaiChat, kBody)->streaming);
}

TEST(ParseRequest, TakesAnyOrderAnySpaceAndDuplicateKeys) {
    constexpr std::string_view kBody =
        " { \"messages\" : [ { \"content\" : [ { \"text\" : \"a\" , \"type\" : \"text\" } ] , \"role\" : \"user\" } ] "
        ",\n"
        " \"model\" : \"first\" , \"system\" : \"s\" , \"model\" : \"last\" } ";
    EXPECT_EQ(partsOf(Api::anthropicMessages, kBody),
              "text user user 0.0 [a]\n"
              "system system system -1.0 [s]\n");
    EXPECT_EQ(parseRequest(Api::anthropicMessages, kBody)->model, "last");
}

TEST(ParseRequest, RemindersBetweenToolResultsAreNoWordsOfThePerson) {
    constexpr std::string_view kBody =
        R"({"messages":[{"role":"user","content":"open it"},{"role":"assistant","content":"ok"},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"tree"},)"
        R"({"type":"text","text":"<system-reminder>be careful</system-reminder>"}]}]})";
    EXPECT_EQ(partsOf(Api::anthropicMessages, kBody),
              "text user user 0.0 [open it]\n"
              "text history assistant 1.0 [ok]\n"
              "tool_result history user 2.0 #t [tree]\n"
              "text history user 2.1 [<system-reminder>be careful</system-reminder>]\n");
}

TEST(ParseRequest, ReadsTheRequestsThatAServerAccepted) {
    const auto system = test::readTranscript("sid070-field-role-system-mid");
    EXPECT_EQ(partsOf(Api::anthropicMessages, system.request),
              "text history user 0.0 [hi]\n"
              "system system system 1.0 [be brief]\n"
              "text user user 2.0 [go]\n");
    const auto failing = test::readTranscript("sid070-field-tool-result-error");
    const auto request = parseRequest(Api::anthropicMessages, failing.request);
    ASSERT_TRUE(request.ok());
    EXPECT_TRUE(request->parts[2].isError);
    EXPECT_EQ(request->parts[2].callId, "t1");
    EXPECT_EQ(partText(failing.request, request->parts[2]), "boom");
    EXPECT_EQ(request->toolNames, (std::vector<std::string>{"list_windows", "click", "type_text", "read_tree"}));
}

TEST(ParseRequest, AnswersEveryPrefixOfARequestWithAReason) {
    const std::string body = test::readTranscript("sid070-msg-stream-t2").request;
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto request = parseRequest(Api::anthropicMessages, std::string_view(body).substr(0, size));
        ASSERT_FALSE(request.ok()) << size;
        ASSERT_EQ(request.error().code, ErrorCode::corrupt) << size;
    }
    EXPECT_TRUE(parseRequest(Api::anthropicMessages, body).ok());
}

TEST(ParseRequest, SaysWhatIsWrongWithABody) {
    EXPECT_EQ(partsOf(Api::anthropicMessages, "[]"), "request body: expected a JSON object at byte 0, found an array");
    EXPECT_EQ(partsOf(Api::anthropicMessages, R"({"model":"x"})"),
              "request body: expected an array \"messages\" in the object at byte 0, found none");
    EXPECT_EQ(partsOf(Api::anthropicMessages, R"({"messages":{}})"),
              "request body: expected an array \"messages\" in the object at byte 12, found another value");
    EXPECT_EQ(partsOf(Api::anthropicMessages, R"({"messages":[]} x)"),
              "request body: not JSON at byte 16: bytes behind the end of the document");
    const std::string deep = R"({"messages":[],"a":)" + std::string(1100, '[') + std::string(1100, ']') + "}";
    EXPECT_EQ(parseRequest(Api::openaiChat, deep).error().code, ErrorCode::limitExceeded);
}

TEST(ParseRequest, TakesMessagesOfUnexpectedShapes) {
    EXPECT_EQ(
        partsOf(Api::anthropicMessages,
                R"({"messages":[7,null,{"role":"ctx","content":5},{"content":["a"]},[]],"tools":[1],"system":3})"),
        "unknown history ctx 2.0 [5]\n"
        "text history  3.0 [a]\n"
        "tool_schema tools  -1.0 [1]\n");
    EXPECT_EQ(
        partsOf(Api::openaiChat, R"({"messages":[{"role":"user","content":{"a":1}},{"role":"tool"}],"tools":{}})"),
        "unknown user user 0.0 [{\"a\":1}]\n");
}

TEST(ParseRequest, ReadsALargeBodyQuickly) {
    std::string body = R"({"model":"m","messages":[)";
    while (body.size() < 10'000'000) {
        body += R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":")";
        for (int i = 0; i < 1000; ++i) body += R"(- button \"Save\" [ref=e12] [cursor=pointer]\n)";
        body += R"("}]},)";
    }
    body += R"({"role":"user","content":"go"}]})";
    const auto before = std::chrono::steady_clock::now();
    const auto request = parseRequest(Api::anthropicMessages, body);
    const auto took = std::chrono::steady_clock::now() - before;
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->parts.size(), request->messages);
    // Far above what an optimised build needs (tens of milliseconds): a cost that is not linear is what this finds.
    EXPECT_LT(took, std::chrono::seconds(5));
}

TEST(WithModel, ReplacesOnlyTheName) {
    constexpr std::string_view kBody = R"({ "a":1.0, "model" : "old" ,"messages":[]})";
    const auto request = parseRequest(Api::anthropicMessages, kBody);
    EXPECT_EQ(withModel(kBody, *request, "new \"one\""), R"({ "a":1.0, "model" : "new \"one\"" ,"messages":[]})");
}

TEST(WithModel, InsertsANameWhereThereIsNone) {
    constexpr std::string_view kBody = R"( {"messages":[]})";
    const auto request = parseRequest(Api::anthropicMessages, kBody);
    EXPECT_EQ(withModel(kBody, *request, "m"), R"( {"model":"m","messages":[]})");
    constexpr std::string_view kNull = R"({"model":null,"messages":[]})";
    EXPECT_EQ(withModel(kNull, *parseRequest(Api::anthropicMessages, kNull), "m"), R"({"model":"m","messages":[]})");
}

}  // namespace
}  // namespace turntable::wire
