#include <QApplication>
#include <QFont>
#include <QTextStream>
#include <cstdio>

#include "studio/gui/application.h"
#include "studio/gui/format.h"
#include "studio/gui/options.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// The platform that paints pictures grumbles about windows it does not have; the rest is worth reading.
void tellOnlyOurs(QtMsgType, const QMessageLogContext&, const QString& message) {
    if (message.startsWith(QLatin1String("This plugin does not support")) ||
        message.startsWith(QLatin1String("QStandardPaths:")))
        return;
    QTextStream(stderr) << message << Qt::endl;
}

/// Answers that need no window, nor a platform to show one on.
int answerInText(int argc, char** argv, const turntable::support::Result<turntable::gui::Options>& options) {
    const QCoreApplication application(argc, argv);
    if (!options) {
        QTextStream(stderr) << "turntable studio: " << turntable::gui::toQString(options.error().message)
                            << "\nturntable studio --help lists the options\n";
        return kWrongUsage;
    }
    QTextStream(stdout) << (options->help ? turntable::gui::helpText()
                                          : QStringLiteral("turntable " TURNTABLE_VERSION "\n"));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    QStringList arguments;
    for (int at = 0; at < argc; ++at) arguments << QString::fromLocal8Bit(argv[at]);
    const auto options = turntable::gui::parseOptions(arguments);
    if (!options || options->help || options->version) return answerInText(argc, argv, options);

    const bool picture = !options->picture.isEmpty();
    if (picture) {
        // A picture looks the same on every machine.
        qputenv("QT_QPA_PLATFORM", "offscreen");
        qputenv("QT_FONT_DPI", "96");
        qInstallMessageHandler(tellOnlyOurs);
    } else if (const QString reason = turntable::gui::whyNoDisplay(); !reason.isEmpty()) {
        QTextStream(stderr) << "turntable studio: " << reason << '\n';
        return kFailed;
    }
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("turntable-studio"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Turntable"));
    QCoreApplication::setApplicationVersion(QStringLiteral(TURNTABLE_VERSION));
    if (picture) QApplication::setFont(QFont(QStringLiteral("DejaVu Sans"), 9));
    return turntable::gui::Application(application, *options).run();
}
