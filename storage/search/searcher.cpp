#include "storage/search/searcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/search/locate.h"
#include "storage/search/piece_cutter.h"

namespace turntable::search {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// Neighbours among the stored parts are compressed one against the other: reading them from old to new is cheap.
constexpr std::size_t kMaxBatch = 64;

bool isDamage(const Error& error) { return error.code == ErrorCode::corrupt || error.code == ErrorCode::notFound; }

}  // namespace

Result<SearchResult> Searcher::run(const SearchRequest& request) {
    if (request.limit < 1 || request.offset < 0) {
        return Error{ErrorCode::invalidArgument, "a search needs a limit of 1 or more and an offset of 0 or more"};
    }
    auto terms = parseQuery(request.text);
    if (!terms) return terms.error();
    for (Term& term : *terms) {
        auto candidates = m_file.candidates(m_state, term.bits);
        if (!candidates) return candidates.error();
        m_wanted.push_back({std::move(term), std::move(*candidates), {}});
    }
    auto sessions = m_store.sessions();
    if (!sessions) return sessions.error();
    m_sessions = std::move(*sessions);
    SearchResult result;
    result.unreadable = m_catalogue.unreadable;
    if (auto done = collect(rank(request), request, result); !done) return done.error();
    return result;
}

std::vector<Searcher::Ranked> Searcher::rank(const SearchRequest& request) const {
    const auto started = [this](const Owner& owner) {
        const auto session = m_sessions.find(owner.session);
        return session == m_sessions.end() ? std::int64_t{0} : session->second.started;
    };
    const auto newer = [&](const Owner& left, const Owner& right) {
        return std::make_tuple(started(left), left.session, left.number) >
               std::make_tuple(started(right), right.session, right.number);
    };
    std::vector<Ranked> ranked;
    for (const Document& document : m_catalogue.documents) {
        if (request.kind && *request.kind != document.kind) continue;
        std::vector<Owner> owners;
        for (const Owner& owner : document.owners) {
            if (!request.session || request.session->value == owner.session) owners.push_back(owner);
        }
        if (owners.empty()) continue;
        std::sort(owners.begin(), owners.end(), newer);
        ranked.push_back({&document, std::move(owners)});
    }
    std::sort(ranked.begin(), ranked.end(), [&](const Ranked& left, const Ranked& right) {
        if (newer(left.owners.front(), right.owners.front())) return true;
        if (newer(right.owners.front(), left.owners.front())) return false;
        return std::make_pair(left.document->kind, left.document->part) <
               std::make_pair(right.document->kind, right.document->part);
    });
    return ranked;
}

Result<bool> Searcher::standsIn(Wanted& wanted, PieceKey piece) {
    const std::int64_t id = bucketOf(piece);
    const auto index = static_cast<std::size_t>(id - 1);
    if (id < 1 || id > m_state.buckets) {
        return Error{ErrorCode::corrupt, "search index: no bucket " + std::to_string(id)};
    }
    if (((wanted.candidates[index / 64] >> (index % 64)) & 1U) == 0) return false;
    auto known = wanted.inPieces.find(id);
    if (known == wanted.inPieces.end()) {
        const auto bucket = m_buckets.read(id);
        if (!bucket) return bucket.error();
        std::vector<bool> slots;
        for (std::size_t slot = 0; slot < (*bucket)->ends.size(); ++slot) {
            slots.push_back((*bucket)->piece(slot).find(wanted.term.head) != std::string_view::npos);
        }
        known = wanted.inPieces.emplace(id, std::move(slots)).first;
    }
    return slotOf(piece) < known->second.size() && known->second[slotOf(piece)];
}

Result<std::optional<Searcher::Found>> Searcher::match(const Document& document) {
    Found found;
    for (Wanted& wanted : m_wanted) {
        bool here = false;
        for (std::size_t index = 0; index < document.pieces.size() && !here; ++index) {
            const auto stands = standsIn(wanted, document.pieces[index].key);
            if (!stands) return stands.error();
            if (!*stands) continue;
            here = true;
            found.push_back(index);
        }
        if (!here) return std::optional<Found>();
    }
    return std::optional(std::move(found));
}

