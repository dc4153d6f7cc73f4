#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "recorder/turns/turn_builder.h"
#include "storage/support/process.h"
#include "storage/trace_store.h"
#include "storage/trace_writer.h"

namespace turntable::tests {

/// A folder of its own for one test, gone afterwards.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "turntable-XXXXXX").string();
        m_path = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] std::filesystem::path store() const { return m_path / "store.db"; }

private:
    std::filesystem::path m_path;
};

/// A Messages request of a small agent after `steps` calls with their results.
inline std::string messagesRequest(int steps, const std::string& system = "You act on windows.") {
    std::string messages = R"({"role":"user","content":"buy milk and bread"})";
    for (int step = 1; step <= steps; ++step) {
        const std::string id = "call" + std::to_string(step);
        messages +=
            R"(,{"role":"assistant","content":[{"type":"tool_use","id":")" + id +
            R"(","name":"click","input":{"target":"e2"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":")" +
            id +
            R"(","content":"### Page state\n- Page URL: http://localhost/\n- Page Title: Todo\n- Page Snapshot:\n```yaml\n)" +
            R"(- generic [ref=e1]:\n  - button \"Save\" [ref=e2]\n```"}]})";
    }
    return R"({"model":"claude-x","max_tokens":64,"system":")" + system +
           R"(","tools":[{"name":"click","description":"Click","input_schema":{"type":"object"}}],"messages":[)" +
           messages + "]}";
}

/// A whole reply of the Messages API that clicks `target`.
inline std::string messagesReply(const std::string& target, int input = 100, int cached = 60, int output = 20) {
    return R"({"id":"m","type":"message","role":"assistant","model":"rand","content":[{"type":"tool_use","id":"c","name":"click","input":{"target":")" +
           target + R"("}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":)" +
           std::to_string(input) + R"(,"cache_read_input_tokens":)" + std::to_string(cached) + R"(,"output_tokens":)" +
           std::to_string(output) + "}}";
}

/// What happened in one exchange of a recording.
struct Exchange {
    std::string request;
    std::string reply;
    turns::ExchangeEnd end = turns::ExchangeEnd::whole;
};

/// Records a session of exchanges, each continuing the one before; gives back its id (0 after a failure of the store).
inline support::SessionId recordSession(const std::filesystem::path& path, const std::vector<Exchange>& exchanges) {
    auto writer = storage::TraceWriter::open(path);
    if (!writer) return {};
    storage::RecorderRecord record;
    record.process = support::currentProcess();
    const auto recorder = writer->registerRecorder(record);
    model::Session session;
    session.name = "todo";
    const auto id = writer->createSession(session);
    if (!recorder || !id) return {};
    std::optional<support::TurnId> parent;
    for (const Exchange& exchange : exchanges) {
        turns::RequestReceived request;
        request.target = "/v1/messages";
        request.headers = "content-type: application/json\n";
        request.body = exchange.request;
        request.started = support::SystemClock().wallNow();
        const screen::LinkedFileSource noFiles = [](std::string_view) -> support::Result<std::string> {
            return support::Error{support::ErrorCode::notFound, "no files here"};
        };
        auto understood = turns::understandRequest(request, noFiles);
        understood.turn.session = *id;
        understood.turn.parent = parent;
        if (!writer->beginTurn(understood.turn, {exchange.request, understood.shared, request.headers, {}}, *recorder))
            return {};
        turns::ReplyReceived reply;
        reply.end = exchange.end;
        if (!exchange.reply.empty()) {
            reply.httpStatus = 200;
            reply.headers = "content-type: application/json\nserver: llama.cpp\n";
            reply.body = exchange.reply;
            reply.arrivals = {{support::fromMs(50), exchange.reply.size()}};
        }
        turns::understandReply(understood, reply);
        if (!writer->finishTurn(understood.turn, {reply.body, reply.arrivals, reply.headers}, understood.shownScreen()))
            return {};
        parent = understood.turn.id;
    }
    if (!writer->endRecorder(*recorder)) return {};
    return *id;
}

}  // namespace turntable::tests
