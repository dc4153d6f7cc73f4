#include "recorder/proxy/spool.h"
#include "recorder/proxy/recent_requests.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace turntable::proxy {
namespace {

using support::Nanoseconds;
using turns::ExchangeEnd;

std::string readAll(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

SpoolOwner owner() {
    return {{7}, {1234, "mark"}, support::WallTime(Nanoseconds(1'700'000'000'123'456'789)), "as it is", {}};
}

/// Another one in each run of the tests.
std::string salt() {
    static const std::string kSalt = std::to_string(support::SystemClock().wallNow().time_since_epoch().count());
    return kSalt;
}

turns::RequestReceived request() {
    turns::RequestReceived request;
    request.api = model::Api::openaiChat;
    request.target = "/v1/chat/completions";
    request.sessionHint = "hint";
    request.headers = "a: b\n";
    request.started = owner().started;
    return request;
}

turns::ReplyReceived replyHead() {
    turns::ReplyReceived reply;
    reply.httpStatus = 200;
    reply.headers = "content-type: text/event-stream\n";
    reply.wire.upstreamConnected = Nanoseconds(10);
    reply.wire.headers = Nanoseconds(20);
    return reply;
}

std::unique_ptr<SpoolFile> writeExchange(const std::filesystem::path& path,
                                         std::shared_ptr<const SpoolKey> key = nullptr) {
    auto file = *SpoolFile::create(path, std::move(key));
    file->opened(owner());
    file->request(request(), std::string("body\0of it", 10), std::nullopt);
    file->head(replyHead());
    file->body("one", Nanoseconds(30));
    file->body("second", Nanoseconds(40));
    file->end(ExchangeEnd::whole, "", "");
    return file;
}

TEST(SpoolFile, GivesBackWhatWasWritten) {
    const test::TemporaryFolder folder;
    const auto file = writeExchange(folder / "spool");
    ASSERT_EQ(file->failure(), "");
    const auto exchange = parseSpool(readAll(folder / "spool"));
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ(exchange->owner.recorder.value, 7);
    EXPECT_EQ(exchange->owner.process.pid, 1234);
    EXPECT_EQ(exchange->owner.process.startMark, "mark");
    EXPECT_EQ(exchange->owner.started, owner().started);
    ASSERT_TRUE(exchange->request.has_value());
    EXPECT_EQ(exchange->request->api, model::Api::openaiChat);
    EXPECT_EQ(exchange->request->target, "/v1/chat/completions");
    EXPECT_EQ(exchange->request->sessionHint, "hint");
    EXPECT_EQ(exchange->request->body, std::string("body\0of it", 10));
    EXPECT_EQ(exchange->reply.httpStatus, 200);
    EXPECT_EQ(exchange->reply.headers, "content-type: text/event-stream\n");
    EXPECT_EQ(exchange->reply.body, "onesecond");
    EXPECT_EQ(exchange->reply.arrivals, (std::vector<model::Arrival>{{Nanoseconds(30), 3}, {Nanoseconds(40), 6}}));
    EXPECT_EQ(exchange->reply.wire.upstreamConnected, Nanoseconds(10));
    EXPECT_EQ(exchange->reply.wire.headers, Nanoseconds(20));
    EXPECT_EQ(exchange->reply.wire.firstByte, Nanoseconds(30));
    EXPECT_EQ(exchange->reply.wire.lastByte, Nanoseconds(40));
    EXPECT_TRUE(exchange->ended);
    EXPECT_EQ(exchange->reply.end, ExchangeEnd::whole);
}

TEST(SpoolFile, CutAnywhereKeepsTheWholeFramesBeforeTheCut) {
    const test::TemporaryFolder folder;
    writeExchange(folder / "spool");
    const std::string bytes = readAll(folder / "spool");
    const std::string whole = "onesecond";
    std::size_t known = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto exchange = parseSpool(std::string_view(bytes).substr(0, size));
        if (!exchange) {
            EXPECT_EQ(known, 0U) << "cut at " << size;
            continue;
        }
        const std::string& body = exchange->reply.body;
        EXPECT_TRUE(body.empty() || body == "one" || body == whole) << "cut at " << size;
        EXPECT_GE(body.size(), known) << "cut at " << size;
        EXPECT_FALSE(exchange->ended) << "cut at " << size;
        EXPECT_EQ(exchange->reply.end, ExchangeEnd::recorderStopped);
        known = body.size();
    }
    EXPECT_EQ(known, whole.size());
}

TEST(SpoolFile, IsReadWithItsKeyOnly) {
    const test::TemporaryFolder folder;
    const auto key = SpoolKey::create(SpoolKey::nameFor(salt(), {1}));
    ASSERT_TRUE(key.ok()) << key.error().message;
    const auto file = writeExchange(folder / "spool", *key);
    ASSERT_EQ(file->failure(), "");
    const std::string bytes = readAll(folder / "spool");
    for (const char* text : {"body", "second", "text/event-stream", "/v1/chat", "hint", "as it is"}) {
        EXPECT_EQ(bytes.find(text), std::string::npos) << text;
    }
    const auto exchange = parseSpool(bytes);
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ(exchange->owner.key, (*key)->name());
    EXPECT_EQ(exchange->owner.privacy, "as it is");
    ASSERT_TRUE(exchange->request.has_value());
    EXPECT_EQ(exchange->request->body, std::string("body\0of it", 10));
    EXPECT_EQ(exchange->reply.body, "onesecond");
    EXPECT_TRUE(exchange->ended);

    SpoolKey::remove((*key)->name());
    const auto unreadable = parseSpool(bytes);
    ASSERT_TRUE(unreadable.has_value());
    EXPECT_TRUE(unreadable->keyLost);
    EXPECT_FALSE(unreadable->request.has_value() || unreadable->ended);
    EXPECT_EQ(unreadable->owner.started, owner().started);
}

TEST(SpoolKey, TakesAnotherNameWhereItsOwnIsTaken) {
    const std::string name = SpoolKey::nameFor(salt(), {4});
    const auto first = SpoolKey::create(name);
    const auto second = SpoolKey::create(name);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ((*first)->name(), name);
    EXPECT_NE((*second)->name(), name);
    EXPECT_EQ(SpoolKey::find(name)->bytes(), (*first)->bytes());
    SpoolKey::remove(name);
    EXPECT_EQ(SpoolKey::find(name), nullptr);
    SpoolKey::remove((*second)->name());
}

TEST(SpoolFile, NoTwoFramesAreHiddenAlike) {
    const test::TemporaryFolder folder;
    const auto key = SpoolKey::create(SpoolKey::nameFor(salt(), {2}));
    ASSERT_TRUE(key.ok()) << key.error().message;
    const std::string text(64, 'x');
    const auto first = crypted(**key, owner().started, 100, text);
    EXPECT_NE(*first, *crypted(**key, owner().started, 100 + text.size(), text));
    EXPECT_NE(*first, *crypted(**key, owner().started + Nanoseconds(1), 100, text));
    EXPECT_EQ(*crypted(**key, owner().started, 100, *first), text);
    // The published test vector (NIST SP 800-38A, F.5.5).
    const digest::CipherKey known = {0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae,
                                     0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61,
                                     0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
    const auto block = digest::applyStream(known, 0xf0f1f2f3f4f5f6f7, 0xf8f9fafbfcfdfeff,
                                           "\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a");
    EXPECT_EQ(*block, "\x60\x1e\xc3\x13\x77\x57\x89\xa5\xb7\xa7\xf5\x04\xbb\xf3\xd2\x28");
    SpoolKey::remove((*key)->name());
}

TEST(SpoolFile, AChangedByteEndsWhatIsKnown) {
    const test::TemporaryFolder folder;
    writeExchange(folder / "spool");
    const std::string bytes = readAll(folder / "spool");
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x40);
        const auto exchange = parseSpool(changed);
        EXPECT_FALSE(exchange && exchange->ended) << "byte " << at;
    }
}

