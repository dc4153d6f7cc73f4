#include "studio/gui/application.h"

#include <QApplication>
#include <QPixmap>
#include <QTextStream>
#include <cstdio>
#include <utility>

#include "storage/trace_store.h"

namespace turntable::gui {

namespace {

constexpr std::chrono::milliseconds kPollInterval{1000};

}  // namespace

QString whyNoDisplay() {
    const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
    if (platform == "offscreen" || platform == "minimal") {
        return QCoreApplication::translate(
                   "turntable", "the platform '%1' shows no window; use --picture FILE.png to paint one into a file")
            .arg(QString::fromLatin1(platform));
    }
#if defined(Q_OS_UNIX) && !defined(Q_OS_DARWIN)
    if (platform.isEmpty() && qEnvironmentVariableIsEmpty("DISPLAY") &&
        qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
        return QCoreApplication::translate(
            "turntable", "there is no display to show a window on; use --picture FILE.png to paint one into a file");
    }
#endif
    return {};
}

Application::Application(QApplication& application, Options options)
    : m_application(application),
      m_options(std::move(options)),
      m_background(std::make_unique<Background>()),
      m_view(std::make_unique<SessionView>(*m_background)) {}

int Application::complain(const QString& sentence) {
    QTextStream(stderr) << "turntable studio: " << sentence << Qt::endl;
    return 1;
}

int Application::run() {
    applyTheme(m_application, m_options.theme);
    m_window = std::make_unique<MainWindow>(*m_view, m_options.theme);
    m_window->resize(m_options.size);
    m_window->showView(m_options.view);
    std::filesystem::path store;
    if (m_options.store) {
        store = *m_options.store;
    } else {
        const auto own = storage::defaultStorePath();
        if (!own) return complain(QString::fromStdString(own.error().message));
        store = *own;
    }
    m_view->openStore(store);
    if (!m_options.session.isEmpty())
        m_view->openNamed(m_options.session, m_options.runs, m_options.turn);
    else
        m_view->setStartingTurn(m_options.turn);
    return m_options.picture.isEmpty() ? runWindow() : takePicture();
}

int Application::runWindow() {
    connect(&m_poll, &QTimer::timeout, m_view.get(), &SessionView::poll);
    m_poll.start(kPollInterval);
    m_window->show();
    return m_application.exec();
}

int Application::takePicture() {
    QString failure;
    connect(m_view.get(), &SessionView::failed, this, [&failure](const QString& sentence) {
        if (failure.isEmpty()) failure = sentence;
    });
    // Everything has been read; what the last answer changed is painted before the picture is taken.
    connect(m_background.get(), &Background::becameIdle, &m_application, &QCoreApplication::quit, Qt::QueuedConnection);
    m_window->show();
    m_application.exec();
    if (!failure.isEmpty()) return complain(failure);
    QCoreApplication::sendPostedEvents();
    QCoreApplication::processEvents();
    if (!m_window->grab().save(m_options.picture, "PNG")) {
        return complain(tr("the picture could not be written to '%1'").arg(m_options.picture));
    }
    return 0;
}

}  // namespace turntable::gui
