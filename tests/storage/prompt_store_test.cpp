// Request bodies come out as they went in, whatever their history, and cost what is new in them.

#include "storage/prompt_store.h"

#include <algorithm>
#include <cstdio>
#include <random>

#include "storage/sqlite/database.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using support::ByteRange;
using support::ErrorCode;
using support::TurnId;

struct Prompt {
    std::string body;
    std::vector<ByteRange> parts;
};

/// Bodies as agents send them, and worse: made of messages and tools that are appended, edited, dropped and shuffled.
class PromptSource {
public:
    explicit PromptSource(std::uint32_t seed) : m_random(seed) {}

    std::vector<std::string> next(std::vector<std::string> messages) {
        switch (below(8)) {
            case 0:
                if (!messages.empty()) messages[below(messages.size())] = message();
                break;
            case 1:
                if (messages.size() > 2) messages.erase(messages.begin(), messages.begin() + 2);
                break;
            case 2: std::shuffle(messages.begin(), messages.end(), m_random); break;
            case 3:
                if (!messages.empty()) messages.pop_back();
                break;
            default: break;
        }
        messages.push_back(message());
        return messages;
    }
    Prompt prompt(const std::vector<std::string>& messages) {
        Prompt prompt;
        prompt.body = below(4) == 0 ? "{ \"model\" :\t\"x\"," : "{\"messages\":[";
        for (const auto& message : messages) {
            // Some are not named as parts, some only in part, some start where the one before ends.
            const std::size_t skip = below(6) == 0 ? below(message.size() + 1) : 0;
            if (below(10) != 0) prompt.parts.push_back({prompt.body.size() + skip, message.size() - skip});
            prompt.body += message;
            if (below(5) != 0) prompt.body += below(30) == 0 ? std::string(400, ' ') : ",";
        }
        prompt.body += "]}";
        return prompt;
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(m_random()) % bound; }

private:
    std::string message() {
        std::string text = "{\"role\":\"user\",\"content\":\"";
        const std::size_t size = below(20) == 0 ? below(20'000) : below(300);
        const bool binary = below(5) == 0;
        for (std::size_t index = 0; index < size; ++index) {
            text.push_back(binary ? static_cast<char>(below(256)) : static_cast<char>('a' + below(26)));
        }
        return text + "\"}";
    }
    std::mt19937 m_random;
};

using PromptStoreTest = StoreFixture;

TEST_F(PromptStoreTest, GivesBackRandomPromptsBitForBit) {
    constexpr std::uint32_t kSeed = 20260101;
    PromptSource source(kSeed);
    std::vector<std::pair<TurnId, std::string>> stored;
    std::vector<std::vector<std::string>> histories;
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "random");
        for (int round = 0; round < 500; ++round) {
            // Half continue the turn before, the rest branch off from any turn or begin anew.
            std::optional<std::size_t> from;
            if (!stored.empty() && source.below(10) > 0) {
                from = source.below(2) == 0 ? stored.size() - 1 : source.below(stored.size());
            }
            auto messages = source.next(from ? histories[*from] : std::vector<std::string>());
            const Prompt prompt = source.prompt(messages);
            const auto parent = from ? std::optional(stored[*from].first) : std::nullopt;
            const auto turn = addTurn(writer, session, prompt.body, prompt.parts, "r" + std::to_string(round), parent);
            stored.emplace_back(turn.id, prompt.body);
            histories.push_back(std::move(messages));
            // Now and then a program that remembers nothing goes on.
            if (round % 60 == 59) writer = openWriter();
        }
    }
    const TraceReader reader = openReader();
    for (std::size_t round = 0; round < stored.size(); ++round) {
        const auto body = reader.requestBody(stored[round].first);
        ASSERT_TRUE(body.ok()) << "seed " << kSeed << " round " << round << ": " << body.error().message;
        ASSERT_EQ(*body, stored[round].second) << "seed " << kSeed << " round " << round;
        ASSERT_EQ(*reader.responseBody(stored[round].first), "r" + std::to_string(round));
    }
    // Again without anything read before.
    for (std::size_t round = stored.size(); round-- > 450;) {
        ASSERT_EQ(*openReader().requestBody(stored[round].first), stored[round].second) << "round " << round;
    }
}

