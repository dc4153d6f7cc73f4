#pragma once

#include <gtest/gtest.h>

#include <QApplication>
#include <QFont>
#include <memory>

#include "storage/model/screen.h"
#include "storage/model/turn.h"

/// What every test of the window needs: one application without a display, the same font everywhere, and small values.
namespace turntable::gui::test {

class GuiEnvironment : public ::testing::Environment {
public:
    void SetUp() override {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        qputenv("QT_FONT_DPI", "96");
        m_application = std::make_unique<QApplication>(m_argc, m_argv);
        QApplication::setFont(QFont(QStringLiteral("DejaVu Sans"), 9));
    }
    void TearDown() override { m_application.reset(); }

private:
    int m_argc = 1;
    char m_name[10] = "gui_tests";
    char* m_argv[2] = {m_name, nullptr};
    std::unique_ptr<QApplication> m_application;
};

/// One for the whole program, however many files include this.
inline ::testing::Environment* const kGuiEnvironment = ::testing::AddGlobalTestEnvironment(new GuiEnvironment);

inline model::TokenFigure exact(std::int64_t tokens) { return {tokens, model::Basis::exact}; }
inline model::TokenFigure estimated(std::int64_t tokens) { return {tokens, model::Basis::estimated}; }

/// A finished turn: times in milliseconds, one click.
inline model::Turn makeTurn(int number, double queueMs, double prefillMs, double decodeMs) {
    model::Turn turn;
    turn.id = support::TurnId{number};
    turn.number = number;
    turn.status = model::TurnStatus::complete;
    turn.latency.queue = support::fromMs(queueMs);
    turn.latency.prefill = support::fromMs(prefillMs);
    turn.latency.decode = support::fromMs(decodeMs);
    turn.latency.total = support::fromMs(queueMs + prefillMs + decodeMs);
    model::Action action;
    action.callId = "call";
    action.tool = "mcp__playwright__browser_click";
    action.arguments = R"({"ref":"e2"})";
    action.target = 1;
    action.targetRole = "button";
    action.targetText = "Save";
    turn.actions.push_back(action);
    return turn;
}

/// A document of 200 x 100 with a button and, in it, a text without a box.
inline std::shared_ptr<const model::Screen> makeScreen() {
    auto screen = std::make_shared<model::Screen>();
    model::Element document;
    document.role = "document";
    document.text = "Page";
    document.box = model::Box{0, 0, 200, 100};
    model::Element button;
    button.role = "button";
    button.text = "Save";
    button.ref = "e2";
    button.box = model::Box{100, 50, 50, 20};
    button.parent = 0;
    button.depth = 1;
    model::Element text;
    text.role = "text";
    text.value = "Save all";
    text.parent = 1;
    text.depth = 2;
    screen->elements = {document, button, text};
    screen->elementsSeen = 3;
    return screen;
}

}  // namespace turntable::gui::test