Result<std::vector<Place>> Searcher::placesOf(const std::vector<Owner>& owners) {
    std::vector<Place> places;
    for (const Owner& owner : owners) {
        const auto session = m_sessions.find(owner.session);
        const auto there = m_store.hasTurn(owner.turn);
        if (!there) return there.error();
        if (!*there || session == m_sessions.end()) continue;
        places.push_back({{owner.session}, session->second.name, {owner.turn}, owner.number});
    }
    return places;
}

Result<std::optional<Hit>> Searcher::hitOf(const Ranked& ranked, const Found& found) {
    const Document& document = *ranked.document;
    Hit hit;
    hit.kind = document.kind;
    auto places = placesOf(ranked.owners);
    if (!places) return places.error();
    if (places->empty()) return std::optional<Hit>();
    hit.places = std::move(*places);
    if (document.part != 0) hit.part = support::PartId{document.part};
    const auto turn = hit.places.front().turn.value;
    const auto stored = m_store.textOf(document.kind, hit.part, turn);
    if (!stored) {
        if (isDamage(stored.error())) return std::optional<Hit>();
        return stored.error();
    }
    const Text text = stored->text();
    // Of a screen the index has only what is new, so that what is far apart in the bytes is near in a piece.
    const bool whole = document.kind == Kind::screen;
    std::optional<Location> first;
    std::size_t from = 0;
    for (std::size_t index = 0; index < m_wanted.size(); ++index) {
        const Term& term = m_wanted[index].term;
        const bool isWhole = whole || term.text.size() > term.head.size();
        const std::size_t begin = isWhole ? 0 : document.pieces[found[index]].offset;
        const auto location = locate(text, term.text, begin, isWhole ? 0 : kMaxPieceBytes);
        if (!location) return std::optional<Hit>();
        if (first) continue;
        first = location;
        from = isWhole ? 0 : document.pieces[found[index] - std::min<std::size_t>(found[index], 1)].offset;
    }
    auto excerpt = excerptAt(text, *first, from);
    hit.excerpt = std::move(excerpt.text);
    hit.excerptOffset = static_cast<std::int64_t>(excerpt.offset);
    hit.excerptLength = static_cast<std::int64_t>(excerpt.length);
    hit.length = static_cast<std::int64_t>(first->length);
    if (hit.part) {
        hit.offset = static_cast<std::int64_t>(first->offset);
    } else {
        const auto place = m_store.inRequest(turn, *stored, first->offset);
        if (!place) return place.error();
        hit.inRequest = *place;
    }
    return std::optional(std::move(hit));
}

Status Searcher::collect(const std::vector<Ranked>& ranked, const SearchRequest& request, SearchResult& result) {
    std::int64_t toSkip = request.offset;
    const auto wanted = static_cast<std::size_t>(request.limit) + 1;
    std::size_t next = 0;
    while (next < ranked.size() && result.hits.size() < wanted) {
        // As many as are still missing, and read in the order of their parts.
        std::vector<std::pair<std::size_t, Found>> batch;
        const std::size_t missing = wanted - result.hits.size() + static_cast<std::size_t>(toSkip);
        for (; next < ranked.size() && batch.size() < std::min(missing, kMaxBatch); ++next) {
            auto found = match(*ranked[next].document);
            if (!found) return found.error();
            if (*found) batch.emplace_back(next, std::move(**found));
        }
        std::sort(batch.begin(), batch.end(), [&](const auto& left, const auto& right) {
            return ranked[left.first].document->part < ranked[right.first].document->part;
        });
        std::map<std::size_t, Hit> hits;
        for (const auto& [index, found] : batch) {
            auto hit = hitOf(ranked[index], found);
            if (!hit) return hit.error();
            if (*hit) hits.emplace(index, std::move(**hit));
        }
        for (auto& [index, hit] : hits) {
            if (toSkip > 0) {
                --toSkip;
            } else {
                result.hits.push_back(std::move(hit));
            }
        }
    }
    result.more = result.hits.size() >= wanted;
    if (result.more) result.hits.resize(static_cast<std::size_t>(request.limit));
    return {};
}

}  // namespace turntable::search
