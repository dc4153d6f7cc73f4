#include "storage/checkpointer.h"

#include <optional>
#include <system_error>
#include <utility>

#include "storage/sqlite/database.h"

namespace turntable::storage {

using sqlite::Database;
using sqlite::OpenMode;

namespace {

/// PASSIVE takes no lock that a reader or a writer needs, and leaves what they are in the middle of. What it could not
/// move stays in the log.
void moveLog(Database& database) { static_cast<void>(database.integer("PRAGMA wal_checkpoint(PASSIVE)")); }

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path store) : m_store(std::move(store)) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::logGrew(Database& writer, int pages) {
    if (pages < kTooLongLogPages) m_tooLong = kTooLongLogPages;
    if (pages >= m_tooLong) {
        // Only one checkpoint can run. The thread's ends first: it cannot move what was written after its beginning.
        stop();
        moveLog(writer);
        m_tooLong = pages + kLongLogPages;
    } else if (!ask()) {
        moveLog(writer);
    }
}

bool Checkpointer::ask() {
    if (!m_thread.joinable()) {
        try {
            m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
        } catch (const std::system_error&) {
            return false;
        }
    }
    {
        const std::scoped_lock lock(m_mutex);
        m_wanted = true;
    }
    m_asked.notify_one();
    return true;
}

void Checkpointer::stop() {
    if (!m_thread.joinable()) return;
    m_thread.request_stop();
    m_thread.join();
    m_wanted = false;
}

void Checkpointer::run(const std::stop_token& stop) {
    std::optional<Database> database;
    for (;;) {
        {
            std::unique_lock lock(m_mutex);
            if (!m_asked.wait(lock, stop, [this] { return m_wanted; }) || stop.stop_requested()) return;
            m_wanted = false;
        }
        if (!database) {
            auto opened = Database::open(m_store, OpenMode::readWrite);
            if (!opened) continue;
            database = std::move(*opened);
        }
        moveLog(*database);
    }
}

}  // namespace turntable::storage
