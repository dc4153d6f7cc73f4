// What is found, and where.
#include "storage/search/search_index.h"

#include "tests/storage/search/search_fixture.h"

namespace turntable::search {
namespace {

class SearchIndexTest : public SearchFixture {};

TEST_F(SearchIndexTest, FindsWordsOfOneAndTwoCharacters) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("press OK, then ~ and go")");
    addText(writer, session, R"("nothing of the kind")");
    EXPECT_EQ(find("ok"), "s/1 prompt\n");
    EXPECT_EQ(find("~"), "s/1 prompt\n");
    EXPECT_EQ(find("zq"), "");
    EXPECT_EQ(find("%"), "");
}

TEST_F(SearchIndexTest, FindsPartsOfWords) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("the preferences window")");
    EXPECT_EQ(find("eferen"), "s/1 prompt\n");
    EXPECT_EQ(find("ces win"), "s/1 prompt\n");
    EXPECT_EQ(find("\"ces win\""), "s/1 prompt\n");
    EXPECT_EQ(find("\"win ces\""), "");
}

TEST_F(SearchIndexTest, WantsAllWordsInOnePart) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("apples and pears")");
    addText(writer, session, R"("apples and plums")");
    EXPECT_EQ(find("plums apples"), "s/2 prompt\n");
    EXPECT_EQ(find("plums pears"), "");
    EXPECT_EQ(find("apples"), "s/2 prompt\ns/1 prompt\n");
}

TEST_F(SearchIndexTest, FindsChineseAndJapanese) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("请打开设置窗口")");
    addText(writer, session, R"("設定を開いてください")");
    EXPECT_EQ(find("设置"), "s/1 prompt\n");
    EXPECT_EQ(find("設"), "s/2 prompt\n");
    EXPECT_EQ(find("開いて"), "s/2 prompt\n");
    EXPECT_EQ(find("設定　開いて"), "s/2 prompt\n") << "words may stand apart by a wide space";
    EXPECT_EQ(find("定開"), "");
    EXPECT_EQ(bytesFound("開いて"), "開いて");
}

TEST_F(SearchIndexTest, TakesEitherCaseOfLatinGreekAndCyrillic) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("Öffnen, ΑΡΧΕΙΟ, Сохранить как, Ёж")");
    for (const char* word : {"öFFNEN", "αρχειο", "сОХРАНИТЬ", "ёж", "FFnen"}) {
        EXPECT_EQ(find(word), "s/1 prompt\n") << word;
    }
    EXPECT_EQ(find("offnen"), "") << "accents count";
    EXPECT_EQ(bytesFound("ёж"), "Ёж");
}

TEST_F(SearchIndexTest, LooksBehindEscapes) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("a\nSave\tas \"copy\" caf\u00e9 \u65e5\u672c \ud83d\ude00 \\u4e2d\\u6587 C:\/tmp")");
    EXPECT_EQ(bytesFound("save"), "Save");
    EXPECT_EQ(bytesFound("\"a save as\""), R"(a\nSave\tas)");
    EXPECT_EQ(bytesFound("\\\"copy\\\""), R"(\"copy\")");
    EXPECT_EQ(bytesFound("café"), R"(caf\u00e9)");
    EXPECT_EQ(bytesFound("日本"), R"(\u65e5\u672c)");
    EXPECT_EQ(bytesFound("😀"), R"(\ud83d\ude00)");
    EXPECT_EQ(bytesFound("中文"), R"(\\u4e2d\\u6587)");
    EXPECT_EQ(bytesFound("c:/tmp"), R"(C:\/tmp)");
    EXPECT_EQ(find("nsave"), "") << "a line break is no letter";
}

TEST_F(SearchIndexTest, FindsTheFirstAndTheLastByte) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    const std::string middle(600, '.');
    const std::string body = "alpha" + middle + "omega";
    const support::ByteRange part{0, body.size()};
    addTurn(writer, session, body, std::span(&part, 1), "zeta");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    const auto first = index.search({"alpha", {}, {}});
    ASSERT_EQ(first->hits.size(), 1u);
    EXPECT_EQ(first->hits[0].offset, 0);
    const auto last = index.search({"omega", {}, {}});
    ASSERT_EQ(last->hits.size(), 1u);
    EXPECT_EQ(last->hits[0].offset, 605);
    EXPECT_EQ(last->hits[0].length, 5);
    EXPECT_EQ(findIn(index, "zeta"), "s/1 reply\n");
}

