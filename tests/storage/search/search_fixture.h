#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "storage/search/search_index.h"
#include "storage/sqlite/database.h"
#include "tests/storage/store_fixture.h"

namespace turntable::search {

/// A store, ways to put texts into it, and hits as short texts.
class SearchFixture : public storage::StoreFixture {
protected:
    /// A turn whose request is one part, which is long enough not to be taken for a short piece.
    static model::Turn addText(storage::TraceWriter& writer, support::SessionId session, const std::string& text,
                               const std::string& reply = "{}") {
        const std::string body = "{\"messages\":[" + text + std::string(kPadding, ' ') + "]}";
        const support::ByteRange part{13, text.size() + kPadding};
        return addTurn(writer, session, body, std::span(&part, 1), reply);
    }

    static support::SessionId addSessionAt(storage::TraceWriter& writer, const std::string& name, int hour) {
        model::Session session;
        session.name = name;
        session.started = support::WallTime(std::chrono::hours(hour));
        const auto id = writer.createSession(session);
        EXPECT_TRUE(id.ok());
        return id ? *id : support::SessionId{};
    }

    SearchIndex openIndex() {
        auto index = SearchIndex::open(m_path);
        EXPECT_TRUE(index.ok()) << (index ? "" : index.error().message);
        return std::move(*index);
    }

    /// What a fresh index finds: "SESSION/TURN KIND" a hit, newest first, one a line.
    std::string find(const std::string& text, SearchRequest request = {}) {
        SearchIndex index = openIndex();
        const auto left = index.update();
        EXPECT_TRUE(left.ok()) << (left ? "" : left.error().message);
        return findIn(index, text, std::move(request));
    }
    static std::string findIn(SearchIndex& index, const std::string& text, SearchRequest request = {}) {
        request.text = text;
        const auto result = index.search(request);
        EXPECT_TRUE(result.ok()) << (result ? "" : result.error().message);
        if (!result) return "error";
        std::string lines;
        for (const Hit& hit : result->hits) {
            for (const Place& place : hit.places) {
                lines += place.sessionName + "/" + std::to_string(place.number) + " ";
            }
            lines += std::string(kindName(hit.kind)) + "\n";
        }
        return lines;
    }

    /// The recorded bytes that the first hit names.
    std::string bytesFound(const std::string& text) {
        SearchIndex index = openIndex();
        EXPECT_TRUE(index.update().ok());
        SearchRequest request;
        request.text = text;
        const auto result = index.search(request);
        if (!result || result->hits.empty()) return "no hit";
        const Hit& hit = result->hits.front();
        const auto reader = openReader();
        const auto turn = hit.places.front().turn;
        const std::string bytes = hit.kind == Kind::reply ? *reader.responseBody(turn) : *reader.requestBody(turn);
        // The part of these tests begins at byte 13 of the body.
        const std::int64_t begin = hit.inRequest ? *hit.inRequest : *hit.offset + (hit.kind == Kind::prompt ? 13 : 0);
        return bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(hit.length));
    }

    [[nodiscard]] std::filesystem::path indexPath() const { return searchIndexPath(m_path); }

    static constexpr std::size_t kPadding = 600;  // beyond what is kept inside of a recipe
};

}  // namespace turntable::search
