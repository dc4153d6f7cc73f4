#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "recorder/logs/import_log.h"
#include "storage/trace_reader.h"
#include "tests/support/temporary_folder.h"

namespace turntable::logs::testing {

inline std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(TURNTABLE_SOURCE_DIR) / "fixtures/logs" / name;
}

inline std::string contentOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The lines of a text, each with its line end.
inline std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
        lines.push_back(text.substr(at, end - at));
        at = end;
    }
    return lines;
}

/// A folder with a store that is not there yet, and logs to import into it.
class Imports : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path store() const { return m_folder / "store.db"; }

    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(m_folder / name, std::ios::binary) << text;
        return m_folder / name;
    }
    LogReport import(const std::filesystem::path& path, const LogOptions& options = {}) {
        auto report = importLog(path, store(), options);
        EXPECT_TRUE(report) << report.error().message;
        return report ? *std::move(report) : LogReport{};
    }
    std::string failureOf(const std::filesystem::path& path) {
        const auto report = importLog(path, store(), {});
        return report ? "it was imported" : report.error().message;
    }
    [[nodiscard]] storage::TraceReader reader() const {
        auto opened = storage::TraceReader::open(store());
        EXPECT_TRUE(opened) << opened.error().message;
        return *std::move(opened);
    }
    [[nodiscard]] std::vector<model::Turn> turnsOf(const ImportedSession& session) const {
        return reader().turns(session.id).value();
    }
    /// The store as it lies there, without what SQLite keeps beside it.
    [[nodiscard]] std::string storeBytes() const { return contentOf(store()); }

    test::TemporaryFolder m_folder;
};

}  // namespace turntable::logs::testing
