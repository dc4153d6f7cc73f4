#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recorder/wire/json_scan.h"
#include "recorder/wire/request.h"
#include "recorder/wire/response.h"
#include "recorder/wire/shim.h"
#include "recorder/wire/sse.h"
#include "recorder/wire/translate.h"
#include "tests/recorder/wire/transcript.h"

/// What the fuzz programs and the corpus test do with one input. A rule that does not hold ends the program: that is
/// how libFuzzer learns of it.
namespace turntable::wire::fuzz {

inline void require(bool holds, const char* rule) {
    if (holds) return;
    std::fprintf(stderr, "broken rule: %s\n", rule);
    std::abort();
}

/// The first byte of an input chooses, the rest is the body.
struct Choice {
    explicit Choice(std::string_view input) {
        if (input.empty()) return;
        byte = static_cast<unsigned char>(input.front());
        rest = input.substr(1);
    }
    [[nodiscard]] bool bit(unsigned number) const { return ((byte >> number) & 1U) != 0; }
    [[nodiscard]] model::Api api() const { return bit(0) ? model::Api::openaiChat : model::Api::anthropicMessages; }

    unsigned byte = 0;
    std::string_view rest;
};

inline void checkRequest(std::string_view input) {
    const Choice choice(input);
    const std::string_view body = choice.rest;
    const auto request = parseRequest(choice.api(), body);
    if (!request) return;
    std::size_t end = 0;
    for (const model::PromptPart& part : request->parts) {
        require(!part.bytes.empty() && part.bytes.offset >= end, "parts come in order and do not overlap");
        end = part.bytes.end();
        require(end <= body.size(), "parts lie in the body");
        static_cast<void>(partText(body, part));
    }
    const std::string named = withModel(body, *request, "another \"model\"");
    const auto again = parseRequest(choice.api(), named);
    require(again.ok() && again->model == "another \"model\"", "a renamed request names the model");
    require(again->parts.size() == request->parts.size(), "a renamed request has the same parts");
}

inline void checkReply(std::string_view input) {
    const Choice choice(input);
    const int status = choice.bit(1) ? 500 : 200;
    const std::string_view type = choice.bit(2) ? "text/event-stream" : "application/json";
    const std::string_view encoding = choice.bit(3) ? "gzip" : "";
    const std::string_view body = choice.rest;
    const std::size_t piece = 1 + (choice.byte >> 4U);
    const auto parser = makeReplyParser(choice.api(), status, type, encoding);
    for (std::size_t at = 0; at < body.size(); at += piece) parser->feed(body.substr(at, piece), {});
    parser->finish();
    if (choice.bit(3)) return;  // how much of a broken gzip stream can be read depends on its pieces
    const ParsedReply whole = parseStoredReply(choice.api(), status, type, encoding, body, {});
    require(test::describe(parser->reply()) == test::describe(whole), "pieces make no difference");
}

inline void checkTranslation(std::string_view input) {
    const Choice choice(input);
    const model::Api from = choice.api();
    const model::Api to = choice.bit(0) ? model::Api::anthropicMessages : model::Api::openaiChat;
    if (const auto translated = translateRequest(choice.rest, from, to); translated.ok()) {
        require(parseRequest(to, translated->body).ok(), "a translated request is a request");
    }
    const auto streaming = withStreaming(choice.rest, from);
    if (!streaming.ok()) return;
    const auto again = withStreaming(*streaming, from);
    require(again.ok() && *again == *streaming, "a streaming request stays as it is");
}

/// What an agent got of a shimmed reply.
struct Shimmed {
    int status = 0;
    std::string type;
    std::string bytes;
    bool operator==(const Shimmed&) const = default;
};

inline Shimmed shim(const Choice& choice, std::size_t piece) {
    Shimmed got;
    const auto take = [&got](const ShimPiece& next) {
        require(!next.head || got.status == 0, "there is one head");
        if (next.head) got.status = next.head->status;
        if (next.head) got.type = next.head->contentType;
        require(got.status != 0 || next.bytes.empty(), "nothing goes out before the head");
        got.bytes += next.bytes;
    };
    Shim shim(choice.bit(0) ? Shim::Wanted::document : Shim::Wanted::stream, "asked", "fallback");
    take(shim.head(choice.bit(1) ? 500 : 200, choice.bit(2) ? "text/event-stream" : "application/json", ""));
    for (std::size_t at = 0; at < choice.rest.size(); at += piece) take(shim.feed(choice.rest.substr(at, piece)));
    take(choice.bit(3) ? shim.breakOff("broken") : shim.finish());
    return got;
}

/// A Messages stream: blocks counted from 0, changed only once they have begun, one end.
inline void checkEvents(const std::string& bytes) {
    JsonReader reader;
    std::int64_t blocks = 0;
    std::string last;
    SseDecoder decoder([&](const SseDecoder::Event& event) {
        const auto document = reader.read(event.data);
        require(document.ok() && !event.cut, "each event is whole");
        const JsonValue root = document->root();
        require(root.find("type").text() == event.type, "an event has one name");
        require(last != "message_stop" && last != "error", "nothing comes behind the end");
        require(last.empty() == (event.type == "message_start") || event.type == "error", "the start comes first");
        last = event.type;
        const auto index = root.find("index").count();
        if (event.type == "content_block_start") require(index == blocks++, "blocks are counted from 0");
        if (index) require(*index < blocks, "only a block that has begun changes");
    });
    decoder.feed(bytes);
    decoder.finish();
    require(last == "message_stop" || last == "error", "the end is told");
}

inline void checkShim(std::string_view input) {
    const Choice choice(input);
    const Shimmed got = shim(choice, 1 + (choice.byte >> 4U));
    require(got == shim(choice, input.size() + 1), "pieces make no difference");
    if (got.status == 0) return require(choice.bit(3), "only a break may leave the answer open");
    if (got.type == "text/event-stream") return checkEvents(got.bytes);
    JsonReader reader;
    const auto document = reader.read(got.bytes);
    require(document.ok(), "a document is JSON");
    const bool failed = document->root().find("type").text() == "error";
    require(failed == (got.status != 200), "an error has its status");
    const ParsedReply reply = parseStoredReply(model::Api::anthropicMessages, got.status, got.type, "", got.bytes, {});
    require(reply.ended && reply.oddities.empty(), "a document can be read");
}

}  // namespace turntable::wire::fuzz
