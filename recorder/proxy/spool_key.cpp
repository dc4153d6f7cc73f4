#include "recorder/proxy/spool_key.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/proxy/access_token.h"
#include "recorder/proxy/socket.h"
#include "storage/digest/sha256.h"

namespace turntable::proxy {
namespace {

using support::Error;
using support::ErrorCode;

// The longest name that macOS takes has 31 bytes.
constexpr std::string_view kNamePrefix = "/turntable-";
constexpr std::size_t kNameDigits = 16;

int makeObject(const std::string& name) { return shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR); }

Error noSharedMemory(const std::string& name) {
    return {ErrorCode::io, "no shared memory to keep the key of spool files in (" + name +
                               "): " + std::generic_category().message(errno)};
}

// A mapping, as macOS lets a shared memory object be neither read nor written.
class Mapped {
public:
    Mapped(int descriptor, int protection)
        : m_at(mmap(nullptr, sizeof(digest::CipherKey), protection, MAP_SHARED, descriptor, 0)) {}
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;
    ~Mapped() {
        if (valid()) munmap(m_at, sizeof(digest::CipherKey));
    }
    [[nodiscard]] bool valid() const { return m_at != MAP_FAILED; }
    [[nodiscard]] digest::CipherKey& key() const { return *static_cast<digest::CipherKey*>(m_at); }

private:
    void* m_at;
};

}  // namespace

std::string SpoolKey::nameFor(const std::string& salt, support::RecorderId recorder) {
    const std::string digest = digest::sha256Hex("key of spool files" + salt + std::to_string(recorder.value));
    return std::string(kNamePrefix) + digest.substr(0, kNameDigits);
}

support::Result<std::shared_ptr<const SpoolKey>> SpoolKey::create(const std::string& wanted) {
    const auto bytes = digest::randomKey();
    if (!bytes) return bytes.error();
    std::string name = wanted;
    Socket file(makeObject(name));
    if (!file.valid() && errno == EEXIST) {
        name = std::string(kNamePrefix) + makeToken().substr(0, kNameDigits);
        file = Socket(makeObject(name));
    }
    if (!file.valid()) return noSharedMemory(name);
    if (ftruncate(file.descriptor(), sizeof(digest::CipherKey)) != 0) {
        const Error error = noSharedMemory(name);
        remove(name);
        return error;
    }
    const Mapped mapped(file.descriptor(), PROT_READ | PROT_WRITE);
    if (!mapped.valid()) {
        const Error error = noSharedMemory(name);
        remove(name);
        return error;
    }
    mapped.key() = *bytes;
    return std::shared_ptr<const SpoolKey>(new SpoolKey(name, *bytes));
}

std::shared_ptr<const SpoolKey> SpoolKey::find(const std::string& name) {
    if (!name.starts_with(kNamePrefix)) return nullptr;
    const Socket file(shm_open(name.c_str(), O_RDONLY, 0));
    struct stat status {};
    if (!file.valid() || fstat(file.descriptor(), &status) != 0) return nullptr;
    if (status.st_size < static_cast<off_t>(sizeof(digest::CipherKey))) return nullptr;
    const Mapped mapped(file.descriptor(), PROT_READ);
    if (!mapped.valid()) return nullptr;
    return std::shared_ptr<const SpoolKey>(new SpoolKey(name, mapped.key()));
}

void SpoolKey::remove(const std::string& name) {
    if (name.starts_with(kNamePrefix)) shm_unlink(name.c_str());
}

}  // namespace turntable::proxy
