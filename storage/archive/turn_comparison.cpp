#include "storage/archive/turn_comparison.h"

#include <algorithm>
#include <string>

#include "storage/screen_codec.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

Status equal(bool same, const char* what) {
    if (same) return {};
    return Error{ErrorCode::corrupt, std::string(what) + " did not read back as it was written"};
}

// A value that was read is what it should be; failing to read is an error of its own.
template <typename Value>
Status equal(const Result<Value>& read, const Value& expected, const char* what) {
    if (!read) return support::withContext(read.error(), what);
    return equal(*read == expected, what);
}

Status equalFiles(const Result<std::vector<LinkedFile>>& read, const std::vector<LinkedFile>& expected) {
    if (!read) return read.error();
    const auto same = [](const LinkedFile& left, const LinkedFile& right) {
        return left.path == right.path && left.content == right.content;
    };
    return equal(std::equal(read->begin(), read->end(), expected.begin(), expected.end(), same), "a linked file");
}

}  // namespace

Status compareTurn(const TraceReader& reader, TurnId id, const TurnContent& content) {
    static const ReplyContent kNone;
    const ReplyContent& reply = content.reply ? *content.reply : kNone;
    if (auto same = equal(reader.turn(id), content.turn, "the row"); !same) return same;
    if (auto same = equal(reader.requestBody(id), content.request, "the request"); !same) return same;
    if (auto same = equal(reader.requestHeaders(id), content.requestHeaders, "the request's headers"); !same)
        return same;
    if (auto same = equalFiles(reader.linkedFiles(id), content.files); !same) return same;
    if (auto same = equal(reader.responseBody(id), reply.body, "the reply"); !same) return same;
    if (auto same = equal(reader.responseHeaders(id), reply.headers, "the reply's headers"); !same) return same;
    if (auto same = equal(reader.arrivals(id), reply.arrivals, "the arrivals"); !same) return same;
    if (!content.screen) return {};
    const auto screen = reader.screen(*content.turn.screenId);
    if (!screen) return screen.error();
    // The same tree may have been written by an older version.
    const auto written = decodeScreen(*content.screen);
    if (!written) return written.error();
    return equal(encodeScreen(*screen) == encodeScreen(*written), "the screen");
}

}  // namespace turntable::storage
