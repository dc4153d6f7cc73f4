#include "replay/endpoints/simulated_endpoint.h"

#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/replay/trace_text.h"

namespace turntable::endpoints {
namespace {

using tests::messagesReply;
using tests::messagesRequest;

class SimulatedEndpointTest : public testing::Test {
protected:
    void SetUp() override {
        m_session =
            tests::recordSession(m_folder.store(), {{messagesRequest(0), messagesReply("e2", 600, 0, 65)},
                                                    {messagesRequest(1), messagesReply("e2", 100, 600, 26)},
                                                    {messagesRequest(2), {}, turns::ExchangeEnd::upstreamFailed}});
        auto reader = storage::TraceReader::open(m_folder.store());
        ASSERT_TRUE(reader.ok()) << reader.error().message;
        m_reader.emplace(*std::move(reader));
    }

    Question questionAbout(int number) {
        Question question;
        question.source = *m_reader->turnByNumber(m_session, number);
        question.body = *m_reader->requestBody(question.source.id);
        return question;
    }

    tests::TemporaryFolder m_folder;
    support::SessionId m_session;
    std::optional<storage::TraceReader> m_reader;
};

TEST_F(SimulatedEndpointTest, AnswersWithTheRecordedBytesAtTheSpeedOfTheProfile) {
    SimulatedEndpoint endpoint(*findHardwareProfile("m2-base"), *m_reader);
    const auto answer = endpoint.ask(questionAbout(1), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->reply.body, messagesReply("e2", 600, 0, 65));
    EXPECT_EQ(answer->simulatedTokens->input, (model::TokenFigure{600, model::Basis::simulated}));
    EXPECT_EQ(answer->simulatedTokens->cached, (model::TokenFigure{0, model::Basis::simulated}));
    EXPECT_EQ(answer->simulatedLatency->prefill, support::fromMs(2000));
    EXPECT_EQ(answer->simulatedLatency->decode, support::fromMs(2000));
    EXPECT_EQ(answer->simulatedLatency->total, support::fromMs(4000));
    EXPECT_FALSE(answer->simulatedLatency->queue.has_value());
    EXPECT_EQ(answer->simulatedLatency->source, model::TimeSource::simulated);
}

TEST_F(SimulatedEndpointTest, SparesThePrefixOfTheTurnBefore) {
    SimulatedEndpoint endpoint(*findHardwareProfile("m2-base"), *m_reader);
    ASSERT_TRUE(endpoint.ask(questionAbout(1), {}).ok());
    const auto warm = endpoint.ask(questionAbout(2), {});
    SimulatedEndpoint other(*findHardwareProfile("m2-base"), *m_reader);
    const auto cold = other.ask(questionAbout(2), {});
    ASSERT_TRUE(warm.ok() && cold.ok());
    EXPECT_EQ(*cold->simulatedTokens->cached.tokens, 0);
    EXPECT_GT(*warm->simulatedTokens->cached.tokens, 100);
    EXPECT_LT(*warm->simulatedLatency->prefill, *cold->simulatedLatency->prefill);
}

TEST_F(SimulatedEndpointTest, GoesOnWithThePromptOfAnEarlierAnswer) {
    SimulatedEndpoint whole(*findHardwareProfile("m4-max"), *m_reader);
    ASSERT_TRUE(whole.ask(questionAbout(1), {}).ok());
    const auto expected = whole.ask(questionAbout(2), {});
    SimulatedEndpoint resumed(*findHardwareProfile("m4-max"), *m_reader);
    resumed.goOnAfter(questionAbout(1));
    const auto answer = resumed.ask(questionAbout(2), {});
    ASSERT_TRUE(expected.ok() && answer.ok());
    EXPECT_EQ(answer->simulatedTokens, expected->simulatedTokens);
}

TEST_F(SimulatedEndpointTest, HasNothingToSayWhereNothingWasRecorded) {
    SimulatedEndpoint endpoint(*findHardwareProfile("m2-base"), *m_reader);
    const auto answer = endpoint.ask(questionAbout(3), {});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().message, "nothing recorded to answer with");
}

TEST_F(SimulatedEndpointTest, IsNamedAfterItsProfile) {
    EndpointOptions options;
    options.specification = "simulated:m3-pro";
    const auto endpoint = makeEndpoint(options, *m_reader);
    ASSERT_TRUE(endpoint.ok());
    EXPECT_EQ((*endpoint)->name(), "simulated:m3-pro");
    EXPECT_TRUE((*endpoint)->simulated());
}

TEST_F(SimulatedEndpointTest, NamesTheProfilesWhenAnotherIsAskedFor) {
    EndpointOptions options;
    for (const char* specification : {"simulated:m9", "ftp://x", ""}) {
        options.specification = specification;
        const auto endpoint = makeEndpoint(options, *m_reader);
        ASSERT_FALSE(endpoint.ok());
        EXPECT_EQ(endpoint.error().code, support::ErrorCode::invalidArgument);
        EXPECT_NE(endpoint.error().message.find("m2-base, m3-pro, m4-max"), std::string::npos)
            << endpoint.error().message;
    }
}

}  // namespace
}  // namespace turntable::endpoints
