#include "recorder/turns/stored_files.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace turntable::turns {

support::Result<screen::LinkedFileSource> storedFiles(const storage::TraceReader& reader, support::TurnId turn) {
    auto read = reader.linkedFiles(turn);
    if (!read) return std::move(read).error();
    const auto files = std::make_shared<const std::vector<storage::LinkedFile>>(*std::move(read));
    return screen::LinkedFileSource([files](std::string_view path) -> support::Result<std::string> {
        const auto file = std::find_if(files->begin(), files->end(),
                                       [path](const storage::LinkedFile& each) { return each.path == path; });
        if (file != files->end()) return file->content;
        return support::Error{support::ErrorCode::notFound,
                              "linked file \"" + std::string(path) + "\" was not stored with the turn"};
    });
}

}  // namespace turntable::turns
