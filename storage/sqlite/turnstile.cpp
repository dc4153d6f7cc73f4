#include "storage/sqlite/turnstile.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace turntable::sqlite {

Turnstile::~Turnstile() {
    if (m_folder >= 0) close(m_folder);
}

bool Turnstile::open() {
    if (m_folder >= 0) return true;
    const std::filesystem::path folder = m_file.has_parent_path() ? m_file.parent_path() : std::filesystem::path(".");
    m_folder = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return m_folder >= 0;
}

void Turnstile::wait() {
    // Whoever looks holds the lock for an instant only, and this is called again at every step of a wait. A program
    // that keeps the folder to itself must not keep us.
    if (!m_waiting && open()) m_waiting = flock(m_folder, LOCK_SH | LOCK_NB) == 0;
}

void Turnstile::leave() {
    if (!m_waiting) return;
    m_waiting = false;
    flock(m_folder, LOCK_UN);
}

bool Turnstile::othersWait() {
    if (!open() || flock(m_folder, LOCK_EX | LOCK_NB) != 0) return true;
    flock(m_folder, LOCK_UN);
    return false;
}

}  // namespace turntable::sqlite
