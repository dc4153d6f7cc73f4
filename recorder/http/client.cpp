#include "recorder/http/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include <sys/socket.h>

#include "recorder/http/curl_handle.h"
#include "recorder/http/header_name.h"
#include "recorder/http/reply_reading.h"
#include "recorder/http/url.h"

namespace turntable::http {
namespace {

using support::Error;
using support::ErrorCode;
using support::Status;

constexpr int kPollMs = 60'000;  // only a safety net: sockets, timers of libcurl and wake-ups end a wait
constexpr long kConnectionsKept = 2;

// libcurl wants this once a process, before its first handle; a function-local static is initialised by one thread
// only.
bool libraryReady() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK;
}

// Nothing may be thrown through libcurl: a failure here (no memory) ends the transfer.
std::size_t onHeaderLine(char* bytes, std::size_t size, std::size_t count, void* reading) try {
    return static_cast<ReplyReading*>(reading)->line({bytes, size * count}) ? size * count : 0;
} catch (const std::exception&) {
    return 0;
}

std::size_t onBodyBytes(char* bytes, std::size_t size, std::size_t count, void* reading) try {
    return static_cast<ReplyReading*>(reading)->body({bytes, size * count}) ? size * count : 0;
} catch (const std::exception&) {
    return 0;
}

// The body of a request on its way, as libcurl asks for it.
struct Upload {
    BodySource* source;
    bool paused = false;
    bool broken = false;
};

std::size_t onBodyWanted(char* into, std::size_t size, std::size_t count, void* upload) try {
    auto& state = *static_cast<Upload*>(upload);
    const auto given = state.source->read({into, size * count});
    state.broken = !given;
    if (!given) return CURL_READFUNC_ABORT;
    state.paused = *given == 0 && !state.source->whole();
    return state.paused ? CURL_READFUNC_PAUSE : *given;
} catch (const std::exception&) {
    return CURL_READFUNC_ABORT;
}

// libcurl begins anew by itself when a kept connection turns out to be dead.
int onBodyRewound(void* upload, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Upload*>(upload)->source->rewind(static_cast<std::uint64_t>(offset));
    return CURL_SEEKFUNC_OK;
}

int onConnectionReady(void* reading, char*, char*, int, int) {
    static_cast<ReplyReading*>(reading)->connected();
    return CURL_PREREQFUNC_OK;
}

// Header lines of the request, and the removal of those that libcurl would add by itself.
HeaderLines headerLines(const Request& request) {
    HeaderLines lines;
    for (const auto& header : request.headers) {
        lines.add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    for (const char* name : {"Accept", "Content-Type", "User-Agent"}) {
        const bool given = std::any_of(request.headers.begin(), request.headers.end(),
                                       [name](const Header& header) { return sameHeaderName(header.name, name); });
        if (!given) lines.add(std::string(name) + ":");
    }
    lines.add("Expect:");  // waiting for a 100 that does not come costs up to a second
    return lines;
}

std::uint64_t bodySize(const Request& request) {
    return request.source != nullptr ? request.source->size() : request.body.size();
}

void setSource(CURL* easy, Upload& upload) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(upload.source->size()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &onBodyWanted);
    curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &onBodyRewound);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &upload);
}

void setMethod(CURL* easy, const Request& request, Upload& upload) {
    if (request.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    // Methods that anticipate a body say its length even when there is none (RFC 9110, section 8.6).
    const bool saysLength =
        !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (upload.source != nullptr) {
        setSource(easy, upload);
    } else if (saysLength) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void setTransport(CURL* easy, const Request& request) {
    using std::chrono::milliseconds;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    const auto connect = std::chrono::ceil<milliseconds>(request.connectTimeout).count();
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect));
    if (request.totalTimeout) {
        const auto total =
            std::max<milliseconds::rep>(std::chrono::ceil<milliseconds>(*request.totalTimeout).count(), 1);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(total));
    }
}