TEST_F(PromptStoreTest, KeepsBodiesThatNobodyUnderstands) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "odd");
    std::string large(5'000'000, '\0');
    std::mt19937 random(7);
    for (std::size_t index = 0; index < large.size(); index += 3) large[index] = static_cast<char>(random());
    std::vector<TurnId> turns;
    const std::vector<std::string> bodies = {"", "not json", std::string(3, '\0'), large, large + "x", large};
    for (const auto& body : bodies) turns.push_back(addTurn(writer, session, body, {}, body).id);
    const TraceReader reader = openReader();
    for (std::size_t index = 0; index < bodies.size(); ++index) {
        EXPECT_TRUE(*reader.requestBody(turns[index]) == bodies[index]) << index;
        EXPECT_TRUE(*reader.responseBody(turns[index]) == bodies[index]) << index;
    }
}

TEST_F(PromptStoreTest, FollowsAChainOfTenThousandTurns) {
    constexpr int kTurns = 10'000;
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "long");
    std::string body = "[";
    std::vector<ByteRange> parts;
    std::optional<TurnId> parent;
    // Only one turn in a hundred is full length, so that the test stays quick: the chain is what is tested.
    for (int number = 0; number < kTurns; ++number) {
        if (number % 100 == 0) {
            const std::string message = "message " + std::to_string(number) + std::string(70, '.');
            parts.push_back({body.size(), message.size()});
            body += message + ",";
        }
        model::Turn turn;
        turn.session = session;
        turn.parent = parent;
        const std::string request = body + std::to_string(number);
        ASSERT_TRUE(writer.beginTurn(turn, {request, parts, {}, {}}, {}).ok());
        parent = turn.id;
    }
    EXPECT_EQ(*openReader().requestBody(*parent), body + std::to_string(kTurns - 1));
}

