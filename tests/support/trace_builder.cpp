#include "tests/support/trace_builder.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "storage/trace_writer.h"

namespace turntable::test {

using model::Action;
using model::Element;
using model::Screen;
using model::Session;
using model::Turn;
using support::Error;
using support::ErrorCode;
using support::Nanoseconds;
using support::Result;
using support::Status;

namespace {

constexpr std::chrono::seconds kFirstStart{1767225600};  // 2026-01-01T00:00:00Z

using Figures = std::map<std::string, std::string>;

/// A line taken apart: its first word, its key=value words and the rest.
struct Line {
    std::string kind;
    Figures figures;
    std::vector<std::string> words;
};

Line parseLine(const std::string& text) {
    std::istringstream in(text);
    Line line;
    in >> line.kind;
    for (std::string word; in >> word;) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            line.words.push_back(word);
        } else {
            line.figures[word.substr(0, equals)] = word.substr(equals + 1);
        }
    }
    return line;
}

Error wrong(const std::string& what) { return {ErrorCode::invalidArgument, what}; }

std::optional<std::int64_t> parseInteger(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Nanoseconds> parseDuration(const std::string& text) {
    static const std::map<std::string, double> kUnitMs = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1}, {"s", 1e3}};
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const auto unit = kUnitMs.find(end);
    if (end == text.c_str() || unit == kUnitMs.end()) return std::nullopt;
    return support::fromMs(value * unit->second);
}

template <typename Enum, typename NameOf>
std::optional<Enum> parseName(const std::string& text, Enum last, NameOf nameOf) {
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        if (nameOf(static_cast<Enum>(number)) == text) return static_cast<Enum>(number);
    }
    return std::nullopt;
}

/// Fills a turn from the figures of its line.
class TurnFigures {
public:
    explicit TurnFigures(Figures figures) : m_figures(std::move(figures)) {}

    Status fill(Turn& turn) {
        const auto basis = take("basis");
        const auto known = parseName(basis.value_or("exact"), model::Basis::simulated, model::basisName);
        if (!known) return wrong("no such basis: " + *basis);
        fillTokens(turn.tokens, *known);
        fillLatency(turn.latency);
        if (*known == model::Basis::simulated) turn.latency.source = model::TimeSource::simulated;
        const auto status = take("status").value_or("complete");
        const auto state = parseName(status, model::TurnStatus::interrupted, model::turnStatusName);
        if (!state) return wrong("no such status: " + status);
        turn.status = *state;
        if (const auto http = integer("http")) turn.httpStatus = static_cast<int>(*http);
        turn.error = take("error").value_or("");
        turn.text = take("text").value_or("");
        elements = integer("elements");
        if (!m_problem.empty()) return wrong(m_problem);
        if (!m_figures.empty()) return wrong("no such figure: " + m_figures.begin()->first);
        return {};
    }

    std::optional<std::int64_t> elements;

private:
    std::optional<std::string> take(const std::string& key) {
        const auto found = m_figures.find(key);
        if (found == m_figures.end()) return std::nullopt;
        auto value = found->second;
        m_figures.erase(found);
        return value;
    }
    std::optional<std::int64_t> integer(const std::string& key) {
        const auto text = take(key);
        if (!text) return std::nullopt;
        const auto value = parseInteger(*text);
        if (!value) m_problem = key + " is not a number: " + *text;
        return value;
    }
    std::optional<Nanoseconds> duration(const std::string& key) {
        const auto text = take(key);
        if (!text) return std::nullopt;
        const auto value = parseDuration(*text);
        if (!value) m_problem = key + " is not a duration: " + *text;
        return value;
    }
    void fillTokens(model::TokenBreakdown& tokens, model::Basis basis) {
        std::optional<std::int64_t> sum;
        for (const auto section : model::kSections) {
            const auto count = integer(std::string(model::sectionName(section)));
            if (!count) continue;
            tokens.of(section) = {count, basis};
            sum = sum.value_or(0) + *count;
        }
        const auto set = [basis](std::optional<std::int64_t> count) {
            return model::TokenFigure{count, count ? basis : model::Basis::estimated};
        };
        const auto input = integer("input");
        tokens.input = set(input ? input : sum);
        tokens.cached = set(integer("cached"));
        tokens.output = set(integer("output"));
    }
    void fillLatency(model::Latency& latency) {
        latency.queue = duration("queue");
        latency.prefill = duration("prefill");
        latency.decode = duration("decode");
        latency.gap = duration("gap");
        latency.tool = duration("tool");
        latency.total = duration("total");
        if (latency.total || (!latency.prefill && !latency.decode)) return;
        const Nanoseconds none{};
        latency.total = latency.queue.value_or(none) + latency.prefill.value_or(none) + latency.decode.value_or(none);
    }

