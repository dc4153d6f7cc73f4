#include "studio/gui/options.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QRegularExpression>

namespace turntable::gui {

namespace {

constexpr int kSmallestSide = 200;
constexpr int kLargestSide = 10000;

QString tr(const char* text) { return QCoreApplication::translate("turntable", text); }

support::Error usage(const QString& sentence) { return {support::ErrorCode::invalidArgument, sentence.toStdString()}; }

void declare(QCommandLineParser& parser) {
    parser.setApplicationDescription(tr("The window of Turntable: recorded sessions of desktop agents, turn by turn."));
    parser.addOptions({
        {QStringLiteral("store"), tr("The store to open."), QStringLiteral("FILE")},
        {QStringLiteral("picture"), tr("Paint the window into a PNG without a display, and end."),
         QStringLiteral("FILE")},
        {QStringLiteral("view"), tr("What to show: session, compare or library."), QStringLiteral("VIEW"),
         QStringLiteral("session")},
        {QStringLiteral("size"), tr("Size of the window."), QStringLiteral("WIDTHxHEIGHT"), QStringLiteral("1280x800")},
        {QStringLiteral("theme"), tr("light, dark or system."), QStringLiteral("THEME"), QStringLiteral("system")},
        {QStringLiteral("turn"), tr("Number of the turn to select."), QStringLiteral("N")},
        {{QStringLiteral("h"), QStringLiteral("help")}, tr("Show this text.")},
        {QStringLiteral("version"), tr("Show the version.")},
    });
    parser.addPositionalArgument(QStringLiteral("SESSION"), tr("The session to open: an id, a name, or \"latest\"."),
                                 QStringLiteral("[SESSION"));
    parser.addPositionalArgument(QStringLiteral("RUN"), tr("Runs to compare it with; otherwise all of its runs."),
                                 QStringLiteral("[RUN...]]"));
}

/// The position of `word` among `words`; empty when it is none of them.
std::optional<int> choiceOf(const QString& word, const QStringList& words) {
    const auto at = words.indexOf(word);
    return at < 0 ? std::nullopt : std::optional(static_cast<int>(at));
}

support::Status readSize(const QString& text, QSize& size) {
    static const QRegularExpression kPattern(QStringLiteral("^(\\d{1,5})x(\\d{1,5})$"));
    const auto match = kPattern.match(text);
    if (!match.hasMatch()) return usage(QStringLiteral("--size: expected WIDTHxHEIGHT, found '%1'").arg(text));
    const QSize wanted(match.captured(1).toInt(), match.captured(2).toInt());
    for (const int side : {wanted.width(), wanted.height()}) {
        if (side >= kSmallestSide && side <= kLargestSide) continue;
        return usage(
            QStringLiteral("--size: each side must be between %1 and %2").arg(kSmallestSide).arg(kLargestSide));
    }
    size = wanted;
    return {};
}

}  // namespace

support::Result<Options> parseOptions(const QStringList& arguments) {
    QCommandLineParser parser;
    declare(parser);
    if (!parser.parse(arguments)) return usage(parser.errorText());
    Options options;
    options.help = parser.isSet(QStringLiteral("help"));
    options.version = parser.isSet(QStringLiteral("version"));
    if (parser.isSet(QStringLiteral("store"))) {
        const QString file = parser.value(QStringLiteral("store"));
        if (file.isEmpty()) return usage(QStringLiteral("--store: expected a file name"));
        options.store = std::filesystem::path(file.toStdString());
    }
    options.picture = parser.value(QStringLiteral("picture"));
    if (parser.isSet(QStringLiteral("picture")) && options.picture.isEmpty()) {
        return usage(QStringLiteral("--picture: expected a file name"));
    }
    const QString view = parser.value(QStringLiteral("view"));
    const auto viewAt =
        choiceOf(view, {QStringLiteral("session"), QStringLiteral("compare"), QStringLiteral("library")});
    if (!viewAt) return usage(QStringLiteral("--view: expected session, compare or library, found '%1'").arg(view));
    options.view = static_cast<WindowView>(*viewAt);
    const QString theme = parser.value(QStringLiteral("theme"));
    const auto themeAt = choiceOf(theme, {QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")});
    if (!themeAt) return usage(QStringLiteral("--theme: expected light, dark or system, found '%1'").arg(theme));
    options.theme = static_cast<ThemeChoice>(*themeAt);
    if (const auto size = readSize(parser.value(QStringLiteral("size")), options.size); !size) return size.error();
    if (parser.isSet(QStringLiteral("turn"))) {
        bool number = false;
        options.turn = parser.value(QStringLiteral("turn")).toInt(&number);
        if (!number || options.turn < 1) {
            return usage(QStringLiteral("--turn: expected a number from 1, found '%1'")
                             .arg(parser.value(QStringLiteral("turn"))));
        }
    }
    QStringList names = parser.positionalArguments();
    if (!names.isEmpty()) options.session = names.takeFirst();
    options.runs = names;
    // Who names runs wants to see them compared.
    if (!names.isEmpty() && !parser.isSet(QStringLiteral("view"))) options.view = WindowView::compare;
    return options;
}

QString helpText() {
    QCommandLineParser parser;
    declare(parser);
    return parser.helpText();
}

}  // namespace turntable::gui
