#include <algorithm>
#include <csignal>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

#include "recorder/proxy/recent_requests.h"
#include "recorder/proxy/spool.h"
#include "storage/sqlite/database.h"
#include "storage/trace_writer.h"
#include "tests/recorder/proxy/proxy_fixture.h"

namespace turntable::proxy {
namespace {

using model::TurnStatus;
using test::messageEvents;
using test::RawAgent;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;

/// A recorder in a process of its own, to be killed. It is forked before this process has threads.
class VictimRecorder {
public:
    explicit VictimRecorder(const std::filesystem::path& store) {
        int toChild[2];
        int toParent[2];
        EXPECT_EQ(pipe(toChild), 0);
        EXPECT_EQ(pipe(toParent), 0);
        m_pid = fork();
        if (m_pid == 0) run(store, toChild[0], toParent[1]);
        close(toChild[0]);
        close(toParent[1]);
        m_toChild = toChild[1];
        m_fromChild = toParent[0];
    }
    VictimRecorder(const VictimRecorder&) = delete;
    VictimRecorder& operator=(const VictimRecorder&) = delete;
    ~VictimRecorder() {
        kill();
        close(m_toChild);
        close(m_fromChild);
    }

    /// Starts to listen; gives the port.
    std::uint16_t start(std::uint16_t upstreamPort) const {
        std::uint16_t port = 0;
        EXPECT_EQ(write(m_toChild, &upstreamPort, sizeof upstreamPort), static_cast<ssize_t>(sizeof upstreamPort));
        EXPECT_EQ(read(m_fromChild, &port, sizeof port), static_cast<ssize_t>(sizeof port));
        return port;
    }
    void kill() {
        if (m_pid <= 0) return;
        ::kill(m_pid, SIGKILL);
        waitpid(m_pid, nullptr, 0);
        m_pid = -1;
    }

private:
    [[noreturn]] static void run(const std::filesystem::path& store, int fromParent, int toParent) {
        std::uint16_t port = 0;
        if (read(fromParent, &port, sizeof port) != static_cast<ssize_t>(sizeof port)) _exit(1);
        ProxyOptions options;
        options.upstream = "http://127.0.0.1:" + std::to_string(port);
        options.listenPort = 0;
        options.store = store;
        const auto proxy = RecordingProxy::start(options, {});
        port = proxy.ok() ? test::portOf((*proxy)->listenUrl()) : std::uint16_t{0};
        if (write(toParent, &port, sizeof port) != static_cast<ssize_t>(sizeof port)) _exit(1);
        while (true) pause();
    }

    pid_t m_pid = -1;
    int m_toChild = -1;
    int m_fromChild = -1;
};

class RecoveryTest : public testing::Test {
protected:
    [[nodiscard]] std::filesystem::path store() const { return m_folder / "trace.db"; }
    [[nodiscard]] std::vector<model::Turn> turns() const {
        const auto reader = storage::TraceReader::open(store());
        std::vector<model::Turn> all;
        const auto sessions = *reader->sessions();
        for (const auto& session : sessions) {
            const auto turns = *reader->turns(session.id);
            all.insert(all.end(), turns.begin(), turns.end());
        }
        return all;
    }
    /// The names of the files of the store's folder that hold such bytes.
    [[nodiscard]] std::string filesWith(const std::string& bytes) const {
        std::string names;
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string content(std::istreambuf_iterator<char>(file), {});
            if (content.find(bytes) != std::string::npos) names += entry.path().filename().string() + " ";
        }
        return names;
    }
    [[nodiscard]] std::vector<std::string> spoolFiles() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
            const std::string name = entry.path().filename().string();
            if (name.find("-spool-") != std::string::npos) names.push_back(name);
        }
        return names;
    }
    test::TemporaryFolder m_folder;
};

