#pragma once

#include <cstddef>
#include <string>

#include "storage/model/turn.h"

/// Recording without content: structure, sizes and times only.
namespace turntable::turns {

/// Takes from a turn's row what holds text: of the reply, of arguments, of the screen, of errors. Names of tools and
/// models, roles, counts, sizes, token figures and times stay.
void withhold(model::Turn& turn);

/// All that is stored of a request or a reply of so many bytes: headers of ours (turns::Provenance::withheld).
[[nodiscard]] std::string withheldHeaders(std::size_t bytes);

}  // namespace turntable::turns
