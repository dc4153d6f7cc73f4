#pragma once

#include <string>
#include <string_view>

#include "storage/model/turn.h"

namespace turntable::proxy {

/// An error as the SDK of `api` understands it: Messages `{"type":"error","error":{"type":…,"message":…}}`, Chat
/// Completions
/// `{"error":{"message":…,"type":…,"param":null,"code":null}}`.
[[nodiscard]] std::string errorDocument(int status, model::Api api, std::string_view message);

/// For the statuses that we send ourselves; empty for any other.
[[nodiscard]] const char* reasonPhrase(int status);

}  // namespace turntable::proxy