    Figures m_figures;
    std::string m_problem;
};

Screen makeScreen(std::int64_t count) {
    Screen screen;
    screen.application = "Test page";
    screen.location = "http://127.0.0.1/";
    for (std::int64_t index = 0; index < count; ++index) {
        Element element;
        element.role = index == 0 ? "document" : "button";
        if (index > 0) {
            element.text = "Button " + std::to_string(index);
            element.ref = "e" + std::to_string(index);
            element.box = model::Box{10, static_cast<double>(index) * 30, 120, 24};
            element.parent = 0;
            element.depth = 1;
        }
        screen.elements.push_back(std::move(element));
    }
    screen.elementsSeen = screen.elements.size();
    return screen;
}

Result<std::vector<Action>> makeActions(const std::vector<std::string>& words, const Screen& screen) {
    if (words.size() % 2 != 0) return wrong("expected VERB REF, found: " + words.back());
    std::vector<Action> actions;
    for (std::size_t index = 0; index < words.size(); index += 2) {
        Action action;
        action.callId = "call_" + std::to_string(index / 2 + 1);
        action.tool = "browser_" + words[index];
        action.arguments = R"({"ref":")" + words[index + 1] + R"("})";
        const auto found = std::find_if(screen.elements.begin(), screen.elements.end(),
                                        [&](const Element& element) { return element.ref == words[index + 1]; });
        if (found != screen.elements.end()) {
            action.target = static_cast<int>(found - screen.elements.begin());
            action.targetRole = found->role;
            action.targetText = found->text;
        }
        actions.push_back(std::move(action));
    }
    return actions;
}

std::string responseJson(const Turn& turn) {
    std::string content = R"({"type":"text","text":")" + turn.text + R"("})";
    for (const auto& action : turn.actions) {
        content += R"(,{"type":"tool_use","id":")" + action.callId + R"(","name":")" + action.tool + R"(","input":)" +
                   action.arguments + "}";
    }
    return R"({"type":"message","role":"assistant","model":")" + turn.answeredModel + R"(","content":[)" + content +
           R"(],"stop_reason":")" + turn.stopReason + R"(","usage":{"input_tokens":)" +
           std::to_string(turn.tokens.input.tokens.value_or(0)) + R"(,"output_tokens":)" +
           std::to_string(turn.tokens.output.tokens.value_or(0)) + "}}";
}

class Builder {
public:
    explicit Builder(storage::TraceWriter writer) : m_writer(std::move(writer)) {}

    Status add(const std::string& text) {
        Line line = parseLine(text);
        if (line.kind.empty() || line.kind[0] == '#') return {};
        if (line.kind == "session" || line.kind == "run") return addSession(line);
        if (line.kind == "turn") return addTurn(std::move(line));
        if (line.kind == "gap") return addGap(text);
        return wrong("no such line: " + line.kind);
    }

private:
    Status addSession(const Line& line) {
        if (line.words.empty()) return wrong("a session needs a name");
        const auto figure = [&line](const char* key) {
            const auto found = line.figures.find(key);
            return found == line.figures.end() ? std::string() : found->second;
        };
        Session session;
        session.name = line.words.front();
        session.model = figure("model").empty() ? "test-model" : figure("model");
        session.endpoint = figure("endpoint").empty() ? "http://127.0.0.1:8080" : figure("endpoint");
        session.simulated = std::find(line.words.begin(), line.words.end(), "simulated") != line.words.end();
        m_sourceTurns.clear();
        if (line.kind == "run") {
            const auto mode = figure("mode").empty() ? "teacher-forced" : figure("mode");
            const auto known = parseName(mode, model::SessionMode::live, model::sessionModeName);
            const auto source = m_turns.find(figure("of"));
            if (!known) return wrong("no such mode: " + mode);
            if (source == m_turns.end()) return wrong("no session above is named " + figure("of"));
            session.mode = *known;
            session.source = source->second.session;
            m_sourceTurns = source->second.turns;
        }
        session.started = support::WallTime(kFirstStart + std::chrono::minutes(m_sessions++));
        const auto id = m_writer.createSession(session);
        if (!id) return id.error();
        m_session = session;
        m_session.id = *id;
        m_turns[session.name] = {*id, {}};
        m_messages.clear();
        m_ranges.clear();
        return {};
    }

