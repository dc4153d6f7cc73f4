#include "recorder/screen/observe.h"

#include <deque>
#include <optional>
#include <utility>

#include "recorder/screen/macos_use.h"
#include "recorder/screen/playwright_result.h"
#include "recorder/screen/playwright_snapshot.h"
#include "recorder/screen/text_scan.h"
#include "recorder/wire/request.h"
#include "storage/support/utf8.h"

namespace turntable::screen {

namespace {

using model::ScreenCarrier;
using model::Truncation;
using Snapshot = PlaywrightResult::Snapshot;

/// Looks for the newest screen of one prompt. Used once, on one thread.
class Observer {
public:
    Observer(std::string_view body, const std::vector<model::PromptPart>& parts, const LinkedFileSource& files)
        : m_body(body), m_parts(parts), m_files(files) {}

    std::optional<Observation> observe() {
        for (std::size_t part = m_parts.size(); part-- > 0;) {
            if (m_parts[part].kind != model::PartKind::toolResult) continue;
            const std::string_view text = textOf(part);
            if (const auto playwright = readPlaywrightResult(text)) {
                if (playwright->snapshot != Snapshot::none) return fromPlaywright(part, *playwright);
                noteNewer(reasonForNoSnapshot(*playwright), playwright->url);
            } else if (auto macos = readMacosUseSummary(text)) {
                if (!macos->file.empty() || !macos->visible.empty()) return fromMacosUse(part, std::move(*macos));
                noteNewer("the newest result names no tree: " +
                              clipped(macos->error.empty() ? macos->sentence : macos->error, 160),
                          {});
            }
        }
        return std::nullopt;
    }

private:
    /// Keeps what the newest result without a tree had to say; it is the one that makes the tree look old.
    void noteNewer(std::string reason, std::string_view url) {
        if (!m_note.empty()) return;
        m_note = std::move(reason);
        m_newerUrl = url;
    }

    /// The texts stay: trees point into them.
    std::string_view textOf(std::size_t part) {
        return m_texts.emplace_back(support::validUtf8(wire::partText(m_body, m_parts[part])));
    }

    support::Result<std::string_view> readFile(std::string_view path) {
        if (!m_files)
            return support::Error{support::ErrorCode::notFound, "linked file " + std::string(path) + " not found"};
        auto content = m_files(path);
        if (!content) return std::move(content).error();
        m_observation.files.push_back({std::string(path), *content});
        return std::string_view(m_texts.emplace_back(support::validUtf8(std::move(*content))));
    }

    Observation finish(std::size_t part) {
        m_observation.part = part;
        if (!m_newerUrl.empty() && m_newerUrl != m_observation.screen.location) {
            m_note += "; the page is now at " + clipped(m_newerUrl, 160);
        }
        if (!m_note.empty() && !m_observation.note.empty()) m_note += "; ";
        m_observation.note = m_note + m_observation.note;
        return std::move(m_observation);
    }

    Observation fromPlaywright(std::size_t part, const PlaywrightResult& result) {
        model::Screen& screen = m_observation.screen;
        screen.format = model::ScreenFormat::playwrightYaml;
        screen.application = result.title;
        screen.location = result.url;
        std::optional<SnapshotTree> tree;
        if (result.snapshot == Snapshot::fileLink) {
            screen.carrier = ScreenCarrier::fileLink;
            tree = readLink(result.link, m_observation.note);
        } else {
            screen.carrier = ScreenCarrier::inlineFull;
            tree = parseSnapshot(result.yaml, m_owned);
            if (tree->incremental || isBlank(result.yaml)) tree = rebuilt(part, result, std::move(*tree));
            if (!result.closed) addTruncation(screen, Truncation::suspected, "the text ends inside the snapshot");
        }
        if (tree) fillScreen(*tree, screen);
        return finish(part);
    }

    /// A linked file holds the bare YAML; one that was saved as a whole result is read as such.
    std::optional<SnapshotTree> readLink(std::string_view link, std::string& failure) {
        const auto content = readFile(link);
        if (!content) {
            failure = content.error().message;
            return std::nullopt;
        }
        const auto whole = readPlaywrightResult(*content);
        const bool wrapped = whole && whole->snapshot == Snapshot::inlineText;
        return parseSnapshot(wrapped ? whole->yaml : *content, m_owned);
    }

