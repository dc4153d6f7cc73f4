#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "studio/gui/background.h"
#include "studio/gui/store_jobs.h"

namespace turntable::gui {

/// What the window is looking at: the store, the open session, the turn and the element selected in it. The one thing
/// the panels listen to, and the one that asks the store. GUI thread; all reading happens on `background`, which must
/// outlive it. Snapshots are immutable and may be kept. A question that fails is told by `failed`, and what was known
/// stays.
class SessionView : public QObject {
    Q_OBJECT

public:
    explicit SessionView(Background& background, QObject* parent = nullptr);
    ~SessionView() override;

    void openStore(const std::filesystem::path& path);
    /// Opens a session at its starting turn.
    void openSession(support::SessionId id);
    /// By id, name or "latest"; `turnNumber` 0 means the first turn.
    void openNamed(const QString& session, const QStringList& runs, int turnNumber);
    /// The turn to select in the next session that opens; 0: the first.
    void setStartingTurn(int turnNumber) { m_wantedTurn = turnNumber; }
    /// Reads everything anew, from the file as it is now.
    void refresh();
    /// Asks whether somebody has written since the last reading, and reads anew when so.
    void poll();

    void selectTurn(int index);
    void selectTurnById(support::TurnId id);
    void stepTurn(int by);
    void selectNextTurn() { stepTurn(1); }
    void selectPreviousTurn() { stepTurn(-1); }
    void selectFirstTurn();
    void selectLastTurn();
    void selectElement(std::optional<int> element);
    void hoverElement(std::optional<int> element);

    [[nodiscard]] const std::filesystem::path& storePath() const { return m_path; }
    [[nodiscard]] const Library& library() const { return m_library; }
    [[nodiscard]] bool libraryKnown() const { return m_libraryKnown; }
    [[nodiscard]] const std::shared_ptr<const OpenSession>& session() const { return m_session; }
    [[nodiscard]] int turnCount() const;
    /// -1: none.
    [[nodiscard]] int turnIndex() const { return m_turnIndex; }
    /// The row of the selected turn; null when there is none. Valid until the next change of session.
    [[nodiscard]] const model::Turn* turn() const;
    /// The selected turn in full; of the turn selected before while the new one is being read; may be null.
    [[nodiscard]] const std::shared_ptr<const TurnDetail>& inspected() const { return m_inspected; }
    [[nodiscard]] std::optional<int> element() const { return m_element; }
    [[nodiscard]] std::optional<int> hovered() const { return m_hovered; }
    [[nodiscard]] const std::shared_ptr<const diff::Comparison>& comparison() const { return m_comparison; }

Q_SIGNALS:
    void storeChanged();
    void libraryChanged();
    void sessionChanged();
    void turnChanged();
    void inspectedChanged();
    void elementChanged();
    void comparisonChanged();
    void failed(const QString& sentence);
    void recovered();

private:
    void loadLibrary();
    void loadSession();
    void loadComparison();
    void inspectSelected();
    void takeSession(const std::shared_ptr<const OpenSession>& session);
    void fail(const support::Error& error);
    [[nodiscard]] int startingTurn(const OpenSession& next) const;

    Background& m_background;
    std::filesystem::path m_path;
    std::shared_ptr<StoreJobs> m_jobs;  ///< used inside jobs only
    Lane m_storeLane, m_libraryLane, m_findLane, m_sessionLane, m_inspectLane, m_comparisonLane, m_pollLane;

    Library m_library;
    bool m_libraryKnown = false;
    bool m_polling = false;
    bool m_naming = false;  ///< a session was asked for by name: do not open the newest meanwhile
    bool m_storeFailing = false;
    bool m_turnFailing = false;
    support::SessionId m_openId;
    std::vector<support::SessionId> m_runs;
    int m_wantedTurn = 0;
    std::shared_ptr<const OpenSession> m_session;
    int m_turnIndex = -1;
    std::shared_ptr<const TurnDetail> m_inspected;
    std::optional<int> m_element;
    std::optional<int> m_hovered;
    std::shared_ptr<const diff::Comparison> m_comparison;
};

}  // namespace turntable::gui
