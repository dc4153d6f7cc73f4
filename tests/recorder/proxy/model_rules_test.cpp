#include "recorder/proxy/model_rules.h"

#include <gtest/gtest.h>

namespace turntable::proxy {
namespace {

TEST(ModelRules, AreParsedFromText) {
    const auto rule = parseModelRule("claude-*=qwen");
    ASSERT_TRUE(rule.ok());
    EXPECT_EQ(rule->pattern, "claude-*");
    EXPECT_EQ(rule->name, "qwen");
    for (const char* text : {"", "claude", "=qwen", "claude="}) {
        const auto refused = parseModelRule(text);
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_EQ(refused.error().code, support::ErrorCode::invalidArgument);
    }
}

TEST(ModelRules, StarStandsForAnyRun) {
    EXPECT_TRUE(matchesPattern("*", ""));
    EXPECT_TRUE(matchesPattern("claude-*", "claude-"));
    EXPECT_TRUE(matchesPattern("*-4*b", "claude-4-4b"));
    EXPECT_TRUE(matchesPattern("a*b*c", "aXbYbZc"));
    EXPECT_FALSE(matchesPattern("a*b*c", "aXbYbZ"));
    EXPECT_FALSE(matchesPattern("claude", "claude-4"));
    EXPECT_FALSE(matchesPattern("claude.*", "claude-4"));
}

TEST(ModelRules, FirstMatchingRuleCountsAndOnlyTheNameChanges) {
    const std::vector<ModelRule> rules{{"gpt-*", "other"}, {"claude-*", "qwen"}, {"*", "last"}};
    const std::string body = R"({ "max_tokens":1.0, "model" : "claude-x","messages":[] })";
    EXPECT_EQ(applyModelRules(rules, "POST", "/v1/messages", body),
              R"({ "max_tokens":1.0, "model" : "qwen","messages":[] })");
    EXPECT_TRUE(applyModelRules(rules, "POST", "/v1/messages/count_tokens", body).has_value());
}

TEST(ModelRules, LeaveEverythingElseAlone) {
    const std::vector<ModelRule> rules{{"claude-*", "qwen"}};
    EXPECT_FALSE(applyModelRules(rules, "POST", "/v1/messages", R"({"model":"llama","messages":[]})"));
    EXPECT_FALSE(applyModelRules(rules, "POST", "/v1/messages", R"({"model":"claude-x","mess)"));
    EXPECT_FALSE(applyModelRules(rules, "POST", "/v1/embeddings", R"({"model":"claude-x","messages":[]})"));
    EXPECT_FALSE(applyModelRules({}, "POST", "/v1/messages", R"({"model":"claude-x","messages":[]})"));
}

}  // namespace
}  // namespace turntable::proxy
