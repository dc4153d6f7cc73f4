#include "recorder/turns/provenance.h"

#include "recorder/turns/reply_headers.h"

namespace turntable::turns {
namespace {

constexpr std::string_view kAsLogged = "as-logged";
constexpr std::string_view kReconstructed = "reconstructed";
constexpr std::string_view kTranslated = "translated";
constexpr std::string_view kWithheld = "withheld";

std::string_view wordFor(Provenance provenance) {
    switch (provenance) {
        case Provenance::wire: return {};
        case Provenance::asLogged: return kAsLogged;
        case Provenance::reconstructed: return kReconstructed;
        case Provenance::translated: return kTranslated;
        case Provenance::withheld: return kWithheld;
    }
    return {};
}

}  // namespace

std::string provenanceLine(Provenance provenance, std::string_view sentence) {
    if (provenance == Provenance::wire) return {};
    std::string line(kProvenanceHeader);
    line.append(": ").append(wordFor(provenance));
    return line.append("; ").append(sentence).append("\n");
}

Provenance provenanceOf(std::string_view headers) {
    const std::string_view text = provenanceText(headers);
    const std::string_view word = text.substr(0, text.find(';'));
    for (const Provenance each :
         {Provenance::asLogged, Provenance::reconstructed, Provenance::translated, Provenance::withheld}) {
        if (word == wordFor(each)) return each;
    }
    return Provenance::wire;
}

std::string_view provenanceText(std::string_view headers) { return headerLine(headers, kProvenanceHeader); }

}  // namespace turntable::turns
