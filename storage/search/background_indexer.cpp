#include "storage/search/background_indexer.h"

#include <algorithm>
#include <utility>

#include "storage/search/search_index.h"
#include "storage/support/process.h"

namespace turntable::search {

BackgroundIndexer::BackgroundIndexer(std::filesystem::path store, BackgroundOptions options)
    : m_store(std::move(store)), m_options(std::move(options)), m_thread([this](const std::stop_token& stop) {
          support::lowerThreadPriority();
          run(stop);
      }) {}

void BackgroundIndexer::wake() {
    {
        const std::scoped_lock lock(m_mutex);
        ++m_wakes;
    }
    m_changed.notify_one();
}

void BackgroundIndexer::run(const std::stop_token& stop) {
    while (waitForWork(stop)) update(stop);
}

// True when there is something to do, false when it is time to end.
bool BackgroundIndexer::waitForWork(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    if (!m_changed.wait(lock, stop, [this] { return m_wakes != m_seen; })) return false;
    const auto latest = std::chrono::steady_clock::now() + m_options.latest;
    for (std::uint64_t before = m_wakes;; before = m_wakes) {
        const auto until = std::min(latest, std::chrono::steady_clock::now() + m_options.quiet);
        const bool more = m_changed.wait_until(lock, stop, until, [&] { return m_wakes != before; });
        if (stop.stop_requested()) return false;
        if (!more) break;
    }
    m_seen = m_wakes;
    return true;
}

void BackgroundIndexer::update(const std::stop_token& stop) {
    auto index = SearchIndex::open(m_store, Fallback::none);
    if (!index) {
        if (m_options.failed) m_options.failed(index.error().message);
        return;
    }
    const auto left = index->update({stop, {}});
    if (!left) {
        if (m_options.failed) m_options.failed(left.error().message);
        return;
    }
    if (m_options.updated) m_options.updated(*left);
}

}  // namespace turntable::search
