#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/source_tree.h"

/// The rules of ARCHITECTURE.md that a machine can check. Each takes one file and gives one "path:line: what" a
/// violation.
namespace turntable::architecture {

using Violations = std::vector<std::string>;
using Rule = Violations (*)(const SourceFile&);

inline bool isQtHeader(const Include& include) {
    const std::string_view name = include.name;
    return !include.quoted && name.size() > 1 && name[0] == 'Q' &&
           (std::isupper(static_cast<unsigned char>(name[1])) != 0 || name[1] == 't');
}

inline Violations qtOnlyInTheWindow(const SourceFile& file) {
    Violations found;
    if (liesIn(file.path, "studio/gui") || liesIn(file.path, "tests/studio/gui")) return found;
    for (const Include& include : includesOf(file)) {
        if (isQtHeader(include)) found.push_back(at(file, include.line, "Qt outside of studio/gui"));
    }
    return found;
}

/// A C or C++ library that is reached through one folder only.
struct WrappedLibrary {
    std::string_view header;  ///< a header, or a folder of headers when it ends in '/'
    std::vector<std::string_view> folders;
};

inline const std::vector<WrappedLibrary>& wrappedLibraries() {
    static const std::vector<WrappedLibrary> kLibraries = {
        {"sqlite3.h", {"storage/sqlite"}},
        {"zstd.h", {"storage/compression"}},
        {"zlib.h", {"storage/compression"}},
        {"openssl/", {"storage/digest"}},
        {"re2/", {"storage/privacy"}},
        {"curl/", {"recorder/http"}},
        {"boost/", {"recorder/proxy", "tests/support"}},
    };
    return kLibraries;
}

inline Violations librariesBesideTheirWrappers(const SourceFile& file) {
    Violations found;
    for (const Include& include : includesOf(file)) {
        for (const WrappedLibrary& library : wrappedLibraries()) {
            const bool named = library.header.ends_with('/') ? include.name.starts_with(library.header)
                                                             : include.name == library.header;
            const bool allowed = std::any_of(library.folders.begin(), library.folders.end(),
                                             [&](std::string_view folder) { return liesIn(file.path, folder); });
            if (!named || allowed) continue;
            found.push_back(
                at(file, include.line,
                   "\"" + std::string(include.name) + "\" is for " + std::string(library.folders.front()) + " only"));
        }
    }
    return found;
}

/// What a folder may include besides itself. The first row whose folder the file lies in counts.
struct Room {
    std::string_view folder;
    std::vector<std::string_view> below;
};

inline const std::vector<Room>& rooms() {
    static const std::vector<Room> kRooms = {
        {"storage/support", {}},
        {"storage/model", {"storage/support"}},
        {"storage/digest", {"storage/support"}},
        {"storage/sqlite", {"storage/support"}},
        {"storage/compression", {"storage/support"}},
        {"storage/privacy", {"storage/support", "storage/model", "storage/digest", "storage/compression"}},
        {"storage/care", {"storage"}},
        {"storage", {"storage"}},
        {"recorder/wire", {"storage"}},
        {"recorder/http", {"storage", "recorder/wire"}},
        {"recorder/screen", {"storage", "recorder/wire", "recorder/http"}},
        {"recorder/tokens", {"storage", "recorder/wire", "recorder/http", "recorder/screen"}},
        {"recorder/turns", {"storage", "recorder/wire", "recorder/http", "recorder/screen", "recorder/tokens"}},
        {"recorder/logs",
         {"storage", "recorder/wire", "recorder/http", "recorder/screen", "recorder/tokens", "recorder/turns"}},
        {"recorder/proxy",
         {"storage", "recorder/wire", "recorder/http", "recorder/screen", "recorder/tokens", "recorder/turns"}},
        {"recorder/agent", {"storage", "recorder"}},
        {"replay/diff", {"storage"}},
        {"replay/endpoints", {"storage", "recorder"}},
        {"replay/advice", {"storage", "recorder/tokens", "recorder/wire", "replay/diff"}},
        {"replay/run", {"storage", "recorder", "replay/endpoints", "replay/diff"}},
        {"studio/cli", {"storage", "recorder", "replay", "studio/report"}},
        {"studio/report", {"storage", "recorder", "replay"}},
        {"studio/gui", {"storage", "recorder", "replay", "studio/report"}},
        {"tests", {"storage", "recorder", "replay", "studio", "tests"}},
    };
    return kRooms;
}

inline bool isOurs(const Include& include) {
    constexpr std::array<std::string_view, 5> kTops = {"storage/", "recorder/", "replay/", "studio/", "tests/"};
    return std::any_of(kTops.begin(), kTops.end(), [&](std::string_view top) { return include.name.starts_with(top); });
}

inline Violations includesGoDownward(const SourceFile& file) {
    const auto room =
        std::find_if(rooms().begin(), rooms().end(), [&](const Room& each) { return liesIn(file.path, each.folder); });
    if (room == rooms().end()) {
        return {at(file, 1, "no room for this folder in tests/architecture/rules.h: say what it may include")};
    }
    Violations found;
    for (const Include& include : includesOf(file)) {
        if (include.name.find("../") != std::string_view::npos) {
            found.push_back(at(file, include.line, "includes are named from the root, not by \"../\""));
        }
        if (!isOurs(include) || liesIn(include.name, room->folder)) continue;
        const bool below = std::any_of(room->below.begin(), room->below.end(),
                                       [&](std::string_view folder) { return liesIn(include.name, folder); });
        if (below) continue;
        found.push_back(at(file, include.line,
                           std::string(room->folder) + " may not include \"" + std::string(include.name) + "\""));
    }
    return found;
}

inline Violations noLinuxOnlyHeaders(const SourceFile& file) {
    constexpr std::array<std::string_view, 9> kHeaders = {"sys/epoll.h",   "sys/inotify.h",  "sys/prctl.h",
                                                          "sys/eventfd.h", "linux/",         "sys/signalfd.h",
                                                          "sys/timerfd.h", "sys/sendfile.h", "sys/memfd.h"};
    Violations found;
    for (const Include& include : includesOf(file)) {
        for (const std::string_view header : kHeaders) {
            if (include.name.starts_with(header)) {
                found.push_back(at(file, include.line, "<" + std::string(include.name) + "> is there on Linux only"));
            }
        }
    }
    return found;
}

/// Calls and flags of Linux that other systems with the same headers lack. `storage/support/process.cpp` may use them
/// where it asks for the system first.
inline Violations noLinuxOnlyCalls(const SourceFile& file) {
    constexpr std::array<std::string_view, 18> kNames = {
        "accept4", "pipe2",        "epoll_create1", "eventfd",         "timerfd_create", "signalfd",
        "prctl",   "gettid",       "memfd_create",  "copy_file_range", "splice",         "fallocate",
        "syncfs",  "SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_PEERCRED",     "TCP_QUICKACK",   "O_TMPFILE"};
    Violations found;
    if (file.path == "storage/support/process.cpp" || liesIn(file.path, "tests/architecture")) return found;
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
    for (const SourceLine& line : linesOf(file)) {
        const std::string_view code = line.text.substr(0, line.text.find("//"));
        for (const std::string_view name : kNames) {
            for (auto begin = code.find(name); begin != std::string_view::npos; begin = code.find(name, begin + 1)) {
                const auto end = begin + name.size();
                const bool longer = (begin > 0 && isWord(code[begin - 1])) || (end < code.size() && isWord(code[end]));
                const bool used = std::isupper(static_cast<unsigned char>(name.front())) != 0 ||
                                  (end < code.size() && code[end] == '(');
                if (!longer && used)
                    found.push_back(at(file, line.number, std::string(name) + " is there on Linux only"));
            }
        }
    }
    return found;
}

inline Violations procfsInOneFile(const SourceFile& file) {
    constexpr std::string_view kProcfs = "/proc";
    Violations found;
    if (file.path == "storage/support/process.cpp" || liesIn(file.path, "tests/architecture")) return found;
    for (const SourceLine& line : linesOf(file)) {
        for (auto begin = line.text.find(kProcfs); begin != std::string_view::npos;
             begin = line.text.find(kProcfs, begin + 1)) {
            const auto isWord = [&](std::size_t index) {
                return index < line.text.size() && std::isalnum(static_cast<unsigned char>(line.text[index])) != 0;
            };
            // "support/process.h" and "a/procedure" are no paths of the file system.
            if (isWord(begin + kProcfs.size()) || (begin > 0 && isWord(begin - 1))) continue;
            found.push_back(at(file, line.number, "/proc is for storage/support/process.cpp only"));
        }
    }
    return found;
}

inline constexpr std::size_t kMaxSourceLines = 500;
inline constexpr std::size_t kMaxHeaderLines = 250;

inline Violations filesStaySmall(const SourceFile& file) {
    const std::size_t limit = file.isHeader() ? kMaxHeaderLines : kMaxSourceLines;
    const std::size_t lines = linesOf(file).size();
    if (lines <= limit) return {};
    return {at(file, limit + 1, std::to_string(lines) + " lines, at most " + std::to_string(limit) + " are allowed")};
}

inline Violations headersAreGuarded(const SourceFile& file) {
    if (!file.isHeader()) return {};
    const auto lines = linesOf(file);
    const bool guarded =
        std::any_of(lines.begin(), lines.end(), [](const SourceLine& line) { return line.text == "#pragma once"; });
    if (guarded) return {};
    return {at(file, 1, "no #pragma once")};
}

}  // namespace turntable::architecture
