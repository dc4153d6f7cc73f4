#include "studio/gui/readable.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace turntable::gui {
namespace {

constexpr std::string_view kJson = R"({"b":1.0,"a":[1e3,{}, [ ] ,"x, {y}: \"z\""],"b":{"c":null,"d":"é"}})";

/// The text without the white space outside of strings.
std::string squeezed(std::string_view json) {
    std::string out;
    bool inString = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (json[at] == '"' && (at == 0 || json[at - 1] != '\\')) inString = !inString;
        if (inString || (json[at] != ' ' && json[at] != '\n')) out += json[at];
    }
    return out;
}

TEST(ReadableJson, PutsAMemberOnALine) {
    EXPECT_EQ(readableJson(R"({"b":1.0,"a":[1e3,{}],"b":"x"})"),
              "{\n  \"b\": 1.0,\n  \"a\": [\n    1e3,\n    {}\n  ],\n  \"b\": \"x\"\n}");
}

TEST(ReadableJson, ChangesNothingButWhiteSpace) { EXPECT_EQ(squeezed(readableJson(kJson)), squeezed(kJson)); }

TEST(ReadableJson, TakesATextCutAnywhere) {
    for (std::size_t end = 0; end <= kJson.size(); ++end) {
        const std::string_view cut = kJson.substr(0, end);
        EXPECT_EQ(squeezed(readableJson(cut)), squeezed(cut)) << "cut after byte " << end;
    }
}

TEST(ReadableJson, LeavesAnythingElseAsItIs) {
    EXPECT_EQ(readableJson("event: ping\ndata: {}\n"), "event: ping\ndata: {}\n");
    EXPECT_EQ(readableJson(""), "");
    EXPECT_EQ(readableJson("]]]"), "]]]");
    EXPECT_EQ(readableJson("{]}]"), "{]\n}\n]");
}

TEST(ReadableLines, SaysHowMuchOfALongLineIsMissing) {
    const std::string text = readableLines(std::string(5000, 'x') + "\nshort");
    EXPECT_EQ(text, std::string(2000, 'x') + "… (3000 more bytes in this line)\nshort");
}

TEST(ReadableLines, CutsNoCharacterInTwo) {
    const std::string text = readableLines("x" + [] {
        std::string accents;
        for (int each = 0; each < 2000; ++each) accents += "é";
        return accents;
    }());
    EXPECT_EQ(text.substr(1999, 4), "… ") << "cut before the character that crosses the limit";
}

TEST(ReadableLines, KeepsShortTextsByteForByte) { EXPECT_EQ(readableLines("a\n\nb\n"), "a\n\nb\n"); }

}  // namespace
}  // namespace turntable::gui
