#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/reply_writer.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// Requests below this path are for the recorder itself, never for the upstream.
inline constexpr std::string_view kControlPath = "/turntable/control/";
inline constexpr std::string_view kControlTokenHeader = "x-turntable-token";

/// What the control requests work on. The functions are called on connection threads.
struct ControlTarget {
    std::string token;
    /// Without an API the one in use stays.
    std::function<support::Status(const std::string& url, std::optional<model::Api> api)> setUpstream;
    std::function<std::string()> statusJson;
};

/// `POST …/upstream {"url":…,"upstream_api":"openai"}`, the latter optional, and `GET …/status`, both with the token of
/// the recorder table; 403 without it.
void answerControl(const ControlTarget& control, const AgentRequest& request, std::string_view path,
                   ReplyWriter& reply);

}  // namespace turntable::proxy