TEST(SpoolFile, ForgetsAnExchangeThatIsInTheStore) {
    const test::TemporaryFolder folder;
    const auto file = writeExchange(folder / "spool");
    file->clear();
    EXPECT_FALSE(parseSpool(readAll(folder / "spool")).has_value());
    SpoolOwner later = owner();
    later.started += Nanoseconds(1);
    file->opened(later);
    const auto exchange = parseSpool(readAll(folder / "spool"));
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ(exchange->owner.started, later.started);
    EXPECT_FALSE(exchange->request.has_value()) << "the bytes of the earlier exchange lie behind the first frame still";
    EXPECT_FALSE(exchange->ended);
}

TEST(SpoolFile, GivesTheRoomOfALongExchangeBack) {
    const test::TemporaryFolder folder;
    auto file = *SpoolFile::create(folder / "spool");
    file->opened(owner());
    file->body(std::string(1'000'000, 'x'), Nanoseconds(1));
    file->clear();
    EXPECT_EQ(std::filesystem::file_size(folder / "spool"), 0U);
    file->opened(owner());
    file->body("one", Nanoseconds(1));
    const auto exchange = parseSpool(readAll(folder / "spool"));
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ(exchange->reply.body, "one");
}

TEST(SpoolFile, HoldsOfARequestWhatAnEarlierOneDoesNotHave) {
    const test::TemporaryFolder folder;
    RecentRequests recent;
    const std::string first =
        "{\"messages\":[" + std::string(5000, 'a') + "],\"tools\":[" + std::string(3000, 't') + "]}";
    EXPECT_FALSE(recent.changeOf(first, owner().started).has_value()) << "there is no other";
    recent.remember(owner().started, first, std::nullopt);
    std::string second = first;
    second.insert(second.find("],"), ",the next message");
    const auto change = recent.changeOf(second, owner().started + Nanoseconds(1));
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->base, owner().started);
    EXPECT_EQ(change->baseSize, first.size());
    EXPECT_EQ(change->head + change->tail, first.size());

    auto file = *SpoolFile::create(folder / "spool");
    file->opened(owner());
    file->request(request(), second, change);
    EXPECT_LT(std::filesystem::file_size(folder / "spool"), 400U);
    const auto exchange = parseSpool(readAll(folder / "spool"));
    ASSERT_TRUE(exchange && exchange->request && exchange->change);
    EXPECT_EQ(exchange->request->body, ",the next message");
    EXPECT_EQ(applyChange(*exchange->change, first, exchange->request->body), second);
    EXPECT_EQ(applyChange(*exchange->change, second, exchange->request->body), std::nullopt) << "not the one meant";
}

