#include "studio/gui/store_jobs.h"

#include <utility>

#include "studio/gui/readable.h"

namespace turntable::gui {

support::Result<storage::TraceReader*> StoreJobs::reader() {
    if (!m_reader) {
        auto opened = storage::TraceReader::open(m_path);
        if (!opened) return std::move(opened).error();
        m_reader.emplace(std::move(opened).value());
    }
    return &*m_reader;
}

support::Error StoreJobs::failed(support::Error error) {
    if (error.code == support::ErrorCode::io || error.code == support::ErrorCode::corrupt) m_reader.reset();
    return error;
}

support::Result<Library> StoreJobs::library() {
    const auto store = reader();
    if (!store) return store.error();
    // The counter first: what is committed between the two is then read once more, not missed.
    const auto counter = (*store)->changeCounter();
    if (!counter) return failed(counter.error());
    auto sessions = (*store)->sessions();
    if (!sessions) return failed(sessions.error());
    return Library{std::move(sessions).value(), *counter};
}

support::Result<NamedSessions> StoreJobs::find(const std::string& session, const std::vector<std::string>& runs) {
    const auto store = reader();
    if (!store) return store.error();
    const auto found = (*store)->findSession(session);
    if (!found) return failed(found.error());
    NamedSessions named{found->id, {}};
    for (const std::string& name : runs) {
        const auto run = (*store)->findSession(name);
        if (!run) return failed(run.error());
        named.runs.push_back(run->id);
    }
    return named;
}

support::Result<std::shared_ptr<const OpenSession>> StoreJobs::open(support::SessionId id) {
    const auto store = reader();
    if (!store) return store.error();
    auto session = (*store)->session(id);
    if (!session) return failed(session.error());
    auto rows = (*store)->turns(id);
    if (!rows) return failed(rows.error());
    auto gaps = (*store)->gapMarks(id);
    if (!gaps) return failed(gaps.error());

    auto opened = std::make_shared<OpenSession>();
    opened->session = std::move(session).value();
    opened->totals = diff::compareTurns(opened->session, *rows, {}, {}).recorded;
    opened->turns = std::make_shared<const std::vector<model::Turn>>(std::move(rows).value());
    opened->gaps = std::move(gaps).value();
    return std::shared_ptr<const OpenSession>(std::move(opened));
}

support::Result<std::shared_ptr<const TurnDetail>> StoreJobs::inspect(support::TurnId id) {
    const auto store = reader();
    if (!store) return store.error();
    auto inspected = turns::inspectTurn(**store, id);
    if (!inspected) return failed(inspected.error());
    auto detail = std::make_shared<TurnDetail>();
    static_cast<turns::InspectedTurn&>(*detail) = std::move(inspected).value();
    detail->readableRequest = readableLines(readableJson(detail->request));
    detail->readableResponse = readableLines(readableJson(detail->response));
    return std::shared_ptr<const TurnDetail>(std::move(detail));
}

support::Result<std::shared_ptr<const diff::Comparison>> StoreJobs::compare(
    support::SessionId id, const std::vector<support::SessionId>& runs) {
    const auto store = reader();
    if (!store) return store.error();
    const auto session = (*store)->session(id);
    if (!session) return failed(session.error());
    const support::SessionId base = runs.empty() ? session->source.value_or(id) : id;
    auto comparison = diff::compareSessions(**store, base, runs);
    if (!comparison) return failed(comparison.error());
    return std::shared_ptr<const diff::Comparison>(std::make_shared<diff::Comparison>(std::move(comparison).value()));
}

support::Result<std::int64_t> StoreJobs::changeCounter() {
    const auto store = reader();
    if (!store) return store.error();
    const auto counter = (*store)->changeCounter();
    if (!counter) return failed(counter.error());
    return *counter;
}

}  // namespace turntable::gui
