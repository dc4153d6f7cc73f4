#include "recorder/wire/shim.h"

#include <gtest/gtest.h>

#include "recorder/wire/response.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using Wanted = Shim::Wanted;

/// What the recorder reads in the translated reply is what it reads in the reply itself.
class ShimTranscript : public testing::TestWithParam<const char*> {};

TEST_P(ShimTranscript, SaysTheSameHoweverItIsCut) {
    const test::Transcript transcript = test::readTranscript(GetParam());
    const Wanted wanted = transcript.contentType.starts_with("text/event-stream") ? Wanted::stream : Wanted::document;
    const auto translate = [&](const std::vector<std::size_t>& cuts) {
        Shim shim(wanted, "asked", "fallback");
        std::string out(shim.head(transcript.status, transcript.contentType, "").bytes);
        std::size_t from = 0;
        for (const std::size_t cut : cuts) {
            out += shim.feed(std::string_view(transcript.body).substr(from, cut - from)).bytes;
            from = cut;
        }
        out += shim.feed(std::string_view(transcript.body).substr(from)).bytes;
        return out += shim.finish().bytes;
    };
    const std::string whole = translate({});
    for (std::size_t cut = 1; cut < transcript.body.size(); ++cut)
        ASSERT_EQ(translate({cut}), whole) << "cut at " << cut;
    std::vector<std::size_t> everywhere;
    for (std::size_t cut = 1; cut < transcript.body.size(); ++cut) everywhere.push_back(cut);
    EXPECT_EQ(translate(everywhere), whole);

    const char* type = wanted == Wanted::stream ? "text/event-stream" : "application/json";
    ParsedReply translated = parseStoredReply(model::Api::anthropicMessages, 200, type, "", whole, {});
    ParsedReply original = test::parseTranscript(model::Api::openaiChat, transcript);
    EXPECT_EQ(translated.usage.promptTotal, original.usage.promptTotal);
    EXPECT_EQ(translated.usage.cachedRead, original.usage.cachedRead);
    EXPECT_EQ(translated.server, original.server);
    EXPECT_TRUE(translated.ended);
    EXPECT_EQ(translated.oddities, std::vector<std::string>());
    // Each API counts in its own way and names its own reasons.
    for (ParsedReply* reply : {&translated, &original}) {
        reply->usage.input = reply->usage.promptTotal;
        reply->stopReason.clear();
    }
    EXPECT_EQ(test::describe(translated), test::describe(original));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ShimTranscript,
                         testing::Values("sid070-oai-stream-t1", "sid070-oai-stream-t2", "sid070-oai-stream-progress",
                                         "sid070-oai-nonstream-t2"),
                         [](const auto& each) {
                             std::string name = each.param;
                             std::erase(name, '-');
                             return name;
                         });

}  // namespace
}  // namespace turntable::wire