// True when the peer of a watched socket has gone. Bytes that lie there already (a pipelined request) hide an end of
// file behind them, so `sawBytes` then stops the watching for input: it would only wake us again and again.
bool hungUp(int socket, bool& sawBytes) {
    char byte = 0;
    const auto count = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) sawBytes = true;
    if (count == 0) return true;
    return count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
}

std::string lowerFirst(std::string text) {
    if (!text.empty()) text[0] = lowerCase(text[0]);
    return text;
}

Error describe(CURL* easy, CURLcode code, const std::string& endpoint, const ReplyReading& reading,
               const char* detail) {
    const std::string words = lowerFirst(*detail != '\0' ? detail : curl_easy_strerror(code));
    curl_off_t connectedUs = 0;
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connectedUs);
    long systemError = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &systemError);
    const auto network = [](std::string message) { return Error{ErrorCode::network, std::move(message)}; };
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return network("cannot reach " + endpoint + ": host not found");
        case CURLE_COULDNT_CONNECT:
            return network("cannot reach " + endpoint + ": " +
                           (systemError != 0
                                ? lowerFirst(std::generic_category().message(static_cast<int>(systemError)))
                                : words));
        case CURLE_OPERATION_TIMEDOUT:
            return network(connectedUs == 0 ? "cannot reach " + endpoint + ": timed out"
                                            : endpoint + " timed out: the reply is not whole within the time allowed");
        case CURLE_URL_MALFORMAT: return {ErrorCode::invalidArgument, endpoint + " is no usable address: " + words};
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
            return network(endpoint +
                           (reading.headDelivered() ? " broke off in the middle of its reply: "
                                                    : " broke off before its reply: ") +
                           words);
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL: return network(endpoint + " does not answer in HTTP: " + words);
        default: return network(endpoint + ": " + words);
    }
}

}  // namespace

struct Client::State {
    MultiHandle multi;
    EasyHandle easy;
    std::array<char, CURL_ERROR_SIZE> detail{};
    bool freshConnection = false;  // of the attempt that runs

    Status attempt(const Request& request, const Url& url, const HeaderLines& lines, ReplyReading& reading,
                   const std::stop_token& stop, int watchedSocket, bool& worthRetrying);
    CURLcode prepare(const Request& request, const Url& url, const HeaderLines& lines, ReplyReading& reading,
                     Upload& upload);
    Status ended(CURLcode code, const Url& url, const ReplyReading& reading, const Upload& upload, bool& worthRetrying);
    Status await(Upload& upload, int watchedSocket, bool& agentSentMore);
    void resume(Upload& upload);
    [[nodiscard]] bool sent(std::uint64_t bytes) const;
    [[nodiscard]] std::optional<CURLcode> outcome() const;
};

CURLcode Client::State::prepare(const Request& request, const Url& url, const HeaderLines& lines, ReplyReading& reading,
                                Upload& upload) {
    CURL* const handle = easy.get();
    curl_easy_reset(handle);
    detail[0] = '\0';
    setTransport(handle, request);
    setMethod(handle, request, upload);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines.get());
    curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, freshConnection ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &onHeaderLine);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reading);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &onBodyBytes);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reading);
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &onConnectionReady);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, &reading);
    // The target is given apart, so that libcurl neither cleans nor escapes it.
    curl_easy_setopt(handle, CURLOPT_REQUEST_TARGET, url.target.c_str());
    return curl_easy_setopt(handle, CURLOPT_URL, (url.origin + "/").c_str());
}

std::optional<CURLcode> Client::State::outcome() const {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return std::nullopt;
}

bool Client::State::sent(std::uint64_t bytes) const {
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    return static_cast<std::uint64_t>(uploaded) >= bytes;
}

Status Client::State::ended(CURLcode code, const Url& url, const ReplyReading& reading, const Upload& upload,
                            bool& worthRetrying) {
    if (code == CURLE_OK) return {};
    if (reading.refused()) return Error{ErrorCode::cancelled, "the receiver wanted no more"};
    if (upload.broken) return Error{ErrorCode::cancelled, "the agent hung up in the middle of its request"};
    long connects = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_NUM_CONNECTS, &connects);
    worthRetrying = connects == 0 && !reading.anythingCame() &&
                    (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING);
    return describe(easy.get(), code, url.endpoint, reading, detail.data());
}

