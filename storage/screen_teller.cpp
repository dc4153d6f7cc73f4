#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <unordered_map>
#include <utility>

#include "storage/line_match.h"
#include "storage/model/screen.h"
#include "storage/screen_codec.h"
#include "storage/screen_over_text.h"

namespace turntable::storage {

using model::Element;
using model::Screen;
using Kind = LineRule::Kind;
using Parent = LineRule::Parent;

namespace {

struct Place {
    std::size_t text = 0;
    std::size_t line = 0;
    bool operator==(const Place&) const = default;
};

/// How a line makes an element.
struct Match {
    std::size_t states = 0;        ///< that stand in the line; the others follow on lines of their own
    std::optional<LineRule> rule;  ///< empty: the one that is known
};

/// Reads a screen along the lines of its texts and writes down what it takes to do the same without the screen.
class Teller {
public:
    Teller(const Screen& screen, Texts texts) : m_screen(screen), m_elements(screen.elements) {
        for (const std::string_view text : texts) {
            m_texts.emplace_back(text);
            m_lines.emplace_back(m_texts.back().size());
            m_next.push_back(0);
        }
        // Each line some times: what is not found by then is in another text.
        for (const std::string_view text : texts) m_bytesLeft += 6 * text.size() + (std::size_t{64} << 10);
    }

    std::optional<Telling> tell() {
        for (std::size_t index = 0; index < m_elements.size(); ++index) {
            if (!isRegular(index) || !tellElement(index)) return std::nullopt;
        }
        finish();
        Telling telling;
        Screen head = m_screen;
        head.elements.clear();
        telling.texts = m_textsUsed;
        telling.head = encodeScreen(head);
        telling.elements = m_elements.size();
        telling.gaps = m_gaps.take();
        telling.rules = m_rules.take();
        telling.literals = m_literals.take();
        return telling;
    }

private:
    [[nodiscard]] bool isRegular(std::size_t index) const {
        const Element& element = m_elements[index];
        if (element.parent < 0) return element.parent == -1 && element.depth == 0;
        return static_cast<std::size_t>(element.parent) < index &&
               element.depth == m_elements[static_cast<std::size_t>(element.parent)].depth + 1;
    }

    // Nothing behind the last line.
    const TextLine* lineAt(Place place) {
        auto& lines = m_lines[place.text];
        if (place.line >= lines.size()) return nullptr;
        auto& line = lines[place.line];
        if (!line) {
            line = std::make_unique<TextLine>();
            cutLine(m_texts[place.text].line(place.line), *line);
        }
        return line.get();
    }
    const TextLine& currentLine() {
        static const TextLine kBehind;
        const TextLine* line = lineAt(m_at);
        return line != nullptr ? *line : kBehind;
    }

    // False: the texts are another's.
    bool tellElement(std::size_t index) {
        if (tellNearby(index) || tellElsewhere(index) || tellRoughly(index)) return true;
        const std::size_t most = 8 + index / 8;
        if (++m_literalElements > most) return false;
        tellLiterally(index);
        return true;
    }

    // From the first line from here on of which the element, or another one, would be made.
    bool tellNearby(std::size_t index) {
        std::size_t othersLeft = 2;
        for (Place at = m_at; const TextLine* line = look(at); ++at.line) {
            if (const auto match = exactMatch(index, at, m_shift)) return tellAt(index, at, *match);
            if (isMadeInto(*line) && othersLeft-- == 0) return false;
        }
        return false;
    }

    // From where its ref stands, or where the reading of one of the texts was left.
    bool tellElsewhere(std::size_t index) {
        const Element& element = m_elements[index];
        if (element.ref.empty()) {
            for (std::size_t text = 0; text < m_texts.size(); ++text) {
                if (tellAfterJump(index, {text, m_next[text]})) return true;
            }
            return false;
        }
        indexRefs();
        const auto found = m_refs.find(element.ref);
        return found != m_refs.end() && std::any_of(found->second.begin(), found->second.end(),
                                                    [&](Place place) { return tellAfterJump(index, place); });
    }

