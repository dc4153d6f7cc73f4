#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/care/progress.h"
#include "storage/care/remove.h"

namespace turntable::cli {

/// "1 turn", "12 turns".
[[nodiscard]] std::string counted(std::int64_t count, std::string_view noun);
/// "512 bytes", "1.5 MB": decimal units, two digits at least.
[[nodiscard]] std::string bytesText(std::int64_t bytes);
[[nodiscard]] std::string secondsText(double seconds);
/// "410 MB/s"; "-" where no time has passed.
[[nodiscard]] std::string rateText(std::int64_t bytes, double seconds);

/// One line on standard error that says how far a long job has come, on a terminal only. One thread.
class ProgressLine {
public:
    [[nodiscard]] std::function<void(const care::Progress&)> listener();
    void clear();

private:
    bool m_isShown = false;
};

/// True with `yes`; else asks on the terminal, where only a "y" is one. Without a terminal there is nobody to ask:
/// false.
[[nodiscard]] bool confirmed(const std::string& question, bool yes);

/// "2 sessions, 40 turns and 310 parts of 1.2 MB deleted; the file is 1.3 MB shorter".
[[nodiscard]] std::string removedText(const care::Removed& removed);

}  // namespace turntable::cli
