#include "storage/privacy/private_text.h"

#include <chrono>

#include <gtest/gtest.h>

namespace turntable::privacy {
namespace {

/// "KIND secret" a line, in the order of the document.
std::string finds(std::string_view document) {
    std::string text;
    for (const auto& span : PrivateTextFinder(everyPrivateKind()).find(document)) {
        text += std::string(privateKindName(span.kind)) + " " + span.secret + "\n";
    }
    return text;
}

/// The document with each find replaced by its kind.
std::string masked(std::string_view document) {
    std::string text;
    std::size_t at = 0;
    std::vector<std::pair<support::ByteRange, std::string>> edits;
    for (const auto& span : withoutOverlap(PrivateTextFinder(everyPrivateKind()).find(document))) {
        std::string mark = "<" + std::string(privateKindName(span.kind)) + ">";
        for (const auto piece : span.pieces) edits.emplace_back(piece, std::exchange(mark, ""));
    }
    std::sort(edits.begin(), edits.end(),
              [](const auto& left, const auto& right) { return left.first.offset < right.first.offset; });
    for (const auto& [piece, mark] : edits) {
        text += document.substr(at, piece.offset - at);
        text += mark;
        at = piece.end();
    }
    return text + std::string(document.substr(at));
}

TEST(PrivateTextFinder, FindsEachKindInPlainText) {
    EXPECT_EQ(finds("write to Ann.Lee+x@mail.example.org."), "email Ann.Lee+x@mail.example.org\n");
    EXPECT_EQ(finds("see /Users/ann/notes and /home/bob"), "path /Users/ann\nuser ann\npath /home/bob\nuser bob\n");
    EXPECT_EQ(finds("C:\\Users\\ann\\x"), "path C:\\Users\\ann\nuser ann\n");
    EXPECT_EQ(finds("key sk-ant-api03-abcDEF0123456789xyz."), "key sk-ant-api03-abcDEF0123456789xyz\n");
    EXPECT_EQ(finds("ghp_0123456789abcdefghij0123456789abcdef"), "key ghp_0123456789abcdefghij0123456789abcdef\n");
    EXPECT_EQ(finds("AKIAIOSFODNN7EXAMPLE"), "key AKIAIOSFODNN7EXAMPLE\n");
    EXPECT_EQ(finds("use Bearer abcdef0123456789 now"), "bearer abcdef0123456789\n");
    EXPECT_EQ(finds("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN"),
              "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN\n");
    EXPECT_EQ(finds("password: hunter2!"), "password hunter2!\n");
    EXPECT_EQ(finds("API_KEY='a b c'"), "password a b c\n");
    EXPECT_EQ(finds("http://ann:secret1@db.example.com:5432/x"),
              "password secret1\nemail secret1@db.example.com\nhost db.example.com\n");
    EXPECT_EQ(finds("ping nas.local from 192.168.1.20"), "host nas.local\nip 192.168.1.20\n");
    EXPECT_EQ(finds("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\nrest"),
              "private_key -----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n");
}

TEST(PrivateTextFinder, LeavesAloneWhatOnlyLooksAlike) {
    for (const char* text :
         {"icon@2x.png", "a @ b", "/srv/home/x", "scikit sk-learn-and-more-words", "version 1.2.3.400", "1.2.3.4.5",
          "127.0.0.1", "http://localhost:8080/", "http://127.0.0.1:8080", "bearer of bad news, friend",
          "max_tokens: 4096", "token: the smallest unit", "~/.local/share", "secretary: Ann", "eyJ.a.b",
          "password:", "\"password\": {"}) {
        EXPECT_EQ(finds(text), "") << text;
    }
}

TEST(PrivateTextFinder, UndoesEscapesOfJson) {
    EXPECT_EQ(finds(R"({"text":"mail ann\u0040example.org or \/home\/bob\/x"})"),
              "email ann@example.org\npath /home/bob\nuser bob\n");
    EXPECT_EQ(masked(R"({"text":"mail ann\u0040example.org!","n":1})"), R"({"text":"mail <email>!","n":1})");
}

TEST(PrivateTextFinder, LooksIntoJsonInsideStringsOfJson) {
    EXPECT_EQ(masked(R"({"arguments":"{\"to\":\"ann@example.org\",\"password\":\"s3cret!\"}"})"),
              R"({"arguments":"{\"to\":\"<email>\",\"password\":\"<password>\"}"})");
    EXPECT_EQ(masked(R"({"a":"{\"b\":\"{\\\"c\\\":\\\"x\\\\u0040example.org\\\"}\"}"})"),
              R"({"a":"{\"b\":\"{\\\"c\\\":\\\"<email>\\\"}\"}"})");
}

TEST(PrivateTextFinder, TakesTheValuesOfFieldsThatNameASecret) {
    EXPECT_EQ(masked(R"({"password" : "any text \" at all", "max_tokens": 5, "db_secret":"x"})"),
              R"({"password" : "<password>", "max_tokens": 5, "db_secret":"<password>"})");
    EXPECT_EQ(finds(R"({"properties":{"password":{"type":"string","description":"the login"}}})"), "");
}

TEST(PrivateTextFinder, FindsWhatAStreamCutsApart) {
    const std::string stream =
        "event: content_block_delta\n"
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"mail ann@exam\"}}\n\n"
        "event: content_block_delta\n"
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"ple.org now\"}}\n\n";
    EXPECT_EQ(finds(stream), "email ann@example.org\n");
    const std::string result = masked(stream);
    EXPECT_NE(result.find("\"text\":\"mail <email>\"}}"), std::string::npos) << result;
    EXPECT_NE(result.find("\"text\":\" now\"}}"), std::string::npos) << result;
    const std::string lines = "{\"response\":\"sk-abcdef01\"}\n{\"response\":\"23456789abcdef\"}\n";
    EXPECT_EQ(masked(lines), "{\"response\":\"<key>\"}\n{\"response\":\"\"}\n");
}

TEST(PrivateTextFinder, TheLongestFindWinsAndTheRestOfOthersStays) {
    EXPECT_EQ(masked("/home/bob/x"), "<path>/x");
    std::vector<PrivateSpan> spans = {{PrivateKind::custom, "abcdef", {{0, 6}}},
                                      {PrivateKind::email, "efgh", {{4, 4}}}};
    const auto kept = withoutOverlap(spans);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[1].pieces, (std::vector<support::ByteRange>{{6, 2}}));
}

