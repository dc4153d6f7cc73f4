#include "storage/search/index_updater.h"

#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include "storage/search/piece_cutter.h"
#include "storage/sqlite/transaction.h"

namespace turntable::search {

using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

constexpr std::chrono::milliseconds kSlice{50};
// So many pieces of no text are borne before everything is made anew.
constexpr std::int64_t kMinDead = 256;
constexpr int kMaxRounds = 8;
// In the place of a turn's stamp: whatever it is now, it is another one.
constexpr std::uint64_t kReadAgain = 0;

std::set<PieceKey> keysOf(const TurnEntry& entry) {
    std::set<PieceKey> keys;
    for (const TextEntry& text : entry.texts) {
        for (const PieceRef& piece : text.pieces) keys.insert(piece.key);
    }
    return keys;
}

}  // namespace

Result<IndexUpdater::Plan> IndexUpdater::plan() {
    const auto wanted = m_store.turns();
    if (!wanted) return wanted.error();
    auto transaction = Transaction::begin(m_file.database(), Transaction::Kind::read);
    if (!transaction) return transaction.error();
    const auto state = m_file.state();
    if (!state) return state.error();
    Plan plan;
    auto next = wanted->begin();
    auto compared = m_file.forEachTurn(*state, [&](std::int64_t id, std::string_view content) {
        const auto known = decodeStamp(id, content);
        if (!known) return false;
        for (; next != wanted->end() && next->turn < id; ++next) plan.changed.push_back(*next);
        if (next == wanted->end() || next->turn != id) {
            plan.removed.push_back(*known);
            return true;
        }
        if (next->stamp != known->stamp || next->session != known->session) plan.changed.push_back(*next);
        ++next;
        return true;
    });
    if (!compared) return compared.error();
    plan.changed.insert(plan.changed.end(), next, wanted->end());
    return plan;
}

Result<std::int64_t> IndexUpdater::pending() {
    const auto found = plan();
    if (!found) return found.error();
    return static_cast<std::int64_t>(found->changed.size());
}

Result<std::int64_t> IndexUpdater::run(const UpdateOptions& options) {
    // More than one round when turns come or go meanwhile, or when everything is made anew.
    for (int round = 0;; ++round) {
        const auto found = plan();
        if (!found) return found.error();
        if (!found->removed.empty()) {
            if (auto done = remove(found->removed); !done) return done.error();
            continue;
        }
        const auto& turns = found->changed;
        const auto total = static_cast<std::int64_t>(turns.size());
        if (turns.empty() || round >= kMaxRounds) return total;
        for (std::size_t done = 0; done < turns.size();) {
            if (options.stop.stop_requested()) return total - static_cast<std::int64_t>(done);
            const auto next = slice(turns, done);
            if (!next) {
                m_buckets.forget();
                return next.error();
            }
            done = *next;
            if (options.progress) options.progress(static_cast<std::int64_t>(done), total);
        }
    }
}

void IndexUpdater::noteBuckets(const TurnEntry& entry) {
    for (const PieceKey key : keysOf(entry)) m_loosened.insert(bucketOf(key));
}

Status IndexUpdater::write(IndexState& state) {
    ++state.generation;
    return m_file.setState(state);
}

