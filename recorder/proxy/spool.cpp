#include "recorder/proxy/spool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

namespace turntable::proxy {
namespace {

using support::Error;
using support::ErrorCode;
using support::Nanoseconds;

constexpr std::size_t kMaxNumbersTried = 10'000;
// Of a file that is to be used again; and what is wiped of it, which is less than the header of its first frame.
constexpr std::size_t kKeptBytes = std::size_t{256} << 10;
constexpr std::size_t kFirstFrameMark = 16;
// On a disk with less room than this, large pieces are left to the store: a turn in the store is worth more than one
// that waits to get there, and two copies of it fill the disk twice as fast.
constexpr std::size_t kLargePiece = std::size_t{16} << 10;
constexpr std::size_t kRoomForTheStore = std::size_t{4} << 20;

bool leavesRoom(int descriptor, std::size_t size) {
    struct statvfs disk {};
    if (size < kLargePiece || fstatvfs(descriptor, &disk) != 0) return true;
    return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= size + kRoomForTheStore;
}

std::string systemMessage(int number) { return std::generic_category().message(number); }

}  // namespace

support::Result<std::unique_ptr<SpoolFile>> SpoolFile::create(const std::filesystem::path& path,
                                                              std::shared_ptr<const SpoolKey> key) {
    // Readable for the owner alone: it holds what the agent and the model say to one another.
    Socket file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.valid()) {
        const ErrorCode code = errno == EEXIST ? ErrorCode::busy : ErrorCode::io;
        return Error{code, "cannot create " + path.string() + ": " + systemMessage(errno)};
    }
    return std::unique_ptr<SpoolFile>(new SpoolFile(path, std::move(file), std::move(key)));
}

void SpoolFile::opened(SpoolOwner owner) {
    m_started = owner.started;
    owner.key = m_key ? m_key->name() : std::string();
    append(SpoolFrame::opened, Nanoseconds::zero(), openedPayload(owner));
    // What is to be hidden is told in the encrypted part.
    append(SpoolFrame::privacy, Nanoseconds::zero(), owner.privacy);
}

void SpoolFile::request(const turns::RequestReceived& request, std::string_view body,
                        const std::optional<RequestChange>& change) {
    if (change) {
        append(SpoolFrame::requestChange, Nanoseconds::zero(), requestChangePayload(request, *change, body));
    } else {
        append(SpoolFrame::request, Nanoseconds::zero(), requestPayload(request, body));
    }
}

void SpoolFile::head(const turns::ReplyReceived& reply) {
    append(SpoolFrame::head, reply.wire.headers.value_or(Nanoseconds::zero()), headPayload(reply));
}

void SpoolFile::body(std::string_view bytes, Nanoseconds at) { append(SpoolFrame::body, at, bytes); }

void SpoolFile::end(turns::ExchangeEnd end, std::string_view error, std::string_view sentToAgent) {
    append(SpoolFrame::end, Nanoseconds::zero(), endPayload(end, error, sentToAgent));
}

void SpoolFile::append(SpoolFrame type, Nanoseconds at, std::string_view payload) {
    if (!m_failure.empty()) return;
    if (!leavesRoom(m_file.descriptor(), payload.size())) {
        m_failure = "cannot write " + m_path.string() + ": the disk is nearly full";
        return;
    }
    std::string unreadable;
    if (m_key && type != SpoolFrame::opened) {
        auto done = crypted(*m_key, m_started, m_size, payload);
        if (!done) {
            m_failure = "cannot write " + m_path.string() + ": " + done.error().message;
            return;
        }
        unreadable = *std::move(done);
        payload = unreadable;
    }
    const std::string header = frameHeader(type, at, payload, m_started);
    std::array<iovec, 2> pieces{
        {{const_cast<char*>(header.data()), header.size()}, {const_cast<char*>(payload.data()), payload.size()}}};
    ssize_t written = 0;
    do {
        written = writev(m_file.descriptor(), pieces.data(), static_cast<int>(pieces.size()));
    } while (written < 0 && errno == EINTR);
    // A short write means a full disk; the torn frame is the end of what recovery will know.
    if (written != static_cast<ssize_t>(header.size() + payload.size())) {
        m_failure = "cannot write " + m_path.string() + ": " + systemMessage(written < 0 ? errno : ENOSPC);
    }
    m_size += written > 0 ? static_cast<std::size_t>(written) : 0;
}

