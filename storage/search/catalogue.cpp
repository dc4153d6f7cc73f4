#include "storage/search/catalogue.h"

#include <unordered_map>
#include <utility>

namespace turntable::search {

using support::Result;

Result<Catalogue> readCatalogue(IndexFile& file, const IndexState& state) {
    Catalogue catalogue;
    std::unordered_map<std::int64_t, std::size_t> known;  // kind and part, to the place in `documents`
    auto read = file.forEachTurn(state, [&](std::int64_t turn, std::string_view content) {
        auto entry = decodeTurn(content);
        if (!entry) return false;
        catalogue.unreadable += entry->unreadable;
        const Owner owner{entry->session, turn, entry->number};
        for (TextEntry& text : entry->texts) {
            if (text.part != 0) {
                const std::int64_t name = text.part * 4 + static_cast<std::int64_t>(text.kind);
                const auto [place, isNew] = known.emplace(name, catalogue.documents.size());
                // Of a screen each turn has what is new to it: texts of their own.
                if (!isNew && catalogue.documents[place->second].pieces == text.pieces) {
                    catalogue.documents[place->second].owners.push_back(owner);
                    continue;
                }
            }
            catalogue.documents.push_back({text.kind, text.part, std::move(text.pieces), {owner}});
        }
        return true;
    });
    if (!read) return read.error();
    return catalogue;
}

}  // namespace turntable::search
