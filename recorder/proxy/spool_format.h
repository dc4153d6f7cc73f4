#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/proxy/spool_key.h"
#include "recorder/turns/exchange.h"
#include "storage/support/clock.h"
#include "storage/support/ids.h"
#include "storage/support/process.h"

namespace turntable::proxy {

/// A spool file holds one exchange while it runs, so that a recorder that is killed loses nothing the agent has got. It
/// is read on the machine that wrote it only, so numbers are in its byte order. Frames follow one another:
///
///     type u32 | size u32 | at i64 ns since the request's last byte | check u64 | payload, `size` bytes
///
/// The first frame is `opened`. A frame that is cut or whose check fails ends what is known. A file is written over by
/// one exchange after another; what an earlier one left behind the end fails its check, for that of every frame but
/// `opened` takes in the start of its exchange. The payloads of all frames but `opened` are encrypted where that names
/// a key (spool_key.h): nonce is the start of the exchange, position the place of the frame in the file.
enum class SpoolFrame : std::uint32_t {
    opened = 0x54545332,  ///< format mark; payload: who records, and what (SpoolOwner)
    request = 2,          ///< the whole request
    head = 3,             ///< status and headers of the reply
    body = 4,             ///< a piece of the reply's body, written before the agent got it
    end = 5,              ///< the reply is whole, or what became of it
    privacy = 7,          ///< SpoolOwner::privacy
    requestChange = 6,    ///< the request, as what an earlier one of the same recorder does not have
};

struct SpoolOwner {
    support::RecorderId recorder;
    support::ProcessIdentity process;
    support::WallTime started{};  ///< of the request; unique within a recorder, the turn is found by it
    std::string privacy;          ///< turns::toText: what is done to a reply before it is stored
    std::string key;              ///< name of the key; empty: the rest is in clear
};

/// A request body that is made of an earlier one: its first `head` bytes, other bytes, its last `tail` bytes.
struct RequestChange {
    support::WallTime base{};  ///< start of the earlier request, by which its recorder's turns and files are found
    std::size_t baseSize = 0;
    std::size_t head = 0;
    std::size_t tail = 0;
};
/// The body again. Empty when `base` is not the one that was meant, by its size.
[[nodiscard]] std::optional<std::string> applyChange(const RequestChange& change, std::string_view base,
                                                     std::string_view between);

/// What a spool file tells.
struct SpooledExchange {
    SpoolOwner owner;
    std::optional<turns::RequestReceived> request;
    std::optional<RequestChange> change;  ///< then the body of `request` is only what stands between head and tail
    turns::ReplyReceived reply;           ///< `end` is recorderStopped when there is no end frame
    bool replyBegan = false;              ///< the agent may have got a part of it
    bool ended = false;                   ///< there is an end frame
    bool keyLost = false;                 ///< all but the owner is encrypted, and nothing can be read
};

/// The header of a frame; the payload follows it in the file. `started` is that of the exchange.
[[nodiscard]] std::string frameHeader(SpoolFrame type, support::Nanoseconds at, std::string_view payload,
                                      support::WallTime started);

[[nodiscard]] std::string openedPayload(const SpoolOwner& owner);
[[nodiscard]] std::string requestPayload(const turns::RequestReceived& request, std::string_view body);
[[nodiscard]] std::string requestChangePayload(const turns::RequestReceived& request, const RequestChange& change,
                                               std::string_view body);
[[nodiscard]] std::string headPayload(const turns::ReplyReceived& reply);
[[nodiscard]] std::string endPayload(turns::ExchangeEnd end, std::string_view error, std::string_view sentToAgent);

/// A payload as it stands in the file, and back. Errors: internal.
[[nodiscard]] support::Result<std::string> crypted(const SpoolKey& key, support::WallTime started,
                                                   std::size_t placeInFile, std::string_view payload);

/// Empty when the file does not begin with a whole `opened` frame.
[[nodiscard]] std::optional<SpooledExchange> parseSpool(std::string_view bytes);

}  // namespace turntable::proxy
