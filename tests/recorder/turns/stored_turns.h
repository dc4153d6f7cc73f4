#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "recorder/turns/turn_recorder.h"
#include "storage/support/process.h"
#include "storage/trace_reader.h"
#include "storage/trace_store.h"
#include "storage/trace_writer.h"
#include "tests/recorder/turns/exchange_texts.h"

namespace turntable::turns::testing {

/// A store of its own in a folder of its own, and a recorder that writes into it.
class StoredTurns : public ::testing::Test {
protected:
    struct Heard {
        model::Turn turn;
        model::Session session;
        bool stored = false;
    };

    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "turntable-turns-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        m_folder = pattern;
        startRecorder("desk");
    }
    void TearDown() override {
        m_recorder.reset();
        std::error_code ignored;
        std::filesystem::remove_all(m_folder, ignored);
    }

    [[nodiscard]] std::filesystem::path store() const { return m_folder / "store.db"; }

    void startRecorder(const std::string& sessionName) {
        const support::Status prepared = storage::prepareStore(store());
        ASSERT_TRUE(prepared) << prepared.error().message;
        auto writer = storage::TraceWriter::open(store());
        ASSERT_TRUE(writer) << writer.error().message;
        auto id = writer->registerRecorder({{}, support::currentProcess(), "http://127.0.0.1:1", "http://up", "token"});
        ASSERT_TRUE(id) << id.error().message;
        TurnRecorderOptions options{sessionName, "http://up",
                                    [](std::string_view path) -> support::Result<std::string> {
                                        if (path == ".playwright-mcp/page.yml")
                                            return std::string("- button \"Linked\" [ref=e9]\n");
                                        return support::Error{support::ErrorCode::notFound, "no such file"};
                                    }};
        options.retryPause = m_retryPause;
        options.groupFor = m_groupFor;
        m_recorder.emplace(*std::move(writer), *id, std::move(options),
                           [this](const model::Turn& turn, const model::Session& session, bool stored) {
                               m_heard.push_back({turn, session, stored});
                           });
    }

    storage::TraceReader reader() {
        auto opened = storage::TraceReader::open(store());
        EXPECT_TRUE(opened) << opened.error().message;
        return *std::move(opened);
    }

    /// One exchange from begin to finish; `messages` as in messagesBody.
    bool record(const std::string& messages, ReplyReceived reply, int seconds = 0, const std::string& hint = {}) {
        RequestReceived request = requestOf(messagesBody(messages), ++m_exchange, seconds);
        request.sessionHint = hint;
        reply.exchange = m_exchange;
        const bool begun = m_recorder->begin(request);
        return m_recorder->finish(reply) && begun;
    }

    /// An answer that clicks, after 300 ms.
    static ReplyReceived clicks(const std::string& callId, const std::string& model = "rand") {
        return replyOf({{100, messageStart(model) + callStart(callId, "click")},
                        {200, callDelta(R"({\"target\":\"e2\"})")},
                        {300, messageEnd("tool_use")}},
                       kLlamaStream);
    }

    std::filesystem::path m_folder;
    std::optional<TurnRecorder> m_recorder;
    std::vector<Heard> m_heard;
    std::uint64_t m_exchange = 0;
    std::chrono::milliseconds m_retryPause{0};
    std::chrono::milliseconds m_groupFor{0};
};

}  // namespace turntable::turns::testing
