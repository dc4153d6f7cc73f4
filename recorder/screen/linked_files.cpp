#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "recorder/screen/observe.h"

namespace turntable::screen {

namespace {

namespace fs = std::filesystem;
using support::Error;
using support::ErrorCode;
using support::Result;

constexpr std::uintmax_t kMaxBytes = 32U * 1024U * 1024U;
constexpr std::string_view kMacosUseFolder = "/tmp/macos-use";

Error refused(std::string_view path, const char* why) {
    return {ErrorCode::invalidArgument, "linked file " + std::string(path) + ": " + why};
}

Error missing(std::string_view path) {
    return {ErrorCode::notFound, "linked file " + std::string(path) + " not found"};
}

bool hasDotDot(const fs::path& path) {
    for (const fs::path& part : path) {
        if (part == "..") return true;
    }
    return false;
}

/// Is `file` below `folder`, symbolic links resolved? Both must exist.
bool isBelow(const fs::path& file, const fs::path& folder) {
    auto part = file.begin();
    for (const fs::path& expected : folder) {
        if (part == file.end() || *part != expected) return false;
        ++part;
    }
    return part != file.end();
}

Result<std::string> readRegularFile(const fs::path& path, std::string_view name) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return refused(name, "not a regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) return Error{ErrorCode::io, "linked file " + std::string(name) + ": " + error.message()};
    if (size > kMaxBytes) {
        return Error{
            ErrorCode::limitExceeded,
            "linked file " + std::string(name) + ": expected at most 32 MiB, found " + std::to_string(size) + " bytes"};
    }
    std::ifstream stream(path, std::ios::binary);
    std::string content(static_cast<std::size_t>(size), '\0');
    stream.read(content.data(), static_cast<std::streamsize>(size));
    if (stream.bad() || !stream.is_open())
        return Error{ErrorCode::io, "linked file " + std::string(name) + ": cannot be read"};
    content.resize(static_cast<std::size_t>(stream.gcount()));
    return content;
}

/// Reads `candidate` when it exists and lies below `folder`. Links that lead out are refused.
Result<std::string> readBelow(const fs::path& candidate, const fs::path& folder, std::string_view name) {
    std::error_code error;
    const fs::path realFolder = fs::canonical(folder, error);
    if (error) return missing(name);
    const fs::path realFile = fs::canonical(candidate, error);
    if (error) return missing(name);
    if (!isBelow(realFile, realFolder)) return refused(name, "lies outside of the folders that may be read");
    return readRegularFile(realFile, name);
}

Result<std::string> readLinked(std::string_view name, const std::vector<std::string>& roots) {
    if (name.empty() || name.find('\0') != std::string_view::npos) return refused(name, "not a path");
    const fs::path path{std::string(name)};
    if (hasDotDot(path)) return refused(name, "\"..\" is not allowed");
    const fs::path extension = path.extension();
    if (path.parent_path() == fs::path(kMacosUseFolder)) {
        if (extension != ".txt") return refused(name, "expected a .txt file");
        return readBelow(path, path.parent_path(), name);
    }
    if (extension != ".yml" && extension != ".md") return refused(name, "expected a .yml or .md file");
    Error worst = path.is_absolute() ? refused(name, "lies outside of the folders that may be read") : missing(name);
    for (const std::string& root : roots) {
        auto content = readBelow(fs::path(root) / path, root, name);
        if (content) return content;
        if (content.error().code != ErrorCode::notFound && content.error().code != ErrorCode::invalidArgument)
            return content;
        if (content.error().code == ErrorCode::invalidArgument) worst = content.error();
    }
    return worst;
}

}  // namespace

LinkedFileSource linkedFilesBelow(std::vector<std::string> roots) {
    return [roots = std::move(roots)](std::string_view path) { return readLinked(path, roots); };
}

}  // namespace turntable::screen
