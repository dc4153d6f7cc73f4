#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "studio/cli/signals.h"
#include "studio/cli/turn_line.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using support::Result;
using support::Status;

constexpr std::chrono::milliseconds kLook{200};

struct WatchOptions {
    std::string store;
    std::string session;
    std::int64_t last = 10;
    bool json = false;
};

/// Prints each turn once, when it is over: those of one session, or of all.
class TurnWatch {
public:
    TurnWatch(const storage::TraceReader& reader, bool json) : m_reader(reader), m_json(json) {}

    /// Passes over what is there already: of all sessions, or of one but for its last turns.
    Status beginWithAll();
    Status beginWith(const model::Session& session, std::int64_t last);
    /// Prints what has ended since.
    Status look();
    /// Turns are running that it has not printed yet.
    [[nodiscard]] bool waiting() const { return !m_open.empty(); }
    [[nodiscard]] const TurnTotals& totals() const { return m_totals; }

private:
    Status print(const model::Turn& turn);

    const storage::TraceReader& m_reader;
    std::optional<support::SessionId> m_session;
    bool m_json;
    support::TurnId m_newest{0};
    std::vector<support::TurnId> m_open;
    std::map<support::SessionId, std::string> m_names;
    std::optional<support::SessionId> m_printed;  ///< whose turn was the last
    TurnTotals m_totals;
};

Status TurnWatch::beginWithAll() {
    const auto newest = m_reader.newestTurn();
    if (!newest) return newest.error();
    m_newest = newest->value_or(support::TurnId{0});
    return {};
}

Status TurnWatch::beginWith(const model::Session& session, std::int64_t last) {
    m_session = session.id;
    if (session.turns <= last) return {};
    const auto passed = m_reader.turns(session.id, static_cast<int>(session.turns - last), 1);
    if (!passed) return passed.error();
    if (!passed->empty()) m_newest = passed->front().id;
    return {};
}

Status TurnWatch::look() {
    std::vector<support::TurnId> stillOpen;
    for (const auto id : m_open) {
        const auto turn = m_reader.turn(id);
        if (!turn && turn.error().code == support::ErrorCode::notFound) continue;  // deleted
        if (!turn) return turn.error();
        if (turn->status == model::TurnStatus::open) {
            stillOpen.push_back(id);
        } else if (auto printed = print(*turn); !printed) {
            return printed;
        }
    }
    m_open = std::move(stillOpen);
    const auto fresh = m_reader.turnsAfter(m_newest, m_session);
    if (!fresh) return fresh.error();
    for (const auto& turn : *fresh) {
        m_newest = turn.id;
        if (turn.status == model::TurnStatus::open) {
            m_open.push_back(turn.id);
        } else if (auto printed = print(turn); !printed) {
            return printed;
        }
    }
    return {};
}

Status TurnWatch::print(const model::Turn& turn) {
    auto name = m_names.find(turn.session);
    if (name == m_names.end()) {
        const auto session = m_reader.session(turn.session);
        if (!session) return session.error();
        name = m_names.emplace(turn.session, session->name).first;
    }
    m_totals.add(turn);
    if (m_json) {
        auto line = diff::turnToJson(turn);
        line["session"] = turn.session.value;
        line["session_name"] = name->second;
        std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << std::endl;
        return {};
    }
    if (m_printed != turn.session) std::cout << "session " << name->second << '\n';
    m_printed = turn.session;
    std::cout << turnLine(turn) << std::endl;
    return {};
}

int watch(const WatchOptions& options) {
    StopOnSignal signals;
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    TurnWatch turns(*reader, options.json);
    Status begun;
    if (options.session.empty()) {
        begun = turns.beginWithAll();
    } else {
        const auto session = reader->findSession(options.session);
        begun = session ? turns.beginWith(*session, options.last) : Status(session.error());
    }
    if (!begun) return fail(begun.error());
    if (!options.json) std::cerr << "watching; Ctrl+C ends\n";
    std::optional<std::int64_t> seen;
    do {
        const auto now = reader->changeCounter();
        if (!now) return fail(now.error());
        // An open turn whose recorder has died changes without a commit.
        if (seen != *now || turns.waiting()) {
            if (auto looked = turns.look(); !looked) return fail(looked.error());
        }
        seen = *now;
        if (!reader->stillThere()) {
            return fail({support::ErrorCode::notFound,
                         "the store was deleted, moved or replaced while it was watched: begin anew"});
        }
    } while (std::cout && !signals.waitFor(kLook));
    if (!options.json) std::cerr << '\n' << turns.totals().text() << std::endl;
    return kDone;
}

}  // namespace

Verb addWatch(CommandLine& program) {
    auto command = program.command("watch", "Follow the turns of any recorder on this store, live");
    auto options = std::make_shared<WatchOptions>();
    command.option("session", options->session, "Only this session: id, name or latest").valueName("SESSION");
    command.option("--last", options->last, "With SESSION: show its last turns first, at most so many")
        .between(std::int64_t{0}, std::int64_t{1'000'000})
        .showDefault();
    command.flag("--json", options->json, "Print one JSON document a line, one line a turn");
    addStoreOption(command, options->store);
    return {"watch", [options] { return watch(*options); }};
}

}  // namespace turntable::cli
