// Random prompts, replies and screens, written and read back bit for bit. TURNTABLE_PROPERTY_ROUNDS for another number
// of rounds (150), TURNTABLE_SEED for the prompts of an earlier run.
#include <cstdlib>
#include <iostream>
#include <optional>

#include "storage/digest/sha256.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/random_prompts.h"

namespace turntable::storage {
namespace {

using support::TurnId;
using test::Random;
using test::RandomPrompt;
using test::RandomPrompts;

constexpr std::size_t kConversations = 4;
constexpr std::size_t kBranchPoints = 5;
constexpr std::size_t kHugeBytes = 10'000'000;
constexpr std::size_t kHugeEvery = 400;
constexpr std::size_t kTurnsOfAStore = 2500;

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What a turn must give out again.
struct Expected {
    TurnId turn;
    digest::Sha256 request{};
    digest::Sha256 reply{};
    std::string headers;
    std::vector<model::Arrival> arrivals;
    std::optional<model::Screen> screen;
    std::optional<support::ScreenId> screenId;
};

/// A conversation that goes on, and the points from which it can branch.
struct Conversation {
    support::SessionId session;
    RandomPrompts prompts;
    std::optional<TurnId> tip;
    std::vector<std::pair<RandomPrompts, TurnId>> past;
};

std::vector<model::Arrival> randomArrivals(Random& random, std::size_t bytes) {
    std::vector<model::Arrival> arrivals;
    support::Nanoseconds at{0};
    while (bytes > 0) {
        const std::size_t size = random.between(1, std::min<std::size_t>(bytes, 400));
        at += support::Nanoseconds(
            static_cast<std::int64_t>(random.below(random.chance(5) ? 20'000'000'000 : 80'000'000)));
        if (random.chance(1)) at = support::Nanoseconds{0};  // a clock that went back
        arrivals.push_back({at, size});
        bytes -= size;
    }
    return arrivals;
}

model::Screen randomScreen(Random& random, const std::optional<model::Screen>& before) {
    model::Screen screen;
    if (before && random.chance(70)) screen = *before;
    screen.location = RandomPrompts::oddText(random, 2);
    const std::size_t wanted =
        screen.elements.empty() ? random.between(0, 300) : screen.elements.size() + random.below(4);
    while (screen.elements.size() < wanted) {
        model::Element element;
        element.role = random.chance(50) ? "button" : RandomPrompts::oddText(random, 1);
        element.text = RandomPrompts::oddText(random, random.below(6));
        element.ref = "e" + std::to_string(random.below(900));
        if (random.chance(20)) element.value = RandomPrompts::oddText(random, 3);
        if (random.chance(30)) element.box = model::Box{0.5 * static_cast<double>(random.below(4000)), -3, 1e300, 7};
        if (random.chance(20)) element.states = {"active", RandomPrompts::oddText(random, 1)};
        if (!screen.elements.empty() && random.chance(90)) {
            element.parent = static_cast<int>(random.below(screen.elements.size()));
            element.depth = screen.elements[static_cast<std::size_t>(element.parent)].depth + 1;
        }
        screen.elements.push_back(std::move(element));
    }
    if (!screen.elements.empty()) random.one(screen.elements).text = RandomPrompts::oddText(random, 3);
    screen.elementsSeen = screen.elements.size() + random.below(3);
    return screen;
}

class PromptPropertyTest : public StoreFixture {
protected:
    void round();
    void checkAll();
    std::uint64_t m_seed = numberFrom("TURNTABLE_SEED", std::random_device{}());

private:
    void startStore();
    void disturb();
    Conversation& pickConversation();
    RandomPrompt nextPrompt(Conversation& conversation, std::optional<TurnId>& parent);
    Expected write(Conversation& conversation, const RandomPrompt& prompt, std::optional<TurnId> parent);
    void check(const Expected& expected, const TraceReader& reader);

    Random m_random{m_seed};
    std::size_t m_rounds = 0;
    std::size_t m_stores = 0;
    std::vector<TraceWriter> m_writers;  ///< two, taking turns
    std::optional<TraceReader> m_reader;
    std::vector<Conversation> m_conversations;
    std::vector<Expected> m_written;
};

void PromptPropertyTest::startStore() {
    m_writers.clear();
    m_reader.reset();
    m_conversations.clear();
    m_written.clear();
    std::error_code ignored;
    std::filesystem::remove(m_path, ignored);
    m_path = m_folder / ("store-" + std::to_string(++m_stores) + ".db");
    m_writers.push_back(openWriter());
    m_writers.push_back(openWriter());
    m_reader = openReader();
}

// What happens to a store between two turns.
void PromptPropertyTest::disturb() {
    if (m_random.chance(3)) m_random.one(m_writers) = openWriter();
    if (m_random.chance(3)) m_reader = openReader();
    if (m_random.chance(10)) {
        ASSERT_TRUE(m_random.one(m_writers).pack().ok());
    }
    if (m_random.chance(2)) {
        ASSERT_TRUE(m_random.one(m_writers).checkpoint().ok());
    }
}

Conversation& PromptPropertyTest::pickConversation() {
    if (m_conversations.size() < kConversations || m_random.chance(1)) {
        if (m_conversations.size() == kConversations) {
            m_conversations.erase(m_conversations.begin() +
                                  static_cast<std::ptrdiff_t>(m_random.below(kConversations)));
        }
        m_conversations.push_back({addSession(m_writers[0], "random"), RandomPrompts(m_random), {}, {}});
    }
    return m_random.one(m_conversations);
}

RandomPrompt PromptPropertyTest::nextPrompt(Conversation& conversation, std::optional<TurnId>& parent) {
    if (!conversation.past.empty() && m_random.chance(10)) {
        const auto& [prompts, turn] = m_random.one(conversation.past);
        conversation.tip = turn;
        conversation.prompts = RandomPrompts(prompts);
    }
    parent = m_random.chance(95) ? conversation.tip : std::nullopt;
    if (m_random.chance(3)) return RandomPrompts::nonsense(m_random);
    conversation.prompts.step(m_random);
    RandomPrompt prompt = conversation.prompts.prompt();
    if (m_rounds % kHugeEvery == 7) {
        const std::size_t at = m_random.below(prompt.body.size());
        prompt.body.insert(at, m_random.chance(50) ? m_random.bytes(kHugeBytes) : std::string(kHugeBytes, 'x'));
        RandomPrompts::scatter(prompt, m_random);
    }
    if (m_random.chance(10)) RandomPrompts::scatter(prompt, m_random);
    if (m_random.chance(3)) prompt.pieces.clear();
    return prompt;
}

Expected PromptPropertyTest::write(Conversation& conversation, const RandomPrompt& prompt,
                                   std::optional<TurnId> parent) {
    Expected expected;
    expected.headers = m_random.chance(20) ? std::string() : "x-odd: " + RandomPrompts::oddText(m_random, 4) + "\n";
    const std::string reply =
        m_random.chance(5) ? std::string() : RandomPrompts::oddText(m_random, m_random.between(0, 800));
    expected.request = digest::sha256(prompt.body);
    expected.reply = digest::sha256(reply);
    if (m_random.chance(80)) expected.arrivals = randomArrivals(m_random, reply.size());
    if (m_random.chance(60)) {
        const auto before = m_written.empty() ? std::nullopt : m_written.back().screen;
        expected.screen = randomScreen(m_random, before);
    }
    model::Turn turn;
    turn.session = conversation.session;
    turn.parent = parent;
    TraceWriter& writer = m_random.one(m_writers);
    const support::Status begun = writer.beginTurn(turn, {prompt.body, prompt.pieces, expected.headers, {}}, {});
    EXPECT_TRUE(begun.ok()) << (begun ? "" : begun.error().message);
    turn.status = model::TurnStatus::complete;
    // Another writer may end it: a recovery does.
    TraceWriter& ender = m_random.chance(5) ? m_random.one(m_writers) : writer;
    const support::Status ended = ender.finishTurn(turn, {reply, expected.arrivals, expected.headers},
                                                   expected.screen ? &*expected.screen : nullptr);
    EXPECT_TRUE(ended.ok()) << (ended ? "" : ended.error().message);
    expected.turn = turn.id;
    expected.screenId = turn.screenId;
    return expected;
}

void PromptPropertyTest::check(const Expected& expected, const TraceReader& reader) {
    SCOPED_TRACE("seed " + std::to_string(m_seed) + ", round " + std::to_string(m_rounds) + ", turn row " +
                 std::to_string(expected.turn.value));
    const auto request = reader.requestBody(expected.turn);
    ASSERT_TRUE(request.ok()) << request.error().message;
    EXPECT_EQ(digest::sha256(*request), expected.request);
    const auto reply = reader.responseBody(expected.turn);
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(digest::sha256(*reply), expected.reply);
    EXPECT_EQ(reader.requestHeaders(expected.turn).value(), expected.headers);
    EXPECT_EQ(reader.responseHeaders(expected.turn).value(), expected.headers);
    EXPECT_EQ(reader.arrivals(expected.turn).value(), expected.arrivals);
    ASSERT_EQ(expected.screenId.has_value(), expected.screen.has_value());
    if (!expected.screen) return;
    const auto screen = reader.screen(*expected.screenId);
    ASSERT_TRUE(screen.ok()) << screen.error().message;
    EXPECT_TRUE(*screen == *expected.screen);
}

void PromptPropertyTest::round() {
    if (m_rounds++ % kTurnsOfAStore == 0) {
        checkAll();
        startStore();
    }
    disturb();
    Conversation& conversation = pickConversation();
    std::optional<TurnId> parent;
    const RandomPrompt prompt = nextPrompt(conversation, parent);
    m_written.push_back(write(conversation, prompt, parent));
    const TurnId turn = m_written.back().turn;
    const auto given = m_reader->requestBody(turn);
    ASSERT_TRUE(given.ok()) << given.error().message;
    ASSERT_TRUE(*given == prompt.body) << "seed " << m_seed << ", round " << m_rounds << ": the body came back changed";
    check(m_written.back(), *m_reader);
    check(m_random.one(m_written), *m_reader);
    conversation.tip = turn;
    conversation.past.emplace_back(conversation.prompts, turn);
    if (conversation.past.size() > kBranchPoints) {
        conversation.past.erase(conversation.past.begin() +
                                static_cast<std::ptrdiff_t>(m_random.below(conversation.past.size())));
    }
}

void PromptPropertyTest::checkAll() {
    if (m_written.empty()) return;
    m_writers.clear();
    const TraceReader fresh = openReader();
    for (const Expected& expected : m_written) check(expected, fresh);
}

TEST_F(PromptPropertyTest, GivesEveryBodyBackBitForBit) {
    const std::uint64_t rounds = numberFrom("TURNTABLE_PROPERTY_ROUNDS", 150);
    std::cout << "seed " << m_seed << ", " << rounds << " rounds" << std::endl;
    for (std::uint64_t done = 0; done < rounds && !HasFailure(); ++done) round();
    checkAll();
}

}  // namespace
}  // namespace turntable::storage
