#include "replay/run/replay_run.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "recorder/turns/provenance.h"
#include "replay/run/question.h"
#include "replay/run/run_recorder.h"
#include "storage/trace_reader.h"

namespace turntable::run {

namespace {

using support::Error;
using support::ErrorCode;
using support::Status;

/// As many turns in a row that nobody answered end a run: the rest would only wait for the same.
constexpr int kMaxNetworkFailures = 3;

Status keepChosen(std::vector<model::Turn>& turns, const std::vector<int>& numbers) {
    if (numbers.empty()) return {};
    for (const int number : numbers) {
        const bool known =
            std::any_of(turns.begin(), turns.end(), [=](const auto& turn) { return turn.number == number; });
        if (!known) {
            return Error{ErrorCode::invalidArgument, "the session has no turn " + std::to_string(number) + ": it has " +
                                                         std::to_string(turns.size())};
        }
    }
    std::erase_if(turns, [&](const model::Turn& turn) {
        return std::find(numbers.begin(), numbers.end(), turn.number) == numbers.end();
    });
    return {};
}

/// One run, from the first question to the last.
class ReplayRun {
public:
    ReplayRun(const ReplayOptions& options, const storage::TraceReader& reader)
        : m_options(options), m_reader(reader) {}

    Status prepare(std::stop_token stop) {
        auto source = m_reader.session(m_options.session);
        if (!source) return std::move(source).error();
        auto turns = m_reader.turns(m_options.session);
        if (!turns) return std::move(turns).error();
        m_turns = *std::move(turns);
        for (const model::Turn& turn : m_turns) m_sourceParent[turn.id] = turn.parent;
        if (const Status chosen = keepChosen(m_turns, m_options.turnNumbers); !chosen) return chosen;
        if (m_turns.empty()) return Error{ErrorCode::invalidArgument, "session \"" + source->name + "\" has no turns"};

        m_treatment = {m_options.model, m_options.api, true};
        std::string against = m_options.against;
        if (m_options.resume) {
            if (const Status resumed = resume(*m_options.resume, against); !resumed) return resumed;
        }
        if (const Status ready = openEndpoint(against); !ready) return ready;
        auto identity = m_endpoint->probe(std::move(stop));
        if (!identity) return std::move(identity).error();
        return openRun(*source, *std::move(identity));
    }

    Status play(const std::function<void(const ReplayProgress&)>& progress, std::stop_token stop) {
        int done = 0;
        for (const model::Turn& source : m_turns) {
            if (stop.stop_requested()) {
                m_cancelled = true;
                break;
            }
            if (m_answered.contains(source.id)) {
                m_lastSkipped = &source;
                ++done;
                continue;
            }
            auto turn = playTurn(source, stop);
            if (!turn) return std::move(turn).error();
            ++done;
            if (turn->status == model::TurnStatus::complete) m_answered.insert(source.id);
            if (progress) progress({done, static_cast<int>(m_turns.size()), *turn, source});
            if (turn->status == model::TurnStatus::cancelled && stop.stop_requested()) {
                m_cancelled = true;
                break;
            }
            if (m_networkFailures >= kMaxNetworkFailures) {
                m_ending = "ended early: " + m_endpoint->name() + " did not answer " +
                           std::to_string(kMaxNetworkFailures) + " turns in a row";
                break;
            }
        }
        return {};
    }

    /// Writes how the run went. Called once, whatever `play` returned.
    Status close() {
        m_run.note = noteOfRun();
        const Status updated = m_recorder->updateRun(m_run);
        const Status closed = m_recorder->close();
        return updated ? closed : updated;
    }

    ReplayOutcome outcome() const {
        ReplayOutcome outcome;
        outcome.run = m_run.id;
        outcome.answered = answered();
        outcome.total = static_cast<int>(m_turns.size());
        outcome.cancelled = m_cancelled;
        outcome.storeWait = m_recorder->longestWait();
        outcome.simulatedProfile = m_endpoint->profile();
        return outcome;
    }

private:
    int answered() const {
        return static_cast<int>(std::count_if(m_turns.begin(), m_turns.end(),
                                              [this](const auto& turn) { return m_answered.contains(turn.id); }));
    }

