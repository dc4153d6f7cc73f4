#include <string_view>
#include <utility>

#include "replay/diff/text_columns.h"
#include "replay/diff/tree_diff.h"

namespace turntable::diff {

namespace {

constexpr std::size_t kTextCharacters = 60;

const model::Element* elementAt(const model::Screen& screen, int index) {
    const bool inside = index >= 0 && static_cast<std::size_t>(index) < screen.elements.size();
    return inside ? &screen.elements[static_cast<std::size_t>(index)] : nullptr;
}

std::string inQuotes(std::string_view text) { return "\"" + shortened(oneLine(text), kTextCharacters) + "\""; }

std::string describeField(const FieldChange& field) {
    if (field.field == "state") {
        if (field.from.empty()) return "state " + shortened(oneLine(field.to), kTextCharacters) + " added";
        if (field.to.empty()) return "state " + shortened(oneLine(field.from), kTextCharacters) + " removed";
        return "state " + shortened(oneLine(field.from), kTextCharacters) + " -> " +
               shortened(oneLine(field.to), kTextCharacters);
    }
    if (field.field == "box" || field.field == "role") {
        const auto orNone = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
        return field.field + " " + orNone(field.from) + " -> " + orNone(field.to);
    }
    return field.field + " " + inQuotes(field.from) + " -> " + inQuotes(field.to);
}

std::string describeFields(const TreeChange& change, bool withBox) {
    std::string text;
    for (const FieldChange& field : change.fields) {
        if (field.field == "box" && !withBox) continue;
        if (!text.empty()) text += "; ";
        text += describeField(field);
    }
    return text;
}

std::string describeParent(const model::Screen& screen, const model::Element& element) {
    const model::Element* parent = elementAt(screen, element.parent);
    return parent == nullptr ? std::string("the top") : describeElement(*parent);
}

/// An element that only one screen shows; `other` is the one without it.
std::string describeLone(const TreeChange& change, const model::Screen& other, const model::Element& element) {
    std::string line = describeElement(element);
    if (change.subtreeElements > 1) line += " (" + std::to_string(change.subtreeElements) + " elements)";
    if (!change.unknown) return line;
    line += std::string(": unknown, the tree ") + (change.kind == ChangeKind::removed ? "after" : "before") + " is cut";
    if (!other.truncationReason.empty()) line += " (" + oneLine(other.truncationReason) + ")";
    return line;
}

std::string describeMove(const TreeChange& change, const model::Screen& before, const model::Screen& after,
                         const model::Element& from, const model::Element& to) {
    std::string line = describeElement(to) + ": moved";
    if (after.hierarchical) {
        const std::string oldParent = describeParent(before, from);
        const std::string newParent = describeParent(after, to);
        line += oldParent == newParent ? " within " + newParent : " from " + oldParent + " to " + newParent;
    }
    const std::string fields = describeFields(change, !after.hierarchical);
    return fields.empty() ? line : line + "; " + fields;
}

std::string describeChange(const TreeChange& change, const model::Screen& before, const model::Screen& after) {
    const model::Element* from = elementAt(before, change.before);
    const model::Element* to = elementAt(after, change.after);
    if (change.kind == ChangeKind::added && to != nullptr) {
        return (change.unknown ? "? " : "+ ") + describeLone(change, before, *to);
    }
    if (change.kind == ChangeKind::removed && from != nullptr) {
        return (change.unknown ? "? " : "- ") + describeLone(change, after, *from);
    }
    if (from == nullptr || to == nullptr) return {};
    if (change.kind == ChangeKind::moved) return "> " + describeMove(change, before, after, *from, *to);
    return (change.quiet ? ". " : "~ ") + describeElement(*from) + ": " + describeFields(change, change.quiet);
}

void join(std::string& text, int count, const char* what) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + " " + what;
}

}  // namespace

std::string describeElement(const model::Element& element) {
    std::string text = oneLine(element.role);
    if (!element.text.empty()) {
        text += " " + inQuotes(element.text);
    } else if (element.value && !element.value->empty()) {
        text += ": " + inQuotes(*element.value);
    }
    if (!element.ref.empty()) text += " [" + oneLine(element.ref) + "]";
    return text;
}

std::string summarize(const TreeDiff& diff) {
    std::string text;
    join(text, diff.added, "added");
    join(text, diff.removed, "removed");
    join(text, diff.changed, "changed");
    join(text, diff.moved, "moved");
    join(text, diff.unknown, "unknown");
    if (text.empty()) text = "no change";
    std::string aside;
    join(aside, diff.quiet, "quiet");
    join(aside, diff.refsRenumbered, "refs renumbered");
    if (diff.uncertain) aside += aside.empty() ? "tree truncated" : ", tree truncated";
    return aside.empty() ? text : text + " (" + aside + ")";
}

std::string renderText(const TreeDiff& diff, const model::Screen& before, const model::Screen& after, bool withQuiet) {
    std::string text;
    for (const TreeChange& change : diff.changes) {
        if (change.quiet && !withQuiet) continue;
        text += describeChange(change, before, after) + "\n";
    }
    return text;
}

}  // namespace turntable::diff
