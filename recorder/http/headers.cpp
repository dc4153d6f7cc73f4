#include "recorder/http/client.h"
#include "recorder/http/header_name.h"

namespace turntable::http {

std::string_view headerValue(const std::vector<Header>& headers, std::string_view name) {
    for (const auto& header : headers) {
        if (sameHeaderName(header.name, name)) return header.value;
    }
    return {};
}

}  // namespace turntable::http