    bool tellAfterJump(std::size_t index, Place place) {
        const TextLine* line = place == m_at ? nullptr : look(place);
        if (line == nullptr) return false;
        const int parent = m_elements[index].parent;
        std::int32_t shift = 0;
        if (parent >= 0 && m_path.parentAt(line->indent) != parent) {
            // As far in as Playwright puts a child.
            const auto wanted = static_cast<std::int64_t>(m_indents[static_cast<std::size_t>(parent)]) + 2;
            shift = static_cast<std::int32_t>(wanted - static_cast<std::int64_t>(line->indent));
        }
        const auto match = exactMatch(index, place, shift);
        if (!match) return false;
        LineRule rule;
        rule.jump = Jump{static_cast<std::uint32_t>(place.text), static_cast<std::uint32_t>(place.line), shift};
        writeRuleHere(rule);
        m_at = place;
        m_gapFrom = place.line;
        m_shift = shift;
        m_textsUsed = std::max(m_textsUsed, place.text + 1);
        return tellAt(index, place, *match);
    }

    // With literals for what the text lacks.
    bool tellRoughly(std::size_t index) {
        constexpr std::size_t kShortWay = 64;
        const Element& element = m_elements[index];
        const bool isVague = element.ref.empty() && element.text.empty();
        for (Place at = m_at; const TextLine* line = look(at); ++at.line) {
            if (isVague && at.line > m_at.line + kShortWay) return false;
            auto rule = elementRule(element, *line);
            if (!rule) continue;
            if (!statesFollow(index, rule->states.size(), at)) rule->states.resize(element.states.size());
            const std::size_t states = rule->states.size();
            return tellAt(index, at, {states, std::move(rule)});
        }
        return false;
    }

    const TextLine* look(Place place) {
        constexpr std::size_t kLeastBytes = 16;
        const TextLine* line = lineAt(place);
        if (line == nullptr) return nullptr;
        const std::size_t bytes = line->text.size() + kLeastBytes;
        if (bytes > m_bytesLeft) return nullptr;
        m_bytesLeft -= bytes;
        return line;
    }

    // Without literals.
    std::optional<Match> exactMatch(std::size_t index, Place place, std::int32_t shift) {
        const TextLine& line = *lineAt(place);
        if (const auto states = knownStates(line, index, place, shift)) return Match{*states, std::nullopt};
        auto rule = elementRule(m_elements[index], line);
        if (!rule || rule->hasLiterals() || !statesFollow(index, rule->states.size(), place)) return std::nullopt;
        const std::size_t states = rule->states.size();
        return Match{states, std::move(rule)};
    }

    // When a known rule makes this element of the line: how many of its states.
    std::optional<std::size_t> knownStates(const TextLine& line, std::size_t index, Place place, std::int32_t shift) {
        const LineRule* rule = m_learnt.ruleFor(line);
        if (rule == nullptr || rule->kind != Kind::element) return std::nullopt;
        const Element& wanted = m_elements[index];
        ByteReader none({});
        if (textOf(line, rule->role, none) != wanted.role) return std::nullopt;
        auto given = applyRule(*rule, line, none);
        if (!given) return std::nullopt;
        const std::size_t states = given->states.size();
        if (states > wanted.states.size()) return std::nullopt;
        if (!std::equal(given->states.begin(), given->states.end(), wanted.states.begin())) return std::nullopt;
        given->states = wanted.states;
        given->depth = wanted.depth;
        given->parent = rule->parent == Parent::none ? -1 : m_path.parentAt(shiftedIndent(line.indent, shift));
        return *given == wanted && statesFollow(index, states, place) ? std::optional(states) : std::nullopt;
    }

    bool statesFollow(std::size_t index, std::size_t from, Place place) {
        const auto& states = m_elements[index].states;
        for (; from < states.size(); ++from) {
            ++place.line;
            const TextLine* line = lineAt(place);
            if (line == nullptr || !stateRule(*line, states[from])) return false;
        }
        return true;
    }

