#include "recorder/wire/translate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "recorder/wire/request.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using model::Api;

std::string toChat(std::string_view body) {
    const auto result = translateRequest(body, Api::anthropicMessages, Api::openaiChat);
    if (!result) return result.error().message;
    std::string out = result->body;
    for (const std::string& name : result->dropped) out += "\ndropped " + name;
    return out;
}

std::string toMessages(std::string_view body) {
    const auto result = translateRequest(body, Api::openaiChat, Api::anthropicMessages);
    if (!result) return result.error().message;
    std::string out = result->body;
    for (const std::string& name : result->dropped) out += "\ndropped " + name;
    return out;
}

TEST(MessagesToChat, CarriesAToolLoop) {
    EXPECT_EQ(
        toChat(
            R"({"model":"m","max_tokens":9,"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"messages":[)"
            R"({"role":"user","content":"open"},)"
            R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"ok"},)"
            R"({"type":"tool_use","id":"t1","name":"click","input":{"y":1,"x":2}}]},)"
            R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one "},)"
            R"({"type":"text","text":"two"}]},{"type":"text","text":"now this"}]}]})"),
        R"({"model":"m","messages":[{"role":"system","content":"ab"},{"role":"user","content":"open"},)"
        R"({"role":"assistant","content":"ok","reasoning_content":"hm","tool_calls":[{"id":"t1","type":"function",)"
        R"("function":{"name":"click","arguments":"{\"y\":1,\"x\":2}"}}]},)"
        R"({"role":"user","content":"now this"},{"role":"tool","tool_call_id":"t1","content":"one two"}],"max_tokens":9})");
}

TEST(MessagesToChat, CarriesToolsChoiceAndSettings) {
    EXPECT_EQ(
        toChat(
            R"({"model":"m","messages":[],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}},)"
            R"({"type":"computer_20250124","name":"computer","display_width_px":800}],"tool_choice":{"type":"any",)"
            R"("disable_parallel_tool_use":true},"stop_sequences":["x"],"temperature":0.5,"top_p":0.9,"stream":true})"),
        R"({"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"f","description":"d",)"
        R"("parameters":{"type":"object"}}},{"type":"function","function":{"name":"computer",)"
        R"("parameters":{"type":"object","properties":{}}}}],"tool_choice":"required","parallel_tool_calls":false,)"
        R"("temperature":0.5,"top_p":0.9,"stop":["x"],"stream":true,"stream_options":{"include_usage":true}})"
        "\ndropped tools[].type computer_20250124\ndropped tools[].display_width_px");
    EXPECT_EQ(toChat(R"({"messages":[],"tool_choice":{"type":"tool","name":"f"}})"),
              R"({"messages":[],"tool_choice":{"type":"function","function":{"name":"f"}}})");
}

TEST(MessagesToChat, CarriesImages) {
    EXPECT_EQ(
        toChat(R"({"messages":[{"role":"user","content":[{"type":"text","text":"see"},)"
               R"({"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"QUJD"}}]},)"
               R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[)"
               R"({"type":"image","source":{"type":"url","url":"https://x/y.png"}}]}]}]})"),
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"see"},)"
        R"({"type":"image_url","image_url":{"url":"data:image/jpeg;base64,QUJD"}}]},)"
        R"({"role":"tool","tool_call_id":"t","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]})");
}

TEST(MessagesToChat, NamesWhatHasNoCounterpartOnce) {
    EXPECT_EQ(
        toChat(R"({"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{}},)"
               R"({"type":"text","text":"b","cache_control":{}},{"type":"document","source":{}},)"
               R"({"type":"tool_result","tool_use_id":"t","is_error":true,"content":"x"}]}],"top_k":4,"thinking":{}})"),
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
        R"({"role":"tool","tool_call_id":"t","content":"x"}]})"
        "\ndropped cache_control\ndropped block document\ndropped tool_result.is_error\ndropped top_k\ndropped "
        "thinking");
}

