#pragma once

#include <string>
#include <string_view>

namespace turntable::turns {

/// What the stored bytes of an exchange are. It stands in the stored headers, as a line `turntable-provenance: WORD;
/// sentence`, so that whoever reads the bytes again, in another store too, knows how far to believe them. No such line
/// comes from outside: `storedHeaderLine` drops it.
enum class Provenance {
    wire,           ///< as they went over the wire
    asLogged,       ///< as another recorder's log has them: maybe spelled anew, content coding removed
    reconstructed,  ///< put together from a log that has no bytes: of the prompt only the messages, of the reply no
                    ///< status
    withheld,       ///< none: structure, sizes and times only were to be stored
    translated,     ///< as they went between agent and recorder; the server was asked in another API (wire::Shim)
};

inline constexpr std::string_view kProvenanceHeader = "turntable-provenance";

/// The line to put behind the other headers; empty for `wire`.
[[nodiscard]] std::string provenanceLine(Provenance provenance, std::string_view sentence);
[[nodiscard]] Provenance provenanceOf(std::string_view headers);
/// The line's value for people to read; empty for `wire`.
[[nodiscard]] std::string_view provenanceText(std::string_view headers);

}  // namespace turntable::turns
