#include <utility>

#include "storage/privacy/private_text.h"

namespace turntable::privacy {

std::optional<std::vector<PrivateSpan>> FindMemory::recall(const StringId& string) {
    return m_generations.with([&](Generations& all) -> std::optional<std::vector<PrivateSpan>> {
        if (const auto young = all.young.find(string); young != all.young.end()) return young->second;
        const auto old = all.old.find(string);
        if (old == all.old.end()) return std::nullopt;
        auto found = old->second;
        all.young.emplace(string, std::move(old->second));
        all.old.erase(old);
        return found;
    });
}

void FindMemory::remember(const StringId& string, std::vector<PrivateSpan> found) {
    m_generations.with([&](Generations& all) {
        if (all.young.size() >= kMostStrings) all.old = std::exchange(all.young, {});
        all.young.insert_or_assign(string, std::move(found));
    });
}

}  // namespace turntable::privacy
