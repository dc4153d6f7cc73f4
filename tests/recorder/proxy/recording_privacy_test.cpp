#include <algorithm>
#include <fstream>
#include <iterator>

#include "recorder/turns/exchange_privacy.h"
#include "tests/recorder/proxy/proxy_fixture.h"

namespace turntable::proxy {
namespace {

using model::TurnStatus;
using test::messageEvents;
using test::RawAgent;
using test::ScriptedUpstream;

class RecordingPrivacyTest : public ProxyFixture {};

ScriptedUpstream::Script streaming(const std::string& text) {
    return
        [text](const test::UpstreamRequest&, test::UpstreamPeer& peer) { test::sendStream(peer, messageEvents(text)); };
}

TEST_F(RecordingPrivacyTest, StoresNoSecretAndChangesNothingOnTheWay) {
    const std::string secret = "ghp_0123456789abcdefghij0123456789abcdef";
    // The stream cuts it apart.
    std::vector<std::string> events = messageEvents("unused");
    const auto piece = std::find_if(events.begin(), events.end(),
                                    [](const auto& event) { return event.find("unused") != std::string::npos; });
    ASSERT_NE(piece, events.end());
    std::string second = *piece;
    piece->replace(piece->find("unused"), 6, secret.substr(0, 12));
    second.replace(second.find("unused"), 6, secret.substr(12));
    events.insert(std::next(piece), second);
    ScriptedUpstream upstream(
        [&](const test::UpstreamRequest&, test::UpstreamPeer& peer) { test::sendStream(peer, events); });
    startProxy(upstream.url());
    const std::string body = turnBody("use " + secret + " and my-code-77");
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", body));
    EXPECT_TRUE(agent.readUntil("0\r\n\r\n").ends_with(chunked(events)));
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(upstream.requests()[0].body, body);

    const auto stored = reader();
    const std::string request = *stored.requestBody(turn.id);
    const std::string response = *stored.responseBody(turn.id);
    EXPECT_EQ(request.find(secret), std::string::npos);
    EXPECT_EQ(response.find(secret.substr(12)), std::string::npos);
    EXPECT_TRUE(turn.text.starts_with("[redacted:key:")) << turn.text;
    EXPECT_NE(request.find(turn.text), std::string::npos) << "equal secrets have equal placeholders";
    EXPECT_EQ(turn.requestBytes, static_cast<std::int64_t>(request.size()));
    std::size_t timed = 0;
    const auto arrivals = stored.arrivals(turn.id);
    for (const auto& arrival : *arrivals) timed += arrival.size;
    EXPECT_EQ(timed, response.size());
    EXPECT_EQ(turns::redactedIn(*stored.requestHeaders(turn.id)), 1);
    EXPECT_EQ(turns::redactedIn(*stored.responseHeaders(turn.id)), 1);
    EXPECT_EQ(m_proxy->secretsReplaced(), 2);
}

TEST_F(RecordingPrivacyTest, KeepsSecretsOnRequestAndHidesWhatIsAskedFor) {
    m_options.privacy.redact = false;
    m_options.privacy.expressions = {"my-code-[0-9]+"};
    ScriptedUpstream upstream(streaming("hello"));
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("ghp_0123456789abcdefghij0123456789abcdef my-code-77")));
    static_cast<void>(agent.readUntil("0\r\n\r\n"));
    const std::string request = *reader().requestBody(waitForTurns(1)[0].id);
    EXPECT_NE(request.find("ghp_0123456789abcdefghij0123456789abcdef"), std::string::npos);
    EXPECT_EQ(request.find("my-code-77"), std::string::npos);
    EXPECT_NE(request.find("[redacted:text:"), std::string::npos);
}

TEST_F(RecordingPrivacyTest, StoresFiguresOnlyWithoutContent) {
    m_options.privacy.withoutContent = true;
    ScriptedUpstream upstream(streaming("a secret answer"));
    startProxy(upstream.url());
    const std::string body = turnBody("a private question");
    for (std::size_t count = 1; count <= 2; ++count) {
        RawAgent agent(port());
        agent.send(postRequest("/v1/messages", body));
        static_cast<void>(agent.readUntil("0\r\n\r\n"));
        waitForTurns(count);
        EXPECT_EQ(spoolFiles(), 0);
    }
    const auto turns = waitForTurns(2);
    m_proxy->stop();
    EXPECT_EQ(turns[0].session, turns[1].session) << "the lineage is known all the same";
    EXPECT_EQ(turns[0].status, TurnStatus::complete);
    EXPECT_EQ(turns[0].text, "");
    EXPECT_TRUE(turns[0].tokens.input.tokens && turns[0].wire.firstContent);
    EXPECT_EQ(*reader().requestBody(turns[0].id), "");
    EXPECT_EQ(*reader().requestHeaders(turns[0].id),
              "turntable-provenance: withheld; recorded without its content, which "
              "had " +
                  std::to_string(body.size()) + " bytes\n");
    for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string content(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(content.find("private question"), std::string::npos) << entry.path();
        EXPECT_EQ(content.find("secret answer"), std::string::npos) << entry.path();
    }
}

}  // namespace
}  // namespace turntable::proxy
