#include "storage/screen_codec.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/byte_codec.h"

namespace turntable::storage {

using model::Box;
using model::Element;
using model::Screen;
using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr unsigned kAbsoluteVersion = 1;  // boxes and refs as they are
constexpr unsigned kVersion = 2;          // as they differ from those of the elements before

// What an element has beyond role and text.
constexpr unsigned kHasDescription = 1U << 0;
constexpr unsigned kHasValue = 1U << 1;
constexpr unsigned kHasBox = 1U << 2;
constexpr unsigned kHasRef = 1U << 3;
constexpr unsigned kHasStates = 1U << 4;
constexpr unsigned kHasParent = 1U << 5;  // a varint: how many elements back
constexpr unsigned kOddPlace = 1U << 6;   // parent and depth as they are: they break the invariant
constexpr unsigned kStepRef = 1U << 7;    // a signed varint: the ref's number less that of the numbered ref before

bool isPlainInteger(double value) {
    constexpr double kExact = 9007199254740992.0;  // 2^53: beyond, not every integer has a double of its own
    return std::trunc(value) == value && std::abs(value) < kExact && !(value == 0 && std::signbit(value));
}

std::int64_t integerOr(double value, std::int64_t otherwise) {
    return isPlainInteger(value) ? static_cast<std::int64_t>(value) : otherwise;
}

/// "e14" or "f2e14": a word and a number that is written as nobody would write it otherwise.
struct NumberedRef {
    std::string_view word;
    std::int64_t number = 0;
};

std::optional<NumberedRef> numbered(std::string_view ref) {
    constexpr std::size_t kMaxDigits = 15;
    std::size_t digits = 0;
    while (digits < ref.size() && ref[ref.size() - 1 - digits] >= '0' && ref[ref.size() - 1 - digits] <= '9') ++digits;
    if (digits == 0 || digits > kMaxDigits || (digits > 1 && ref[ref.size() - digits] == '0')) return std::nullopt;
    NumberedRef found{ref.substr(0, ref.size() - digits)};
    std::from_chars(ref.data() + found.word.size(), ref.data() + ref.size(), found.number);
    return found;
}

/// What the next element is told against, so that a page that moves down, and refs that count on, leave the bytes of
/// its elements as they were. The same on both sides.
class Context {
public:
    explicit Context(unsigned version) : m_isRelative(version > kAbsoluteVersion) {}

    /// Where a box is measured from: the parent's left edge, and the top of the child before or else the parent's.
    struct Origin {
        std::int64_t x = 0;
        std::int64_t y = 0;
    };
    [[nodiscard]] Origin origin(const Element& element) const {
        return m_isRelative && hasParent(element) ? m_origins[static_cast<std::size_t>(element.parent)] : m_root;
    }
    [[nodiscard]] std::optional<std::int64_t> stepTo(std::string_view ref) const {
        const auto found = numbered(ref);
        if (!found || found->word != m_word) return std::nullopt;
        return found->number - m_number;
    }
    /// Empty when no writer would have written the step.
    [[nodiscard]] std::string refAt(std::int64_t step) const {
        constexpr std::int64_t kLargest = 999'999'999'999'999;
        if (step < -kLargest || step > kLargest || m_number + step < 0 || m_number + step > kLargest) return {};
        return m_word + std::to_string(m_number + step);
    }
    void add(const Element& element) {
        if (!m_isRelative) return;
        Origin own = origin(element);
        if (element.box) {
            own = {integerOr(element.box->x, own.x), integerOr(element.box->y, own.y)};
            (hasParent(element) ? m_origins[static_cast<std::size_t>(element.parent)] : m_root).y = own.y;
        }
        m_origins.push_back(own);
        if (const auto found = numbered(element.ref)) {
            m_word = found->word;
            m_number = found->number;
        }
    }
    [[nodiscard]] bool isRelative() const { return m_isRelative; }

private:
    [[nodiscard]] bool hasParent(const Element& element) const {
        return element.parent >= 0 && static_cast<std::size_t>(element.parent) < m_origins.size();
    }

