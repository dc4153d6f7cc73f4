#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recorder/wire/request.h"
#include "recorder/wire/response.h"
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

}  // namespace turntable::wire::fuzz
