#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "storage/archive/archive.h"
#include "storage/sqlite/database.h"
#include "storage/trace_reader.h"
#include "storage/trace_store.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/trace_builder.h"

namespace turntable::storage {

inline std::string bytesOfFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void writeFile(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A store with sessions in it, an archive beside it and a second store to merge into.
class ArchiveFixture : public StoreFixture {
protected:
    support::SessionId idOf(const std::filesystem::path& store, const std::string& name) {
        auto reader = TraceReader::open(store);
        EXPECT_TRUE(reader.ok()) << (reader ? "" : reader.error().message);
        const auto session = reader->findSession(name);
        EXPECT_TRUE(session.ok()) << (session ? "" : session.error().message);
        return session ? session->id : support::SessionId{};
    }
    ExportReport exported(const std::string& name, const ExportOptions& options = replacing()) {
        const auto id = idOf(m_path, name);
        auto report = exportSessions(m_path, std::span(&id, 1), m_archive, options);
        EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message);
        return report ? *report : ExportReport{};
    }
    MergeReport merged(OnConflict onConflict = OnConflict::refuse) {
        auto report = mergeArchive(m_archive, m_other, {onConflict, {}, {}});
        EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message);
        return report ? *report : MergeReport{};
    }
    static ExportOptions replacing() {
        ExportOptions options;
        options.overwrite = Overwrite::replace;
        return options;
    }
    /// Every row of every table, as text, without ids of the file: what two stores must agree on.
    static std::string content(const std::filesystem::path& store) {
        auto reader = TraceReader::open(store);
        EXPECT_TRUE(reader.ok()) << (reader ? "" : reader.error().message);
        std::string text;
        const auto sessions = reader->sessions();
        for (const auto& session : *sessions) text += sessionText(*reader, session);
        return text;
    }
    static std::string sessionText(const TraceReader& reader, const model::Session& session);
    static std::int64_t count(const std::filesystem::path& store, const std::string& sql) {
        auto database = sqlite::Database::open(store, sqlite::OpenMode::readOnly);
        EXPECT_TRUE(database.ok());
        return *database->integer(sql);
    }
    static void change(const std::filesystem::path& store, const std::string& sql) {
        auto database = sqlite::Database::open(store, sqlite::OpenMode::readWrite);
        ASSERT_TRUE(database.ok());
        const auto done = database->execute(sql);
        ASSERT_TRUE(done.ok()) << done.error().message;
    }

    std::filesystem::path m_archive = m_folder / "session.turntable";
    std::filesystem::path m_other = m_folder / "other.db";
};

inline std::string ArchiveFixture::sessionText(const TraceReader& reader, const model::Session& session) {
    std::string text = "session " + session.name + " " + session.uid + " " +
                       std::string(model::sessionModeName(session.mode)) + " " + session.model + " " +
                       session.endpoint + " " + session.note + " " + support::formatUtc(session.started) + "\n";
    const auto turns = reader.turns(session.id);
    EXPECT_TRUE(turns.ok()) << (turns ? "" : turns.error().message);
    for (const auto& turn : *turns) {
        const auto hashes = reader.bodyHashes(turn.id);
        EXPECT_TRUE(reader.requestBody(turn.id).ok());
        EXPECT_TRUE(reader.responseBody(turn.id).ok());
        text += "turn " + std::to_string(turn.number) + " " + std::string(model::turnStatusName(turn.status)) + " " +
                hashes->request + " " + hashes->response + " " + turn.error + "\n";
    }
    const auto notes = reader.notes(session.id);
    for (const auto& note : *notes) text += "note " + note.text + "\n";
    const auto gaps = reader.gapMarks(session.id);
    for (const auto& gap : *gaps) text += "gap " + gap.reason + "\n";
    return text;
}

}  // namespace turntable::storage
