#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/prompt.h"
#include "storage/model/screen.h"
#include "storage/support/result.h"
#include "storage/trace_writer.h"

namespace turntable::screen {

/// Reads a file that a tool result links to; decides itself what may be read. Errors: notFound, io, limitExceeded,
/// invalidArgument (a path outside of what may be read).
using LinkedFileSource = std::function<support::Result<std::string>(std::string_view path)>;

/// What was on the screen when a request was made.
struct Observation {
    model::Screen screen;
    std::size_t part = 0;                    ///< index into `parts` of the tool result that carries or links it
    std::string note;                        ///< why the tree may be older than the prompt; empty when it is not
    std::vector<storage::LinkedFile> files;  ///< what was read for it
};

/// Finds the newest screen a prompt holds: goes back from the last tool result to the first one that is recognised,
/// rebuilds a full tree from incremental ones (forward from the last full one in the same prompt), reads linked files.
/// Recognised by the marks of the text, never by tool name or version. Empty when no tool result holds or names a
/// screen. When the newest names a file that cannot be read, the observation is an empty tree with a note that says so.
/// `body` is the request body that `parts` were found in. Cost: linear in the text from the last full tree on.
[[nodiscard]] std::optional<Observation> observeScreen(std::string_view body,
                                                       const std::vector<model::PromptPart>& parts,
                                                       const LinkedFileSource& files);

/// A file source that reads what Playwright MCP and macos-use link to, and nothing else: `….yml` or `….md` below a
/// folder of `roots` (relative links are looked for there, `..` refused), and `/tmp/macos-use/*.txt`; at most 32 MiB.
[[nodiscard]] LinkedFileSource linkedFilesBelow(std::vector<std::string> roots);

/// The element an action means on a screen: by ref or target argument (`e14`), by coordinates (the smallest box around
/// the point), by element description (role and name) as a last resort. Empty when it names none or none is found.
[[nodiscard]] std::optional<int> resolveTarget(const model::Screen& screen, std::string_view argumentsJson);

}  // namespace turntable::screen