    /// Takes from an unfinished run what it has answered and how it asked.
    Status resume(support::SessionId id, std::string& against) {
        auto run = m_reader.session(id);
        if (!run) return std::move(run).error();
        if (run->source != m_options.session) {
            return Error{ErrorCode::invalidArgument, "session " + std::to_string(id.value) + " is no run of session " +
                                                         std::to_string(m_options.session.value)};
        }
        if (against.empty()) against = run->endpoint;
        auto turns = m_reader.turns(id);
        if (!turns) return std::move(turns).error();
        std::unordered_map<support::TurnId, const model::Turn*> sources;
        for (const model::Turn& turn : m_turns) sources.emplace(turn.id, &turn);
        for (const model::Turn& turn : *turns) {
            if (!turn.source) continue;
            const bool whole = turn.status == model::TurnStatus::complete;
            if (whole) m_answered.insert(*turn.source);
            if (whole || !m_runTurn.contains(*turn.source)) m_runTurn[*turn.source] = turn.id;
            const auto source = sources.find(*turn.source);
            if (source == sources.end()) continue;
            const model::Turn& recorded = *source->second;
            if (m_treatment.model.empty() && turn.requestedModel != recorded.requestedModel) {
                m_treatment.model = turn.requestedModel;
            }
            if (!m_treatment.api && turn.api != recorded.api) m_treatment.api = turn.api;
        }
        m_run = *std::move(run);
        return {};
    }

    Status openEndpoint(const std::string& against) {
        endpoints::EndpointOptions options;
        options.specification = against;
        options.apiKey = m_options.apiKey;
        options.turnTimeout = m_options.turnTimeout;
        options.model = m_treatment.model;
        auto endpoint = endpoints::makeEndpoint(options, m_reader);
        if (!endpoint) return std::move(endpoint).error();
        m_endpoint = *std::move(endpoint);
        // A simulated endpoint gives out the recorded reply: asking it otherwise would only seem to ask something else.
        if (m_endpoint->simulated()) m_treatment = {{}, {}, false};
        if (m_options.resume && m_run.endpoint != m_endpoint->name()) {
            return Error{ErrorCode::invalidArgument, "run " + std::to_string(m_run.id.value) + " was played against " +
                                                         m_run.endpoint + ", not " + m_endpoint->name()};
        }
        return {};
    }

    Status openRun(const model::Session& source, model::ModelIdentity identity) {
        auto recorder = RunRecorder::open(m_options.store, m_reader, m_endpoint->name());
        if (!recorder) return std::move(recorder).error();
        m_recorder.emplace(*std::move(recorder));
        const bool simulated = m_endpoint->simulated();
        if (m_options.resume) {
            m_run.identity = std::move(identity);
            return {};
        }
        m_run.name = m_options.name.empty() ? source.name + " @ " + m_endpoint->name() : m_options.name;
        m_run.mode = simulated ? model::SessionMode::recordedReplay : model::SessionMode::teacherForced;
        m_run.simulated = simulated;
        m_run.started = support::SystemClock().wallNow();
        m_run.model = simulated ? m_endpoint->name() : m_treatment.model.empty() ? identity.name : m_treatment.model;
        m_run.endpoint = m_endpoint->name();
        m_run.source = source.id;
        m_run.identity = std::move(identity);
        auto created = m_recorder->createRun(m_run);
        if (!created) {
            (void)m_recorder->close();
            return std::move(created).error();
        }
        m_run.id = *created;
        return {};
    }

    support::Result<endpoints::Question> questionOf(const model::Turn& source) const {
        auto body = m_reader.requestBody(source.id);
        if (!body) return std::move(body).error();
        const auto headers = body->empty() ? m_reader.requestHeaders(source.id) : support::Result<std::string>("");
        if (headers && turns::provenanceOf(*headers) == turns::Provenance::withheld) {
            return support::Error{support::ErrorCode::invalidArgument,
                                  "turn " + std::to_string(source.number) +
                                      " was recorded without content (--no-content): there is nothing to ask again"};
        }
        return prepareQuestion(source, *std::move(body), m_treatment);
    }

