#include "replay/endpoints/prompt_cache.h"

#include <gtest/gtest.h>

#include "tests/replay/trace_text.h"

namespace turntable::endpoints {
namespace {

using tests::messagesRequest;

constexpr auto kApi = model::Api::anthropicMessages;

TEST(PromptCache, HoldsNothingAtFirst) {
    PromptCache cache;
    EXPECT_EQ(cache.ask(kApi, messagesRequest(1)), 0);
    EXPECT_GT(cache.estimatedTokens(), 20);
}

TEST(PromptCache, HoldsTheSamePromptWhole) {
    PromptCache cache;
    (void)cache.ask(kApi, messagesRequest(2));
    EXPECT_DOUBLE_EQ(cache.ask(kApi, messagesRequest(2)), 1);
}

TEST(PromptCache, HoldsWhatCameBeforeTheNewMessages) {
    PromptCache cache;
    (void)cache.ask(kApi, messagesRequest(2));
    const double share = cache.ask(kApi, messagesRequest(3));
    EXPECT_GT(share, 0.5);
    EXPECT_LT(share, 1);
}

TEST(PromptCache, LosesEverythingBehindChangedSystemWords) {
    PromptCache cache;
    (void)cache.ask(kApi, messagesRequest(3, "10:41 You act on windows."));
    EXPECT_LT(cache.ask(kApi, messagesRequest(3, "10:42 You act on windows.")), 0.1);
}

TEST(PromptCache, DoesNotCareWhereInTheBodyTheToolsStand) {
    const std::string first =
        R"({"system":"s","tools":[{"name":"click"}],"messages":[{"role":"user","content":"hello there"}]})";
    const std::string second =
        R"({"messages":[{"role":"user","content":"hello there"}],"tools":[{"name":"click"}],"system":"s"})";
    PromptCache cache;
    (void)cache.ask(kApi, first);
    EXPECT_DOUBLE_EQ(cache.ask(kApi, second), 1);
}

TEST(PromptCache, HoldsNothingOfABodyThatCannotBeRead) {
    PromptCache cache;
    (void)cache.ask(kApi, messagesRequest(1));
    EXPECT_EQ(cache.ask(kApi, "not json"), 0);
}

}  // namespace
}  // namespace turntable::endpoints
