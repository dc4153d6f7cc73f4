#include "studio/gui/session_view.h"

#include <algorithm>
#include <utility>

#include "studio/gui/format.h"

namespace turntable::gui {

SessionView::SessionView(Background& background, QObject* parent) : QObject(parent), m_background(background) {}

SessionView::~SessionView() = default;

void SessionView::openStore(const std::filesystem::path& path) {
    // The old reader ends where it lived: on the worker, with the last job that holds it.
    if (m_jobs) {
        m_background.run(
            m_storeLane, this, [old = std::move(m_jobs)]() mutable { return old.reset(), true; }, [](bool) {});
    }
    for (Lane* lane : {&m_libraryLane, &m_findLane, &m_sessionLane, &m_inspectLane, &m_comparisonLane, &m_pollLane}) {
        lane->drop();
    }
    m_path = path;
    m_jobs = std::make_shared<StoreJobs>(path);
    m_library = {};
    m_libraryKnown = m_polling = m_naming = m_storeFailing = m_turnFailing = false;
    m_openId = {};
    m_runs.clear();
    m_session.reset();
    m_comparison.reset();
    m_inspected.reset();
    m_element = m_hovered = std::nullopt;
    m_turnIndex = -1;
    Q_EMIT recovered();
    Q_EMIT storeChanged();
    Q_EMIT sessionChanged();
    Q_EMIT turnChanged();
    Q_EMIT inspectedChanged();
    Q_EMIT comparisonChanged();
    loadLibrary();
}

void SessionView::openSession(support::SessionId id) {
    m_findLane.drop();
    if (id == m_openId) return;
    m_openId = id;
    m_runs.clear();
    loadSession();
    loadComparison();
}

void SessionView::openNamed(const QString& session, const QStringList& runs, int turnNumber) {
    m_naming = true;
    std::vector<std::string> names;
    for (const QString& run : runs) names.push_back(run.toStdString());
    m_background.run(
        m_findLane, this, [jobs = m_jobs, name = session.toStdString(), names] { return jobs->find(name, names); },
        [this, turnNumber](const support::Result<NamedSessions>& found) {
            m_naming = false;
            if (!found) {
                fail(found.error());
                return loadLibrary();
            }
            m_openId = found->session;
            m_runs = found->runs;
            m_wantedTurn = turnNumber;
            loadSession();
            loadComparison();
        });
}

void SessionView::refresh() {
    if (!m_jobs) return;
    m_background.run(
        m_storeLane, this, [jobs = m_jobs] { return jobs->reopen(), true; }, [](bool) {});
    loadLibrary();
    if (m_openId.valid()) {
        loadSession();
        loadComparison();
    }
}

void SessionView::poll() {
    // One question at a time: a slow disk must not gather a queue of them.
    if (!m_jobs || m_polling) return;
    m_polling = true;
    m_background.run(
        m_pollLane, this, [jobs = m_jobs] { return jobs->changeCounter(); },
        [this](const support::Result<std::int64_t>& counter) {
            m_polling = false;
            // A store that is not there yet may appear: an error is news only once.
            if (!counter) {
                if (m_libraryKnown && !std::exchange(m_storeFailing, true)) fail(counter.error());
                return;
            }
            if (m_libraryKnown && !m_storeFailing && *counter == m_library.changeCounter) return;
            loadLibrary();
            if (!m_openId.valid()) return;
            loadSession();
            loadComparison();
        });
}

void SessionView::loadLibrary() {
    m_background.run(
        m_libraryLane, this, [jobs = m_jobs] { return jobs->library(); },
        [this](support::Result<Library> library) {
            if (!library) {
                m_storeFailing = true;
                return fail(library.error());
            }
            if (std::exchange(m_storeFailing, false)) Q_EMIT recovered();
            m_library = std::move(library).value();
            m_libraryKnown = true;
            Q_EMIT libraryChanged();
            if (m_naming || m_openId.valid() || m_library.sessions.empty()) return;
            const auto recording = std::find_if(
                m_library.sessions.begin(), m_library.sessions.end(),
                [](const model::Session& session) { return session.mode == model::SessionMode::recording; });
            openSession(recording == m_library.sessions.end() ? m_library.sessions.front().id : recording->id);
        });
}

void SessionView::loadSession() {
    m_background.run(
        m_sessionLane, this, [jobs = m_jobs, id = m_openId] { return jobs->open(id); },
        [this](const support::Result<std::shared_ptr<const OpenSession>>& opened) {
            if (!opened) return fail(opened.error());
            takeSession(*opened);
        });
}

void SessionView::loadComparison() {
    m_background.run(
        m_comparisonLane, this, [jobs = m_jobs, id = m_openId, runs = m_runs] { return jobs->compare(id, runs); },
        [this](const support::Result<std::shared_ptr<const diff::Comparison>>& comparison) {
            if (!comparison) return fail(comparison.error());
            m_comparison = *comparison;
            Q_EMIT comparisonChanged();
        });
}

/// The turn to show when `next` replaces what is open: the same one; the newest when the newest was shown and more have
/// come.
int SessionView::startingTurn(const OpenSession& next) const {
    const int last = static_cast<int>(next.turns->size()) - 1;
    const bool same = m_session && m_session->session.id == next.session.id;
    if (same && m_turnIndex >= 0) {
        const bool following = m_turnIndex > 0 && m_turnIndex == turnCount() - 1;
        return std::min(following ? last : m_turnIndex, last);
    }
    if (m_wantedTurn > 0) return std::min(m_wantedTurn - 1, last);
    return std::min(0, last);
}

void SessionView::takeSession(const std::shared_ptr<const OpenSession>& session) {
    const int index = startingTurn(*session);
    const auto count = static_cast<int>(session->turns->size());
    if (m_wantedTurn > count) {
        Q_EMIT failed(
            tr("session '%1' has no turn %2: it has %3")
                .arg(toQString(session->session.name), QString::number(m_wantedTurn), QString::number(count)));
    }
    const model::Turn* before = turn();
    const model::Turn* after = index >= 0 ? &(*session->turns)[static_cast<std::size_t>(index)] : nullptr;
    // A next turn brings the result of the action and the screen after it.
    const bool grown = m_session && m_session->turns->size() != session->turns->size();
    const bool changed = !before || !after || grown || !(*before == *after);
    m_session = session;
    m_turnIndex = index;
    m_wantedTurn = 0;
    Q_EMIT sessionChanged();
    if (!changed) return;
    Q_EMIT turnChanged();
    inspectSelected();
}

int SessionView::turnCount() const { return m_session ? static_cast<int>(m_session->turns->size()) : 0; }

const model::Turn* SessionView::turn() const {
    if (m_turnIndex < 0 || m_turnIndex >= turnCount()) return nullptr;
    return &(*m_session->turns)[static_cast<std::size_t>(m_turnIndex)];
}

void SessionView::selectTurn(int index) {
    if (index < 0 || index >= turnCount() || index == m_turnIndex) return;
    m_turnIndex = index;
    Q_EMIT turnChanged();
    inspectSelected();
}

void SessionView::selectTurnById(support::TurnId id) {
    if (!m_session) return;
    const auto& rows = *m_session->turns;
    const auto row = std::find_if(rows.begin(), rows.end(), [id](const model::Turn& each) { return each.id == id; });
    if (row != rows.end()) selectTurn(static_cast<int>(row - rows.begin()));
}

void SessionView::stepTurn(int by) {
    if (turnCount() > 0) selectTurn(std::clamp(m_turnIndex + by, 0, turnCount() - 1));
}

void SessionView::selectFirstTurn() { selectTurn(0); }
void SessionView::selectLastTurn() { selectTurn(turnCount() - 1); }

void SessionView::inspectSelected() {
    const model::Turn* row = turn();
    if (!row) {
        m_inspectLane.drop();
        m_inspected.reset();
        m_element = m_hovered = std::nullopt;
        Q_EMIT inspectedChanged();
        Q_EMIT elementChanged();
        return;
    }
    m_background.run(
        m_inspectLane, this, [jobs = m_jobs, id = row->id] { return jobs->inspect(id); },
        [this](const support::Result<std::shared_ptr<const TurnDetail>>& inspected) {
            if (!inspected) {
                m_turnFailing = true;
                return fail(inspected.error());
            }
            if (std::exchange(m_turnFailing, false)) Q_EMIT recovered();
            m_inspected = *inspected;
            const auto& actions = m_inspected->turn.actions;
            m_element = actions.empty() ? std::nullopt : actions.front().target;
            m_hovered = std::nullopt;
            Q_EMIT inspectedChanged();
            Q_EMIT elementChanged();
        });
}

void SessionView::selectElement(std::optional<int> element) {
    if (element == m_element) return;
    m_element = element;
    Q_EMIT elementChanged();
}

void SessionView::hoverElement(std::optional<int> element) {
    if (element == m_hovered) return;
    m_hovered = element;
    Q_EMIT elementChanged();
}

void SessionView::fail(const support::Error& error) { Q_EMIT failed(toQString(error.message)); }

}  // namespace turntable::gui
