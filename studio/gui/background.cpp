#include "studio/gui/background.h"

#include <QDebug>

namespace turntable::gui {

Background::Background(QObject* parent) : QObject(parent) {
    m_pool.setMaxThreadCount(1);
    // The thread stays: what a job opens belongs to it.
    m_pool.setExpiryTimeout(-1);
}

Background::~Background() {
    m_pool.clear();
    m_pool.waitForDone();
}

void Background::report(const char* what) { qWarning("a background job ended with an exception: %s", what); }

void Background::jobEnded() {
    --m_jobs;
    if (m_jobs == 0) Q_EMIT becameIdle();
}

}  // namespace turntable::gui
