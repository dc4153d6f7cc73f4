#pragma once

#include <optional>
#include <string>

#include "storage/support/clock.h"
#include "storage/support/ids.h"

namespace turntable::model {

/// What a person wrote beside a session, or beside one of its turns.
struct Note {
    support::NoteId id;
    support::SessionId session;
    std::optional<support::TurnId> turn;
    support::WallTime written{};
    std::string text;
    bool operator==(const Note&) const = default;
};

}  // namespace turntable::model