    /// The run's turn for the nearest recorded turn that this one continues.
    std::optional<support::TurnId> parentOf(const model::Turn& source) const {
        std::optional<support::TurnId> recorded = source.parent;
        while (recorded) {
            if (const auto found = m_runTurn.find(*recorded); found != m_runTurn.end()) return found->second;
            const auto next = m_sourceParent.find(*recorded);
            recorded = next == m_sourceParent.end() ? std::nullopt : next->second;
        }
        return std::nullopt;
    }

    support::Result<model::Turn> playTurn(const model::Turn& source, const std::stop_token& stop) {
        auto prepared = questionOf(source);
        endpoints::Question question;
        question.api = source.api;
        question.source = source;
        if (prepared) question = *std::move(prepared);
        if (m_endpoint->simulated() && m_lastSkipped != nullptr) {
            if (const auto skipped = questionOf(*m_lastSkipped)) m_endpoint->goOnAfter(*skipped);
            m_lastSkipped = nullptr;
        }
        auto understood = m_recorder->begin(m_run.id, question, parentOf(source), m_endpoint->simulated());
        if (!understood) return std::move(understood).error();
        auto answer = prepared ? m_endpoint->ask(question, stop) : support::Result<endpoints::Answer>(prepared.error());
        const endpoints::Answer stored = answer ? *std::move(answer) : unanswered(answer.error());
        const bool broken =
            answer ? stored.reply.end == turns::ExchangeEnd::upstreamFailed : answer.error().code == ErrorCode::network;
        m_networkFailures = broken ? m_networkFailures + 1 : 0;
        const std::string simulatedBy = m_endpoint->simulated() ? m_endpoint->name() : std::string();
        const Status finished = m_recorder->finish(*understood, stored, simulatedBy);
        if (!finished) return finished.error();
        m_runTurn[source.id] = understood->turn.id;
        learn(*understood);
        return std::move(understood->turn);
    }

    /// The probe knows the model behind an endpoint better than a reply does; a reply fills in what it left open.
    void learn(const turns::UnderstoodRequest& understood) {
        m_run.simulated = m_run.simulated || understood.simulated;
        const std::string& model = understood.turn.answeredModel;
        if (model.empty()) return;
        m_run.model = model;
        if (m_run.identity && m_run.identity->name.empty()) m_run.identity->name = model;
    }

    static endpoints::Answer unanswered(const Error& error) {
        endpoints::Answer answer;
        answer.reply.end =
            error.code == ErrorCode::cancelled ? turns::ExchangeEnd::clientGone : turns::ExchangeEnd::upstreamFailed;
        answer.reply.error = error.message;
        return answer;
    }

    std::string noteOfRun() const {
        std::string note = m_endpoint->profile();
        if (!note.empty()) note = "simulated " + note + "; ";
        note += std::to_string(answered()) + " of " + std::to_string(m_turns.size()) + " turns answered";
        if (m_cancelled) note += "; cancelled";
        if (!m_ending.empty()) note += "; " + m_ending;
        return note;
    }

    const ReplayOptions& m_options;
    const storage::TraceReader& m_reader;
    std::vector<model::Turn> m_turns;  ///< the recorded ones that are to be answered
    std::unordered_map<support::TurnId, std::optional<support::TurnId>> m_sourceParent;
    std::unordered_map<support::TurnId, support::TurnId> m_runTurn;  ///< by recorded turn
    std::unordered_set<support::TurnId> m_answered;                  ///< recorded turns with a whole answer in the run
    Treatment m_treatment;
    std::unique_ptr<endpoints::Endpoint> m_endpoint;
    std::optional<RunRecorder> m_recorder;
    model::Session m_run;
    const model::Turn* m_lastSkipped = nullptr;
    int m_networkFailures = 0;
    bool m_cancelled = false;
    std::string m_ending;
};

}  // namespace

support::Result<ReplayOutcome> replaySession(const ReplayOptions& options,
                                             const std::function<void(const ReplayProgress&)>& progress,
                                             std::stop_token stop) {
    auto reader = storage::TraceReader::open(options.store);
    if (!reader) return std::move(reader).error();
    ReplayRun run(options, *reader);
    if (const Status ready = run.prepare(stop); !ready) return ready.error();
    const Status played = run.play(progress, stop);
    const Status closed = run.close();
    if (!played) return played.error();
    if (!closed) return closed.error();
    return run.outcome();
}

}  // namespace turntable::run
