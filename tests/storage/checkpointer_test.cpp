#include "storage/checkpointer.h"

#include <chrono>
#include <random>
#include <thread>

#include "storage/sqlite/transaction.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Transaction;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kPageBytes = 4096;
constexpr std::int64_t kLongLogBytes = Checkpointer::kLongLogPages * kPageBytes;

class CheckpointerTest : public StoreFixture {
protected:
    [[nodiscard]] std::int64_t fileBytes(const std::string& suffix = {}) const {
        std::error_code ignored;
        const auto size = std::filesystem::file_size(m_path.string() + suffix, ignored);
        return ignored ? 0 : static_cast<std::int64_t>(size);
    }
    /// Turns with so many bytes that nothing makes smaller.
    void writeBytes(TraceWriter& writer, support::SessionId session, std::int64_t bytes) {
        for (; bytes > 0; bytes -= 100'000) {
            std::string body(100'000, '\0');
            for (char& byte : body) byte = static_cast<char>(m_random());
            addTurn(writer, session, body, {}, "answer");
        }
    }
    std::mt19937 m_random{7};
};

TEST_F(CheckpointerTest, MovesALongLogWithoutTheWriter) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    writeBytes(writer, session, 2 * kLongLogBytes);
    // Its thread does that when it gets to run.
    while (fileBytes() < kLongLogBytes) std::this_thread::yield();
    EXPECT_TRUE(openReader().requestBody({1}).ok());
}

TEST_F(CheckpointerTest, KeepsTheLogBounded) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    // The writer leaves the thread no time to move all of the log, as it is with a slow disk.
    writeBytes(writer, session, 10 * kLongLogBytes);
    EXPECT_LT(fileBytes("-wal"), Checkpointer::kTooLongLogPages * kPageBytes + kLongLogBytes);
}

TEST_F(CheckpointerTest, AnOrderlyEndDoesNotWaitForAReader) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    auto reader = Database::open(m_path, OpenMode::readOnly);
    ASSERT_TRUE(reader.ok());
    auto old = Transaction::begin(*reader, Transaction::Kind::read);
    ASSERT_TRUE(reader->integer("SELECT count(*) FROM turn").ok());
    writeBytes(writer, session, 200'000);
    const auto started = Clock::now();
    EXPECT_TRUE(writer.checkpoint().ok());
    EXPECT_LT(Clock::now() - started, sqlite::kPatience / 2);
}

TEST_F(CheckpointerTest, AWriterGetsItsTurnSoonAfterAnother) {
    TraceWriter writer = openWriter();
    auto other = Database::open(m_path, OpenMode::readWrite);
    ASSERT_TRUE(other.ok());
    // SQLite's own patience would look again 93 ms after such a wait; a busy machine may do so to us now and then.
    constexpr std::chrono::milliseconds kHeld{235};
    constexpr std::chrono::milliseconds kSoon{40};
    Clock::duration late{};
    for (int tries = 0; tries < 10; ++tries) {
        auto held = Transaction::begin(*other, Transaction::Kind::write);
        ASSERT_TRUE(held.ok());
        Clock::time_point done;
        const auto started = Clock::now();
        std::thread waiting([&] {
            addSession(writer, "one");
            done = Clock::now();
        });
        while (Clock::now() - started < kHeld) std::this_thread::yield();
        const auto released = Clock::now();
        ASSERT_TRUE(held->commit().ok());
        waiting.join();
        late = done - released;
        if (late < kSoon) break;
    }
    EXPECT_LT(late, kSoon);
    EXPECT_GT(writer.longestWait(), kHeld / 2);
}

}  // namespace
}  // namespace turntable::storage
