#pragma once

#include <filesystem>

namespace turntable::sqlite {

/// Tells who holds the write lock of a file for longer that somebody else wants it. Who waits holds a shared lock of
/// the file's folder meanwhile (flock(2), which SQLite does not use and other programs hardly do); who holds the file
/// looks whether the folder could be locked alone. Between processes and between connections of one process. All files
/// of a folder share one: that others wait may then be said too often, never too seldom. One thread.
class Turnstile {
public:
    explicit Turnstile(std::filesystem::path file) : m_file(std::move(file)) {}
    Turnstile(const Turnstile&) = delete;
    Turnstile& operator=(const Turnstile&) = delete;
    ~Turnstile();

    /// From now on, and until `leave`, others see that somebody waits.
    void wait();
    void leave();
    /// True also where nobody can tell, on a file system without such locks.
    [[nodiscard]] bool othersWait();

private:
    [[nodiscard]] bool open();

    std::filesystem::path m_file;
    int m_folder = -1;
    bool m_waiting = false;
};

}  // namespace turntable::sqlite
