#include "replay/run/run_recorder.h"

#include <utility>

#include "recorder/turns/stored_files.h"
#include "replay/run/question.h"
#include "storage/support/clock.h"
#include "storage/support/process.h"

namespace turntable::run {

support::Result<RunRecorder> RunRecorder::open(const std::filesystem::path& store, const storage::TraceReader& reader,
                                               const std::string& endpoint) {
    auto writer = storage::TraceWriter::open(store);
    if (!writer) return std::move(writer).error();
    storage::RecorderRecord record;
    record.process = support::currentProcess();
    record.upstream = endpoint;
    auto recorder = writer->registerRecorder(record);
    if (!recorder) return std::move(recorder).error();
    return RunRecorder(*std::move(writer), reader, *recorder);
}

support::Result<support::SessionId> RunRecorder::createRun(const model::Session& session) {
    return m_writer.createSession(session);
}

support::Result<turns::UnderstoodRequest> RunRecorder::begin(support::SessionId run,
                                                             const endpoints::Question& question,
                                                             std::optional<support::TurnId> parent, bool simulated) {
    turns::RequestReceived request;
    request.api = question.api;
    request.target = std::string(targetOf(question.api));
    request.headers = "content-type: application/json\n";
    request.body = question.body;
    request.started = support::SystemClock().wallNow();
    request.simulated = simulated;
    // The files that a tool result links to may be gone by now; what was read when the turn was recorded counts.
    auto files = turns::storedFiles(*m_reader, question.source.id);
    const screen::LinkedFileSource noFiles = [](std::string_view path) -> support::Result<std::string> {
        return support::Error{support::ErrorCode::notFound, "linked file " + std::string(path) + " was not recorded"};
    };
    turns::UnderstoodRequest understood = turns::understandRequest(request, files ? *files : noFiles);
    model::Turn& turn = understood.turn;
    turn.session = run;
    turn.parent = parent;
    turn.source = question.source.id;

    storage::RequestRecord record{question.body, understood.shared, request.headers, {}};
    if (understood.screen) record.files = understood.screen->files;
    const support::Status stored = m_writer.beginTurn(turn, record, m_recorder);
    if (!stored) return stored.error();
    return understood;
}

support::Status RunRecorder::finish(turns::UnderstoodRequest& understood, const endpoints::Answer& answer,
                                    const std::string& simulatedBy) {
    turns::understandReply(understood, answer.reply);
    model::Turn& turn = understood.turn;
    if (!simulatedBy.empty()) {
        // The recorded reply tells of the machine that made it, not of the one that is simulated.
        turn.answeredModel = simulatedBy;
        turn.server = {};
        turn.wire = {};
        turn.latency = answer.simulatedLatency.value_or(model::Latency{});
        turn.latency.source = model::TimeSource::simulated;
        if (answer.simulatedTokens) turn.tokens = *answer.simulatedTokens;
        understood.simulated = true;
        understood.serverKind = "simulated";
    }
    const storage::ResponseRecord record{answer.reply.body, answer.reply.arrivals, answer.reply.headers};
    return m_writer.finishTurn(turn, record, understood.shownScreen());
}

support::Status RunRecorder::close() {
    const support::Status ended = m_writer.endRecorder(m_recorder);
    const support::Status saved = m_writer.checkpoint();
    return ended ? saved : ended;
}

}  // namespace turntable::run
