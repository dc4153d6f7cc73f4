#include "recorder/proxy/recording.h"

#include <algorithm>
#include <exception>
#include <system_error>

namespace turntable::proxy {
namespace {

using support::Error;
using support::ErrorCode;
using support::Status;

// Beyond the capacity there is room for what must not be refused: the reply of every turn that was begun, and notices.
// With more than this in the queue the store is written quickly rather than small.
constexpr std::size_t kManyWaiting = 16;
// A second without an exchange that begins or ends: the agent acts, or its model thinks.
constexpr auto kQuietBeforePacking = std::chrono::seconds(1);
constexpr std::size_t kRoomForNotices = 64;

}  // namespace

Recording::Recording(RecordingOptions options)
    : m_options(std::move(options)),
      m_spools(m_options.store,
               turns::hidesAnything(m_options.privacy) ? SpoolPool::Encryption::on : SpoolPool::Encryption::off),
      m_queue(m_options.queueCapacity + m_options.maxExchanges + kRoomForNotices) {}

support::Result<std::unique_ptr<Recording>> Recording::start(RecordingOptions options) {
    std::unique_ptr<Recording> recording(new Recording(std::move(options)));
    std::promise<Status> started;
    auto outcome = started.get_future();
    try {
        recording->m_thread = std::jthread(
            [self = recording.get(), promise = std::move(started)]() mutable { self->run(std::move(promise)); });
    } catch (const std::system_error& failure) {
        return Error{ErrorCode::internal, std::string("cannot start the recording thread: ") + failure.what()};
    }
    const Status status = outcome.get();
    if (!status) return status.error();
    return recording;
}

Recording::~Recording() { stop(); }

void Recording::stop() {
    m_queue.close();
    if (m_thread.joinable()) m_thread.join();
}

std::unique_ptr<TurnTape> Recording::open(turns::RequestReceived request, std::string_view body,
                                          support::MonotonicTime received) {
    if (m_queue.size() >= m_options.queueCapacity) {
        ++m_lost;
        return nullptr;
    }
    const std::uint64_t exchange = m_nextExchange++;
    request.exchange = exchange;
    request.started = uniqueStart(received);
    // From here on there is only what may be stored.
    try {
        request.body = m_privacy->request(request, body);
    } catch (const std::exception& failure) {
        ++m_unexamined;
        notice(std::string("secrets could not be looked for in a request: ") + failure.what());
        return nullptr;
    }
    auto spool = m_options.privacy.withoutContent ? nullptr : spoolFor(request);
    if (!m_queue.tryPush(Item(Begin{std::move(request)}))) {
        ++m_lost;
        std::string ignored;  // nothing is in it that anybody waits for
        if (spool) m_spools.giveBack(std::move(spool), ignored);
        return nullptr;
    }
    return std::make_unique<TurnTape>(*this, exchange, received, std::move(spool));
}

// Whatever the agent is given of the answer can be stored after a crash only if the question is there too.
std::unique_ptr<SpoolFile> Recording::spoolFor(const turns::RequestReceived& request) {
    std::string trouble;
    auto spool = m_spools.take(trouble);
    if (!trouble.empty()) notice("a crash could lose the turn that runs: " + trouble);
    if (!spool) return spool;
    spool->opened({m_recorder, m_options.recorder.process, request.started, turns::toText(m_options.privacy), {}});
    const auto change = m_recentRequests.changeOf(request.body, request.started);
    spool->request(request, request.body, change);
    if (spool->failure().empty()) m_recentRequests.remember(request.started, request.body, change);
    return spool;
}

// Recovery finds the turn of a spool file by this, so that no two turns of a recorder may share it.
support::WallTime Recording::uniqueStart(support::MonotonicTime received) {
    const support::SystemClock clock;
    const auto since = clock.monotonicNow() - received;
    const std::int64_t now = (clock.wallNow() - since).time_since_epoch().count();
    std::int64_t newest = m_newestStart;
    while (!m_newestStart.compare_exchange_weak(newest, std::max(now, newest + 1))) {
    }
    return support::WallTime(support::Nanoseconds(std::max(now, newest + 1)));
}

void Recording::finish(turns::ReplyReceived reply, std::unique_ptr<SpoolFile> spool) {
    try {
        m_privacy->reply(reply);
    } catch (const std::exception& failure) {
        reply.body.clear();
        reply.arrivals.clear();
        reply.end = turns::ExchangeEnd::recorderStopped;
        reply.error =
            std::string("secrets could not be looked for in the reply, which is not stored: ") + failure.what();
    }
    Item item(Finish{std::move(reply), std::move(spool)});
    // A closed queue: the spool file stays where it is, and recovery finishes the turn.
    if (!m_queue.tryPush(std::move(item))) ++m_lost;
}

void Recording::upstreamChanged(const Upstream& upstream) {
    if (!m_queue.tryPush(Item(UpstreamChanged{upstream}))) ++m_lost;
}

void Recording::notice(const std::string& sentence) {
    // Telling is a courtesy: a full queue has worse to report.
    static_cast<void>(m_queue.tryPush(Item(Notice{sentence})));
}

void Recording::tell(const std::string& sentence) const {
    if (m_options.listener.onNotice) m_options.listener.onNotice(sentence);
}

support::Result<turns::TurnRecorder> Recording::setUp() {
    auto writer = storage::TraceWriter::open(m_options.store);
    if (!writer) return std::move(writer).error();
    const auto id = writer->registerRecorder(m_options.recorder);
    if (!id) return id.error();
    m_recorder = *id;
    const auto salt = writer->salt();
    if (!salt) return salt.error();
    m_spools.setKeyName(SpoolKey::nameFor(*salt, m_recorder));
    auto privacy = turns::ExchangePrivacy::make(m_options.privacy, *salt);
    if (!privacy) return privacy.error();
    m_privacy = *std::move(privacy);
    const auto onTurn = [this](const model::Turn& turn, const model::Session& session, bool stored) {
        ++m_turns;
        const bool lasts = stored && !m_storeGone;
        if (!stored) m_recentRequests.forget(turn.started);
        if (m_storeGone) ++m_lostForGood;
        if (m_options.listener.onTurn) m_options.listener.onTurn(turn, session, lasts);
    };
    turns::TurnRecorderOptions options = m_options.turns;
    options.files = m_privacy->files(std::move(options.files));
    options.withoutContent = m_options.privacy.withoutContent;
    return turns::TurnRecorder(*std::move(writer), m_recorder, std::move(options), onTurn);
}

void Recording::run(std::promise<Status> started) {
    auto recorder = setUp();
    started.set_value(recorder ? Status() : Status(recorder.error()));
    if (!recorder) return;
    while (!m_queue.ended()) {
        auto item = nextItem(*recorder);
        if (item) {
            const bool behind = m_queue.size() > kManyWaiting;
            recorder->writer().setEffort(behind ? storage::TraceWriter::Effort::quick
                                                : storage::TraceWriter::Effort::thorough);
            handle(*recorder, *item);
        } else if (recorder->waiting()) {
            static_cast<void>(recorder->retry());
        } else if (recorder->writer().isPackingDue()) {
            packLooseParts(recorder->writer());
        }
        recorder->settle();
        releaseSpools(*recorder);
        reportLost(*recorder);
        tellOfTheStore(*recorder);
        m_longestWait = recorder->writer().longestWait().count();
    }
    reportLost(*recorder);
    close(*recorder);
}

std::optional<Recording::Item> Recording::nextItem(turns::TurnRecorder& recorder) {
    if (recorder.grouping()) return m_queue.popFor(turns::TurnRecorder::kGroupPoll);
    if (recorder.waiting()) return m_queue.popFor(m_options.turns.retryPause);
    return recorder.writer().isPackingDue() ? m_queue.popFor(kQuietBeforePacking) : m_queue.pop();
}

// Nothing is lost where it fails: parts stay as they are.
void Recording::packLooseParts(storage::TraceWriter& writer) {
    const Status packed = writer.pack();
    if (!packed) tell("what was recorded could not be made smaller for now: " + packed.error().message);
}

void Recording::handle(turns::TurnRecorder& recorder, Item& item) {
    if (auto* begin = std::get_if<Begin>(&item)) {
        static_cast<void>(recorder.begin(begin->request));
    } else if (auto* finish = std::get_if<Finish>(&item)) {
        static_cast<void>(recorder.finish(finish->reply));
        // A turn that is in no spool file must not be in memory only.
        if (!finish->spool || !finish->spool->failure().empty()) recorder.settle(true);
        m_held.insert_or_assign(finish->reply.exchange, std::move(finish->spool));
    } else if (auto* changed = std::get_if<UpstreamChanged>(&item)) {
        recorder.setEndpoint(changed->upstream.url);
        recorder.settle(true);
        const Status noted = recorder.writer().setRecorderUpstream(m_recorder, changed->upstream.url);
        tell("requests go to " + describe(changed->upstream) + " from now on" +
             (noted ? "" : " (the store could not be told: " + noted.error().message + ")"));
    } else if (auto* notice = std::get_if<Notice>(&item)) {
        tell(notice->sentence);
    }
}

void Recording::reportLost(turns::TurnRecorder& recorder) {
    const auto report = [&](std::int64_t lost, const std::string& why) {
        if (lost == 0) return;
        m_lostForGood += lost;
        const std::string sentence =
            std::to_string(lost) + (lost == 1 ? " turn was" : " turns were") + " not recorded: " + why;
        recorder.lost(support::SystemClock().wallNow(), sentence);
        tell(sentence);
    };
    report(m_lost.exchange(0), "the store did not keep up, and its queue was full");
    report(m_unexamined.exchange(0), "secrets could not be looked for in the request");
}

// Stored, or noted as a gap: either way a spool file has done its work.
void Recording::releaseSpools(const turns::TurnRecorder& recorder) {
    for (auto held = m_held.begin(); held != m_held.end();) {
        if (recorder.holds(held->first)) {
            ++held;
            continue;
        }
        std::string trouble;
        m_spools.giveBack(std::move(held->second), trouble);
        if (!trouble.empty()) tell("a crash could lose the turn that runs: " + trouble);
        held = m_held.erase(held);
    }
}

// Calls go on whatever becomes of the store: whoever looks at the recorder must hear of it while there is time.
void Recording::tellOfTheStore(turns::TurnRecorder& recorder) {
    const std::string store = m_options.store.string();
    if (const auto& refusal = recorder.refusal(); refusal && !m_refusalTold) {
        tell("the store takes nothing (" + refusal->message +
             "): calls go on, turns wait in memory and are lost if it stays so");
        m_refusalTold = true;
    } else if (!refusal && std::exchange(m_refusalTold, false)) {
        tell("the store takes turns again");
    }
    if (m_storeGone || recorder.writer().stillThere()) return;
    m_storeGone = true;
    tell(store +
         " was deleted, moved or replaced: what is recorded from here on is lost; end this recorder and start it anew");
}

void Recording::tellOfUnstored(const turns::TurnRecorder& recorder) {
    std::size_t kept = 0;
    std::size_t lost = 0;
    for (const auto& [exchange, spool] : m_held) {
        if (!recorder.holds(exchange)) continue;
        ++(spool && spool->failure().empty() ? kept : lost);
    }
    const std::string store = m_options.store.string();
    if (kept > 0) {
        tell(std::to_string(kept) + " turn(s) could not be stored; they lie in spool files beside " + store +
             " and go into it when it is opened next");
    }
    m_lostForGood += static_cast<std::int64_t>(lost);
    if (lost > 0) tell(std::to_string(lost) + " turn(s) are lost: neither " + store + " nor a spool file took them");
}

void Recording::close(turns::TurnRecorder& recorder) {
    recorder.settle(true);
    static_cast<void>(recorder.retry());
    releaseSpools(recorder);
    tellOfTheStore(recorder);
    tellOfUnstored(recorder);
    // First the files, then the word that the recorder has ended: in between they would look like those of a dead one.
    m_spools.removeAll();
    Status ended = recorder.writer().endRecorder(m_recorder);
    if (ended) ended = recorder.writer().checkpoint();
    if (!ended) tell("the store could not be closed in order: " + ended.error().message);
}

}  // namespace turntable::proxy
