#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "recorder/screen/observe.h"
#include "recorder/wire/request.h"

using namespace turntable;

/// Tool results parted by zero bytes, the last one also standing for every linked file and for the arguments of a call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    nlohmann::json messages = nlohmann::json::array();
    std::string last;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        last = text.substr(at, end - at);
        messages.push_back(
            {{"role", "user"},
             {"content", nlohmann::json::array({{{"type", "tool_result"}, {"tool_use_id", "c"}, {"content", last}}})}});
        at = end + 1;
    }
    const std::string body = nlohmann::json{{"model", "m"}, {"messages", messages}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto request = wire::parseRequest(model::Api::anthropicMessages, body);
    if (!request) __builtin_trap();
    const auto seen = screen::observeScreen(body, request->parts,
                                            [&](std::string_view) { return support::Result<std::string>(last); });
    if (!seen) return 0;
    if (seen->part >= request->parts.size()) __builtin_trap();
    const auto target = screen::resolveTarget(seen->screen, last);
    if (target && static_cast<std::size_t>(*target) >= seen->screen.elements.size()) __builtin_trap();
    return 0;
}