    bool m_isRelative;
    Origin m_root;
    std::vector<Origin> m_origins;  ///< for the children of each element so far
    std::string m_word = "e";
    std::int64_t m_number = 0;
};

void writeBox(ByteWriter& out, const Box& box, Context::Origin origin) {
    const double sides[4] = {box.x, box.y, box.width, box.height};
    const std::int64_t from[4] = {origin.x, origin.y, 0, 0};
    unsigned fractional = 0;
    for (unsigned side = 0; side < 4; ++side) {
        if (!isPlainInteger(sides[side])) fractional |= 1U << side;
    }
    out.byte(fractional);
    for (unsigned side = 0; side < 4; ++side) {
        if (isPlainInteger(sides[side])) {
            out.signedVarint(static_cast<std::int64_t>(sides[side]) - from[side]);
        } else {
            out.fixed64(std::bit_cast<std::uint64_t>(sides[side]));
        }
    }
}

// Nothing when a side is further off than any integer side could be.
std::optional<Box> readBox(ByteReader& in, Context::Origin origin) {
    constexpr std::int64_t kFurthest = std::int64_t{1} << 54;
    const std::int64_t from[4] = {origin.x, origin.y, 0, 0};
    const unsigned fractional = in.byte();
    double sides[4] = {};
    for (unsigned side = 0; side < 4; ++side) {
        if ((fractional & (1U << side)) != 0) {
            sides[side] = std::bit_cast<double>(in.fixed64());
            continue;
        }
        const std::int64_t distance = in.signedVarint();
        if (distance < -kFurthest || distance > kFurthest) return std::nullopt;
        sides[side] = static_cast<double>(from[side] + distance);
    }
    return Box{sides[0], sides[1], sides[2], sides[3]};
}

// Whether parent and depth follow from how far back the parent stands.
bool placeIsRegular(const Screen& screen, std::size_t index) {
    const Element& element = screen.elements[index];
    if (element.parent == -1) return element.depth == 0;
    if (element.parent < 0 || static_cast<std::size_t>(element.parent) >= index) return false;
    const std::int64_t parentDepth = screen.elements[static_cast<std::size_t>(element.parent)].depth;
    return element.depth == parentDepth + 1;
}

unsigned flagsOf(const Screen& screen, std::size_t index, const Context& context) {
    const Element& element = screen.elements[index];
    unsigned flags = 0;
    if (!element.roleDescription.empty()) flags |= kHasDescription;
    if (element.value) flags |= kHasValue;
    if (element.box) flags |= kHasBox;
    if (!element.ref.empty()) flags |= context.stepTo(element.ref) ? kStepRef : kHasRef;
    if (!element.states.empty()) flags |= kHasStates;
    if (!placeIsRegular(screen, index)) {
        flags |= kOddPlace;
    } else if (element.parent >= 0) {
        flags |= kHasParent;
    }
    return flags;
}

void writeElement(ByteWriter& out, const Screen& screen, std::size_t index, const Context& context) {
    const Element& element = screen.elements[index];
    const unsigned flags = flagsOf(screen, index, context);
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
    if (element.box) writeBox(out, *element.box, context.origin(element));
    if ((flags & kHasRef) != 0) out.text(element.ref);
    if ((flags & kStepRef) != 0) out.signedVarint(*context.stepTo(element.ref));
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

// False when it makes no sense.
bool readRef(ByteReader& in, unsigned flags, const Context& context, Element& element) {
    if ((flags & kHasRef) != 0) element.ref = in.text();
    if ((flags & kStepRef) == 0) return true;
    if (!context.isRelative() || (flags & kHasRef) != 0) return false;
    element.ref = context.refAt(in.signedVarint());
    return !element.ref.empty();
}

bool readElement(ByteReader& in, Screen& screen, Context& context) {
    Element element;
    const unsigned flags = in.byte();
    if (!readPlace(in, flags, screen, element)) return false;
    element.role = in.text();
    element.text = in.text();
    if ((flags & kHasDescription) != 0) element.roleDescription = in.text();
    if ((flags & kHasValue) != 0) element.value = std::string(in.text());
    if ((flags & kHasBox) != 0) {
        element.box = readBox(in, context.origin(element));
        if (!element.box) return false;
    }
    if (!readRef(in, flags, context, element)) return false;
    if ((flags & kHasStates) != 0) {
        const std::uint64_t count = in.varint();
        if (count > in.left()) return false;  // a state takes a byte at least
        element.states.reserve(static_cast<std::size_t>(count));
        for (std::uint64_t state = 0; state < count; ++state) element.states.emplace_back(in.text());
    }
    context.add(element);
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
    Context context(kVersion);
    for (std::size_t index = 0; index < screen.elements.size(); ++index) {
        writeElement(out, screen, index, context);
        context.add(screen.elements[index]);
    }
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
    Context context(version);
    for (std::uint64_t index = 0; index < count; ++index) {
        if (!readElement(in, screen, context)) return damaged;
    }
    if (in.left() != 0) return damaged;
    return screen;
}

}  // namespace turntable::storage