TEST(RecentRequests, KeepsOneOfEachConversationAndTheNewestOnly) {
    RecentRequests recent;
    const auto at = [](int number) { return support::WallTime(Nanoseconds(number)); };
    std::string one(10'000, 'a');
    std::string other(10'000, 'b');
    recent.remember(at(1), one, std::nullopt);
    recent.remember(at(2), other, std::nullopt);
    one += "and more";
    EXPECT_FALSE(recent.changeOf(one, at(1)).has_value()) << "it did not start before";
    const auto change = recent.changeOf(one, at(3));
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->base, at(1));
    recent.remember(at(3), one, change);
    ASSERT_TRUE(recent.changeOf(one, at(9)).has_value());
    EXPECT_EQ(recent.changeOf(one, at(9))->base, at(3));
    EXPECT_EQ(recent.changeOf(other, at(9))->base, at(2));
    EXPECT_FALSE(recent.changeOf(std::string(10'000, 'c'), at(9)).has_value());
    EXPECT_FALSE(recent.changeOf("small", at(9)).has_value());
    recent.remember(at(4), std::string(RecentRequests::kMaxBytes, 'd'), std::nullopt);
    EXPECT_FALSE(recent.changeOf(other, at(9)).has_value()) << "there was no room for it any more";
    recent.remember(at(5), std::string(RecentRequests::kMaxBytes + 1, 'e'), std::nullopt);
    EXPECT_FALSE(recent.changeOf(std::string(10'000, 'e'), at(9)).has_value()) << "more than there is room for";
}

TEST(RecentRequests, KeepsAConversationThatOnlyBeginsLikeAnother) {
    RecentRequests recent;
    const auto at = [](int number) { return support::WallTime(Nanoseconds(number)); };
    const std::string system(5'000, 's');
    std::string one = system + std::string(20'000, 'a');
    const std::string other = system + std::string(20'000, 'b');
    recent.remember(at(1), one, std::nullopt);
    const auto change = recent.changeOf(other, at(2));
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->head, system.size());
    recent.remember(at(2), other, change);
    one += "more";
    EXPECT_EQ(recent.changeOf(one, at(3))->base, at(1));
}

TEST(SpoolPool, UsesFilesAgainAndRemovesThem) {
    const test::TemporaryFolder folder;
    SpoolPool pool(folder / "a.db", SpoolPool::Encryption::on);
    pool.setKeyName(SpoolKey::nameFor(salt(), {3}));
    std::string failure;
    auto first = pool.take(failure);
    ASSERT_NE(first, nullptr) << failure;
    const auto path = first->path();
    pool.giveBack(std::move(first), failure);
    auto again = pool.take(failure);
    EXPECT_EQ(again->path(), path);
    auto second = pool.take(failure);
    EXPECT_NE(second->path(), path);
    again->opened(owner());
    const std::string key = parseSpool(readAll(path))->owner.key;
    pool.giveBack(std::move(again), failure);
    pool.removeAll();
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_NE(SpoolKey::find(key), nullptr) << "a file is still out, and would be unreadable without it";
    pool.giveBack(std::move(second), failure);
    pool.removeAll();
    EXPECT_EQ(SpoolKey::find(key), nullptr);
    EXPECT_EQ(failure, "");
}

TEST(SpoolPool, SaysOnceThatItCannotWrite) {
    SpoolPool pool("/nowhere/at/all/a.db", SpoolPool::Encryption::off);
    std::string failure;
    EXPECT_EQ(pool.take(failure), nullptr);
    EXPECT_NE(failure, "");
    failure.clear();
    EXPECT_EQ(pool.take(failure), nullptr);
    EXPECT_EQ(failure, "");
}

}  // namespace
}  // namespace turntable::proxy