    bool isMadeInto(const TextLine& line) const {
        const LineRule* known = m_learnt.ruleFor(line);
        ByteReader none({});
        return known != nullptr && known->kind == Kind::element && applyRule(*known, line, none);
    }

    // The element from a line of the current text, which is not behind the current one.
    bool tellAt(std::size_t index, Place place, const Match& match) {
        for (; m_at.line < place.line; ++m_at.line) passLine(currentLine());
        const TextLine& line = currentLine();
        // What was passed may have changed what is known.
        const auto known = match.rule ? std::nullopt : knownStates(line, index, place, m_shift);
        if (known) {
            openPlace(index, line);
        } else {
            LineRule rule = match.rule ? *match.rule : *elementRule(m_elements[index], line);
            setParent(rule, index, line);
            tellRule(rule, line, index);
        }
        const auto& states = m_elements[index].states;
        std::size_t told = match.states;
        for (++m_at.line; told < states.size(); ++told, ++m_at.line) tellState(currentLine(), states[told]);
        m_next[m_at.text] = m_at.line;
        return true;
    }

    void tellState(const TextLine& line, const std::string& state) {
        const LineRule* known = m_learnt.ruleFor(line);
        if (known != nullptr && known->kind != Kind::nothing && known->kind != Kind::element) {
            ByteReader none({});
            const auto given = applyRule(*known, line, none);
            if (given && given->states.front() == state) return;
        }
        tellRule(*stateRule(line, state), line);
    }

    // Nothing becomes of this line.
    void passLine(const TextLine& line) {
        const LineRule* known = m_learnt.ruleFor(line);
        if (known == nullptr || known->kind == Kind::nothing) return;
        ByteReader none({});
        if (applyRule(*known, line, none)) tellRule(LineRule(), line);
    }

    // Up to where an element too many would end the reading.
    void finish() {
        for (; lineAt(m_at) != nullptr; ++m_at.line) {
            if (isMadeInto(currentLine())) return;
            passLine(currentLine());
        }
    }

    void tellLiterally(std::size_t index) {
        const Element& element = m_elements[index];
        LineRule rule;
        rule.kind = Kind::element;
        rule.staysOnLine = true;
        if (!element.text.empty()) rule.text = Span();
        if (!element.roleDescription.empty()) rule.description = Span();
        if (element.value) rule.value = Span();
        if (!element.ref.empty()) rule.ref = Span();
        if (element.box) rule.box.emplace().fill({BoxSide::Kind::literal, 0});
        rule.states.resize(element.states.size());
        setParent(rule, index, currentLine());
        tellRule(rule, currentLine(), index);
    }

    void setParent(LineRule& rule, std::size_t index, const TextLine& line) const {
        const int parent = m_elements[index].parent;
        if (m_path.parentAt(shiftedIndent(line.indent, m_shift)) == parent) return;
        rule.parent = parent < 0 ? Parent::none : Parent::told;
    }

    void openPlace(std::size_t index, const TextLine& line) {
        m_indents.push_back(shiftedIndent(line.indent, m_shift));
        m_path.open(m_indents.back(), static_cast<int>(index));
    }

    void writeRuleHere(const LineRule& rule) {
        m_gaps.varint(m_at.line - m_gapFrom);
        m_gapFrom = rule.staysOnLine ? m_at.line : m_at.line + 1;
        writeRule(m_rules, rule);
    }

    void tellRule(const LineRule& rule, const TextLine& line) {
        writeRuleHere(rule);
        m_learnt.learn(line, rule);
    }

