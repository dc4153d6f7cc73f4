#include "storage/screen_codec.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "storage/byte_codec.h"

namespace turntable::storage {

using model::Box;
using model::Element;
using model::Screen;
using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr unsigned kVersion = 1;

// What an element has beyond role and text.
constexpr unsigned kHasDescription = 1U << 0;
constexpr unsigned kHasValue = 1U << 1;
constexpr unsigned kHasBox = 1U << 2;
constexpr unsigned kHasRef = 1U << 3;
constexpr unsigned kHasStates = 1U << 4;
constexpr unsigned kHasParent = 1U << 5;  // a varint: how many elements back
constexpr unsigned kOddPlace = 1U << 6;   // parent and depth as they are: they break the invariant

bool isPlainInteger(double value) {
    constexpr double kExact = 9007199254740992.0;  // 2^53: beyond, not every integer has a double of its own
    return std::trunc(value) == value && std::abs(value) < kExact && !(value == 0 && std::signbit(value));
}

void writeBox(ByteWriter& out, const Box& box) {
    const double sides[4] = {box.x, box.y, box.width, box.height};
    unsigned fractional = 0;
    for (unsigned side = 0; side < 4; ++side) {
        if (!isPlainInteger(sides[side])) fractional |= 1U << side;
    }
    out.byte(fractional);
    for (const double side : sides) {
        if (isPlainInteger(side)) {
            out.signedVarint(static_cast<std::int64_t>(side));
        } else {
            out.fixed64(std::bit_cast<std::uint64_t>(side));
        }
    }
}

Box readBox(ByteReader& in) {
    const unsigned fractional = in.byte();
    double sides[4] = {};
    for (unsigned side = 0; side < 4; ++side) {
        const bool raw = (fractional & (1U << side)) != 0;
        sides[side] = raw ? std::bit_cast<double>(in.fixed64()) : static_cast<double>(in.signedVarint());
    }
    return {sides[0], sides[1], sides[2], sides[3]};
}

// Whether parent and depth follow from how far back the parent stands.
bool placeIsRegular(const Screen& screen, std::size_t index) {
    const Element& element = screen.elements[index];
    if (element.parent == -1) return element.depth == 0;
    if (element.parent < 0 || static_cast<std::size_t>(element.parent) >= index) return false;
    const std::int64_t parentDepth = screen.elements[static_cast<std::size_t>(element.parent)].depth;
    return element.depth == parentDepth + 1;
}

unsigned flagsOf(const Screen& screen, std::size_t index) {
    const Element& element = screen.elements[index];
    unsigned flags = 0;
    if (!element.roleDescription.empty()) flags |= kHasDescription;
    if (element.value) flags |= kHasValue;
    if (element.box) flags |= kHasBox;
    if (!element.ref.empty()) flags |= kHasRef;
    if (!element.states.empty()) flags |= kHasStates;
    if (!placeIsRegular(screen, index)) {
        flags |= kOddPlace;
    } else if (element.parent >= 0) {
        flags |= kHasParent;
    }
    return flags;
}

void writeElement(ByteWriter& out, const Screen& screen, std::size_t index) {
    const Element& element = screen.elements[index];
    const unsigned flags = flagsOf(screen, index);
    out.byte(flags);
    if ((flags & kHasParent) != 0) out.varint(index - static_cast<std::size_t>(element.parent));
    if ((flags & kOddPlace) != 0) {
        out.signedVarint(element.parent);
        out.signedVarint(element.depth);
    }
    out.text(element.role);
    out.text(element.text);
    if ((flags & kHasDescription) != 0) out.text(element.roleDescription);
    if (element.value) out.text(*element.value);
    if (element.box) writeBox(out, *element.box);
    if ((flags & kHasRef) != 0) out.text(element.ref);
    if ((flags & kHasStates) == 0) return;
    out.varint(element.states.size());
    for (const auto& state : element.states) out.text(state);
}

// False when the place makes no sense.
bool readPlace(ByteReader& in, unsigned flags, const Screen& screen, Element& element) {
    if ((flags & kOddPlace) != 0) {
        element.parent = in.smallSigned();
        element.depth = in.smallSigned();
        return in.ok();
    }
    if ((flags & kHasParent) == 0) return true;
    const std::uint64_t back = in.varint();
    const std::size_t index = screen.elements.size();
    if (!in.ok() || back == 0 || back > index) return false;
    const std::size_t parent = index - static_cast<std::size_t>(back);
    const int parentDepth = screen.elements[parent].depth;
    if (parentDepth == std::numeric_limits<int>::max()) return false;
    element.parent = static_cast<int>(parent);
    element.depth = parentDepth + 1;
    return true;
}

bool readElement(ByteReader& in, Screen& screen) {
    Element element;
    const unsigned flags = in.byte();
    if (flags >= kOddPlace * 2 || !readPlace(in, flags, screen, element)) return false;
    element.role = in.text();
    element.text = in.text();
    if ((flags & kHasDescription) != 0) element.roleDescription = in.text();
    if ((flags & kHasValue) != 0) element.value = std::string(in.text());
    if ((flags & kHasBox) != 0) element.box = readBox(in);
    if ((flags & kHasRef) != 0) element.ref = in.text();
    if ((flags & kHasStates) != 0) {
        const std::uint64_t count = in.varint();
        if (count > in.left()) return false;  // a state takes a byte at least
        element.states.reserve(static_cast<std::size_t>(count));
        for (std::uint64_t state = 0; state < count; ++state) element.states.emplace_back(in.text());
    }
    screen.elements.push_back(std::move(element));
    return in.ok();
}

template <typename Enum>
bool readEnum(ByteReader& in, Enum& value, Enum last) {
    const unsigned number = in.byte();
    if (number > static_cast<unsigned>(last)) return false;
    value = static_cast<Enum>(number);
    return in.ok();
}

}  // namespace

