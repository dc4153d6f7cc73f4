#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/proxy/socket.h"
#include "recorder/proxy/spool_format.h"
#include "recorder/turns/exchange.h"
#include "storage/support/guarded.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// One spool file (see spool_format.h), used for one exchange after another, each over the bytes of the one before:
/// pages that still wait to be written to the disk are then written once. Written with write(2) and never synced: what
/// is written survives the death of this process, though not that of the machine. One thread at a time. After a write
/// that failed nothing more is written until `clear`, and `failure` says why.
class SpoolFile {
public:
    /// Without a key it is written in clear.
    [[nodiscard]] static support::Result<std::unique_ptr<SpoolFile>> create(
        const std::filesystem::path& path, std::shared_ptr<const SpoolKey> key = nullptr);

    /// `key` of the owner is filled in.
    void opened(SpoolOwner owner);
    void request(const turns::RequestReceived& request, std::string_view body,
                 const std::optional<RequestChange>& change);
    void head(const turns::ReplyReceived& reply);
    void body(std::string_view bytes, support::Nanoseconds at);
    void end(turns::ExchangeEnd end, std::string_view error, std::string_view sentToAgent);

    /// Forgets the exchange: it is in the store.
    void clear();
    void remove();
    [[nodiscard]] const std::string& failure() const { return m_failure; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    SpoolFile(std::filesystem::path path, Socket file, std::shared_ptr<const SpoolKey> key)
        : m_path(std::move(path)), m_file(std::move(file)), m_key(std::move(key)) {}
    void append(SpoolFrame type, support::Nanoseconds at, std::string_view payload);

    std::filesystem::path m_path;
    Socket m_file;
    std::shared_ptr<const SpoolKey> m_key;
    support::WallTime m_started{};  ///< of the exchange it is used for
    std::size_t m_size = 0;         ///< of what has been written of it
    std::string m_failure;
};

/// The spool files of one recorder: `STORE-spool-PID-N` beside the store, as many as exchanges ran at once. Any thread.
/// A file that cannot be made means no file, not an error.
class SpoolPool {
public:
    enum class Encryption { on, off };
    SpoolPool(std::filesystem::path store, Encryption encryption);
    /// Before the first `take`.
    void setKeyName(std::string name) { m_keyName = std::move(name); }

    /// A file that holds nothing. `failure` is filled, once, when there is none.
    [[nodiscard]] std::unique_ptr<SpoolFile> take(std::string& failure);
    /// Empties the file and keeps it for the next exchange. `failure` as above, when the exchange could not be written.
    void giveBack(std::unique_ptr<SpoolFile> file, std::string& failure);
    /// Removes every file that was given back, and the key if no other is left. Called when the recorder ends in order.
    void removeAll();

    /// What the names of all spool files of a store begin with.
    [[nodiscard]] static std::string prefixOf(const std::filesystem::path& store);

private:
    struct Shared {
        std::vector<std::unique_ptr<SpoolFile>> idle;
        std::size_t nextNumber = 1;
        std::size_t lent = 0;
        std::shared_ptr<const SpoolKey> key;  ///< made with the first file
        bool failureTold = false;
    };
    [[nodiscard]] support::Result<std::shared_ptr<const SpoolKey>> key();
    [[nodiscard]] support::Result<std::unique_ptr<SpoolFile>> createNext();

    const std::filesystem::path m_store;
    const Encryption m_encryption;
    std::string m_keyName;
    support::Guarded<Shared> m_shared;
};

}  // namespace turntable::proxy