TEST(PrivateTextFinder, FindsLiteralsWhereverTheyStand) {
    PrivateTextFinder finder({});
    finder.alsoFind("Project Blue", PrivateKind::custom, false);
    finder.alsoFind("bob", PrivateKind::userName, true);
    const auto spans = finder.find(R"({"text":"bob knows Project Blue\u002c Bobby and bobsled"})");
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].secret, "bob");
    EXPECT_EQ(spans[1].secret, "Project Blue");
}

// Texts made to be slow for patterns that go back: each is ten times the size of the one before, and may take about
// ten times as long, not a hundred times.
TEST(PrivateTextFinder, StaysLinear) {
    const auto seconds = [](const std::string& text) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(PrivateTextFinder(everyPrivateKind()).find(text));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    for (const char* unit : {"a@", "a.", "password=", "-----BEGIN PRIVATE KEY-----", "eyJa.", "://", "/home/", "sk-0",
                             "1.1.", "\\", "\"a\":", ".local"}) {
        std::string small;
        while (small.size() < 40'000) small += unit;
        std::string large;
        while (large.size() < 400'000) large += unit;
        const double first = seconds(small);
        EXPECT_LT(seconds(large), 40 * first + 0.5) << unit;
    }
}

TEST(PrivateTextFinder, FindsSecretsAtHardPlaces) {
    // Behind a percent escape, a terminal's colour, in a name of several words; long, without digits.
    EXPECT_EQ(masked("url?x%3Dsk-abcDEF0123456789xyz"), "url?x%3D<key>");
    EXPECT_EQ(masked("\x1b[31msk-abcDEF0123456789xyz\x1b[0m"), "\x1b[31m<key>\x1b[0m");
    EXPECT_EQ(masked("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"), "<key>");
    EXPECT_EQ(masked("AKIAABCDEFGHIJKLMNOP xoxe-1-abcdef0123456 xoxc-012345678901"), "<key> <key> <key>");
    EXPECT_EQ(masked("sk-learn-and-many-more-words-of-it"), "sk-learn-and-many-more-words-of-it");
    EXPECT_EQ(masked("password         = hunter22"), "password         = <password>");
    EXPECT_EQ(masked("GH_TOKEN=abc0123456789xyz sessionToken: 'abc0123456789xyz'"),
              "GH_TOKEN=<password> sessionToken: '<password>'");
    EXPECT_EQ(masked("Authorization: Basic  dXNlcjpwYXNzd29yZDEy"), "Authorization: Basic  <bearer>");
    // A quote in a password, in JSON in a string of JSON.
    EXPECT_EQ(masked(R"({"text":"{\"password\": \"ab\\\"cdef\", \"x\": 1}"})"),
              R"({"text":"{\"password\": \"<password>\", \"x\": 1}"})");
    EXPECT_EQ(masked(R"({"pass\u0077ord":"hunter22"})"), R"({"pass\u0077ord":"<password>"})");
    // A key whose lines a listing numbered.
    EXPECT_EQ(masked("1> -----BEGIN PRIVATE KEY-----\n2> \"MIIB\"\n3> -----END PRIVATE KEY-----\nrest"),
              "1> <private_key>\nrest");
    // Names that mean something else, too.
    EXPECT_EQ(masked(R"({"token":"Hello","logprob":-0.1,"eos_token":"</s>"})"),
              R"({"token":"Hello","logprob":-0.1,"eos_token":"</s>"})");
}

TEST(PrivateTextFinder, PutsTogetherWhatBelongsTogetherInAStream) {
    const auto chunk = [](int choice, const std::string& text) {
        return R"(data: {"choices":[{"index":)" + std::to_string(choice) + R"(,"delta":{"content":")" + text +
               "\"}}]}\n\n";
    };
    const std::string stream = chunk(0, "sk-ant-api03-abc") + chunk(1, "other ") + chunk(0, "DEF0123456789xyz");
    EXPECT_EQ(finds(stream), "key sk-ant-api03-abcDEF0123456789xyz\n");
    std::string returns = stream;
    std::replace(returns.begin(), returns.end(), '\n', '\r');
    EXPECT_EQ(finds(returns), "key sk-ant-api03-abcDEF0123456789xyz\n");
}

TEST(PrivateTextFinder, FindsWhatAnExpressionMatches) {
    PrivateTextFinder finder({});
    ASSERT_TRUE(finder.alsoMatch("ticket-[0-9]+", PrivateKind::custom).ok());
    ASSERT_TRUE(finder.alsoMatch("x*", PrivateKind::custom).ok()) << "that matches nothing at all, too";
    const auto found = finder.find(R"({"a":"see ticket-12 and \u0074icket-3"})");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].secret, "ticket-12");
    EXPECT_EQ(found[1].secret, "ticket-3");
    const auto wrong = finder.alsoMatch("a(b", PrivateKind::custom);
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().code, support::ErrorCode::invalidArgument);
    EXPECT_NE(wrong.error().message.find("a(b"), std::string::npos);
}