void Client::State::resume(Upload& upload) {
    upload.paused = false;
    curl_easy_pause(easy.get(), CURLPAUSE_CONT);
}

// Waits for the upstream or the agent.
Status Client::State::await(Upload& upload, int watchedSocket, bool& agentSentMore) {
    curl_waitfd watched{};
    watched.fd = watchedSocket;
    watched.events = agentSentMore ? short{0} : short{CURL_WAIT_POLLIN};
    const unsigned extra = watchedSocket >= 0 ? 1 : 0;
    if (curl_multi_poll(multi.get(), &watched, extra, kPollMs, nullptr) != CURLM_OK) {
        return Error{ErrorCode::internal, "libcurl cannot wait for its sockets"};
    }
    const bool comes = upload.source != nullptr && !upload.source->whole();
    if (comes && watched.revents == 0 && upload.source->stalled()) {
        return Error{ErrorCode::cancelled, "the agent stopped in the middle of its request"};
    }
    if (watched.revents == 0) return {};
    if (comes && upload.paused) {
        resume(upload);
    } else if (comes && !upload.source->fill()) {
        return Error{ErrorCode::cancelled, "the agent hung up in the middle of its request"};
    } else if (!comes && hungUp(watchedSocket, agentSentMore)) {
        return Error{ErrorCode::cancelled, "the agent hung up"};
    }
    return {};
}

Status Client::State::attempt(const Request& request, const Url& url, const HeaderLines& lines, ReplyReading& reading,
                              const std::stop_token& stop, int watchedSocket, bool& worthRetrying) {
    Upload upload{request.source};
    if (upload.source != nullptr) upload.source->rewind(0);
    if (prepare(request, url, lines, reading, upload) != CURLE_OK) {
        return Error{ErrorCode::invalidArgument, "'" + request.url + "' cannot be used as a URL"};
    }
    const Attachment attached(multi.get(), easy.get());
    if (!attached.ok()) return Error{ErrorCode::internal, "libcurl refused the transfer"};
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi.get()); });
    const std::uint64_t size = bodySize(request);
    bool agentSentMore = false;
    while (true) {
        int running = 0;
        if (const auto code = curl_multi_perform(multi.get(), &running); code != CURLM_OK) {
            return Error{ErrorCode::internal, std::string("libcurl: ") + curl_multi_strerror(code)};
        }
        if (size > 0 && sent(size)) reading.requestSent();
        if (const auto code = outcome()) return ended(*code, url, reading, upload, worthRetrying);
        if (stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped"};
        if (upload.paused && upload.source->ready()) {  // the rest was read while a reply came
            resume(upload);
        } else if (auto waited = await(upload, watchedSocket, agentSentMore); !waited) {
            return waited;
        }
    }
}

support::Result<Client> Client::create() {
    if (!libraryReady()) return Error{ErrorCode::internal, "libcurl cannot be set up"};
    auto state = std::make_unique<State>();
    state->multi.reset(curl_multi_init());
    state->easy.reset(curl_easy_init());
    if (!state->multi || !state->easy) return Error{ErrorCode::internal, "libcurl gave no handle"};
    curl_multi_setopt(state->multi.get(), CURLMOPT_MAXCONNECTS, kConnectionsKept);
    return Client(std::move(state));
}

Client::Client(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Status Client::exchange(const Request& request, ReplySink& sink, std::stop_token stop, int watchedSocket) {
    const auto url = parseUrl(request.url);
    if (!url) return url.error();
    const HeaderLines lines = headerLines(request);
    ReplyReading reading(sink);
    bool worthRetrying = false;
    m_state->freshConnection = false;
    auto done = m_state->attempt(request, *url, lines, reading, stop, watchedSocket, worthRetrying);
    if (!worthRetrying || stop.stop_requested()) return done;
    m_state->freshConnection = true;
    return m_state->attempt(request, *url, lines, reading, stop, watchedSocket, worthRetrying);
}

}  // namespace turntable::http