void SpoolFile::clear() {
    m_failure.clear();
    // Without the first frame a file says nothing. A long one gives its room back.
    const std::array<char, kFirstFrameMark> nothing{};
    const auto cleared = m_size > kKeptBytes
                             ? ftruncate(m_file.descriptor(), 0) == 0
                             : pwrite(m_file.descriptor(), nothing.data(), std::min(m_size, nothing.size()), 0) >= 0;
    if (!cleared || lseek(m_file.descriptor(), 0, SEEK_SET) != 0)
        m_failure = "cannot empty " + m_path.string() + ": " + systemMessage(errno);
    m_size = 0;
}

void SpoolFile::remove() {
    std::error_code ignored;
    std::filesystem::remove(m_path, ignored);
}

SpoolPool::SpoolPool(std::filesystem::path store, Encryption encryption)
    : m_store(std::move(store)), m_encryption(encryption) {}

support::Result<std::shared_ptr<const SpoolKey>> SpoolPool::key() {
    if (m_encryption == Encryption::off) return std::shared_ptr<const SpoolKey>();
    return m_shared.with([this](Shared& shared) -> support::Result<std::shared_ptr<const SpoolKey>> {
        if (shared.key) return shared.key;
        auto made = SpoolKey::create(m_keyName);
        if (made) shared.key = *made;
        return made;
    });
}

std::string SpoolPool::prefixOf(const std::filesystem::path& store) { return store.filename().string() + "-spool-"; }

support::Result<std::unique_ptr<SpoolFile>> SpoolPool::createNext() {
    const auto secret = key();
    if (!secret) return secret.error();
    for (std::size_t tried = 0; tried < kMaxNumbersTried; ++tried) {
        const std::size_t number = m_shared.with([](Shared& shared) { return shared.nextNumber++; });
        const std::string name = prefixOf(m_store) + std::to_string(getpid()) + "-" + std::to_string(number);
        auto file = SpoolFile::create(m_store.parent_path() / name, *secret);
        // A name that is taken belongs to another recorder of this process, or to one that died with our number.
        if (file || file.error().code != ErrorCode::busy) return file;
    }
    return Error{ErrorCode::io, "no free name for a spool file beside " + m_store.string()};
}

std::unique_ptr<SpoolFile> SpoolPool::take(std::string& failure) {
    auto idle = m_shared.with([](Shared& shared) {
        std::unique_ptr<SpoolFile> file;
        ++shared.lent;
        if (!shared.idle.empty()) {
            file = std::move(shared.idle.back());
            shared.idle.pop_back();
        }
        return file;
    });
    if (idle) return idle;
    auto created = createNext();
    if (created) return *std::move(created);
    m_shared.with([&](Shared& shared) {
        --shared.lent;
        if (!std::exchange(shared.failureTold, true)) failure = created.error().message;
    });
    return nullptr;
}

void SpoolPool::giveBack(std::unique_ptr<SpoolFile> file, std::string& failure) {
    if (!file) return;
    const std::string trouble = file->failure();
    file->clear();
    const bool usable = file->failure().empty();
    if (!usable) file->remove();
    m_shared.with([&](Shared& shared) {
        --shared.lent;
        if (!trouble.empty() && !std::exchange(shared.failureTold, true)) failure = trouble;
        if (usable) shared.idle.push_back(std::move(file));
    });
}

void SpoolPool::removeAll() {
    std::shared_ptr<const SpoolKey> key;
    auto idle = m_shared.with([&](Shared& shared) {
        if (shared.lent == 0) key = std::exchange(shared.key, nullptr);
        return std::exchange(shared.idle, {});
    });
    for (const auto& file : idle) file->remove();
    if (key) SpoolKey::remove(key->name());
}

}  // namespace turntable::proxy
