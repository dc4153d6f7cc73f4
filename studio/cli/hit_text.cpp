#include "studio/cli/hit_text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace turntable::cli {
namespace {

template <typename Id>
nlohmann::ordered_json orNull(const std::optional<Id>& value) {
    if (!value) return nullptr;
    return *value;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string whereText(const search::Hit& hit) {
    if (hit.part) return "part " + std::to_string(hit.part->value) + " byte " + std::to_string(*hit.offset);
    if (hit.inRequest) return "request byte " + std::to_string(*hit.inRequest);
    return "request";
}

std::string hitText(const search::Hit& hit) {
    const auto& place = hit.places.front();
    std::string text = place.sessionName + "  turn " + std::to_string(place.number) + "  " +
                       std::string(kindName(hit.kind)) + "  " + whereText(hit);
    if (hit.places.size() > 1) {
        text += "  (also new in " + counted(hit.places.size() - 1, "other turn", "other turns") + ")";
    }
    return text + "\n    " + hit.excerpt + "\n";
}

}  // namespace

std::optional<search::Kind> kindNamed(std::string_view name) {
    for (const auto kind : {search::Kind::prompt, search::Kind::reply, search::Kind::screen, search::Kind::file}) {
        if (kindName(kind) == name) return kind;
    }
    return std::nullopt;
}

std::string hitsText(const search::SearchRequest& request, const search::SearchResult& result) {
    std::string text;
    for (const search::Hit& hit : result.hits) text += hitText(hit);
    if (result.hits.empty()) {
        text = request.offset > 0 ? "no further hit for " : "nothing found for ";
        text += request.text + '\n';
    }
    if (result.more) {
        const auto next = request.offset + static_cast<std::int64_t>(result.hits.size());
        text += "there are more: --offset " + std::to_string(next) + " goes on\n";
    }
    if (result.unindexed > 0) {
        text += counted(static_cast<std::size_t>(result.unindexed), "turn is", "turns are") +
                " not in the search index yet: search again\n";
    }
    if (result.unreadable > 0) {
        text += counted(static_cast<std::size_t>(result.unreadable), "damaged part", "damaged parts") +
                " of the store could not be searched\n";
    }
    return text;
}

nlohmann::ordered_json hitsToJson(const search::SearchRequest& request, const search::SearchResult& result,
                                  const std::string& notice) {
    nlohmann::ordered_json document;
    document["text"] = request.text;
    document["hits"] = nlohmann::ordered_json::array();
    for (const search::Hit& hit : result.hits) {
        nlohmann::ordered_json entry;
        const auto& newest = hit.places.front();
        entry["session"] = newest.session.value;
        entry["turn"] = newest.number;
        entry["kind"] = kindName(hit.kind);
        entry["part"] = hit.part ? nlohmann::ordered_json(hit.part->value) : nlohmann::ordered_json(nullptr);
        entry["offset"] = orNull(hit.offset);
        entry["request_offset"] = orNull(hit.inRequest);
        entry["length"] = hit.length;
        entry["excerpt"] = hit.excerpt;
        entry["excerpt_offset"] = hit.excerptOffset;
        entry["excerpt_length"] = hit.excerptLength;
        entry["places"] = nlohmann::ordered_json::array();
        for (const search::Place& place : hit.places) {
            entry["places"].push_back({{"session", place.session.value},
                                       {"name", place.sessionName},
                                       {"turn", place.number},
                                       {"turn_id", place.turn.value}});
        }
        document["hits"].push_back(std::move(entry));
    }
    const auto next = request.offset + static_cast<std::int64_t>(result.hits.size());
    document["next_offset"] = result.more ? nlohmann::ordered_json(next) : nlohmann::ordered_json(nullptr);
    document["unindexed_turns"] = result.unindexed;
    document["unreadable_parts"] = result.unreadable;
    document["notice"] = notice.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(notice);
    return document;
}

}  // namespace turntable::cli
