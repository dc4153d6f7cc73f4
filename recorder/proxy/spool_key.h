#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/digest/stream_cipher.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// What the spool files of one recorder are encrypted with. It lies in shared memory (shm_open, POSIX.1-2017) and so
/// lives exactly as long as spool files are of use: it outlives the process and not the machine. Like all memory it may
/// be swapped out. Secrets in a reply, which are replaced only when the whole of it is here, never are on a disk in
/// clear.
class SpoolKey {
public:
    /// The name of the key of a recorder of the store with this salt: who finds the recorder dead finds its key, too.
    [[nodiscard]] static std::string nameFor(const std::string& salt, support::RecorderId recorder);
    /// Makes a key of that name, or, where it is taken (by a recorder of a copy of the store), of one of its own; for
    /// this user alone. Errors: io (no shared memory), internal.
    [[nodiscard]] static support::Result<std::shared_ptr<const SpoolKey>> create(const std::string& name);
    /// The key that another process made. Empty: it is gone, as after the machine was started anew.
    [[nodiscard]] static std::shared_ptr<const SpoolKey> find(const std::string& name);
    /// Forgets the key of that name: nothing that it was used for can be read any more.
    static void remove(const std::string& name);

    [[nodiscard]] const std::string& name() const { return m_name; }
    [[nodiscard]] const digest::CipherKey& bytes() const { return m_bytes; }

private:
    SpoolKey(std::string name, const digest::CipherKey& bytes) : m_name(std::move(name)), m_bytes(bytes) {}
    std::string m_name;
    digest::CipherKey m_bytes;
};

}  // namespace turntable::proxy