TEST_F(RecoveryTest, AFinishedTurnOutlivesAKillAtOnceAfterItsLastByte) {
    for (int round = 0; round < 20; ++round) {
        const std::string text = "round " + std::to_string(round);
        VictimRecorder victim(store());
        ScriptedUpstream upstream(
            [&text](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, messageEvents(text)); });
        const std::uint16_t port = victim.start(upstream.port());
        ASSERT_NE(port, 0);
        RawAgent agent(port);
        agent.send(postRequest("/v1/messages", turnBody(text)));
        ASSERT_NE(agent.readUntil(round % 2 == 0 ? "0\r\n\r\n" : "message_stop\"}").find(text), std::string::npos);
        victim.kill();
        const auto recovered = recoverStore(store());
        ASSERT_TRUE(recovered.ok()) << recovered.error().message;
        const auto all = turns();
        ASSERT_EQ(all.size(), static_cast<std::size_t>(round + 1));
        const auto found =
            std::find_if(all.begin(), all.end(), [&text](const auto& turn) { return turn.text == text; });
        ASSERT_NE(found, all.end()) << "round " << round;
        EXPECT_EQ(found->status, TurnStatus::complete) << found->error;
        const auto reader = storage::TraceReader::open(store());
        const auto request = reader->requestBody(found->id);
        ASSERT_TRUE(request.ok()) << "round " << round << ": " << request.error().message;
        EXPECT_EQ(*request, turnBody(text));
        const auto response = reader->responseBody(found->id);
        ASSERT_TRUE(response.ok()) << "round " << round << ": " << response.error().message;
        EXPECT_TRUE(test::joined(messageEvents(text)).starts_with(*response));
        EXPECT_TRUE(spoolFiles().empty());
        EXPECT_TRUE(reader->unendedRecorders()->empty());
    }
}

TEST_F(RecoveryTest, TheKeyOfADeadRecorderGoes) {
    VictimRecorder victim(store());
    ScriptedUpstream upstream(
        [](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, messageEvents("hello")); });
    const std::uint16_t port = victim.start(upstream.port());
    ASSERT_NE(port, 0);
    RawAgent agent(port);
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    ASSERT_NE(agent.readUntil("0\r\n\r\n"), "");
    std::string name;
    {
        auto writer = storage::TraceWriter::open(store());
        const auto running = storage::TraceReader::open(store())->runningRecorders();
        name = SpoolKey::nameFor(*writer->salt(), running->front().id);
    }
    EXPECT_NE(SpoolKey::find(name), nullptr);
    victim.kill();
    EXPECT_TRUE(recoverStore(store()).ok());
    EXPECT_EQ(SpoolKey::find(name), nullptr);
}

TEST_F(RecoveryTest, NoSecretIsOnTheDiskBeforeOrAfterAKill) {
    const std::string secret = "sk-ant-api03-abcDEF0123456789xyz";
    VictimRecorder victim(store());
    ScriptedUpstream upstream(
        [&](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, messageEvents("It is " + secret)); });
    const std::uint16_t port = victim.start(upstream.port());
    ASSERT_NE(port, 0);
    RawAgent agent(port);
    agent.send(postRequest("/v1/messages", turnBody("keep " + secret)));
    ASSERT_NE(agent.readUntil("message_stop\"}").find(secret), std::string::npos) << "the agent gets what was said";
    victim.kill();
    EXPECT_EQ(filesWith(secret), "");
    const auto recovered = recoverStore(store());
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(filesWith(secret), "");
    const auto all = turns();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].text.starts_with("It is [redacted:key:")) << all[0].text;
    const auto reader = storage::TraceReader::open(store());
    EXPECT_EQ(turns::redactedIn(*reader->requestHeaders(all[0].id)), 1);
    EXPECT_EQ(turns::redactedIn(*reader->responseHeaders(all[0].id)), 1);
}

TEST_F(RecoveryTest, AReplyThatWasStillComingIsKeptAsFarAsItCame) {
    VictimRecorder victim(store());
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk(messageEvents("x")[0]);
        peer.sendChunk(messageEvents("x")[1]);
        peer.awaitHangUp();
    });
    RawAgent agent(victim.start(upstream.port()));
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("content_block_start\",\"index\":0,\"content_block\""));
    victim.kill();
    const auto recovered = recoverStore(store());
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(*recovered, 1);
    const auto all = turns();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].status, TurnStatus::interrupted);
    const auto reader = storage::TraceReader::open(store());
    EXPECT_EQ(*reader->responseBody(all[0].id), messageEvents("x")[0] + messageEvents("x")[1]);
    EXPECT_EQ(*recoverStore(store()), 0) << "nothing is left to do";
}

TEST_F(RecoveryTest, LeavesARunningRecorderAlone) {
    VictimRecorder victim(store());
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk(messageEvents("x")[0]);
        peer.awaitHangUp();
    });
    RawAgent agent(victim.start(upstream.port()));
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("message_start"));
    EXPECT_EQ(*recoverStore(store()), 0);
    EXPECT_EQ(spoolFiles().size(), 1U);
    EXPECT_EQ(storage::TraceReader::open(store())->runningRecorders()->size(), 1U);
}