TEST(ChatToMessages, CarriesAToolLoop) {
    EXPECT_EQ(
        toMessages(
            R"({"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"open"},)"
            R"({"role":"assistant","content":"ok","reasoning_content":"hm","tool_calls":[)"
            R"({"id":"c1","type":"function","function":{"name":"click","arguments":"{\"y\":1,\"x\":2}"}},)"
            R"({"id":"c2","type":"function","function":{"name":"look","arguments":""}}]},)"
            R"({"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"},)"
            R"({"role":"user","content":"next"}],"max_completion_tokens":5})"),
        R"({"model":"m","system":"a","messages":[{"role":"user","content":"open"},{"role":"assistant","content":[)"
        R"({"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"ok"},)"
        R"({"type":"tool_use","id":"c1","name":"click","input":{"y":1,"x":2}},)"
        R"({"type":"tool_use","id":"c2","name":"look","input":{}}]},{"role":"user","content":[)"
        R"({"type":"tool_result","tool_use_id":"c1","content":"one"},{"type":"tool_result","tool_use_id":"c2","content":"two"}]},)"
        R"({"role":"user","content":"next"}],"max_tokens":5})");
}

TEST(ChatToMessages, CarriesToolsChoiceSettingsAndImages) {
    EXPECT_EQ(
        toMessages(
            R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}],)"
            R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"
            R"("parallel_tool_calls":false,"stop":"x","stream":true,"stream_options":{"include_usage":true},"seed":4})"),
        R"({"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]}],)"
        R"("tools":[{"name":"f","input_schema":{"type":"object"}}],)"
        R"("tool_choice":{"type":"auto","disable_parallel_tool_use":true},"max_tokens":4096,"stream":true,"stop_sequences":["x"]})"
        "\ndropped seed");
    EXPECT_EQ(toMessages(R"({"messages":[],"tool_choice":{"type":"function","function":{"name":"f"}}})"),
              R"({"messages":[],"tool_choice":{"type":"tool","name":"f"},"max_tokens":4096})");
    EXPECT_EQ(toMessages(R"({"messages":[],"tool_choice":"required","max_tokens":1})"),
              R"({"messages":[],"tool_choice":{"type":"any"},"max_tokens":1})");
}

TEST(ChatToMessages, SaysWhatItCouldNotCarry) {
    const std::string deep = R"({\"a\":)" + std::string(2000, '[') + std::string(2000, ']') + "}";
    for (const std::string& arguments : {std::string(R"({\"x\":)"), std::string("[1]"), deep}) {
        EXPECT_EQ(
            toMessages(
                R"({"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":")" +
                arguments + R"("}}]},{"role":"system","content":"late"}],"max_tokens":1})"),
            R"({"system":"late","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]}],"max_tokens":1})"
            "\ndropped arguments that are no JSON object\ndropped place of a later system message");
    }
}

TEST(TranslateRequest, KeepsThePromptOfARecordedRequestThereAndBack) {
    const std::string body = test::readTranscript("sid070-msg-stream-t3-any").request;
    const auto chat = translateRequest(body, Api::anthropicMessages, Api::openaiChat);
    ASSERT_TRUE(chat.ok()) << chat.error().message;
    const auto back = translateRequest(chat->body, Api::openaiChat, Api::anthropicMessages);
    ASSERT_TRUE(back.ok()) << back.error().message;
    const auto texts = [](std::string_view text, Api api) {
        const auto request = parseRequest(api, text);
        std::vector<std::string> all;
        for (const model::PromptPart& part : request->parts) all.push_back(part.label + part.callId);
        std::sort(all.begin(), all.end());
        return all;
    };
    EXPECT_EQ(texts(body, Api::anthropicMessages), texts(chat->body, Api::openaiChat));
    EXPECT_EQ(texts(body, Api::anthropicMessages), texts(back->body, Api::anthropicMessages));
}

TEST(TranslateRequest, LeavesARequestForTheSameApiAlone) {
    constexpr std::string_view kBody = R"( {"messages":[ ] , "x":1.00})";
    EXPECT_EQ(translateRequest(kBody, Api::openaiChat, Api::openaiChat)->body, kBody);
}