    Status addTurn(Line line) {
        if (!m_session.id.valid()) return wrong("a turn needs a session above it");
        Turn turn;
        TurnFigures figures(std::move(line.figures));
        if (auto filled = figures.fill(turn); !filled) return filled;
        const Screen screen = makeScreen(figures.elements.value_or(0));
        auto actions = makeActions(line.words, screen);
        if (!actions) return actions.error();
        turn.actions = std::move(*actions);
        auto& turns = m_turns[m_session.name].turns;
        turn.session = m_session.id;
        turn.started = m_session.started + std::chrono::seconds(10 * turns.size());
        if (!turns.empty()) turn.parent = turns.back();
        if (turns.size() < m_sourceTurns.size()) turn.source = m_sourceTurns[turns.size()];
        turn.target = "/v1/messages";
        turn.requestedModel = m_session.model;
        if (auto stored = store(turn, figures.elements ? &screen : nullptr); !stored) return stored;
        turns.push_back(turn.id);
        return {};
    }

    Status store(Turn& turn, const Screen* screen) {
        const Turn wanted = turn;
        const std::string body = nextBody();
        auto begun = m_writer.beginTurn(turn, {body, m_ranges, "content-type: application/json\n", {}}, recorder());
        if (!begun || wanted.status == model::TurnStatus::open) return begun;
        turn.status = wanted.status;
        if (screen != nullptr) turn.screen = model::summarize(*screen);
        const bool answered = turn.status == model::TurnStatus::complete;
        if (answered) turn.answeredModel = m_session.model;
        if (answered && !turn.httpStatus) turn.httpStatus = 200;
        if (answered) turn.stopReason = turn.actions.empty() ? "end_turn" : "tool_use";
        const std::string reply = answered ? responseJson(turn) : std::string();
        const std::vector<model::Arrival> arrivals = {{turn.latency.total.value_or(Nanoseconds{}), reply.size()}};
        return m_writer.finishTurn(turn, {reply, reply.empty() ? std::span<const model::Arrival>() : arrivals, ""},
                                   screen);
    }

    // Every turn adds one message of the person's and one of the model's.
    std::string nextBody() {
        std::string body = R"({"model":")" + m_session.model + R"(","max_tokens":1024,"messages":[)";
        const std::string number = std::to_string(m_messages.size() + 1);
        const bool first = m_messages.empty();
        if (!first)
            m_messages.push_back(R"({"role":"assistant","content":[{"type":"text","text":"Done )" + number + R"("}]})");
        m_messages.push_back(R"({"role":"user","content":[{"type":"text","text":"Step )" + number +
                             " of the task: look at the page and go on." + R"("}]})");
        m_ranges.clear();
        for (const auto& message : m_messages) {
            if (!m_ranges.empty()) body += ',';
            m_ranges.push_back({body.size(), message.size()});
            body += message;
        }
        return body + "]}";
    }

    Status addGap(const std::string& text) {
        const auto reason = text.find_first_not_of(' ', text.find("gap") + 3);
        if (reason == std::string::npos) return wrong("a gap needs a reason");
        const auto session = m_session.id.valid() ? std::optional(m_session.id) : std::nullopt;
        return m_writer.addGapMark(session, m_session.started, text.substr(reason));
    }

    // Open turns are open only as long as somebody is alive to end them: this very process.
    support::RecorderId recorder() {
        if (m_recorder.valid()) return m_recorder;
        storage::RecorderRecord record;
        record.process = support::currentProcess();
        if (const auto id = m_writer.registerRecorder(record)) m_recorder = *id;
        return m_recorder;
    }

    struct Known {
        support::SessionId session;
        std::vector<support::TurnId> turns;
    };
    storage::TraceWriter m_writer;
    Session m_session;
    std::map<std::string, Known> m_turns;  ///< by session name
    std::vector<support::TurnId> m_sourceTurns;
    std::vector<std::string> m_messages;
    std::vector<support::ByteRange> m_ranges;
    support::RecorderId m_recorder;
    int m_sessions = 0;
};

}  // namespace

Status buildTrace(const std::filesystem::path& path, std::string_view text) {
    auto writer = storage::TraceWriter::open(path);
    if (!writer) return writer.error();
    Builder builder(std::move(*writer));
    std::istringstream in{std::string(text)};
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        auto added = builder.add(line);
        if (!added) return support::withContext(added.error(), "line " + std::to_string(number));
    }
    return {};
}

}  // namespace turntable::test