TEST_F(SearchIndexTest, FindsWhatCutsRunThrough) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string text = "\"";
    for (int index = 0; index < 4000; ++index) text += "w" + std::to_string(index * 7919) + "x";
    addText(writer, session, text + "\"");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    // Words of up to 64 bytes stand whole in a piece; longer ones are looked for by their beginning.
    for (const int length : {4, 7}) {
        for (int number = 0; number + length < 4000; number += length == 4 ? 7 : 191) {
            std::string word;
            for (int next = 0; next < length; ++next) word += "w" + std::to_string((number + next) * 7919) + "x";
            const auto result = index.search({word, {}, {}});
            ASSERT_TRUE(result.ok()) << result.error().message;
            ASSERT_EQ(result->hits.size(), 1u) << word;
            ASSERT_EQ(result->hits[0].offset, static_cast<std::int64_t>(text.find(word))) << word;
        }
    }
}

TEST_F(SearchIndexTest, FindsLongPhrases) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string text;
    for (int index = 0; index < 3000; ++index) text += "line " + std::to_string(index) + " of many; ";
    addText(writer, session, "\"" + text + "\"");
    const std::string phrase = text.substr(20000, 900);
    EXPECT_EQ(find("\"" + phrase + "\""), "s/1 prompt\n");
    EXPECT_EQ(find("\"" + phrase + "!\""), "");
}

TEST_F(SearchIndexTest, CountsAPartOnceWhateverTurnsReferToIt) {
    auto writer = openWriter();
    const auto old = addSessionAt(writer, "old", 1);
    const auto young = addSessionAt(writer, "young", 2);
    const std::string system = "\"you are a helpful zebra" + std::string(kPadding, '.') + "\"";
    std::string body = "[" + system + "]";
    std::vector<support::ByteRange> parts = {{1, system.size()}};
    auto turn = addTurn(writer, old, body, parts, "{}");
    for (int number = 2; number <= 5; ++number) {
        body += "{\"more\":" + std::to_string(number) + std::string(kPadding, ' ') + "}";
        turn = addTurn(writer, old, body, parts, "{}", turn.id);
    }
    EXPECT_EQ(find("zebra"), "old/1 prompt\n");
    addTurn(writer, young, "{}[" + system + "]", std::vector<support::ByteRange>{{3, system.size()}}, "{}");
    EXPECT_EQ(find("zebra"), "young/1 old/1 prompt\n");
}

TEST_F(SearchIndexTest, PutsTheNewestSessionFirstAndPages) {
    auto writer = openWriter();
    const auto young = addSessionAt(writer, "young", 9);
    const auto old = addSessionAt(writer, "old", 3);
    for (int number = 1; number <= 3; ++number) {
        addText(writer, old, "\"heron " + std::to_string(number) + "\"");
        addText(writer, young, "\"heron " + std::to_string(number + 10) + "\"");
    }
    const std::string all =
        "young/3 prompt\nyoung/2 prompt\nyoung/1 prompt\nold/3 prompt\nold/2 prompt\nold/1 prompt\n";
    EXPECT_EQ(find("heron"), all);
    std::string paged;
    for (std::int64_t offset = 0; offset < 8; offset += 2) paged += find("heron", {{}, {}, {}, 2, offset});
    EXPECT_EQ(paged, all);
    SearchIndex index = openIndex();
    EXPECT_TRUE(index.search({"heron", {}, {}, 5})->more);
    EXPECT_FALSE(index.search({"heron", {}, {}, 6})->more);
}

TEST_F(SearchIndexTest, FiltersBySessionAndKind) {
    auto writer = openWriter();
    const auto one = addSessionAt(writer, "one", 1);
    const auto two = addSessionAt(writer, "two", 2);
    addText(writer, one, R"("otter")", R"({"answer":"otter"})");
    addText(writer, two, R"("otter again")");
    EXPECT_EQ(find("otter"), "two/1 prompt\none/1 prompt\none/1 reply\n");
    EXPECT_EQ(find("otter", {{}, one, {}}), "one/1 prompt\none/1 reply\n");
    EXPECT_EQ(find("otter", {{}, {}, Kind::reply}), "one/1 reply\n");
    EXPECT_EQ(find("otter", {{}, two, Kind::reply}), "");
}

TEST_F(SearchIndexTest, FindsShortTextThatIsNoPart) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    const std::string body = R"({"messages":[{"role":"user","content":"click Grün"}]})";
    addTurn(writer, session, body, {}, "{}");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    const auto result = index.search({"grün", {}, {}});
    ASSERT_EQ(result->hits.size(), 1u);
    const Hit& hit = result->hits[0];
    EXPECT_FALSE(hit.part.has_value());
    EXPECT_EQ(hit.inRequest, static_cast<std::int64_t>(body.find("Grün")));
    EXPECT_EQ(
        hit.excerpt.substr(static_cast<std::size_t>(hit.excerptOffset), static_cast<std::size_t>(hit.excerptLength)),
        "Grün");
}