TEST(TranslateRequest, RefusesWhatIsNoRequest) {
    EXPECT_EQ(toChat("{"), "request body: not JSON at byte 1: the text ends in the middle");
    EXPECT_EQ(toChat("{}"), "request body: expected a JSON object with an array \"messages\"");
    EXPECT_EQ(toChat("[]"), "request body: expected a JSON object with an array \"messages\"");
    EXPECT_TRUE(toChat(R"({"messages":["\ud800"]})").starts_with("request body: not JSON at byte "))
        << toChat(R"({"messages":["\ud800"]})");
    EXPECT_EQ(toChat(R"({"messages":[1e999]})"), "request body: a number that cannot be represented");
}

TEST(TranslateRequest, TakesMessagesOfUnexpectedShapes) {
    EXPECT_EQ(
        toChat(
            R"({"messages":[7,{"content":[1,{"type":"tool_use"},{"type":"tool_result"}]}],"tools":[1],"tool_choice":3,"system":4})"),
        R"({"messages":[{"role":"","content":""},{"role":"","content":"","tool_calls":[{"id":"","type":"function",)"
        R"("function":{"name":"","arguments":"{}"}}]},{"role":"tool","tool_call_id":"","content":""}],)"
        R"("tools":[{"type":"function","function":{"name":"","parameters":{"type":"object","properties":{}}}}]})"
        "\ndropped block without type");
    EXPECT_EQ(
        toMessages(R"({"messages":[7,{"role":"assistant","tool_calls":[1]}],"tools":[2],"stop":3,"max_tokens":1})"),
        R"({"messages":[{"role":"user","content":[]},{"role":"assistant","content":[{"type":"tool_use","id":"","name":"","input":{}}]}],)"
        R"("tools":[],"max_tokens":1})"
        "\ndropped arguments that are no JSON object\ndropped tools[].type ");
}

std::string streaming(std::string_view body, Api api) {
    const auto result = withStreaming(body, api);
    return result ? result.value() : result.error().message;
}

TEST(WithStreaming, LeavesAStreamingRequestAsItIs) {
    constexpr std::string_view kMessages = R"({ "stream" : true , "x":1.00})";
    constexpr std::string_view kChat = R"({"stream":true,"stream_options":{ "include_usage" : true }})";
    EXPECT_EQ(streaming(kMessages, Api::anthropicMessages), kMessages);
    EXPECT_EQ(streaming(kChat, Api::openaiChat), kChat);
}

TEST(WithStreaming, ChangesOnlyWhatItMust) {
    EXPECT_EQ(streaming(R"({ "stream" : false , "x":1.00 } )", Api::anthropicMessages),
              R"({ "stream" : true , "x":1.00 } )");
    EXPECT_EQ(streaming(R"({"x":1.00 })", Api::anthropicMessages), R"({"x":1.00 ,"stream":true})");
    EXPECT_EQ(streaming(R"({"stream":null,"stream":false})", Api::anthropicMessages),
              R"({"stream":null,"stream":true})");
    EXPECT_EQ(streaming(R"({"x":1})", Api::openaiChat),
              R"({"x":1,"stream":true,"stream_options":{"include_usage":true}})");
    EXPECT_EQ(streaming("{}", Api::openaiChat), R"({"stream":true,"stream_options":{"include_usage":true}})");
    EXPECT_EQ(streaming("{}", Api::anthropicMessages), R"({"stream":true})");
    EXPECT_EQ(streaming(R"({"stream_options":{},"stream":true})", Api::openaiChat),
              R"({"stream_options":{"include_usage":true},"stream":true})");
    EXPECT_EQ(streaming(R"({"stream_options":{"a":1,"include_usage":false}})", Api::openaiChat),
              R"({"stream_options":{"a":1,"include_usage":true},"stream":true})");
    EXPECT_EQ(streaming(R"({"stream_options":null})", Api::openaiChat),
              R"({"stream_options":{"include_usage":true},"stream":true})");
}

TEST(WithStreaming, RefusesWhatIsNoObject) {
    EXPECT_EQ(streaming("[]", Api::openaiChat), "request body: expected a JSON object, found an array");
    EXPECT_EQ(streaming("{", Api::openaiChat), "request body: not JSON at byte 1: the text ends in the middle");
}

}  // namespace
}  // namespace turntable::wire
