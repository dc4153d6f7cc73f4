#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace turntable::test {

/// An empty folder of its own below the system's temporary folder, removed with all it holds.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::random_device random;
        const auto name = "turntable-test-" + std::to_string(random()) + "-" + std::to_string(random());
        m_path = std::filesystem::temp_directory_path() / name;
        std::filesystem::create_directories(m_path);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return m_path / name; }

private:
    std::filesystem::path m_path;
};

}  // namespace turntable::test
