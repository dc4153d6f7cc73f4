// Random prompts through the recorder and its real parser, read back bit for bit. TURNTABLE_PROPERTY_ROUNDS for another
// number of rounds (150), TURNTABLE_SEED for the prompts of an earlier run.
#include <cstdlib>
#include <iostream>
#include <random>

#include "recorder/turns/turn_inspector.h"
#include "storage/digest/sha256.h"
#include "tests/recorder/turns/stored_turns.h"
#include "tests/support/random_prompts.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;
using test::Random;
using test::RandomPrompts;

constexpr std::size_t kAgents = 3;

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Expected {
    support::TurnId turn;
    digest::Sha256 request{};
    std::string reply;
};

class PromptPropertyTest : public StoredTurns {
protected:
    void round(Random& random);
    void check(const storage::TraceReader& from, const Expected& expected);

    std::vector<RandomPrompts> m_agents;
    std::vector<Expected> m_written;
};

void PromptPropertyTest::round(Random& random) {
    if (m_agents.size() < kAgents) m_agents.emplace_back(random);
    RandomPrompts& agent = random.one(m_agents);
    if (random.chance(5)) agent = RandomPrompts(random.one(m_agents));
    agent.step(random);
    auto body = random.chance(5) ? RandomPrompts::nonsense(random).body : agent.prompt().body;

    ReplyReceived reply = clicks("c" + std::to_string(++m_exchange));
    RequestReceived request = requestOf(body, m_exchange, static_cast<int>(m_exchange));
    if (random.chance(10)) request.api = model::Api::openaiChat;
    if (random.chance(20)) request.sessionHint = "hint" + std::to_string(random.below(2));
    reply.exchange = m_exchange;
    ASSERT_TRUE(m_recorder->begin(request));
    ASSERT_TRUE(m_recorder->finish(reply));
    const model::Turn& turn = m_heard.back().turn;
    m_written.push_back({turn.id, digest::sha256(body), reply.body});

    const auto from = reader();
    EXPECT_TRUE(from.requestBody(turn.id).value() == body);
    check(from, random.one(m_written));
    const auto inspected = inspectTurn(from, turn.id);
    ASSERT_TRUE(inspected) << inspected.error().message;
    for (const InspectedPart& part : inspected->parts) EXPECT_LE(part.part.bytes.end(), body.size());
}

void PromptPropertyTest::check(const storage::TraceReader& from, const Expected& expected) {
    const auto request = from.requestBody(expected.turn);
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(digest::sha256(*request), expected.request);
    EXPECT_EQ(from.responseBody(expected.turn).value(), expected.reply);
}

TEST_F(PromptPropertyTest, GivesEveryBodyBackBitForBit) {
    const std::uint64_t seed = numberFrom("TURNTABLE_SEED", std::random_device{}());
    const std::uint64_t rounds = numberFrom("TURNTABLE_PROPERTY_ROUNDS", 150);
    std::cout << "seed " << seed << ", " << rounds << " rounds" << std::endl;
    Random random(seed);
    for (std::uint64_t done = 0; done < rounds && !HasFailure(); ++done) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(done));
        round(random);
    }
    const auto from = reader();
    for (const Expected& expected : m_written) check(from, expected);
}

}  // namespace
}  // namespace turntable::turns
