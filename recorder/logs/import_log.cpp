#include "recorder/logs/import_log.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "recorder/logs/claude_code_log.h"
#include "recorder/logs/claude_trace.h"
#include "recorder/logs/har.h"
#include "recorder/logs/log_lines.h"
#include "recorder/logs/recognize.h"

namespace turntable::logs {
namespace {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

bool isBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

void addCount(std::vector<std::string>& sentences, std::size_t count, const std::string& one, const std::string& many) {
    if (count > 0) sentences.push_back(std::to_string(count) + " " + (count == 1 ? one : many));
}

std::string tooLarge() { return "larger than " + std::to_string(kMaxEntryBytes >> 20U) + " MiB: passed over"; }

/// One import from its first byte to its last. Used once, on one thread.
class Import {
public:
    Import(LogFile& file, LogWriter& writer, LogFormat format, const LogOptions& options)
        : m_file(file), m_writer(writer), m_options(options) {
        m_report.format = format;
    }

    Status run() {
        Status done = read();
        if (!done) return done;
        // A file of nothing but broken entries was not imported, whatever it is.
        if (m_entries == 0 && m_report.problems.count() > 0) {
            const LogProblem& first = m_report.problems.first().front();
            return Error{ErrorCode::corrupt, "nothing could be read: " + describe(first)};
        }
        if (Status finished = m_writer.finish(missing()); !finished) return finished;
        m_report.sessions = m_writer.sessions();
        return {};
    }
    [[nodiscard]] LogReport takeReport() { return std::move(m_report); }

private:
    Status read() {
        switch (m_report.format) {
            case LogFormat::claudeTrace: return readClaudeTrace();
            case LogFormat::har: return readHar();
            case LogFormat::claudeCode: return readClaudeCode();
            case LogFormat::store: break;
        }
        return Error{ErrorCode::invalidArgument, "the file is a Turntable store, not a log"};
    }

    [[nodiscard]] std::string describe(const LogProblem& problem) const {
        const std::string unit = m_report.format == LogFormat::har ? "entry " : "line ";
        return (problem.place == 0 ? "" : unit + std::to_string(problem.place) + ": ") + problem.what;
    }

    /// False: stop was asked for.
    bool goOn(std::uint64_t bytesDone) {
        if (m_options.progress) m_options.progress({bytesDone, m_file.size(), m_writer.turnsAdded()});
        return !m_options.stop.stop_requested();
    }
    static Status cancelled() { return Error{ErrorCode::cancelled, "the import was stopped"}; }

    /// What one entry turned out to be; only the store's failures end the import.
    Status take(std::size_t place, Result<std::optional<LoggedExchange>> entry) {
        if (!entry) {
            m_report.problems.add(place, entry.error().message);
            return {};
        }
        ++m_entries;
        if (!*entry) {
            ++m_report.passedOver;
            return {};
        }
        return m_writer.add(**entry, static_cast<std::size_t>(m_report.calls++));
    }

    /// Hands every line that is not blank to `use`; ends with its first failure.
    Status eachLine(const std::function<Status(const LogLines::Line&)>& use) {
        LogLines lines(m_file, kMaxEntryBytes);
        for (;;) {
            const auto line = lines.next();
            if (!line) return line.error();
            if (!*line) return {};
            if (!goOn(lines.bytesRead())) return cancelled();
            if ((*line)->tooLong) {
                m_report.problems.add((*line)->number, tooLarge());
            } else if (!isBlank((*line)->text)) {
                if (Status used = use(**line); !used) return used;
            }
        }
    }

    /// A last line without its end was being written when the log was copied, or the writer died.
    static Error asCut(const LogLines::Line& line, Error error) {
        return line.ended ? std::move(error) : support::withContext(std::move(error), "the file ends in this line");
    }

    Status readClaudeTrace() {
        return eachLine([&](const LogLines::Line& line) {
            auto entry = readClaudeTraceLine(line.text, m_reader);
            if (!entry) return take(line.number, asCut(line, std::move(entry).error()));
            return take(line.number, std::move(entry));
        });
    }

