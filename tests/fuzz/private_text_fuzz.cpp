// Any document through the redactor that stands before the store: JSON stays JSON of the same shape, places stay
// places, a memory changes nothing, and nothing that was found is left.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recorder/wire/json_shape.h"
#include "storage/privacy/text_redactor.h"

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace turntable;
    const std::string_view document(reinterpret_cast<const char*>(data), size);
    static const privacy::PrivateTextFinder finder(privacy::everyPrivateKind());
    static const privacy::TextRedactor redactor(finder, "salt");
    static privacy::FindMemory memory;

    const auto found = finder.find(document);
    demand(found == finder.find(document, &memory));
    demand(found == finder.find(document, &memory));
    for (const auto& span : found) {
        for (const auto piece : span.pieces) demand(piece.size > 0 && piece.end() <= document.size());
    }
    const auto redacted = redactor.redact(document);
    if (redacted.replaced.empty()) demand(redacted.text == document);
    std::size_t last = 0;
    for (std::size_t at = 0; at <= document.size(); ++at) {
        const std::size_t moved = redacted.moved(at);
        demand(moved >= last && moved <= redacted.text.size());
        last = moved;
    }
    demand(redacted.moved(document.size()) == redacted.text.size());
    if (wire::checkJsonShape(document)) demand(wire::checkJsonShape(redacted.text).ok());
    return 0;
}
