#include "recorder/http/client.h"

namespace turntable::http {
namespace {

constexpr std::size_t kMaxBodyBytes = std::size_t{16} << 20;

class CollectingSink final : public ReplySink {
public:
    Reply reply;
    bool tooLarge = false;

    bool onHead(const ResponseHead& head, support::MonotonicTime) override {
        reply.head = head;
        return true;
    }
    bool onBody(std::string_view bytes, support::MonotonicTime) override {
        tooLarge = bytes.size() > kMaxBodyBytes - reply.body.size();
        if (!tooLarge) reply.body.append(bytes);
        return !tooLarge;
    }
};

}  // namespace

support::Result<Reply> fetch(Client& client, const Request& request, std::stop_token stop) {
    CollectingSink sink;
    const auto done = client.exchange(request, sink, std::move(stop));
    if (sink.tooLarge) {
        return support::Error{support::ErrorCode::limitExceeded, request.url + ": the reply is larger than 16 MiB"};
    }
    if (!done) return done.error();
    return std::move(sink.reply);
}

}  // namespace turntable::http
