#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace turntable::support {

/// First in, first out, never longer than its capacity. Any thread may push and pop. Producers never wait: a full queue
/// refuses, so that the caller can count what it lost.
template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : m_capacity(capacity) {}

    /// False when the queue is full or closed; `item` is then untouched.
    [[nodiscard]] bool tryPush(T&& item) {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_closed || m_items.size() >= m_capacity) return false;
            m_items.push_back(std::move(item));
        }
        m_ready.notify_one();
        return true;
    }

    /// Waits for an item; empty when `stop` was requested or the queue was closed, and nothing is left in it.
    [[nodiscard]] std::optional<T> pop(std::stop_token stop = {}) {
        std::unique_lock lock(m_mutex);
        m_ready.wait(lock, stop, [this] { return m_closed || !m_items.empty(); });
        return takeFirst();
    }

    /// The same, but waits for no longer than `patience`: empty then, too.
    [[nodiscard]] std::optional<T> popFor(std::chrono::milliseconds patience) {
        std::unique_lock lock(m_mutex);
        m_ready.wait_for(lock, patience, [this] { return m_closed || !m_items.empty(); });
        return takeFirst();
    }

    /// Closed, and nothing is left in it.
    [[nodiscard]] bool ended() const {
        const std::scoped_lock lock(m_mutex);
        return m_closed && m_items.empty();
    }

    /// Refuses further items; those already in the queue can still be popped.
    void close() {
        {
            const std::scoped_lock lock(m_mutex);
            m_closed = true;
        }
        m_ready.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(m_mutex);
        return m_items.size();
    }

private:
    std::optional<T> takeFirst() {
        if (m_items.empty()) return std::nullopt;
        std::optional<T> item(std::move(m_items.front()));
        m_items.pop_front();
        return item;
    }

    const std::size_t m_capacity;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_ready;
    std::deque<T> m_items;
    bool m_closed = false;
};

}  // namespace turntable::support
