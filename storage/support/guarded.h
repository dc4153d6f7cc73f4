#pragma once

#include <mutex>
#include <utility>

namespace turntable::support {

/// A value that can only be reached while its lock is held. Any thread.
template <typename T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : m_value(std::move(value)) {}

    /// Runs `use(T&)` under the lock and returns what it returns. `use` must not call back into the same object.
    template <typename Use>
    decltype(auto) with(Use&& use) {
        const std::scoped_lock lock(m_mutex);
        return std::forward<Use>(use)(m_value);
    }
    template <typename Use>
    decltype(auto) with(Use&& use) const {
        const std::scoped_lock lock(m_mutex);
        return std::forward<Use>(use)(m_value);
    }

private:
    mutable std::mutex m_mutex;
    T m_value{};
};

}  // namespace turntable::support
