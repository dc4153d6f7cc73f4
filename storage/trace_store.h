#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "storage/support/result.h"

namespace turntable::storage {

/// Schema numbers of this program. A store has two: the version it was written with, and the oldest program version
/// that may still read it. A store whose `readableFrom` is above `kSchemaVersion` is refused; one with a newer version
/// but a `readableFrom` we reach is opened read-only.
inline constexpr int kSchemaVersion = 2;
inline constexpr int kReadableFrom = 2;

struct StoreVersion {
    int version = 0;
    int readableFrom = 0;
};

/// The store of a user who names none: `turntable.db` in the data folder of the platform
/// ($XDG_DATA_HOME/turntable or ~/.local/share/turntable; ~/Library/Application Support/Turntable on macOS).
[[nodiscard]] support::Result<std::filesystem::path> defaultStorePath();

/// Makes a new store or brings an older one up to date, and checks that `path` is a Turntable store. Creates missing
/// parent folders. Several processes may do this at once.
/// Errors: corrupt (not a store, naming what the file is), unsupportedVersion, io (folder missing, read-only, full),
/// busy (another process held it for more than five seconds).
[[nodiscard]] support::Status prepareStore(const std::filesystem::path& path);

/// Whether nothing has been made in this file yet: it is empty, or a process was killed while it made a store. Writing
/// to it as to a new one is safe. False when it cannot be read.
[[nodiscard]] bool isUnmadeStore(const std::filesystem::path& path);

}  // namespace turntable::storage
