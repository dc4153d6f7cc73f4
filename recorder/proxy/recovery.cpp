#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "recorder/proxy/recording_proxy.h"
#include "recorder/proxy/spool.h"
#include "recorder/proxy/spool_recovery.h"
#include "storage/support/process.h"
#include "storage/trace_store.h"

// Recovery of a store beside which spool files of dead recorders lie. Several programs may open the store at once: a
// file belongs to who renames it first, to `STORE-spool-PID-N-claimed-CLAIMER`; whoever dies as a claimer is claimed
// from in turn.
namespace turntable::proxy {
namespace {

namespace fs = std::filesystem;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

constexpr std::string_view kClaimMark = "-claimed-";

std::int64_t leadingNumber(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// The name of a spool file, understood.
struct SpoolName {
    fs::path path;
    std::string unclaimed;     ///< the name it was made with
    std::int64_t owner = 0;    ///< process number
    std::int64_t claimer = 0;  ///< 0: not claimed
};

std::vector<SpoolName> spoolFilesOf(const fs::path& store) {
    std::vector<SpoolName> files;
    const std::string prefix = SpoolPool::prefixOf(store);
    const fs::path folder = store.has_parent_path() ? store.parent_path() : fs::path(".");
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        SpoolName file{entry->path(), name, leadingNumber(std::string_view(name).substr(prefix.size())), 0};
        if (const auto mark = name.find(kClaimMark); mark != std::string::npos) {
            file.unclaimed.resize(mark);
            file.claimer = leadingNumber(std::string_view(name).substr(mark + kClaimMark.size()));
        }
        files.push_back(std::move(file));
    }
    return files;
}

Result<std::string> readFile(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{ErrorCode::notFound, path.string() + " is not there any more"};
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// What became of a look at the spool files.
struct Found {
    int finished = 0;
    bool othersAtWork = false;  ///< another process has claimed some of them: the rest is for it to do
};

class Recovery {
public:
    Recovery(const storage::TraceReader& reader, storage::TraceWriter& writer,
             const std::vector<storage::RecorderRecord>& unended)
        : m_unended(unended), m_spools(reader, writer) {}

    [[nodiscard]] Result<Found> takeSpools(const std::vector<SpoolName>& unordered);
    /// Keys of dead recorders of which no spool file is left, also of those that left none. After `takeSpools`.
    void removeKeys(const std::string& salt);

private:
    [[nodiscard]] bool ownerLives(const SpoolName& file, const std::optional<SpooledExchange>& exchange) const;
    [[nodiscard]] std::optional<fs::path> claim(const SpoolName& file) const;

    const std::vector<storage::RecorderRecord>& m_unended;
    SpoolRecovery m_spools;
    std::set<std::string> m_usedKeys;
    std::set<std::string> m_neededKeys;
};

// An empty file says nothing of its owner but the number in its name; a living owner of it stands among the recorders.
bool Recovery::ownerLives(const SpoolName& file, const std::optional<SpooledExchange>& exchange) const {
    if (exchange) return support::isRunning(exchange->owner.process);
    for (const auto& recorder : m_unended) {
        if (recorder.process.pid == file.owner && support::isRunning(recorder.process)) return true;
    }
    return false;
}

std::optional<fs::path> Recovery::claim(const SpoolName& file) const {
    const std::string name = file.unclaimed + std::string(kClaimMark) + std::to_string(getpid());
    fs::path claimed = file.path.parent_path() / name;
    std::error_code error;
    fs::rename(file.path, claimed, error);
    if (error) return std::nullopt;
    return claimed;
}

// Turns get their numbers in the order in which they are stored, and children look for their parents there.
std::vector<SpoolName> oldestFirst(std::vector<SpoolName> files) {
    std::map<std::string, support::WallTime> started;
    for (const SpoolName& file : files) {
        const auto bytes = readFile(file.path);
        const auto exchange = bytes ? parseSpool(*bytes) : std::nullopt;
        started[file.unclaimed] = exchange ? exchange->owner.started : support::WallTime::max();
    }
    std::stable_sort(files.begin(), files.end(), [&](const SpoolName& left, const SpoolName& right) {
        return started[left.unclaimed] < started[right.unclaimed];
    });
    return files;
}

Result<Found> Recovery::takeSpools(const std::vector<SpoolName>& unordered) {
    Found found;
    for (const SpoolName& file : oldestFirst(unordered)) {
        // Whoever was first goes through them all, in this order: a request may be made of one in an earlier file.
        found.othersAtWork = file.claimer != 0 && support::isRunning({file.claimer, {}});
        if (found.othersAtWork) return found;
        const auto seen = readFile(file.path);
        found.othersAtWork = !seen;
        if (found.othersAtWork) return found;
        if (ownerLives(file, parseSpool(*seen))) continue;
        const auto claimed = claim(file);
        found.othersAtWork = !claimed;
        if (found.othersAtWork) return found;
        const auto bytes = readFile(*claimed);
        if (!bytes) return bytes.error();
        if (auto exchange = parseSpool(*bytes)) {
            const std::string key = exchange->owner.key;
            m_usedKeys.insert(key);
            const auto finished = m_spools.finish(*std::move(exchange));
            if (!finished) {
                std::error_code ignored;  // left for the next one who opens the store
                fs::rename(*claimed, file.path.parent_path() / file.unclaimed, ignored);
                m_neededKeys.insert(key);
                // Made of a request that is damaged: it is kept for a repaired store, and holds up nothing else.
                if (finished.error().code == ErrorCode::corrupt) continue;
                return finished.error();
            }
            if (*finished) ++found.finished;
        }
        std::error_code ignored;
        fs::remove(*claimed, ignored);
    }
    return found;
}

void Recovery::removeKeys(const std::string& salt) {
    for (const auto& recorder : m_unended) {
        if (!support::isRunning(recorder.process)) m_usedKeys.insert(SpoolKey::nameFor(salt, recorder.id));
    }
    for (const std::string& key : m_usedKeys) {
        if (!m_neededKeys.contains(key)) SpoolKey::remove(key);
    }
}

bool writable(const fs::path& store) {
    const fs::path folder = store.has_parent_path() ? store.parent_path() : fs::path(".");
    return access(store.c_str(), R_OK | W_OK) == 0 && access(folder.c_str(), W_OK) == 0;
}

}  // namespace

Result<int> recoverStore(const fs::path& store) {
    if (!writable(store)) return 0;
    auto reader = storage::TraceReader::open(store);
    if (!reader && reader.error().code == ErrorCode::corrupt) {
        // Another process may be making it just now, or was killed while it did.
        if (storage::isUnmadeStore(store)) return 0;
        reader = storage::TraceReader::open(store);
    }
    if (!reader) return reader.error();
    // In this order: a recorder is in the store before its first spool file is there.
    const auto files = spoolFilesOf(store);
    const auto unended = reader->unendedRecorders();
    if (!unended) return unended.error();
    const bool allRun = std::all_of(unended->begin(), unended->end(),
                                    [](const auto& recorder) { return support::isRunning(recorder.process); });
    // Nothing is left behind, as nearly always: then nobody has to wait for the right to write.
    if (files.empty() && allRun) return 0;
    auto writer = storage::TraceWriter::open(store);
    if (!writer) return std::move(writer).error();

    Recovery recovery(*reader, *writer, *unended);
    const auto found = recovery.takeSpools(files);
    if (!found) return found.error();
    if (found->othersAtWork) return found->finished;
    const auto salt = writer->salt();
    if (!salt) return salt.error();
    recovery.removeKeys(*salt);

    const auto closed = writer->closeTornTurns();
    if (!closed) return closed.error();
    for (const auto& recorder : *unended) {
        if (support::isRunning(recorder.process)) continue;
        if (const Status ended = writer->endRecorder(recorder.id); !ended) return ended.error();
    }
    return found->finished + static_cast<int>(*closed);
}

}  // namespace turntable::proxy