std::string encodeScreen(const Screen& screen) {
    ByteWriter out;
    out.byte(kVersion);
    out.byte(static_cast<unsigned>(screen.format));
    out.byte(static_cast<unsigned>(screen.carrier));
    out.byte(screen.hierarchical ? 1 : 0);
    out.byte(static_cast<unsigned>(screen.truncation));
    out.varint(screen.elementsSeen);
    out.text(screen.truncationReason);
    out.text(screen.application);
    out.text(screen.location);
    out.varint(screen.elements.size());
    for (std::size_t index = 0; index < screen.elements.size(); ++index) writeElement(out, screen, index);
    return out.take();
}

Result<Screen> decodeScreen(std::string_view bytes) {
    const Error damaged{ErrorCode::corrupt, "stored screen is damaged"};
    ByteReader in(bytes);
    const unsigned version = in.byte();
    if (!in.ok() || version == 0) return damaged;
    if (version > kVersion) {
        return Error{ErrorCode::unsupportedVersion, "stored screen has format " + std::to_string(version) +
                                                        ", this program knows up to " + std::to_string(kVersion)};
    }
    Screen screen;
    if (!readEnum(in, screen.format, model::ScreenFormat::macosUse)) return damaged;
    if (!readEnum(in, screen.carrier, model::ScreenCarrier::summary)) return damaged;
    const unsigned hierarchical = in.byte();
    if (hierarchical > 1) return damaged;
    screen.hierarchical = hierarchical == 1;
    if (!readEnum(in, screen.truncation, model::Truncation::suspected)) return damaged;
    screen.elementsSeen = static_cast<std::size_t>(in.varint());
    screen.truncationReason = in.text();
    screen.application = in.text();
    screen.location = in.text();
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.left() / 3) return damaged;  // an element takes three bytes at least
    for (std::uint64_t index = 0; index < count; ++index) {
        if (!readElement(in, screen)) return damaged;
    }
    if (in.left() != 0) return damaged;
    return screen;
}

}  // namespace turntable::storage