// The rows of turns that have gone. The other turns of their sessions are to be read again: what is new on a screen
// depends on the one before it, and what is new in a prompt on its base.
Status IndexUpdater::remove(const std::vector<TurnStamp>& turns) {
    auto transaction = Transaction::begin(m_file.database(), Transaction::Kind::write);
    if (!transaction) return transaction.error();
    auto state = m_file.state();
    if (!state) return state.error();
    std::set<std::int64_t> sessions;
    std::set<std::int64_t> gone;
    for (const TurnStamp& turn : turns) {
        sessions.insert(turn.session);
        gone.insert(turn.turn);
    }
    std::vector<std::pair<std::int64_t, TurnEntry>> touched;
    auto listed = m_file.forEachTurn(*state, [&](std::int64_t id, std::string_view content) {
        auto entry = decodeTurn(content);
        if (!entry) return false;
        if (gone.contains(id) || sessions.contains(entry->session)) touched.emplace_back(id, std::move(*entry));
        return true;
    });
    if (!listed) return listed;
    for (auto& [id, entry] : touched) {
        std::optional<std::string> row;
        if (gone.contains(id)) {
            noteBuckets(entry);
        } else {
            entry.stamp = kReadAgain;
            row = encodeTurn(entry);
        }
        if (auto done = m_file.setTurn(*state, id, row); !done) return done;
    }
    if (auto done = purge(*state); !done) return done;
    if (auto done = write(*state); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    return m_file.database().execute("PRAGMA incremental_vacuum");
}

// A piece without a text goes at once, not only when it is in the way: it may have been deleted for a reason.
Status IndexUpdater::purge(IndexState& state) {
    m_buckets.forget();
    std::unordered_map<std::int64_t, std::vector<bool>> used;
    for (const std::int64_t bucket : m_loosened) used.emplace(bucket, std::vector<bool>(kMaxSlots, false));
    auto marked = m_file.forEachTurn(state, [&](std::int64_t, std::string_view content) {
        const auto entry = decodeTurn(content);
        if (!entry) return false;
        for (const TextEntry& text : entry->texts) {
            for (const PieceRef& piece : text.pieces) {
                const auto bucket = used.find(bucketOf(piece.key));
                if (bucket != used.end()) bucket->second[slotOf(piece.key)] = true;
            }
        }
        return true;
    });
    if (!marked) return marked;
    for (const auto& [bucket, slots] : used) {
        const auto gone = m_buckets.keepOnly(bucket, slots);
        if (!gone) return gone.error();
        state.dead += *gone;
    }
    m_loosened.clear();
    if (state.dead < kMinDead || state.dead * 2 < state.pieces) return {};
    const std::int64_t generation = state.generation;
    state = {};
    state.generation = generation;
    return m_file.clear();
}

Result<std::size_t> IndexUpdater::slice(const std::vector<TurnStamp>& turns, std::size_t from) {
    const auto deadline = std::chrono::steady_clock::now() + kSlice;
    auto snapshot = Transaction::begin(m_store.database(), Transaction::Kind::read);
    if (!snapshot) return snapshot.error();
    auto transaction = Transaction::begin(m_file.database(), Transaction::Kind::write);
    if (!transaction) return transaction.error();
    auto state = m_file.state();
    if (!state) return state.error();
    if (auto done = m_buckets.begin(*state); !done) return done.error();
    std::size_t next = from;
    while (next < turns.size() && (next == from || std::chrono::steady_clock::now() < deadline)) {
        if (auto done = addTurn(*state, turns[next]); !done) return done.error();
        ++next;
    }
    if (auto done = m_buckets.finish(*state); !done) return done.error();
    if (!m_loosened.empty()) {
        if (auto done = purge(*state); !done) return done.error();
    }
    if (auto done = write(*state); !done) return done.error();
    if (auto done = transaction->commit(); !done) return done.error();
    m_buckets.forget();
    return next;
}

Status IndexUpdater::addTurn(IndexState& state, const TurnStamp& turn) {
    const auto old = m_file.turn(turn.turn);
    if (!old) return old.error();
    std::optional<TurnEntry> known;
    if (*old) {
        known = decodeTurn(**old);
        if (!known) return Error{ErrorCode::corrupt, "search index: the row of a turn cannot be decoded"};
        if (known->stamp == turn.stamp) return {};  // another process has been here
    }
    const auto there = m_store.hasTurn(turn.turn);
    if (!there) return there.error();
    if (!*there) return {};
    const auto texts = m_store.textsOf(turn);
    if (!texts) return texts.error();
    TurnEntry entry{turn.stamp, turn.session, turn.number, texts->unreadable, {}};
    for (const StoredText& stored : texts->texts) {
        TextEntry text{stored.kind, stored.part ? stored.part->value : 0, {}};
        for (const Piece& piece : cutPieces(stored.text())) {
            const auto key = m_buckets.keyOf(piece.text);
            if (!key) return key.error();
            text.pieces.push_back({*key, static_cast<std::uint32_t>(piece.offset)});
        }
        if (!text.pieces.empty()) entry.texts.push_back(std::move(text));
    }
    if (known) {
        const auto kept = keysOf(entry);
        for (const PieceKey key : keysOf(*known)) {
            if (!kept.contains(key)) m_loosened.insert(bucketOf(key));
        }
    }
    return m_file.setTurn(state, turn.turn, encodeTurn(entry));
}

}  // namespace turntable::search