    void tellRule(const LineRule& rule, const TextLine& line, std::size_t index) {
        const Element& element = m_elements[index];
        writeRuleHere(rule);
        const auto write = [this](const std::optional<Span>& span, const std::string& text) {
            if (span && span->count == Span::kLiteral) m_literals.text(text);
        };
        // In the order in which they are read.
        write(rule.role, element.role);
        write(rule.text, element.text);
        write(rule.description, element.roleDescription);
        write(rule.value, element.value.value_or(""));
        write(rule.ref, element.ref);
        if (rule.box) writeBox(*rule.box, *element.box);
        for (std::size_t state = 0; state < rule.states.size(); ++state)
            write(rule.states[state], element.states[state]);
        if (rule.parent == Parent::told) m_literals.varint(index - static_cast<std::size_t>(element.parent));
        openPlace(index, line);
        if (!rule.staysOnLine) m_learnt.learn(line, rule);
    }

    void writeBox(const std::array<BoxSide, 4>& places, const model::Box& box) {
        const std::array<double, 4> sides = {box.x, box.y, box.width, box.height};
        for (std::size_t side = 0; side < sides.size(); ++side) {
            if (places[side].kind == BoxSide::Kind::literal)
                m_literals.fixed64(std::bit_cast<std::uint64_t>(sides[side]));
        }
    }

    // Where words stand behind a "=".
    void indexRefs() {
        if (m_hasRefs) return;
        m_hasRefs = true;
        constexpr std::size_t kMaxPlaces = 8;
        for (Place at; at.text < m_texts.size(); ++at.text) {
            for (at.line = 0; const TextLine* line = lineAt(at); ++at.line) {
                for (std::size_t token = 1; token < line->tokens.size(); ++token) {
                    if (line->text[line->tokens[token - 1].begin] != '=') continue;
                    auto& places = m_refs[line->raw(token, token)];
                    if (places.size() < kMaxPlaces && (places.empty() || places.back() != at)) places.push_back(at);
                }
            }
        }
    }

    const Screen& m_screen;
    const std::vector<Element>& m_elements;
    std::vector<LineIndex> m_texts;
    std::vector<std::vector<std::unique_ptr<TextLine>>> m_lines;  ///< of each text, as far as they were needed
    std::vector<std::size_t> m_next;                              ///< of each text: the line where its reading was left
    std::unordered_map<std::string_view, std::vector<Place>> m_refs;
    bool m_hasRefs = false;
    std::size_t m_bytesLeft = 0;
    std::size_t m_literalElements = 0;
    std::size_t m_textsUsed = 1;
    Place m_at;
    std::int32_t m_shift = 0;
    std::size_t m_gapFrom = 0;
    ByteWriter m_gaps;
    ByteWriter m_rules;
    ByteWriter m_literals;
    LearntRules m_learnt;
    IndentPath m_path;
    std::vector<std::size_t> m_indents;  ///< of the lines of the elements so far
};

std::string programOf(const Telling& telling) {
    ByteWriter out;
    out.byte(Telling::kScreenEncoding);
    out.byte(telling.hasEscapes ? 1 : 0);
    out.varint(telling.texts);
    out.text(telling.head);
    out.varint(telling.elements);
    out.text(telling.gaps);
    out.text(telling.rules);
    out.bytes(telling.literals);
    return out.take();
}

}  // namespace

std::optional<std::string> tellScreen(std::string_view screenBytes, Texts texts) {
    const auto screen = decodeScreen(screenBytes);
    if (!screen || screen->elements.empty() || texts.empty() || texts.front().empty()) return std::nullopt;
    const char first = texts.front().front();
    const bool hasEscapes = first == '{' || first == '[' || first == '"';
    std::vector<std::string> plain;
    std::vector<std::string_view> read(texts.begin(),
                                       texts.begin() + static_cast<std::ptrdiff_t>(std::min(kMaxTexts, texts.size())));
    plain.reserve(read.size());
    if (hasEscapes) {
        for (std::string_view& text : read) text = plain.emplace_back(withoutEscapes(text));
    }
    auto telling = Teller(*screen, read).tell();
    if (!telling) return std::nullopt;
    telling->hasEscapes = hasEscapes;
    std::string program = programOf(*telling);
    const auto told = runTelling(program, texts, screenBytes.size());
    if (!told || *told != screenBytes) return std::nullopt;
    return program;
}

}  // namespace turntable::storage