TEST(FindMemory, ChangesNothingInWhatIsFound) {
    const PrivateTextFinder finder(everyPrivateKind());
    const std::string text = R"(, mail ann\u0040example.org or sk-ant-api03-abcDEF0123456789xyz, a long clean text")";
    FindMemory memory;
    for (int turn = 0; turn < 4; ++turn) {
        std::string document =
            R"({"number":)" + std::to_string(turn * 1000) + R"(,"texts":["nothing of note in here, really")";
        for (int message = 0; message <= turn; ++message) document += ",\"" + std::to_string(message) + text;
        document += R"(],"password":"a long clean text that is one"})";
        EXPECT_EQ(finder.find(document, &memory), finder.find(document)) << document;
    }
}

TEST(FindMemory, ForgetsWhatWasNotMetForLong) {
    FindMemory memory;
    memory.remember({1, 0}, {});
    memory.remember({2, 0}, {{PrivateKind::email, "a@b.cd", {{0, 6}}}});
    for (std::uint64_t other = 100; other < 100 + FindMemory::kMostStrings; ++other) memory.remember({other, 0}, {});
    ASSERT_TRUE(memory.recall({2, 0}).has_value());
    EXPECT_EQ(memory.recall({2, 0})->size(), 1U);
    for (std::uint64_t other = 1'000'000; other < 1'000'000 + FindMemory::kMostStrings; ++other) {
        memory.remember({other, 0}, {});
    }
    EXPECT_FALSE(memory.recall({1, 0}).has_value());
    EXPECT_TRUE(memory.recall({2, 0}).has_value());
}

}  // namespace
}  // namespace turntable::privacy
