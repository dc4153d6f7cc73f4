#include "storage/screen_over_text.h"

#include <cstdint>

#include "storage/model/screen.h"
#include "storage/screen_codec.h"

namespace turntable::storage {

using model::Element;
using model::Screen;
using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr unsigned kHasEscapes = 1;
// What one run may read: so many times its texts, and a little more for short ones.
constexpr std::size_t kMaxReads = 4;
constexpr std::size_t kReadAllowance = std::size_t{64} << 10;

Error damaged() { return {ErrorCode::corrupt, "what tells it against its text makes no sense"}; }

/// A program taken apart; borrows it.
struct Program {
    bool hasEscapes = false;
    std::size_t texts = 0;
    std::string_view head;
    std::uint64_t elements = 0;
    std::string_view gaps;
    std::string_view rules;
    std::string_view literals;
};

Result<Program> readProgram(std::string_view bytes) {
    ByteReader in(bytes);
    const unsigned version = in.byte();
    if (in.ok() && version > Telling::kScreenEncoding) {
        return Error{ErrorCode::unsupportedVersion, "it gives a screen of format " + std::to_string(version) +
                                                        ", this program knows up to " +
                                                        std::to_string(Telling::kScreenEncoding)};
    }
    Program program;
    const unsigned flags = in.byte();
    const std::uint64_t texts = in.varint();
    program.hasEscapes = flags == kHasEscapes;
    program.head = in.text();
    program.elements = in.varint();
    program.gaps = in.text();
    program.rules = in.text();
    if (!in.ok() || version != Telling::kScreenEncoding || flags > kHasEscapes) return damaged();
    if (texts == 0 || texts > kMaxTexts) return damaged();
    program.texts = static_cast<std::size_t>(texts);
    program.literals = in.bytes(in.left());
    return program;
}

/// One run of a program.
class Run {
public:
    Run(const Program& program, Screen head, std::size_t maxBytes)
        : m_screen(std::move(head)),
          m_elements(program.elements),
          m_bytesLeft(maxBytes),
          m_gaps(program.gaps),
          m_rules(program.rules),
          m_literals(program.literals) {}

    Result<Screen> over(Texts texts) {
        for (const std::string_view text : texts) {
            m_texts.emplace_back(text);
            m_readLeft += kMaxReads * text.size();
        }
        startGap();
        do {
            takeLine();
            if (!m_failure) readLine();
        } while (!m_failure && !m_isFull && m_at++ < m_texts[m_text].size());
        if (m_failure) return *m_failure;
        return std::move(m_screen);
    }

private:
    void startGap() { m_gap = m_gaps.left() == 0 ? std::nullopt : std::optional(m_gaps.varint()); }

    void takeLine() {
        const auto raw = m_texts[m_text].line(m_at);
        if (raw.size() >= m_readLeft) return fail({ErrorCode::limitExceeded, "it reads its text too often"});
        m_readLeft -= raw.size() + 1;
        cutLine(raw, m_line);
    }

    void readLine() {
        while (m_gap == std::uint64_t{0}) {
            const auto rule = readRule(m_rules);
            if (!rule || !m_gaps.ok()) return fail(damaged());
            // A known rule may not fit a line; one that was written for it does.
            if (!apply(*rule) && !m_failure) return fail(damaged());
            if (m_failure || m_isFull) return;
            startGap();
            if (rule->staysOnLine || rule->jump) continue;
            m_learnt.learn(m_line, *rule);
            return;
        }
        if (m_gap) --*m_gap;
        if (const LineRule* rule = m_learnt.ruleFor(m_line)) static_cast<void>(apply(*rule));
    }

