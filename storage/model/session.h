#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/support/clock.h"
#include "storage/support/ids.h"

namespace turntable::model {

/// How a session came to be. Everything but `recording` is a replay run, linked to its source.
enum class SessionMode { recording, recordedReplay, teacherForced, live };
[[nodiscard]] constexpr std::string_view sessionModeName(SessionMode mode) {
    switch (mode) {
        case SessionMode::recording: return "recording";
        case SessionMode::recordedReplay: return "recorded";
        case SessionMode::teacherForced: return "teacher-forced";
        case SessionMode::live: return "live";
    }
    return "recording";
}

/// What is known of the model behind an endpoint; every field empty when the server does not tell.
struct ModelIdentity {
    std::string serverKind;  ///< "llama.cpp", "ollama", "simulated", …
    std::string name;
    std::string quantization;  ///< "Q8_0"
    std::optional<std::int64_t> contextTokens;
    std::optional<std::int64_t> parameters;
    std::string build;
    std::string templateHash;  ///< SHA-256 of the chat template, hexadecimal
    bool operator==(const ModelIdentity&) const = default;
};

/// One run of an agent, or one replay of such a run.
struct Session {
    support::SessionId id;
    std::string name;
    SessionMode mode = SessionMode::recording;
    bool simulated = false;  ///< its answers or times come from no real model
    support::WallTime started{};
    std::int64_t turns = 0;
    std::string model;                         ///< as the replies (else the requests) name it
    std::string endpoint;                      ///< URL or endpoint name
    std::optional<support::SessionId> source;  ///< of a run: the session it replays
    std::optional<ModelIdentity> identity;
    std::string note;  ///< e.g. "38 of 40 turns answered"; may be empty
    std::string uid;   ///< bytes that name it in every store it is copied to; empty: the store makes them
    bool operator==(const Session&) const = default;
};

}  // namespace turntable::model
