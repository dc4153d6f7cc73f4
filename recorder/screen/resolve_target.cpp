#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "recorder/screen/observe.h"
#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

using model::Element;
using nlohmann::json;

std::string lowered(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::string textOf(const json& object, const char* key) {
    const auto member = object.find(key);
    if (member == object.end() || !member->is_string()) return {};
    return std::string(trimmed(member->get_ref<const std::string&>()));
}

std::optional<double> numberOf(const json& object, const char* key) {
    const auto member = object.find(key);
    if (member == object.end() || !member->is_number()) return std::nullopt;
    const double value = member->get<double>();
    return std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

/// The ref of a call. A form or a drag names several elements; the first one stands for the call.
std::string refOf(const json& arguments) {
    for (const char* key : {"ref", "target", "uid", "startRef", "startTarget", "from_uid"}) {
        std::string ref = textOf(arguments, key);
        for (const std::string_view prefix : {"aria-ref=", "ref="}) {
            if (const auto bare = after(ref, prefix)) ref = std::string(*bare);
        }
        if (!ref.empty()) return ref;
    }
    for (const char* key : {"fields", "elements"}) {
        const auto list = arguments.find(key);
        if (list == arguments.end() || !list->is_array() || list->empty() || !list->front().is_object()) continue;
        for (const char* inner : {"ref", "target", "uid"}) {
            std::string ref = textOf(list->front(), inner);
            if (!ref.empty()) return ref;
        }
    }
    return {};
}

std::optional<int> findRef(const model::Screen& screen, const std::string& ref) {
    if (ref.empty()) return std::nullopt;
    const auto found = std::find_if(screen.elements.begin(), screen.elements.end(),
                                    [&](const Element& element) { return element.ref == ref; });
    if (found == screen.elements.end()) return std::nullopt;
    return static_cast<int>(found - screen.elements.begin());
}

/// The box a call names: a point has no extents.
std::optional<model::Box> boxOf(const json& arguments) {
    auto x = numberOf(arguments, "x");
    auto y = numberOf(arguments, "y");
    const auto pair = arguments.find("coordinate");
    if (pair != arguments.end() && pair->is_array() && pair->size() == 2 && (*pair)[0].is_number() &&
        (*pair)[1].is_number()) {
        x = (*pair)[0].get<double>();
        y = (*pair)[1].get<double>();
    }
    if (!x || !y) return std::nullopt;
    return model::Box{*x, *y, numberOf(arguments, "width").value_or(0), numberOf(arguments, "height").value_or(0)};
}

/// The smallest box around the point; of equal ones the last, which is the innermost. A call that gives extents means
/// their centre, and an element of just that box before any other. Boxes are compared to a pixel: sources print whole
/// numbers.
std::optional<int> findBox(const model::Screen& screen, const model::Box& wanted) {
    const bool hasExtents = wanted.width > 0 && wanted.height > 0;
    const double x = wanted.x + (hasExtents ? wanted.width / 2 : 0);
    const double y = wanted.y + (hasExtents ? wanted.height / 2 : 0);
    const auto close = [](double a, double b) { return std::abs(a - b) <= 1; };
    std::optional<int> smallest;
    std::optional<int> same;
    double smallestArea = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < screen.elements.size(); ++i) {
        const auto& box = screen.elements[i].box;
        if (!box || box->width <= 0 || box->height <= 0) continue;
        if (hasExtents && close(box->x, wanted.x) && close(box->y, wanted.y) && close(box->width, wanted.width) &&
            close(box->height, wanted.height)) {
            same = static_cast<int>(i);
        }
        const bool inside = x >= box->x && x <= box->x + box->width && y >= box->y && y <= box->y + box->height;
        const double area = box->width * box->height;
        if (!inside || area > smallestArea) continue;
        smallestArea = area;
        smallest = static_cast<int>(i);
    }
    return same ? same : smallest;
}

/// The one element that `matches`; several are as good as none.
template <typename Predicate>
std::optional<int> onlyMatch(const model::Screen& screen, const Predicate& matches) {
    std::optional<int> found;
    for (std::size_t i = 0; i < screen.elements.size(); ++i) {
        if (!matches(screen.elements[i])) continue;
        if (found) return std::nullopt;
        found = static_cast<int>(i);
    }
    return found;
}

/// Finds `checkbox "Write report"`, `Add button`, `Clear completed`, and with a role given beside it, any part of a
/// text.
std::optional<int> findDescribed(const model::Screen& screen, const std::string& description, const std::string& role) {
    if (description.empty()) return std::nullopt;
    const std::string wanted = lowered(description);
    const std::string wantedRole = lowered(role);
    const auto roleFits = [&](const Element& element) {
        return wantedRole.empty() || lowered(element.role) == wantedRole;
    };
    const auto exact = onlyMatch(screen, [&](const Element& element) {
        return !element.text.empty() && roleFits(element) &&
               wanted == lowered(element.role) + " \"" + lowered(element.text) + "\"";
    });
    if (exact) return exact;
    const auto named = onlyMatch(screen, [&](const Element& element) {
        return element.role != "text" && roleFits(element) && wanted == lowered(element.text);
    });
    if (named) return named;
    const auto spoken = onlyMatch(screen, [&](const Element& element) {
        if (element.text.empty() || !roleFits(element)) return false;
        const std::string text = lowered(element.text);
        const std::string kind = lowered(element.roleDescription.empty() ? element.role : element.roleDescription);
        return wanted == text + " " + kind || wanted == kind + " " + text;
    });
    if (spoken || wantedRole.empty()) return spoken;
    return onlyMatch(screen, [&](const Element& element) {
        return roleFits(element) && lowered(element.text).find(wanted) != std::string::npos;
    });
}

}  // namespace

std::optional<int> resolveTarget(const model::Screen& screen, std::string_view argumentsJson) {
    const json arguments = json::parse(argumentsJson, nullptr, false);
    if (!arguments.is_object()) return std::nullopt;
    if (const auto byRef = findRef(screen, refOf(arguments))) return byRef;
    const auto box = boxOf(arguments);
    if (box) return findBox(screen, *box);
    for (const char* key : {"element", "startElement"}) {
        const auto described = findDescribed(screen, textOf(arguments, key), textOf(arguments, "role"));
        if (described) return described;
    }
    return std::nullopt;
}

}  // namespace turntable::screen
