#include "studio/gui/main_window.h"

#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QDir>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QSet>
#include <QTest>

#include "storage/trace_writer.h"
#include "studio/gui/models/comparison_model.h"
#include "studio/gui/models/prompt_parts_model.h"
#include "studio/gui/models/screen_tree_model.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/timeline_widget.h"
#include "tests/studio/gui/gui_test_support.h"
#include "tests/support/trace_builder.h"

namespace turntable::gui {
namespace {

constexpr const char* kTrace = R"(session todo model=qwen endpoint=http://127.0.0.1:8080
turn system=900 tools=3000 history=0 screen=500 user=80 other=20 output=60 queue=20ms prefill=3s decode=1.5s gap=400ms elements=12 click e6
turn system=900 tools=3000 history=700 screen=900 user=80 other=20 cached=4400 output=60 queue=20ms prefill=1s decode=6s gap=700ms elements=20 click e9
turn system=900 tools=3000 history=1700 screen=900 user=80 other=20 output=60 prefill=16s decode=1s elements=20 text=Done.
run fast of=todo mode=teacher-forced model=m4 simulated
turn system=900 tools=3000 screen=500 user=80 other=20 output=60 basis=simulated prefill=1s decode=1s elements=12 click e6
turn system=900 tools=3000 history=700 screen=900 user=80 other=20 cached=4400 output=60 basis=simulated prefill=500ms decode=1s elements=20 click e3
turn status=failed http=500 error=overloaded
)";

/// A window on a store of its own, everything read.
class MainWindowTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto built = turntable::test::buildTrace(store(), kTrace);
        ASSERT_TRUE(built.ok()) << built.error().message;
        open(ThemeChoice::light);
    }

    void open(ThemeChoice theme) {
        applyTheme(*qApp, theme);
        m_window.reset();
        m_view = std::make_unique<SessionView>(m_background);
        m_window = std::make_unique<MainWindow>(*m_view, theme);
        m_window->show();
        m_view->openStore(store());
        settle();
    }
    void settle() {
        ASSERT_TRUE(QTest::qWaitFor([this] { return m_background.idle(); }, 20000));
    }
    template <typename T>
    T* child(const char* accessibleName) const {
        for (T* each : m_window->findChildren<T*>()) {
            if (each->accessibleName() == QLatin1String(accessibleName)) return each;
        }
        return nullptr;
    }
    [[nodiscard]] std::filesystem::path store() const { return m_folder / "trace.db"; }

    turntable::test::TemporaryFolder m_folder;
    Background m_background;
    std::unique_ptr<SessionView> m_view;
    std::unique_ptr<MainWindow> m_window;
};

TEST_F(MainWindowTest, OpensTheNewestRecordingAtItsFirstTurn) {
    ASSERT_NE(m_view->session(), nullptr);
    EXPECT_EQ(m_view->session()->session.name, "todo");
    ASSERT_EQ(m_view->turnCount(), 3);
    EXPECT_EQ(m_view->turnIndex(), 0);
    ASSERT_NE(m_view->inspected(), nullptr);
    EXPECT_EQ(m_view->inspected()->turn.number, 1);
    auto* sessions = child<QAbstractItemView>("Sessions");
    ASSERT_NE(sessions, nullptr);
    EXPECT_EQ(sessions->model()->rowCount(), 2);
    EXPECT_EQ(sessions->currentIndex().row(), 0);
}

TEST_F(MainWindowTest, StepsThroughTheTurnsByKeyboardInEveryPane) {
    auto* timeline = child<widgets::TimelineWidget>("Turn timeline");
    auto* parts = child<QAbstractItemView>("Parts of the prompt");
    auto* tree = child<QAbstractItemView>("Elements of the screen");
    ASSERT_TRUE(timeline && parts && tree);
    QTest::keyClick(m_window.get(), Qt::Key_Right);
    settle();
    EXPECT_EQ(timeline->current(), 1);
    EXPECT_EQ(m_view->inspected()->turn.number, 2);
    EXPECT_GT(parts->model()->rowCount(), 0);
    EXPECT_EQ(static_cast<models::ScreenTreeModel*>(tree->model())->screen()->elements.size(), 20U);
    EXPECT_EQ(models::ScreenTreeModel::elementOf(tree->currentIndex()),
              m_view->turn()->actions.front().target.value_or(-1))
        << "the target of the action is selected";
    QTest::keyClick(m_window.get(), Qt::Key_End);
    settle();
    EXPECT_EQ(timeline->current(), 2);
    QTest::keyClick(m_window.get(), Qt::Key_Right);
    EXPECT_EQ(timeline->current(), 2) << "there is none after the last";
    QTest::keyClick(m_window.get(), Qt::Key_Home);
    settle();
    EXPECT_EQ(m_view->inspected()->turn.number, 1);
    QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
    EXPECT_EQ(timeline->current(), 0);
}

