#pragma once

#include <gtest/gtest.h>

#include "storage/support/process.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"
#include "tests/support/temporary_folder.h"

namespace turntable::storage {

/// A folder with a store in it, and short ways to write turns.
class StoreFixture : public testing::Test {
protected:
    TraceWriter openWriter() {
        auto writer = TraceWriter::open(m_path);
        EXPECT_TRUE(writer.ok()) << (writer ? "" : writer.error().message);
        return std::move(*writer);
    }
    TraceReader openReader() {
        auto reader = TraceReader::open(m_path);
        EXPECT_TRUE(reader.ok()) << (reader ? "" : reader.error().message);
        return std::move(*reader);
    }
    static support::SessionId addSession(TraceWriter& writer, const std::string& name) {
        model::Session session;
        session.name = name;
        const auto id = writer.createSession(session);
        EXPECT_TRUE(id.ok()) << (id ? "" : id.error().message);
        return id ? *id : support::SessionId{};
    }
    static support::RecorderId addRecorder(TraceWriter& writer, const support::ProcessIdentity& process) {
        RecorderRecord record;
        record.process = process;
        return *writer.registerRecorder(record);
    }
    /// A finished turn.
    static model::Turn addTurn(TraceWriter& writer, support::SessionId session, std::string_view request,
                               std::span<const support::ByteRange> parts, std::string_view response,
                               std::optional<support::TurnId> parent = std::nullopt) {
        model::Turn turn;
        turn.session = session;
        turn.parent = parent;
        const auto begun = writer.beginTurn(turn, {request, parts, {}, {}}, {});
        EXPECT_TRUE(begun.ok()) << (begun ? "" : begun.error().message);
        turn.status = model::TurnStatus::complete;
        const auto finished = writer.finishTurn(turn, {response, {}, {}}, nullptr);
        EXPECT_TRUE(finished.ok()) << (finished ? "" : finished.error().message);
        return turn;
    }

    test::TemporaryFolder m_folder;
    std::filesystem::path m_path = m_folder / "store.db";
};

}  // namespace turntable::storage
