#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "storage/care/progress.h"
#include "storage/support/result.h"

namespace turntable::care {

/// What a finding is about.
enum class Damage { file, schema, row, part, request, reply, screen, reference, numbering };
[[nodiscard]] std::string_view damageName(Damage damage);

/// One thing that is wrong with a store, for a person to read.
struct Finding {
    Damage damage = Damage::file;
    std::string where;    ///< "session 'todo' (3), turn 12"
    std::string what;     ///< what was expected and found
    std::string meaning;  ///< what is lost or not to be trusted, and what is not
};

/// What a check found, and what it looked at.
struct CheckReport {
    std::vector<Finding> findings;     ///< the first thousand
    std::int64_t findingsLeftOut = 0;  ///< how many there were beyond those
    std::int64_t schemaVersion = 0;
    std::int64_t sessions = 0;
    std::int64_t turns = 0;
    std::int64_t parts = 0;
    std::int64_t partBytes = 0;     ///< unpacked and hashed, part by part
    std::int64_t requestBytes = 0;  ///< put together and hashed, body by body
    // What is there but is no damage.
    std::int64_t unusedParts = 0;  ///< parts that nothing names: the next delete takes them
    std::int64_t unusedBytes = 0;  ///< as they are stored
    std::int64_t openTurns = 0;    ///< whose recorder is gone: the next recorder closes them
    std::int64_t oddKinds = 0;     ///< parts whose kind is that of none of their users: it is a hint only
    std::chrono::nanoseconds elapsed{};

    [[nodiscard]] bool clean() const { return findings.empty(); }
};

/// Looks at every page, row, part, body, screen and reference of a store. Opens it read-only and changes nothing, the
/// leftovers of dead recorders included; others may write meanwhile (the check sees one moment). Damage is a finding,
/// whatever form it has; an error is only what kept the check from being made: notFound, io, busy, unsupportedVersion
/// (a newer store, whose rules are not known here), cancelled. Cost: linear in the parts and in the request bytes.
[[nodiscard]] support::Result<CheckReport> checkStore(const std::filesystem::path& path, const Watch& watch = {});

}  // namespace turntable::care
