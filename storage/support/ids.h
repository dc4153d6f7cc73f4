#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace turntable::support {

/// A row id that cannot be mixed up with another kind of row id. 0 never names a row.
template <typename Tag>
struct Id {
    std::int64_t value = 0;
    [[nodiscard]] bool valid() const { return value > 0; }
    auto operator<=>(const Id&) const = default;
};

using SessionId = Id<struct SessionTag>;
using TurnId = Id<struct TurnTag>;
using ScreenId = Id<struct ScreenTag>;
using PartId = Id<struct PartTag>;
using RecorderId = Id<struct RecorderTag>;
using NoteId = Id<struct NoteTag>;

}  // namespace turntable::support

template <typename Tag>
struct std::hash<turntable::support::Id<Tag>> {
    std::size_t operator()(const turntable::support::Id<Tag>& id) const noexcept {
        return std::hash<std::int64_t>{}(id.value);
    }
};
