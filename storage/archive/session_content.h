#pragma once

// Private to storage: a session as it goes from one store into another, free of both. Ids in it are the source's.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/digest/sha256.h"
#include "storage/model/note.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/byte_range.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"

namespace turntable::storage {

/// A recorder without what names its process or steers it.
struct RecorderOrigin {
    std::string listen;
    std::string upstream;
    std::int64_t startedNs = 0;
    std::optional<std::int64_t> endedNs;
};

struct ReplyContent {
    std::string body;
    std::string headers;
    std::vector<model::Arrival> arrivals;
    bool operator==(const ReplyContent&) const = default;
};

/// A turn with everything that belongs to it, in memory.
struct TurnContent {
    model::Turn turn;
    std::optional<support::RecorderId> recorder;
    std::string request;
    std::vector<support::ByteRange> requestParts;
    std::string requestHeaders;
    std::vector<LinkedFile> files;
    std::optional<ReplyContent> reply;  ///< empty: none was stored
    std::optional<std::string> screen;  ///< encoded
};

[[nodiscard]] inline std::int64_t bytesIn(const TurnContent& content) {
    std::size_t bytes = content.request.size() + content.requestHeaders.size();
    for (const auto& file : content.files) bytes += file.content.size();
    if (content.reply) bytes += content.reply->body.size() + content.reply->headers.size();
    if (content.screen) bytes += content.screen->size();
    return static_cast<std::int64_t>(bytes);
}

/// Where a turn stands, in words that hold in every store.
struct TurnPlace {
    std::string sessionUid;
    int number = 0;
};

/// Changes content on its way from one store to another. One thread.
class ContentFilter {
public:
    virtual ~ContentFilter() = default;
    [[nodiscard]] virtual support::Status change(model::Session& session) = 0;
    [[nodiscard]] virtual support::Status change(TurnContent& content) = 0;
    virtual void change(RecorderOrigin& recorder) = 0;
    virtual void change(model::Note& note) = 0;
    virtual void change(GapMark& mark) = 0;
    /// Notes to be written beside the turn that was changed last (`session` and `turn` are filled in by the caller).
    [[nodiscard]] virtual std::optional<model::Note> remark() = 0;
};

}  // namespace turntable::storage