    Status readHar() {
        Status failed;
        std::size_t number = 0;
        HarSplitter splitter([&](std::string_view entry) {
            ++number;
            if (entry.empty()) {
                m_report.problems.add(number, tooLarge());
            } else {
                failed = take(number, readHarEntry(entry, m_reader));
            }
            return failed.ok();
        });
        std::uint64_t done = 0;
        for (;;) {
            const auto piece = m_file.next();
            if (!piece) return piece.error();
            if (piece->empty()) break;
            done += piece->size();
            if (!splitter.feed(*piece)) return failed;
            if (!goOn(done)) return cancelled();
        }
        if (const std::string wrong = splitter.finish(); !wrong.empty()) m_report.problems.add(0, wrong);
        return {};
    }

    Status readClaudeCode() {
        ClaudeCodeLog log;
        const Status lines = eachLine([&](const LogLines::Line& line) -> Status {
            const Status added = log.addLine(line.text, line.number, line.offset);
            if (added) {
                ++m_entries;
            } else {
                m_report.problems.add(line.number, asCut(line, added.error()).message);
            }
            return {};
        });
        if (!lines) return lines;
        m_claudeCode = log.counts();
        m_report.passedOver =
            static_cast<std::int64_t>(m_claudeCode.otherLines + m_claudeCode.attachments + m_claudeCode.ownMessages);
        const auto read = [&](support::ByteRange range) { return m_file.read(range); };
        for (std::size_t number = 0; number < log.calls().size(); ++number) {
            if (!goOn(m_file.size())) return cancelled();
            const ClaudeCodeLog::Call& call = log.calls()[number];
            const auto exchange = log.exchange(number, read);
            if (!exchange && exchange.error().code != ErrorCode::limitExceeded) return exchange.error();
            if (!exchange) {
                m_report.problems.add(call.line, exchange.error().message);
                continue;
            }
            ++m_report.calls;
            if (Status added = m_writer.add(*exchange, number, LogWriter::Thread{call.session, call.parent}); !added) {
                return added;
            }
        }
        return {};
    }

    [[nodiscard]] std::vector<std::string> missing() const {
        std::vector<std::string> sentences;
        const auto say = [&](std::size_t count, const std::string& one, const std::string& what) {
            addCount(sentences, count, one + " " + what, one + "s " + what);
        };
        say(m_claudeCode.attachments, "attachment", "put into prompts in words that the log does not have");
        say(m_claudeCode.ownMessages, "message", "of Claude Code itself in the model's place, left out");
        say(m_claudeCode.strayLines, "line", "continuing one that is not in the log: a prompt begins there");
        const auto broken = m_report.problems.count();
        if (m_report.format == LogFormat::har) {
            addCount(sentences, broken, "entry that could not be read", "entries that could not be read");
        } else {
            addCount(sentences, broken, "line that could not be read", "lines that could not be read");
        }
        return sentences;
    }

    LogFile& m_file;
    LogWriter& m_writer;
    const LogOptions& m_options;
    LogReport m_report;
    wire::JsonReader m_reader;
    ClaudeCodeLog::Counts m_claudeCode;
    std::size_t m_entries = 0;  ///< that could be read
};

Result<LogFormat> recognize(LogFile& file) {
    const auto head = file.read({0, static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kHeadBytes))});
    if (!head) return head.error();
    return recognizeFormat(*head);
}

}  // namespace

Result<LogFormat> recognizeFile(const std::filesystem::path& path) {
    auto file = LogFile::open(path);
    if (!file) return std::move(file).error();
    auto format = recognize(*file);
    if (!format) return support::withContext(std::move(format).error(), path.string());
    return format;
}

Result<LogReport> importLog(const std::filesystem::path& path, const std::filesystem::path& store,
                            const LogOptions& options) {
    auto file = LogFile::open(path);
    if (!file) return std::move(file).error();
    auto format = recognize(*file);
    if (!format) return support::withContext(std::move(format).error(), path.string());
    const std::string name = options.name.empty() ? path.stem().string() : options.name;
    auto writer = LogWriter::open(store, {*format, path.filename().string(), name});
    if (!writer) return std::move(writer).error();
    Import import(*file, *writer, *format, options);
    if (Status done = import.run(); !done) {
        Error error = support::withContext(Error(done.error()), path.string());
        if (const auto added = writer->turnsAdded(); added > 0) {
            error.message += "; " + std::to_string(added) + (added == 1 ? " turn was" : " turns were") +
                             " stored before: import the file again to go on";
        }
        return error;
    }
    return import.takeReport();
}

}  // namespace turntable::logs
