#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

namespace turntable::care {

/// How far a long job has come. `phase` is a word or two for a person.
struct Progress {
    std::string_view phase;
    std::int64_t done = 0;
    std::int64_t total = 0;  ///< 0: not known
};

/// How a long job is watched and stopped. `report` is called on the thread that does the job, some hundred times at
/// most; a job that is stopped ends with the error `cancelled`.
struct Watch {
    std::function<void(const Progress&)> report;
    std::stop_token stop;

    void tell(std::string_view phase, std::int64_t done, std::int64_t total) const {
        if (report) report({phase, done, total});
    }
};

}  // namespace turntable::care
