// Parts of one prompt that resemble each other are packed on each other, whatever happens to them before they are
// stored.

#include <random>

#include "storage/prompt_store.h"
#include "storage/sqlite/database.h"
#include "storage/store_file.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using support::ByteRange;
using support::TurnId;

struct Prompt {
    std::string body;
    std::vector<ByteRange> parts;
};

using PromptSiblingTest = StoreFixture;

// Tools, each of them much like the others, as no text before them in the store is.
Prompt toolPrompt(int count) {
    Prompt prompt;
    prompt.body = "{\"tools\":[";
    std::mt19937 random(20260102);
    for (int tool = 0; tool < count; ++tool) {
        std::string text = "{\"name\":\"tool_" + std::to_string(tool) + "\",\"description\":\"";
        for (int index = 0; index < 60; ++index) text.push_back(static_cast<char>('a' + random() % 26));
        std::mt19937 shared(7);
        text += "\",\"input_schema\":{\"";
        for (int index = 0; index < 600; ++index) text.push_back(static_cast<char>('a' + shared() % 26));
        text += "\"}}";
        prompt.parts.push_back({prompt.body.size(), text.size()});
        prompt.body += text + ",";
    }
    prompt.body += "]}";
    return prompt;
}

TEST_F(PromptSiblingTest, PacksThePartsOfOnePromptOnEachOther) {
    const Prompt prompt = toolPrompt(30);
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "tools");
    const auto turn = addTurn(writer, session, prompt.body, prompt.parts, "r");
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readOnly);
    ASSERT_TRUE(database.ok());
    EXPECT_GE(*database->integer("SELECT count(*) FROM part WHERE kind = 0 AND codec = 4 AND base_id < id"), 29);
    EXPECT_LT(*database->integer("SELECT sum(length(content)) FROM part WHERE kind = 0"), 30 * 100);
    EXPECT_EQ(*openReader().requestBody(turn.id), prompt.body);
}

// Between preparing and writing, another program may store a part that others have been packed on, and delete it again.
TEST_F(PromptSiblingTest, PacksAnewWhatASiblingIsNotThereFor) {
    const Prompt prompt = toolPrompt(6);
    {
        TraceWriter writer = openWriter();
        addTurn(writer, addSession(writer, "s"), "{}", {}, "r");
    }
    auto database = openStoreForWriting(m_path);
    ASSERT_TRUE(database.ok());
    PartStore parts(*database);
    PromptStore prompts(*database, parts);
    auto prepared = prompts.prepare(prompt.body, prompt.parts, {});
    ASSERT_TRUE(prepared.ok());
    ASSERT_TRUE(prepared->parts[2].onSibling);
    {
        // Stored by somebody else, and packed otherwise.
        PartStore other(*database);
        auto same = other.prepare(prepared->parts[2].bytes, PartKind::prompt);
        ASSERT_TRUE(same.ok());
        ASSERT_TRUE(other.put(*same).ok());
    }
    for (int again = 0; again < 2; ++again) {
        // The first time is undone.
        ASSERT_TRUE(database->execute("BEGIN").ok());
        ASSERT_TRUE(database->execute("DELETE FROM request").ok());
        const auto written = prompts.write(TurnId{1}, *prepared, {});
        ASSERT_TRUE(written.ok()) << written.error().message;
        ASSERT_TRUE(database->execute(again == 0 ? "ROLLBACK" : "COMMIT").ok());
        if (again == 0) {
            ASSERT_TRUE(database->execute("DELETE FROM part WHERE kind = 0").ok());
        }
    }
    PartStore fresh(*database);
    EXPECT_EQ(*PromptStore(*database, fresh).read(TurnId{1}), prompt.body);
}

TEST_F(PromptSiblingTest, ReadsFramesWhosePrefixIsTheBaseAlone) {
    // As they are in stores of version 1.
    const Prompt prompt = toolPrompt(2);
    TraceWriter writer = openWriter();
    const auto turn = addTurn(writer, addSession(writer, "s"), prompt.body, prompt.parts, "r");
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    ASSERT_TRUE(database->execute("UPDATE part SET codec = 2 WHERE codec = 4 AND depth = 1").ok());
    EXPECT_EQ(*openReader().requestBody(turn.id), prompt.body);
}

}  // namespace
}  // namespace turntable::storage
