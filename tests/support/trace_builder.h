#pragma once

#include <filesystem>
#include <string_view>

#include "storage/support/result.h"
#include "tests/support/temporary_folder.h"

namespace turntable::test {

/// Writes the sessions that `text` describes into the store at `path`, making it when it is missing. One line a thing:
///
///     session NAME [model=M] [endpoint=URL]
///     run NAME of=SESSION [mode=recorded|teacher-forced|live] [model=M] [simulated]
///     turn [FIGURE]... [VERB REF]...
///     gap REASON
///
/// A turn belongs to the session or run above it, continues the turn before it there and, in a run, answers the turn of
/// the same number of the source again. Its figures, all of them optional and unknown when left out:
///
///     system= tools= history= screen= user= other= cached= output=      tokens
///     input=                            tokens; default: the sum of the sections, unknown when there are none
///     basis=exact|estimated|simulated   of all of them; default exact
///     queue= prefill= decode= gap= tool=  "120ms", "1.5s"
///     total=                            default: queue + prefill + decode
///     elements=N                        a screen of N elements: a document and buttons with the refs e1, e2, …
///     status=open|complete|failed|cancelled|interrupted   http=500   error=one_word
///     text=one_word                     what the reply says
///
/// `click e6` is a call of `browser_click` with {"ref":"e6"}, aimed at that button of the screen. The first session
/// starts on 2026-01-01, each session a minute and each turn ten seconds after the one before. Bodies are valid
/// Messages API JSON, each turn's messages beginning with those of the turn before.
///
/// Errors: invalidArgument, naming the line; those of the store.
[[nodiscard]] support::Status buildTrace(const std::filesystem::path& path, std::string_view text);

}  // namespace turntable::test
