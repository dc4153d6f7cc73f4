#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "storage/archive/archive.h"
#include "storage/privacy/private_text.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

/// What an archive would hold, told before it is made.
namespace turntable::storage {

/// Bytes of one kind. What is sent again with each turn counts once.
struct LeavingBytes {
    std::string kind;  ///< "system prompts", "tool schemas", "messages", "images", "rest of requests", "replies", …
    std::int64_t count = 0;
    std::int64_t bytes = 0;
};

/// What looks private in one way.
struct LeavingPrivate {
    privacy::PrivateKind kind = privacy::PrivateKind::custom;
    std::int64_t distinct = 0;  ///< different texts
    std::int64_t turns = 0;     ///< that hold one
    std::string example;        ///< the first one, shortened so that it does not give itself away
    std::string session;        ///< where that stands
    int turn = 0;
};

struct LeavingReport {
    struct Row {
        support::SessionId id;
        std::string name;
        std::int64_t turns = 0;
        std::int64_t notes = 0;
    };
    std::vector<Row> sessions;
    std::vector<LeavingBytes> bytes;
    std::vector<std::string> filePaths;  ///< of linked files, each once
    std::vector<LeavingPrivate> found;
    std::int64_t repliesUnread = 0;  ///< in a coding that is not looked into
};

/// What the finder's list of private text was made of: to be hidden wherever else it stands.
struct LeavingSecrets {
    std::vector<std::string> userNames;
    std::vector<std::string> passwords;
};

struct LeavingSurvey {
    LeavingReport report;
    LeavingSecrets secrets;
};

/// Reads everything that an export of these sessions would take and writes nothing. Any thread. Errors: notFound,
/// corrupt, cancelled, io.
[[nodiscard]] support::Result<LeavingSurvey> surveyLeaving(const std::filesystem::path& store,
                                                           std::span<const support::SessionId> sessions,
                                                           const ExportOptions& options);

/// `secret` with all but its ends made unreadable: "bo…@…rg", "sk-a…(51)".
[[nodiscard]] std::string shortened(privacy::PrivateKind kind, const std::string& secret);

}  // namespace turntable::storage
