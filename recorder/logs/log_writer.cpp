#include "recorder/logs/log_writer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "recorder/turns/session_facts.h"
#include "storage/digest/sha256.h"
#include "storage/support/process.h"
#include "storage/trace_store.h"

namespace turntable::logs {

using model::TurnStatus;
using support::Result;
using support::Status;
using support::TurnId;

/// One session while its log is read.
struct LogWriter::Work {
    model::Session session;
    std::string uid;
    bool created = false;
    std::vector<KnownTurn> known;
    std::multimap<support::WallTime, std::size_t> knownByStart;
    ImportedSession result;
    std::int64_t withoutReply = 0;
    std::int64_t withoutStart = 0;
    std::int64_t withoutEnd = 0;
};

namespace {

// What every session of a log lacks.
std::vector<std::string> alwaysMissing(LogFormat format) {
    switch (format) {
        case LogFormat::claudeTrace:
            return {"request bodies are as the log has them, not the wire's bytes",
                    "no times of the pieces of a reply: prefill and decode are unknown"};
        case LogFormat::har:
            return {"bodies are as the log has them, content coding removed",
                    "no times of the pieces of a reply: prefill and decode are unknown"};
        case LogFormat::claudeCode:
            return {"reconstructed from a log: no bytes of the wire",
                    "no system prompt and no tool schemas: what they cost is part of \"other\"",
                    "times are those of the log's lines: prefill and decode are unknown"};
        case LogFormat::store: break;
    }
    return {};
}

void addCount(std::vector<std::string>& sentences, std::int64_t count, const std::string& one,
              const std::string& many) {
    if (count > 0) sentences.push_back(std::to_string(count) + " " + (count == 1 ? one : many));
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
    return text;
}

std::string rawSha256(const std::string& text) {
    const digest::Sha256 hash = digest::sha256(text);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// A turn that an earlier, shorter log left unfinished, or whose message was not whole in it.
bool tellsMore(const model::Turn& stored, const turns::ReplyReceived& reply, turns::Provenance provenance) {
    if (stored.status == TurnStatus::interrupted || stored.status == TurnStatus::open) {
        return static_cast<std::int64_t>(reply.body.size()) > stored.responseBytes || stored.responseBytes == 0;
    }
    return provenance == turns::Provenance::reconstructed &&
           static_cast<std::int64_t>(reply.body.size()) > stored.responseBytes;
}

turns::ReplyReceived noReply() {
    turns::ReplyReceived reply;
    reply.end = turns::ExchangeEnd::recorderStopped;
    reply.error = "the log has no reply to this request";
    return reply;
}

}  // namespace

LogWriter::LogWriter(std::filesystem::path store, Source source)
    : m_store(std::move(store)), m_source(std::move(source)) {}
LogWriter::LogWriter(LogWriter&&) noexcept = default;
LogWriter::~LogWriter() {
    // A recorder that has not ended would be taken for a running one as long as this process lives.
    if (m_writer) (void)m_writer->endRecorder(m_recorder);
}

Result<LogWriter> LogWriter::open(const std::filesystem::path& store, Source source) {
    LogWriter writer(store, std::move(source));
    std::error_code error;
    if (!std::filesystem::exists(store, error)) return writer;
    auto reader = storage::TraceReader::open(store);
    if (!reader) return std::move(reader).error();
    const auto sessions = reader->sessions();
    if (!sessions) return sessions.error();
    for (const model::Session& session : *sessions) writer.m_stored.emplace(session.uid, session);
    writer.m_reader.emplace(*std::move(reader));
    return writer;
}

Status LogWriter::openToWrite() {
    if (m_writer) return {};
    if (Status prepared = storage::prepareStore(m_store); !prepared) return prepared;
    auto writer = storage::TraceWriter::open(m_store);
    if (!writer) return std::move(writer).error();
    storage::RecorderRecord record;
    record.process = support::currentProcess();
    const auto recorder = writer->registerRecorder(record);
    if (!recorder) return recorder.error();
    m_recorder = *recorder;
    m_writer.emplace(*std::move(writer));
    return {};
}

std::string LogWriter::unfinishedNote() const {
    return "the import of " + m_source.file + " is not finished: import it again to go on";
}

Result<LogWriter::Placed> LogWriter::place(const LoggedExchange& exchange, const turns::UnderstoodRequest& understood,
                                           const std::optional<Thread>& thread) {
    Placed placed;
    if (!thread) {
        const auto found = m_lineage.find({}, understood.body, understood.parsed);
        placed.parent = found.parent;
        if (found.session) placed.work = m_bySession[*found.session];
    } else {
        const auto known = m_byKey.find(thread->session);
        if (known != m_byKey.end()) placed.work = known->second;
        const auto parent = thread->parent ? m_turnOf.find(*thread->parent) : m_turnOf.end();
        if (parent != m_turnOf.end()) placed.parent = parent->second;
    }
    if (placed.work != nullptr) return placed;
    auto begun = begin(exchange, understood, thread ? thread->session : std::string());
    if (!begun) return std::move(begun).error();
    placed.work = *begun;
    if (thread) m_byKey.emplace(thread->session, placed.work);
    m_bySession[placed.work->session.id] = placed.work;
    return placed;
}

Result<LogWriter::Work*> LogWriter::begin(const LoggedExchange& exchange, const turns::UnderstoodRequest& understood,
                                          const std::string& key) {
    auto work = std::make_unique<Work>();
    std::string identity = "turntable import\n" + std::string(logFormatName(m_source.format)) + "\n" + key;
    if (key.empty()) {
        identity += std::to_string(exchange.request.started.time_since_epoch().count()) + "\n" +
                    digest::sha256Hex(understood.body);
    }
    // Two sessions of a log that begin with the same request at the same moment stay two.
    const auto isUsed = [&](const std::string& uid) {
        return std::any_of(m_works.begin(), m_works.end(), [&](const auto& other) { return other->uid == uid; });
    };
    work->uid = rawSha256(identity);
    while (isUsed(work->uid)) work->uid = rawSha256(work->uid);
    const auto stored = m_stored.find(work->uid);
    const Status ready = stored == m_stored.end() ? create(*work, exchange, understood) : [&] {
        work->session = stored->second;
        return readKnown(*work);
    }();
    if (!ready) return ready.error();
    work->result.id = work->session.id;
    work->result.name = work->session.name;
    m_works.push_back(std::move(work));
    return m_works.back().get();
}

Status LogWriter::create(Work& work, const LoggedExchange& exchange, const turns::UnderstoodRequest& understood) {
    if (Status opened = openToWrite(); !opened) return opened;
    model::Session& session = work.session;
    session.name = m_source.name;
    if (!m_works.empty()) session.name += "-" + std::to_string(m_works.size() + 1);
    session.started = exchange.request.started;
    session.model = understood.turn.requestedModel;
    session.endpoint = exchange.endpoint;
    session.note = unfinishedNote();
    session.uid = work.uid;
    const auto created = m_writer->createSession(session);
    if (!created) return created.error();
    session.id = *created;
    work.created = true;
    return {};
}

Status LogWriter::readKnown(Work& work) {
    auto turns = m_reader->turns(work.session.id);
    if (!turns) return std::move(turns).error();
    for (model::Turn& turn : *turns) {
        auto hashes = m_reader->bodyHashes(turn.id);
        if (!hashes) return std::move(hashes).error();
        work.knownByStart.emplace(turn.started, work.known.size());
        work.known.push_back({std::move(turn), *std::move(hashes), false});
    }
    return {};
}

Status LogWriter::add(const LoggedExchange& exchange, std::size_t number, const std::optional<Thread>& thread) {
    turns::UnderstoodRequest understood = turns::understandRequest(exchange.request, {});
    auto placed = place(exchange, understood, thread);
    if (!placed) return std::move(placed).error();
    Work& work = *placed->work;
    understood.turn.session = work.session.id;
    understood.turn.parent = placed->parent;

    ++work.result.turns;
    if (!exchange.startKnown) ++work.withoutStart;
    if (!exchange.reply) ++work.withoutReply;
    if (exchange.reply && !exchange.reply->wire.lastByte) ++work.withoutEnd;

    KnownTurn* known = nullptr;
    const std::string hash = work.known.empty() ? std::string() : digest::sha256Hex(understood.body);
    const auto [begin, end] = work.knownByStart.equal_range(exchange.request.started);
    for (auto each = begin; each != end; ++each) {
        KnownTurn& candidate = work.known[each->second];
        if (candidate.met) continue;
        const bool same = candidate.hashes.request == hash;
        if (known == nullptr || same) known = &candidate;
        if (same) break;
    }
    const Status stored =
        known != nullptr ? meetKnown(work, *known, exchange, understood) : storeNew(work, exchange, understood);
    if (!stored) return stored;
    const TurnId id = understood.turn.id;
    if (thread) {
        m_turnOf.emplace(number, id);
    } else {
        m_lineage.add(id, work.session.id, {}, understood.body, understood.parsed, placed->parent);
    }
    return {};
}

Status LogWriter::storeNew(Work& work, const LoggedExchange& exchange, turns::UnderstoodRequest& understood) {
    if (Status opened = openToWrite(); !opened) return opened;
    model::Turn& turn = understood.turn;
    model::Turn opening = turn;
    const storage::RequestRecord record{understood.body, understood.shared, exchange.request.headers, {}};
    if (Status begun = m_writer->beginTurn(opening, record, m_recorder); !begun) return begun;
    turn.id = opening.id;
    turn.number = opening.number;
    if (Status finished = finishTurn(work, exchange, understood); !finished) return finished;
    ++work.result.added;
    ++m_added;
    return turn.parent && exchange.startKnown ? setGapOf(*turn.parent, turn.started) : Status();
}

Status LogWriter::meetKnown(Work& work, KnownTurn& known, const LoggedExchange& exchange,
                            turns::UnderstoodRequest& understood) {
    known.met = true;
    const model::Turn& stored = known.turn;
    model::Turn& turn = understood.turn;
    turn.id = stored.id;
    turn.number = stored.number;
    turn.parent = stored.parent;
    turn.source = stored.source;
    turn.latency.gap = stored.latency.gap;
    if (known.hashes.request != digest::sha256Hex(understood.body)) {
        ++work.result.leftAlone;
    } else if (exchange.reply && tellsMore(stored, *exchange.reply, understood.provenance)) {
        if (Status opened = openToWrite(); !opened) return opened;
        ++work.result.completed;
        return finishTurn(work, exchange, understood);
    } else if (exchange.reply && known.hashes.response != digest::sha256Hex(exchange.reply->body) &&
               static_cast<std::int64_t>(exchange.reply->body.size()) >= stored.responseBytes) {
        ++work.result.leftAlone;
    }
    if (stored.latency.total && !stored.latency.gap) m_ends[stored.id] = stored.started + *stored.latency.total;
    return {};
}

Status LogWriter::finishTurn(Work& work, const LoggedExchange& exchange, turns::UnderstoodRequest& understood) {
    const turns::ReplyReceived reply = exchange.reply ? *exchange.reply : noReply();
    model::Turn& turn = understood.turn;
    const auto gap = turn.latency.gap;
    turns::understandReply(understood, reply);
    turn.latency.gap = gap;
    const turns::ReplyBytes given = turns::bytesGiven(reply);
    const storage::ResponseRecord record{given.body, given.arrivals, reply.headers};
    if (Status finished = m_writer->finishTurn(turn, record, understood.shownScreen()); !finished) return finished;
    if (turn.latency.total && !gap && exchange.startKnown) m_ends[turn.id] = turn.started + *turn.latency.total;
    if (m_ends.size() > turns::Lineage::kTips) m_ends.erase(m_ends.begin());
    if (!turns::learnFromTurn(work.session, understood, exchange.endpoint)) return {};
    return m_writer->updateSession(work.session);
}

Status LogWriter::setGapOf(TurnId parent, support::WallTime next) {
    const auto end = m_ends.find(parent);
    if (end == m_ends.end()) return {};
    const support::Nanoseconds gap = next - end->second;
    m_ends.erase(end);
    // Requests that overlap leave no gap between them.
    if (gap < support::Nanoseconds::zero()) return {};
    return m_writer->setGap(parent, gap);
}

Status LogWriter::finish(const std::vector<std::string>& alsoMissing) {
    for (const auto& work : m_works) {
        std::vector<std::string>& missing = work->result.missing;
        missing = alwaysMissing(m_source.format);
        addCount(missing, work->withoutReply, "request without a reply", "requests without a reply");
        addCount(missing, work->withoutStart, "turn without a time (shown as 1970)",
                 "turns without a time (shown as 1970)");
        addCount(missing, work->withoutEnd, "reply without an end time", "replies without an end time");
        missing.insert(missing.end(), alsoMissing.begin(), alsoMissing.end());
        const bool changed = work->created || work->result.added + work->result.completed > 0;
        if (!changed && work->session.note != unfinishedNote()) continue;
        if (Status opened = openToWrite(); !opened) return opened;
        work->session.note = "imported from " + m_source.file + " (" + std::string(logFormatName(m_source.format)) +
                             "): " + joined(missing);
        if (Status updated = m_writer->updateSession(work->session); !updated) return updated;
    }
    if (!m_writer) return {};
    const Status ended = m_writer->endRecorder(m_recorder);
    const Status saved = m_writer->checkpoint();
    m_writer.reset();
    return ended ? saved : ended;
}

std::vector<ImportedSession> LogWriter::sessions() const {
    std::vector<ImportedSession> results;
    results.reserve(m_works.size());
    for (const auto& work : m_works) results.push_back(work->result);
    return results;
}

}  // namespace turntable::logs
