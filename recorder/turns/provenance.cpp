#include "recorder/turns/provenance.h"

#include "recorder/turns/reply_headers.h"

namespace turntable::turns {
namespace {

constexpr std::string_view kAsLogged = "as-logged";
constexpr std::string_view kReconstructed = "reconstructed";

}  // namespace

std::string provenanceLine(Provenance provenance, std::string_view sentence) {
    if (provenance == Provenance::wire) return {};
    std::string line(kProvenanceHeader);
    line.append(": ").append(provenance == Provenance::asLogged ? kAsLogged : kReconstructed);
    return line.append("; ").append(sentence).append("\n");
}

Provenance provenanceOf(std::string_view headers) {
    const std::string_view text = provenanceText(headers);
    const std::string_view word = text.substr(0, text.find(';'));
    if (word == kReconstructed) return Provenance::reconstructed;
    return word == kAsLogged ? Provenance::asLogged : Provenance::wire;
}

std::string_view provenanceText(std::string_view headers) { return headerLine(headers, kProvenanceHeader); }

}  // namespace turntable::turns