    // False: it does not fit, or what it makes is too long.
    bool apply(const LineRule& rule) {
        if (rule.jump) return jump(*rule.jump);
        if (rule.kind == LineRule::Kind::nothing) return true;
        auto element = applyRule(rule, m_line, m_literals);
        if (!element) return false;
        m_isFull = rule.kind == LineRule::Kind::element && m_screen.elements.size() >= m_elements;
        if (m_isFull) return true;
        if (!takeRoom(*element)) {
            fail({ErrorCode::limitExceeded, "more would come out than its size says"});
        } else if (rule.kind == LineRule::Kind::element) {
            add(*std::move(element), rule.parent);
        } else if (!m_screen.elements.empty()) {
            m_screen.elements.back().states.push_back(std::move(element->states.front()));
        }
        return !m_failure;
    }

    bool jump(const Jump& jump) {
        if (jump.text >= m_texts.size() || jump.line > m_texts[jump.text].size()) return false;
        m_text = jump.text;
        m_at = jump.line;
        m_shift = jump.shift;
        takeLine();
        return !m_failure;
    }

    void add(Element element, LineRule::Parent parent) {
        const int index = static_cast<int>(m_screen.elements.size());
        const std::size_t indent = shiftedIndent(m_line.indent, m_shift);
        element.parent = m_path.parentAt(indent);
        if (parent == LineRule::Parent::none) element.parent = -1;
        if (parent == LineRule::Parent::told) {
            const std::uint64_t back = m_literals.varint();
            if (back == 0 || back > static_cast<std::uint64_t>(index)) return fail(damaged());
            element.parent = index - static_cast<int>(back);
        }
        if (element.parent >= 0) element.depth = m_screen.elements[static_cast<std::size_t>(element.parent)].depth + 1;
        m_path.open(indent, index);
        m_screen.elements.push_back(std::move(element));
    }

    // At least what the piece takes in the encoded screen, so that a short program cannot make much of a long line.
    bool takeRoom(const Element& element) {
        constexpr std::size_t kLeastBytes = 1;
        constexpr std::size_t kShortRef = 32;  // a step from the one before takes a byte or two
        std::size_t bytes = kLeastBytes + element.role.size() + element.text.size() + element.roleDescription.size();
        bytes += element.value ? element.value->size() : 0;
        bytes += element.ref.size() > kShortRef ? element.ref.size() : 0;
        for (const auto& state : element.states) bytes += state.size();
        if (bytes > m_bytesLeft) return false;
        m_bytesLeft -= bytes;
        return true;
    }

    void fail(Error failure) { m_failure = std::move(failure); }

    Screen m_screen;
    std::uint64_t m_elements = 0;
    std::size_t m_bytesLeft = 0;
    std::size_t m_readLeft = kReadAllowance;
    ByteReader m_gaps;
    ByteReader m_rules;
    ByteReader m_literals;
    std::vector<LineIndex> m_texts;
    std::size_t m_text = 0;
    std::size_t m_at = 0;  ///< line of that text
    std::int32_t m_shift = 0;
    TextLine m_line;
    std::optional<std::uint64_t> m_gap;  ///< lines until the next new rule
    LearntRules m_learnt;
    IndentPath m_path;
    bool m_isFull = false;
    std::optional<Error> m_failure;
};

}  // namespace

Result<std::size_t> textsOfTelling(std::string_view program) {
    const auto read = readProgram(program);
    if (!read) return read.error();
    return read->texts;
}

Result<std::string> runTelling(std::string_view bytes, Texts texts, std::size_t maxBytes) {
    const auto program = readProgram(bytes);
    if (!program) return program.error();
    auto head = decodeScreen(program->head);
    if (!head) return head.error();
    if (!head->elements.empty() || program->elements > maxBytes || program->texts > texts.size()) return damaged();
    std::vector<std::string> plain;
    std::vector<std::string_view> read(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(program->texts));
    plain.reserve(read.size());
    if (program->hasEscapes) {
        for (std::string_view& text : read) text = plain.emplace_back(withoutEscapes(text));
    }
    auto told = Run(*program, *std::move(head), maxBytes).over(read);
    if (!told) return told.error();
    if (told->elements.size() != program->elements) return damaged();
    std::string given = encodeScreen(*told);
    if (given.size() > maxBytes) return Error{ErrorCode::limitExceeded, "more came out than its size says"};
    return given;
}

}  // namespace turntable::storage
