#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::architecture {

/// One of our sources. `path` is relative to the root, with forward slashes.
struct SourceFile {
    std::string path;
    std::string text;
    [[nodiscard]] bool isHeader() const { return path.ends_with(".h"); }
    /// "recorder/wire" of "recorder/wire/sse.h".
    [[nodiscard]] std::string folder() const { return path.substr(0, path.rfind('/')); }
};

struct SourceLine {
    std::size_t number = 0;  ///< from 1
    std::string_view text;
};

inline std::vector<SourceLine> linesOf(const SourceFile& file) {
    std::vector<SourceLine> lines;
    std::string_view rest = file.text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        lines.push_back({lines.size() + 1, rest.substr(0, end)});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines;
}

/// An include directive. `name` is what stands between the quotes or brackets.
struct Include {
    std::size_t line = 0;
    std::string_view name;
    bool quoted = false;
};

inline std::vector<Include> includesOf(const SourceFile& file) {
    std::vector<Include> includes;
    for (const SourceLine& line : linesOf(file)) {
        std::string_view text = line.text;
        const auto skip = [&text](std::string_view word) {
            text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
            const bool found = text.starts_with(word);
            if (found) text.remove_prefix(word.size());
            return found;
        };
        if (!skip("#") || !skip("include")) continue;
        const bool quoted = skip("\"");
        if (!quoted && !skip("<")) continue;
        includes.push_back({line.number, text.substr(0, text.find(quoted ? '"' : '>')), quoted});
    }
    return includes;
}

/// True when `path` is `folder` itself or lies below it.
inline bool liesIn(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

inline std::string at(const SourceFile& file, std::size_t line, std::string_view what) {
    return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

/// All .h and .cpp files of the project's five source folders, sorted by path.
inline std::vector<SourceFile> readSourceTree(const std::filesystem::path& root) {
    std::vector<SourceFile> files;
    for (const char* top : {"storage", "recorder", "replay", "studio", "tests"}) {
        if (!std::filesystem::exists(root / top)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
            const auto extension = entry.path().extension();
            if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
            std::ifstream stream(entry.path(), std::ios::binary);
            files.push_back({entry.path().lexically_relative(root).generic_string(),
                             std::string(std::istreambuf_iterator<char>(stream), {})});
        }
    }
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

}  // namespace turntable::architecture
