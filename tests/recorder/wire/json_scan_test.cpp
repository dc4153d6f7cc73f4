#include "recorder/wire/json_scan.h"

#include <gtest/gtest.h>

namespace turntable::wire {
namespace {

using support::ErrorCode;

std::string errorOf(std::string_view text) {
    JsonReader reader;
    const auto document = reader.read(text);
    return document ? "read" : document.error().message;
}

TEST(JsonReader, GivesTheBytesOfEveryValue) {
    constexpr std::string_view kText = "\n { \"a\" : [ 1.50 , \"x\\\"]\" , { } ] , \"b\":{\"c\" : null } } \r\n";
    JsonReader reader;
    const auto document = reader.read(kText);
    ASSERT_TRUE(document.ok()) << document.error().message;
    const JsonValue root = document->root();
    EXPECT_EQ(root.raw(), R"({ "a" : [ 1.50 , "x\"]" , { } ] , "b":{"c" : null } })");
    EXPECT_EQ(root.find("a").raw(), R"([ 1.50 , "x\"]" , { } ])");
    EXPECT_EQ(root.find("a").first().raw(), "1.50");
    EXPECT_EQ(root.find("a").first().next().raw(), R"("x\"]")");
    EXPECT_EQ(root.find("a").first().next().next().raw(), "{ }");
    EXPECT_EQ(root.find("b").raw(), R"({"c" : null })");
    EXPECT_EQ(root.find("b").find("c").kind(), JsonKind::null);
    EXPECT_FALSE(root.find("c").find("nothing").exists());
}

TEST(JsonReader, TakesTheLastOfDuplicateKeysAndUnderstandsEscapedOnes) {
    JsonReader reader;
    const auto document = reader.read(R"({"a":1,"b":2,"\u0061":3,"a\"b":4})");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document->root().find("a").count(), 3);
    EXPECT_EQ(document->root().find("a\"b").count(), 4);
    EXPECT_EQ(document->root().first().next().next().key(), "a");
}

TEST(JsonReader, KeepsDeepContainersAsRanges) {
    std::string deep;
    for (std::size_t i = 0; i <= kIndexedDepth; ++i) deep = R"({"a":)" + deep + (deep.empty() ? "[1,[2] ]}" : "}");
    JsonReader reader;
    const auto document = reader.read(deep);
    ASSERT_TRUE(document.ok()) << document.error().message;
    JsonValue value = document->root();
    for (std::size_t i = 0; i < kIndexedDepth; ++i) value = value.find("a");
    EXPECT_EQ(value.raw(), R"({"a":[1,[2] ]})");
    EXPECT_FALSE(value.first().exists());
}

TEST(JsonReader, SaysWhereATextIsBroken) {
    const std::string structure = "a comma, a colon, a key or a value is missing, misplaced or malformed";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "not JSON at byte 0: expected an object or an array, found nothing"},
        {" 7", "not JSON at byte 1: expected an object or an array"},
        {R"({"a":1,})", "not JSON at byte 7: " + structure},
        {R"({"a" 1})", "not JSON at byte 5: " + structure},
        {R"({"a":tru})", "not JSON at byte 5: " + structure},
        {R"({"a":01})", "not JSON at byte 5: " + structure},
        {"[1 2]", "not JSON at byte 3: " + structure},
        {R"({"a":[1,2})", "not JSON at byte 9: a bracket that does not match"},
        {R"({"a":[1,2)", "not JSON at byte 9: the text ends in the middle"},
        {R"({"a)", "not JSON at byte 1: a string that is never closed"},
        {"{\"a\":\"\xC3(\"}", "not JSON at byte 6: invalid UTF-8"},
        {"{\"a\":\"\xED\xA0\x80\"}", "not JSON at byte 6: invalid UTF-8"},
        {"{\"a\":\"x\ny\"}", "not JSON at byte 7: a control character in a string"},
        {"{} {}", "not JSON at byte 3: bytes behind the end of the document"},
    };
    for (const auto& [text, message] : cases) EXPECT_EQ(errorOf(text), message) << text;
}

TEST(JsonReader, RefusesMoreThanItsLevelsOfNesting) {
    const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    EXPECT_EQ(errorOf(nested(kMaxJsonDepth)), "read");
    JsonReader reader;
    const std::string tooDeep = nested(kMaxJsonDepth + 1);
    const auto document = reader.read(tooDeep);
    ASSERT_FALSE(document.ok());
    EXPECT_EQ(document.error().code, ErrorCode::limitExceeded);
    EXPECT_EQ(document.error().message, "more than 1024 levels of nesting at byte 1024");
}

TEST(JsonReader, CanReadOnAfterABrokenText) {
    JsonReader reader;
    EXPECT_FALSE(reader.read(R"({"a":[1,,2]})").ok());
    const auto document = reader.read(R"({"a":[1,2]})");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document->root().find("a").first().next().count(), 2);
}

TEST(JsonValue, CountsAreWholeNumbersFromZero) {
    JsonReader reader;
    const auto document =
        reader.read(R"({"zero":0,"many":123456,"float":12.0,"half":1.5,"less":-1,"huge":1e300,"text":"5","no":null})");
    ASSERT_TRUE(document.ok());
    const JsonValue root = document->root();
    EXPECT_EQ(root.find("zero").count(), 0);
    EXPECT_EQ(root.find("many").count(), 123456);
    EXPECT_EQ(root.find("float").count(), 12);
    for (const char* name : {"half", "less", "huge", "text", "no", "absent"}) {
        EXPECT_EQ(root.find(name).count(), std::nullopt) << name;
    }
}

TEST(DecodeString, DecodesEveryEscape) {
    EXPECT_EQ(decodeString(R"("a\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00z")"),
              "a\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z");
}

TEST(DecodeString, ReplacesLoneSurrogatesAndKeepsUnknownEscapes) {
    EXPECT_EQ(decodeString(R"("cut \ud83d")"), "cut \xEF\xBF\xBD");
    EXPECT_EQ(decodeString(R"("\ud83d\u0041")"),
              "\xEF\xBF\xBD"
              "A");
    EXPECT_EQ(decodeString(R"("\ude00 \q \u12")"), "\xEF\xBF\xBD \\q \\u12");
}

TEST(EncodeString, QuotesAndReplacesInvalidBytes) {
    EXPECT_EQ(encodeString("a\"\n\xC3\xA9"), "\"a\\\"\\n\xC3\xA9\"");
    EXPECT_EQ(encodeString("a\xFF"), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace turntable::wire
