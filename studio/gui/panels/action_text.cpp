#include "studio/gui/panels/action_text.h"

#include <QCoreApplication>
#include <algorithm>

#include "studio/gui/format.h"
#include "studio/gui/readable.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::panels {

using gui::toQString;

namespace {

QString tr(const char* text) { return QCoreApplication::translate("turntable", text); }

/// A tool's answer may be a whole page; the prompt panel of the next turn shows it in full.
QString shortened(const std::string& text) {
    constexpr std::size_t kLimit = 4000;
    if (text.size() <= kLimit) return toQString(gui::readableLines(text));
    return toQString(gui::readableLines(std::string_view(text).substr(0, kLimit))) + QStringLiteral("\n") +
           tr("… %1 in all; the next turn's prompt shows the rest")
               .arg(gui::formatBytes(static_cast<std::int64_t>(text.size())));
}

}  // namespace

void writeActions(widgets::DocumentView& document, const model::Turn& turn,
                  const std::vector<model::ActionResult>& results) {
    for (const model::Action& action : turn.actions) {
        document.addHeading(QStringLiteral("→ ") + gui::describeAction(action));
        if (!action.valid) document.addText(toQString(action.invalidReason));
        if (!action.arguments.empty()) {
            document.addCode(toQString(gui::readableLines(gui::readableJson(action.arguments))));
        }
        const auto result = std::find_if(results.begin(), results.end(), [&action](const model::ActionResult& each) {
            return each.callId == action.callId;
        });
        if (result == results.end()) continue;
        document.addHeading(result->isError ? tr("← the tool reports an error") : tr("← result"));
        document.addCode(shortened(result->text));
    }
}

void writeTurn(widgets::DocumentView& document, const gui::TurnDetail& detail) {
    const model::Turn& turn = detail.turn;
    if (!turn.error.empty()) {
        document.addHeading(toQString(model::turnStatusName(turn.status)));
        document.addText(toQString(turn.error));
    }
    for (const wire::ReplyBlock& block : detail.reply.blocks) {
        if (block.text.empty()) continue;
        document.addHeading(block.kind == wire::BlockKind::thinking ? tr("thinks") : tr("says"));
        document.addText(toQString(gui::readableLines(block.text)));
    }
    writeActions(document, turn, detail.results);
    if (!document.document()->isEmpty()) return;
    document.addText(turn.status == model::TurnStatus::open ? tr("The answer is still coming.")
                                                            : tr("The model gave no text and no action."));
}

}  // namespace turntable::panels