    /// Goes back to the last full tree before `part` and applies what came after it.
    SnapshotTree rebuilt(std::size_t part, const PlaywrightResult& newest, SnapshotTree patch) {
        std::vector<SnapshotTree> patches;
        const bool mayBeBlankPage = patch.nodes.empty();
        patches.push_back(std::move(patch));
        std::optional<SnapshotTree> base;
        while (!base && part-- > 0) {
            if (m_parts[part].kind != model::PartKind::toolResult) continue;
            const auto result = readPlaywrightResult(textOf(part));
            if (!result || result->snapshot == Snapshot::none) continue;
            if (mayBeBlankPage && result->url != newest.url) break;
            if (result->snapshot == Snapshot::fileLink) {
                std::string failure;
                base = readLink(result->link, failure);
                if (!base) break;
            } else {
                SnapshotTree tree = parseSnapshot(result->yaml, m_owned);
                if (tree.incremental || isBlank(result->yaml))
                    patches.push_back(std::move(tree));
                else
                    base = std::move(tree);
            }
        }
        const bool isPatch = base.has_value() || patches.back().incremental;
        if (isPatch) m_observation.screen.carrier = ScreenCarrier::inlineIncremental;
        SnapshotTree tree = base ? std::move(*base) : SnapshotTree();
        for (std::size_t i = patches.size(); i-- > 0;) tree = applySnapshot(tree, patches[i]);
        return tree;
    }

    Observation fromMacosUse(std::size_t part, MacosUseSummary summary) {
        model::Screen& screen = m_observation.screen;
        screen.application = summary.application;
        screen.location = summary.file;
        screen.carrier = ScreenCarrier::fileLink;
        std::size_t open = 0;
        auto elements = summary.file.empty() ? std::nullopt : fullList(part, summary, open);
        if (elements) {
            fillFlatScreen(std::move(*elements), screen);
            if (open > 0) {
                addTruncation(screen, Truncation::suspected,
                              std::to_string(open) + " changes of the diff could not be placed");
            }
            return finish(part);
        }
        screen.carrier = ScreenCarrier::summary;
        const std::size_t shown = summary.visible.size();
        fillFlatScreen(std::move(summary.visible), screen);
        const std::size_t named = summary.elementCount.value_or(0);
        const bool isDiff = summary.sentence.find(" added, ") != std::string_view::npos;
        if (isDiff) {
            addTruncation(screen, Truncation::flagged, "summary of a change of " + std::to_string(named) + " elements");
        } else if (named > shown) {
            screen.elementsSeen = named;
            addTruncation(screen, Truncation::flagged, "summary of " + std::to_string(named) + " elements");
        } else if (!summary.elementCount) {
            addTruncation(screen, Truncation::suspected, "summary of an unknown number of elements");
        }
        return finish(part);
    }

    /// The whole list behind `summary`: its file, or for a diff the last whole list of the same process with all
    /// changes since. `open` counts changes that found no element. Empty, with a note, when a file is missing.
    std::optional<std::vector<model::Element>> fullList(std::size_t part, const MacosUseSummary& summary,
                                                        std::size_t& open) {
        std::vector<MacosUseFile> diffs;
        std::string_view path = summary.file;
        while (true) {
            const auto content = readFile(path);
            if (!content) {
                m_observation.note = content.error().message;
                return std::nullopt;
            }
            MacosUseFile file = readMacosUseFile(*content);
            if (!file.mark.empty()) {
                addTruncation(m_observation.screen, Truncation::marked, "the text says: " + file.mark);
            }
            if (!file.isDiff) {
                checkCount(file);
                for (std::size_t i = diffs.size(); i-- > 0;) open += applyMacosUseDiff(file.elements, diffs[i].changes);
                return std::move(file.elements);
            }
            diffs.push_back(std::move(file));
            const auto earlier = fileBefore(part, summary.pid);
            if (!earlier) {
                m_observation.note = "the file holds changes only, and the list before them is not in the prompt";
                return std::nullopt;
            }
            path = *earlier;
        }
    }

    void checkCount(const MacosUseFile& file) {
        if (!file.announced || *file.announced <= file.elements.size()) return;
        addTruncation(m_observation.screen, Truncation::suspected,
                      "the file lists " + std::to_string(file.elements.size()) + " of " +
                          std::to_string(*file.announced) + " elements");
    }

    /// The file of the last summary before `part` about the same process; moves `part` there.
    std::optional<std::string_view> fileBefore(std::size_t& part, std::string_view pid) {
        while (part-- > 0) {
            if (m_parts[part].kind != model::PartKind::toolResult) continue;
            const auto summary = readMacosUseSummary(textOf(part));
            if (summary && summary->pid == pid && !summary->file.empty()) return summary->file;
        }
        part = 0;
        return std::nullopt;
    }

    std::string_view m_body;
    const std::vector<model::PromptPart>& m_parts;
    const LinkedFileSource& m_files;
    std::deque<std::string> m_texts;
    std::deque<std::string> m_owned;
    Observation m_observation;
    std::string m_note;
    std::string m_newerUrl;
};

}  // namespace

std::optional<Observation> observeScreen(std::string_view body, const std::vector<model::PromptPart>& parts,
                                         const LinkedFileSource& files) {
    return Observer(body, parts, files).observe();
}

}  // namespace turntable::screen