TEST_F(SearchIndexTest, JoinsTheWordsOfAStreamedReply) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string stream = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\"}}\n\n";
    for (const char* piece : {"Add a ", "rem", "inder for ", "Tue\\nsday"}) {
        stream +=
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
            "\"text_delta\",\"text\":\"" +
            std::string(piece) + "\"}}\n\n";
    }
    addText(writer, session, R"("x")", stream);
    EXPECT_EQ(find("\"a reminder for tue sday\""), "s/1 reply\n");
    EXPECT_EQ(bytesFound("Tue"), "Tue");
    EXPECT_EQ(find("content_block_delta"), "") << "the wrapping is no text";
}

TEST_F(SearchIndexTest, JoinsTheWordsOfChatCompletions) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string stream;
    for (const char* piece : {"pel", "ican"}) {
        stream +=
            "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"qwen\",\"choices\":[{\"index\":0,"
            "\"delta\":{\"content\":\"" +
            std::string(piece) + "\"}}]}\n\n";
    }
    addText(writer, session, R"("x")", stream + "data: [DONE]\n\n");
    EXPECT_EQ(find("pelican"), "s/1 reply\n");
    EXPECT_EQ(find("qwen"), "s/1 reply\n");
}

TEST_F(SearchIndexTest, FindsOfAScreenWhatStandsNowhereElse) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    const auto addScreen = [&](const std::string& text, std::vector<std::string> names) {
        const std::string body = "[" + text + std::string(kPadding, ' ') + "]";
        const support::ByteRange part{1, body.size() - 2};
        model::Turn turn;
        turn.session = session;
        ASSERT_TRUE(writer.beginTurn(turn, {body, std::span(&part, 1), {}, {}}, {}).ok());
        turn.status = model::TurnStatus::complete;
        model::Screen screen;
        for (auto& name : names) {
            model::Element element;
            element.role = "button";
            element.text = name;
            screen.elements.push_back(element);
        }
        ASSERT_TRUE(writer.finishTurn(turn, {"{}", {}, {}}, &screen).ok());
    };
    addScreen(R"("- button \"Covered\"")", {"Covered", "Walrus"});
    addScreen(R"("nothing")", {"Covered", "Walrus", "Gannet"});
    EXPECT_EQ(find("covered"), "s/1 prompt\n");
    EXPECT_EQ(find("walrus"), "s/1 screen\n");
    EXPECT_EQ(find("gannet"), "s/2 screen\n");
    EXPECT_EQ(find("gannet", {{}, {}, Kind::screen}), "s/2 screen\n");
    EXPECT_EQ(find("\"walrus gannet\""), "") << "two elements are no phrase";
}

TEST_F(SearchIndexTest, FindsLinkedFilesAsTheyAre) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    model::Turn turn;
    turn.session = session;
    const storage::LinkedFile file{"a.yml", "- link \"C:\\new\\table\"" + std::string(kPadding, '.')};
    ASSERT_TRUE(writer.beginTurn(turn, {"{}", {}, {}, std::span(&file, 1)}, {}).ok());
    EXPECT_EQ(find("c:\\new\\table"), "s/1 file\n");
}

TEST_F(SearchIndexTest, LeavesPicturesOut) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::string picture;
    for (int index = 0; index < 900; ++index) picture += "iVBORw0K" + std::to_string(index);
    addText(writer, session, "{\"before\":\"lynx\",\"data\":\"" + picture + "\",\"after\":\"marten\"}");
    EXPECT_EQ(find("lynx marten"), "s/1 prompt\n");
    EXPECT_EQ(find("iVBORw0K"), "");
}

TEST_F(SearchIndexTest, RefusesToLookForNothing) {
    openWriter();
    SearchIndex index = openIndex();
    for (const char* nothing : {"", "   ", "\"\"", "\" \""}) {
        const auto result = index.search({nothing, {}, {}});
        ASSERT_FALSE(result.ok()) << nothing;
        EXPECT_EQ(result.error().code, support::ErrorCode::invalidArgument);
    }
}

TEST_F(SearchIndexTest, KeepsOffsetsOfAReplyThatCameLater) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    model::Turn turn;
    turn.session = session;
    ASSERT_TRUE(writer.beginTurn(turn, {"{\"q\":1}", {}, {}, {}}, {}).ok());
    EXPECT_EQ(find("kestrel"), "");
    turn.status = model::TurnStatus::complete;
    ASSERT_TRUE(writer.finishTurn(turn, {R"({"a":"kestrel"})", {}, {}}, nullptr).ok());
    EXPECT_EQ(find("kestrel"), "s/1 reply\n");
    EXPECT_EQ(bytesFound("kestrel"), "kestrel");
}

}  // namespace
}  // namespace turntable::search