TEST_F(MainWindowTest, LeavesTheArrowsToATreeThatHasTheKeyboard) {
    auto* tree = child<QAbstractItemView>("Elements of the screen");
    ASSERT_NE(tree, nullptr);
    m_window->activateWindow();
    tree->setFocus();
    QTest::keyClick(tree, Qt::Key_Right);
    EXPECT_EQ(m_view->turnIndex(), 0);
    QTest::keyClick(tree, Qt::Key_Right, Qt::AltModifier);
    EXPECT_EQ(m_view->turnIndex(), 1);
}

TEST_F(MainWindowTest, ComparesTheSessionWithItsRuns) {
    QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
    EXPECT_EQ(m_window->currentView(), WindowView::compare);
    auto* table = child<QAbstractItemView>("Turns and runs");
    ASSERT_NE(table, nullptr);
    ASSERT_EQ(table->model()->rowCount(), 4);
    const auto text = [table](int row, int column) { return table->model()->index(row, column).data().toString(); };
    EXPECT_EQ(text(0, 6), QStringLiteral("✓ same call"));
    EXPECT_EQ(text(1, 6), QStringLiteral("∼ same tool"));
    EXPECT_EQ(text(0, 7), QStringLiteral("1.00 s"));
    table->setCurrentIndex(table->model()->index(1, 0));
    EXPECT_EQ(m_view->turnIndex(), 1) << "a turn chosen here is chosen everywhere";
    auto* answer = child<QTextEdit>("Answer of A");
    ASSERT_NE(answer, nullptr);
    EXPECT_TRUE(answer->toPlainText().contains(QStringLiteral("e3"))) << answer->toPlainText().toStdString();
}

TEST_F(MainWindowTest, OpensARunAndComparesItWithItsSource) {
    m_view->openNamed(QStringLiteral("fast"), {}, 2);
    settle();
    EXPECT_EQ(m_view->session()->session.name, "fast");
    EXPECT_EQ(m_view->turn()->number, 2);
    ASSERT_NE(m_view->comparison(), nullptr);
    EXPECT_EQ(m_view->comparison()->session.name, "todo");
}

TEST_F(MainWindowTest, SaysWhenBytesAreNotThoseOfTheWire) {
    const auto* origin = child<QLabel>("What the bytes are");
    ASSERT_NE(origin, nullptr);
    EXPECT_FALSE(origin->isVisible());
    {
        auto writer = storage::TraceWriter::open(store());
        ASSERT_TRUE(writer.ok()) << writer.error().message;
        model::Session session;
        session.name = "secrets";
        model::Turn turn;
        turn.session = *writer->createSession(session);
        turn.target = "/v1/messages";
        const std::string body =
            R"({"model":"m","messages":[{"role":"user","content":"use [redacted:key:0123abcd]"}]})";
        ASSERT_TRUE(writer->beginTurn(turn, {body, {}, "turntable-redacted: 2\n", {}}, {}).ok());
        turn.status = model::TurnStatus::complete;
        ASSERT_TRUE(writer->finishTurn(turn, {"{}", {}, "server: x\n"}, nullptr).ok());
    }
    m_view->openNamed("secrets", {}, 1);
    settle();
    EXPECT_TRUE(origin->isVisible());
    EXPECT_EQ(origin->text(), "Secrets replaced before they were stored: 2 in the request, 0 in the reply.");
}