TEST_F(PromptStoreTest, StoresOnlyWhatIsNewInATurn) {
    // 200 turns over one growing history: 63 MB sent, about 0.63 MB of it ever new.
    std::mt19937 random(42);
    const auto prose = [&random](std::size_t size) {
        static const char* const kWords[] = {"button", "open", "the", "row", "click", "list", "item", "page", "value"};
        std::string text;
        while (text.size() < size) text += std::string(kWords[random() % 9]) + std::to_string(random() % 1000) + " ";
        return text;
    };
    std::string body = "{\"system\":\"";
    std::vector<ByteRange> parts;
    const auto append = [&](const std::string& text) {
        parts.push_back({body.size(), text.size()});
        body += text + "\"},{\"role\":\"user\",\"content\":\"";
    };
    append(prose(20'000));
    std::int64_t sent = 0;
    std::size_t unique = 20'000;
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "append only");
        std::optional<TurnId> parent;
        for (int number = 0; number < 200; ++number) {
            append(prose(2'200));
            append(prose(800));
            unique += 3'000;
            parent = addTurn(writer, session, body + "]}", parts, prose(300), parent).id;
            sent += static_cast<std::int64_t>(body.size()) + 2;
        }
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    const auto bytes = std::filesystem::file_size(m_path);
    std::printf("sent %lld bytes, unique %zu, stored %llu\n", static_cast<long long>(sent), unique,
                static_cast<unsigned long long>(bytes));
    EXPECT_GT(sent, 60'000'000);
    EXPECT_LT(bytes, 700'000u);
}

TEST_F(PromptStoreTest, SharesTheEndOfAPromptWhoseBeginningChanged) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "tail");
    std::string noise(4000, ' ');
    std::mt19937 random(3);
    for (char& byte : noise) byte = static_cast<char>(random());
    const auto promptOf = [&](const std::string& model) { return "{\"model\":\"" + model + "\",[" + noise + "]}"; };
    const std::vector<ByteRange> ranges = {{14, noise.size()}};
    const auto first = addTurn(writer, session, promptOf("aa"), ranges, "");
    const auto second = addTurn(writer, session, promptOf("bb"), ranges, "", first.id);
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readOnly);
    EXPECT_EQ(*database->integer("SELECT count(*) FROM part WHERE kind = 0"), 1);
    EXPECT_EQ(*database->integer("SELECT shared_tail FROM request WHERE turn_id = " + std::to_string(second.id.value)),
              2);
    EXPECT_EQ(*openReader().requestBody(second.id), promptOf("bb"));
}

/// Changes one byte of every blob in turn; what is read back is right or an error.
class DamageTest : public StoreFixture {
protected:
    void flipAndRead(const std::string& table, const std::string& column, const std::string& rowid) {
        auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
        const auto rows = *database->integer("SELECT count(*) FROM " + table);
        for (std::int64_t row = 0; row < rows; ++row) {
            const auto pick = " WHERE " + rowid + " = (SELECT " + rowid + " FROM " + table + " ORDER BY " + rowid +
                              " LIMIT 1 OFFSET " + std::to_string(row) + ")";
            const auto size = database->integer("SELECT length(" + column + ") FROM " + table + pick);
            for (std::int64_t at = 0; at < *size; at += 1 + *size / 40) flipOne(*database, table, column, pick, at);
        }
    }
    std::vector<std::pair<TurnId, std::string>> m_requests;
    std::vector<std::pair<TurnId, std::string>> m_replies;
    int m_errors = 0;

private:
    void flipOne(sqlite::Database& database, const std::string& table, const std::string& column,
                 const std::string& pick, std::int64_t at) {
        std::string original;
        {
            auto select = database.prepare("SELECT " + column + " FROM " + table + pick);
            ASSERT_TRUE(*select->step());
            original = std::string(select->blob(0));
        }
        const auto write = [&](const std::string& bytes) {
            auto update = database.prepare("UPDATE " + table + " SET " + column + " = ?1" + pick);
            ASSERT_TRUE(update->bindBlob(1, bytes).run().ok());
        };
        std::string changed = original;
        changed[static_cast<std::size_t>(at)] = static_cast<char>(changed[static_cast<std::size_t>(at)] ^ 0x21);
        write(changed);
        const TraceReader reader = openReader();
        for (const auto& [turn, wanted] : m_requests) check(reader.requestBody(turn), wanted);
        for (const auto& [turn, wanted] : m_replies) check(reader.responseBody(turn), wanted);
        write(original);
    }
    void check(const support::Result<std::string>& read, const std::string& wanted) {
        if (read) {
            EXPECT_EQ(*read, wanted);
        } else {
            EXPECT_EQ(read.error().code, ErrorCode::corrupt) << read.error().message;
            ++m_errors;
        }
    }
};

TEST_F(DamageTest, NeverGivesOutAWrongBody) {
    PromptSource source(11);
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "s");
        std::vector<std::string> messages;
        std::optional<TurnId> parent;
        for (int number = 0; number < 4; ++number) {
            messages = source.next(messages);
            const Prompt prompt = source.prompt(messages);
            const std::string reply = "event: message " + std::to_string(number) + std::string(200, 'r');
            parent = addTurn(writer, session, prompt.body, prompt.parts, reply, parent).id;
            m_requests.emplace_back(*parent, prompt.body);
            m_replies.emplace_back(*parent, reply);
        }
    }
    flipAndRead("part", "content", "id");
    flipAndRead("request", "entries", "turn_id");
    flipAndRead("request", "sha256", "turn_id");
    flipAndRead("response", "sha256", "turn_id");
    EXPECT_GT(m_errors, 100);
}

TEST_F(DamageTest, RefusesChainsThatLeadNowhere) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string body = std::string(500, 'a') + std::string(500, 'b');
    const std::vector<ByteRange> parts = {{0, 500}, {500, 500}};
    const auto first = addTurn(writer, session, body, parts, body);
    const auto second = addTurn(writer, session, body + "c", parts, body + "c", first.id);
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    for (const std::string& sql :
         {std::string("UPDATE request SET base_turn = turn_id"), std::string("UPDATE request SET shared_head = 99"),
          std::string("UPDATE part SET base_id = id, codec = 2, depth = 1"), std::string("UPDATE part SET codec = 77"),
          std::string("UPDATE part SET size = 1e15"), std::string("DELETE FROM part")}) {
        ASSERT_TRUE(database->execute("BEGIN; " + sql + "; COMMIT").ok());
        const auto read = openReader().requestBody(second.id);
        ASSERT_FALSE(read.ok()) << sql;
        EXPECT_EQ(read.error().code, ErrorCode::corrupt) << sql << ": " << read.error().message;
    }
}

}  // namespace
}  // namespace turntable::storage