/// A process number that is taken by nobody.
std::int64_t deadProcess() {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    waitpid(pid, nullptr, 0);
    return pid;
}

/// The spool files that a recorder left which died before anything had reached the store.
class LeftSpools {
public:
    explicit LeftSpools(std::filesystem::path store) : m_store(std::move(store)) {
        auto writer = storage::TraceWriter::open(m_store);
        EXPECT_TRUE(writer.ok()) << writer.error().message;
        m_recorder = *writer->registerRecorder({{}, {m_pid, "gone"}, "http://127.0.0.1:1", "http://127.0.0.1:2", "t"});
    }
    /// A whole exchange of session "named", answered with "answer NUMBER".
    void add(int number, std::string_view body, const std::optional<RequestChange>& change) {
        const auto spool =
            *SpoolFile::create(m_store.string() + "-spool-" + std::to_string(m_pid) + "-" + std::to_string(++m_files));
        spool->opened({m_recorder, {m_pid, "gone"}, startOf(number), turns::toText({}), {}});
        turns::RequestReceived request;
        request.target = "/v1/messages";
        request.sessionHint = "named";
        request.started = startOf(number);
        spool->request(request, body, change);
        turns::ReplyReceived reply;
        reply.httpStatus = 200;
        reply.headers = "content-type: text/event-stream\n";
        spool->head(reply);
        spool->body(test::joined(messageEvents("answer " + std::to_string(number))), support::Nanoseconds(5));
        spool->end(turns::ExchangeEnd::whole, "", "");
    }
    [[nodiscard]] static support::WallTime startOf(int number) {
        return support::WallTime(support::Nanoseconds(1'700'000'000'000'000'000 + number));
    }

private:
    std::filesystem::path m_store;
    std::int64_t m_pid = deadProcess();
    support::RecorderId m_recorder;
    int m_files = 0;
};

TEST_F(RecoveryTest, BringsARequestThatHadNotReachedTheStore) {
    LeftSpools(store()).add(123, turnBody("quick"), std::nullopt);
    const auto recovered = recoverStore(store());
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(*recovered, 1);
    const auto all = turns();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].status, TurnStatus::complete) << all[0].error;
    EXPECT_EQ(all[0].text, "answer 123");
    EXPECT_EQ(all[0].started, LeftSpools::startOf(123));
    EXPECT_EQ(storage::TraceReader::open(store())->session(all[0].session)->name, "named");
    EXPECT_TRUE(spoolFiles().empty());
}

TEST_F(RecoveryTest, MakesARequestAgainOfTheOnesBeforeIt) {
    std::vector<std::string> bodies;
    {
        LeftSpools left(store());
        RecentRequests recent;
        std::string text(RecentRequests::kMinBytes, 'h');
        for (int number = 1; number <= 4; ++number) {
            bodies.push_back(turnBody(text));
            const auto change = recent.changeOf(bodies.back(), LeftSpools::startOf(number));
            EXPECT_EQ(change.has_value(), number > 1);
            left.add(number, bodies.back(), change);
            recent.remember(LeftSpools::startOf(number), bodies.back(), change);
            text += " and number " + std::to_string(number);
        }
    }
    EXPECT_EQ(*recoverStore(store()), 4);
    const auto all = turns();
    ASSERT_EQ(all.size(), bodies.size());
    const auto reader = storage::TraceReader::open(store());
    for (std::size_t at = 0; at < all.size(); ++at) {
        EXPECT_EQ(all[at].started, LeftSpools::startOf(static_cast<int>(at) + 1));
        EXPECT_EQ(*reader->requestBody(all[at].id), bodies[at]);
    }
}

TEST_F(RecoveryTest, LeavesTheRestToWhoBeganBefore) {
    const std::string body = turnBody(std::string(RecentRequests::kMinBytes, 'h'));
    {
        LeftSpools left(store());
        left.add(1, body, std::nullopt);
        left.add(2, body, RequestChange{LeftSpools::startOf(1), body.size(), body.size(), 0});
    }
    std::vector<std::string> files = spoolFiles();
    std::sort(files.begin(), files.end());
    const auto first = m_folder / files.at(0);
    const auto claimed = m_folder / (files.at(0) + "-claimed-" + std::to_string(getppid()));
    std::filesystem::rename(first, claimed);
    EXPECT_EQ(*recoverStore(store()), 0);
    EXPECT_EQ(spoolFiles().size(), 2U) << "the second cannot be made without the first, which somebody has in hand";
    std::filesystem::rename(claimed, first);
    EXPECT_EQ(*recoverStore(store()), 2);
    EXPECT_TRUE(spoolFiles().empty());
}