TEST_F(MainWindowTest, SaysThatASessionHasNoSuchTurn) {
    m_view->openNamed(QStringLiteral("todo"), {}, 9);
    settle();
    EXPECT_TRUE(m_window->banner().sentence().contains(QStringLiteral("session 'todo' has no turn 9: it has 3")));
}

TEST_F(MainWindowTest, ShowsWhatOthersWriteAndKeepsThePlace) {
    m_view->selectLastTurn();
    settle();
    const auto grown =
        turntable::test::buildTrace(store(), "session second\nturn system=10 prefill=1s decode=1s click e1\n");
    ASSERT_TRUE(grown.ok()) << grown.error().message;
    m_view->poll();
    settle();
    auto* sessions = child<QAbstractItemView>("Sessions");
    EXPECT_EQ(sessions->model()->rowCount(), 3);
    EXPECT_EQ(m_view->session()->session.name, "todo") << "what the user looks at stays";
    EXPECT_EQ(m_view->turnIndex(), 2);
}

TEST_F(MainWindowTest, SaysWhatIsWrongInASentenceAndKeepsGoing) {
    m_view->openNamed(QStringLiteral("no such session"), {}, 0);
    settle();
    EXPECT_TRUE(m_window->banner().isVisible());
    EXPECT_FALSE(m_window->banner().sentence().isEmpty());
    const auto text = m_folder / "notes.txt";
    QFile file(QString::fromStdString(text.string()));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(
        "this is not a store, it is a shopping list: bread, butter, and a very long line of other things to buy\n");
    file.close();
    m_view->openStore(text);
    settle();
    EXPECT_TRUE(m_window->banner().isVisible());
    EXPECT_EQ(m_view->session(), nullptr);
    m_view->openStore(store());
    settle();
    EXPECT_FALSE(m_window->banner().isVisible());
    EXPECT_EQ(m_view->turnCount(), 3);
}

TEST_F(MainWindowTest, NamesEveryWidgetThatTakesTheKeyboard) {
    for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
        const bool internal = widget->objectName().startsWith(QLatin1String("qt_"));
        if (internal || !(widget->focusPolicy() & Qt::TabFocus) || widget->focusProxy()) continue;
        EXPECT_FALSE(widget->accessibleName().isEmpty())
            << widget->metaObject()->className() << " in " << widget->parentWidget()->metaObject()->className();
    }
}

TEST_F(MainWindowTest, FitsItsSmallestPromisedSize) {
    for (const auto view : {WindowView::session, WindowView::compare, WindowView::library}) {
        m_window->showView(view);
        const QSize needed = m_window->minimumSizeHint();
        EXPECT_LE(needed.width(), 1280);
        EXPECT_LE(needed.height(), 800);
    }
}

TEST_F(MainWindowTest, PaintsEveryViewInLightAndDark) {
    const QDir folder(QStringLiteral(TURNTABLE_BINARY_DIR "/pictures"));
    ASSERT_TRUE(folder.mkpath(QStringLiteral(".")));
    for (const auto theme : {ThemeChoice::light, ThemeChoice::dark}) {
        open(theme);
        int at = 0;
        for (const char* name : {"session", "compare", "library"}) {
            m_window->showView(static_cast<WindowView>(at++));
            for (const QSize size : {QSize(1280, 800), QSize(1920, 1080)}) {
                m_window->resize(size);
                QCoreApplication::processEvents();
                const QImage picture = m_window->grab().toImage();
                ASSERT_EQ(picture.size(), size);
                QSet<QRgb> colours;
                for (int y = 0; y < picture.height(); y += 3) {
                    for (int x = 0; x < picture.width(); x += 3) colours.insert(picture.pixel(x, y));
                }
                EXPECT_GT(colours.size(), 20) << name;
                const bool dark = qGray(picture.pixel(picture.width() / 2, picture.height() - 3)) < 128;
                EXPECT_EQ(dark, theme == ThemeChoice::dark) << name;
                EXPECT_TRUE(picture.save(
                    folder.filePath(QStringLiteral("%1-%2-%3.png")
                                        .arg(QLatin1String(name), theme == ThemeChoice::dark ? QStringLiteral("dark")
                                                                                             : QStringLiteral("light"))
                                        .arg(size.width()))));
            }
        }
    }
}

}  // namespace
}  // namespace turntable::gui
