#include "recorder/logs/log_values.h"

#include <limits>

#include <gtest/gtest.h>

#include "recorder/logs/base64.h"

namespace turntable::logs {
namespace {

std::string utc(std::optional<support::WallTime> time) { return time ? support::formatUtc(*time) : "none"; }

TEST(LogValues, ReadsTimesOfAnyZone) {
    EXPECT_EQ(utc(timeOfText("2026-11-22T19:55:08.332Z")), "2026-11-22T19:55:08.332Z");
    EXPECT_EQ(utc(timeOfText("2026-11-22T20:55:08.332500+01:00")), "2026-11-22T19:55:08.332Z");
    EXPECT_EQ(utc(timeOfText("2026-02-28T23:30:00-0130")), "2026-03-01T01:00:00.000Z");
}

TEST(LogValues, TakesNoNonsenseForATime) {
    for (const auto* text :
         {"", "now", "2026-11-22", "2026-11-22T19:55:08", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
          "2026-11-22T24:00:00Z", "1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026-11-22T19:55:08Z and more"}) {
        EXPECT_EQ(utc(timeOfText(text)), "none") << text;
    }
}

TEST(LogValues, ReadsSecondsToTheMicrosecond) {
    EXPECT_EQ(timeOfSeconds(1795377276.962)->time_since_epoch().count(), 1'795'377'276'962'000'000);
    for (const double seconds : {0.0, -1.0, 1e18, std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_FALSE(timeOfSeconds(seconds)) << seconds;
    }
    EXPECT_FALSE(timeOfSeconds(std::nullopt));
}

TEST(LogValues, TakesANegativeDurationForAnUnknownOne) {
    EXPECT_EQ(durationOfMs(1.5), support::Nanoseconds(1'500'000));
    EXPECT_EQ(durationOfMs(0), support::Nanoseconds(0));
    for (const double ms : {-1.0, 1e300, std::numeric_limits<double>::infinity()}) EXPECT_FALSE(durationOfMs(ms)) << ms;
}

TEST(LogValues, SplitsUrlsWithoutTheirSecrets) {
    const auto url = splitUrl("https://me:pass@host:8443/proxy/v1/messages?beta=true&api_key=abc&Token=x#part");
    EXPECT_EQ(url.endpoint, "https://host:8443/proxy");
    EXPECT_EQ(url.target, "/v1/messages?beta=true&api_key=&Token=");
    EXPECT_EQ(splitUrl("http://host").endpoint, "http://host");
    EXPECT_EQ(splitUrl("/v1/messages?to=http://x").target, "/v1/messages?to=http://x");
}

std::string linesOf(std::string_view json, std::string_view body) {
    wire::JsonReader reader;
    const auto document = reader.read(json);
    return headerLines(document->root(), body);
}

TEST(LogValues, KeepsHeadersOfBothShapesWithoutSecrets) {
    EXPECT_EQ(linesOf(R"({"Accept":["a","b"],"x-api-key":"k","Cookie":"c","n":1})", ""),
              "Accept: a\nAccept: b\nn: 1\n");
    EXPECT_EQ(linesOf(R"([{"name":"Accept","value":"a"},{"name":"Authorization","value":"b"},7])", ""), "Accept: a\n");
}

TEST(LogValues, LetsNoHeaderForgeAnother) {
    EXPECT_EQ(linesOf(R"({"a":"1\nauthorization: x","b\nc":"2","turntable-provenance":"wire"})", ""),
              "a: 1 authorization: x\n");
}

TEST(LogValues, DropsAContentCodingThatTheLogHasUndone) {
    EXPECT_EQ(linesOf(R"({"content-encoding":"gzip"})", "plain"), "");
    EXPECT_EQ(linesOf(R"({"content-encoding":"gzip"})", "\x1f\x8b\x08"), "content-encoding: gzip\n");
}

TEST(DecodeBase64, GivesTheBytes) {
    EXPECT_EQ(decodeBase64("Zm9vYmE="), "fooba");
    EXPECT_EQ(decodeBase64("Zm9v\r\nYg"), "foob");
    EXPECT_EQ(decodeBase64(""), "");
    EXPECT_EQ(decodeBase64("AP8="), std::string("\0\xff", 2));
}

TEST(DecodeBase64, RefusesWhatIsNone) {
    for (const auto* text : {"Zm9v!", "Z", "Zm9vY", "Zm=9v"}) EXPECT_FALSE(decodeBase64(text)) << text;
}

}  // namespace
}  // namespace turntable::logs
