#include "studio/cli/hit_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace turntable::cli {
namespace {

search::Hit someHit() {
    search::Hit hit;
    hit.kind = search::Kind::prompt;
    hit.part = support::PartId{17};
    hit.offset = 1204;
    hit.length = 11;
    hit.excerpt = "open the preferences window";
    hit.excerptOffset = 9;
    hit.excerptLength = 11;
    hit.places = {{{3}, "mail", {40}, 4}, {{2}, "older", {12}, 1}};
    return hit;
}

TEST(HitText, NamesSessionTurnPartAndOffset) {
    search::SearchResult result;
    result.hits = {someHit()};
    EXPECT_EQ(hitsText({"preferences", {}, {}}, result),
              "mail  turn 4  prompt  part 17 byte 1204  (also new in 1 other turn)\n"
              "    open the preferences window\n");
}

TEST(HitText, SaysThatNothingWasFound) {
    EXPECT_EQ(hitsText({"zz", {}, {}}, {}), "nothing found for zz\n");
    EXPECT_EQ(hitsText({"zz", {}, {}, 20, 20}, {}), "no further hit for zz\n");
}

TEST(HitText, SaysWhatIsMissing) {
    search::SearchResult result;
    result.hits = {someHit()};
    result.hits[0].part.reset();
    result.hits[0].offset.reset();
    result.hits[0].places.pop_back();
    result.hits[0].inRequest = 88;
    result.more = true;
    result.unindexed = 2;
    result.unreadable = 1;
    EXPECT_EQ(hitsText({"p", {}, {}, 1, 5}, result),
              "mail  turn 4  prompt  request byte 88\n    open the preferences window\n"
              "there are more: --offset 6 goes on\n2 turns are not in the search index yet: search again\n"
              "1 damaged part of the store could not be searched\n");
}

TEST(HitText, KnowsTheNamesOfKinds) {
    EXPECT_EQ(kindNamed("screen"), search::Kind::screen);
    EXPECT_EQ(kindNamed("picture"), std::nullopt);
}

TEST(HitText, GivesNullForWhatIsNotThere) {
    search::SearchResult result;
    result.hits = {someHit()};
    const auto document = hitsToJson({"preferences", {}, {}}, result, "");
    EXPECT_EQ(
        document.at("hits").at(0).dump(),
        R"({"session":3,"turn":4,"kind":"prompt","part":17,"offset":1204,"request_offset":null,"length":11,)"
        R"("excerpt":"open the preferences window","excerpt_offset":9,"excerpt_length":11,"places":[)"
        R"({"session":3,"name":"mail","turn":4,"turn_id":40},{"session":2,"name":"older","turn":1,"turn_id":12}]})");
    EXPECT_TRUE(document.at("next_offset").is_null());
    EXPECT_TRUE(document.at("notice").is_null());
}

}  // namespace
}  // namespace turntable::cli