TEST_F(RecoveryTest, PutsTheFirstTurnIntoTheSessionThatWasMadeForIt) {
    LeftSpools left(store());
    {
        auto writer = storage::TraceWriter::open(store());
        model::Session session;
        session.name = "named";
        session.started = LeftSpools::startOf(1);
        ASSERT_TRUE(writer->createSession(session).ok());
    }
    left.add(1, turnBody("first"), std::nullopt);
    EXPECT_EQ(*recoverStore(store()), 1);
    const auto sessions = *storage::TraceReader::open(store())->sessions();
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions[0].turns, 1);
}

TEST_F(RecoveryTest, KeepsWhatIsMadeOfADamagedRequestAndGoesOn) {
    const std::string body = turnBody(std::string(RecentRequests::kMinBytes, 'h'));
    LeftSpools left(store());
    left.add(1, body, std::nullopt);
    ASSERT_EQ(*recoverStore(store()), 1);
    {
        auto database = sqlite::Database::open(store(), sqlite::OpenMode::readWrite);
        ASSERT_TRUE(database.ok()) << database.error().message;
        ASSERT_TRUE(database->execute("UPDATE part SET content = zeroblob(length(content))").ok());
    }
    left.add(2, body, RequestChange{LeftSpools::startOf(1), body.size(), body.size(), 0});
    left.add(3, turnBody("whole"), std::nullopt);
    const auto recovered = recoverStore(store());
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(*recovered, 1) << "the one behind it";
    EXPECT_EQ(spoolFiles().size(), 1U);
}

TEST_F(RecoveryTest, SaysWhenTheRequestBeforeIsLost) {
    const std::string body = turnBody(std::string(RecentRequests::kMinBytes, 'h'));
    {
        LeftSpools left(store());
        left.add(1, turnBody("another"), std::nullopt);
        left.add(3, body, RequestChange{LeftSpools::startOf(2), body.size(), body.size() - 10, 0});
    }
    EXPECT_EQ(*recoverStore(store()), 1);
    const auto all = turns();
    ASSERT_EQ(all.size(), 1U);
    const auto gaps = storage::TraceReader::open(store())->gapMarks(all[0].session);
    ASSERT_EQ(gaps->size(), 1U);
    EXPECT_NE(gaps->front().reason.find("the one that it continued is lost too"), std::string::npos);
}

TEST_F(RecoveryTest, RemovesWhatSaysNothingAndLeavesOtherFilesAlone) {
    ASSERT_TRUE(storage::TraceWriter::open(store()).ok());
    const std::string prefix = store().string() + "-spool-" + std::to_string(deadProcess());
    std::ofstream(prefix + "-1") << "";
    std::ofstream(prefix + "-2-claimed-" + std::to_string(deadProcess())) << "torn";
    std::ofstream(store().string() + "-notes") << "mine";
    ASSERT_TRUE(recoverStore(store()).ok());
    EXPECT_TRUE(spoolFiles().empty());
    EXPECT_TRUE(std::filesystem::exists(store().string() + "-notes"));
}

TEST_F(RecoveryTest, AStoreThatWasNeverMadeIsMadeLater) {
    std::ofstream(store()).flush();
    EXPECT_EQ(*recoverStore(store()), 0);
    {
        // As it is left by who was killed before the first table.
        auto database = sqlite::Database::open(store(), sqlite::OpenMode::readWrite);
        ASSERT_TRUE(database->execute("PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE t(x); DROP TABLE t").ok());
    }
    EXPECT_GT(std::filesystem::file_size(store()), 0U);
    EXPECT_EQ(*recoverStore(store()), 0);
    EXPECT_TRUE(storage::TraceWriter::open(store()).ok());
    EXPECT_TRUE(turns().empty());
}

TEST_F(RecoveryTest, DoesNothingWithoutAStore) {
    EXPECT_EQ(*recoverStore(m_folder / "none.db"), 0);
    EXPECT_FALSE(std::filesystem::exists(m_folder / "none.db"));
}

}  // namespace
}  // namespace turntable::proxy
