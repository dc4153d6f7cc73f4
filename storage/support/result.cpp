#include "storage/support/result.h"

namespace turntable::support {

const char* errorCodeName(ErrorCode code) {
    switch (code) {
        case ErrorCode::notFound: return "not_found";
        case ErrorCode::invalidArgument: return "invalid_argument";
        case ErrorCode::corrupt: return "corrupt";
        case ErrorCode::unsupportedVersion: return "unsupported_version";
        case ErrorCode::busy: return "busy";
        case ErrorCode::io: return "io";
        case ErrorCode::network: return "network";
        case ErrorCode::cancelled: return "cancelled";
        case ErrorCode::limitExceeded: return "limit_exceeded";
        case ErrorCode::internal: return "internal";
    }
    return "internal";
}

}  // namespace turntable::support
