#include "replay/endpoints/hardware_profiles.h"

#include <algorithm>
#include <array>
#include <locale>
#include <sstream>

namespace turntable::endpoints {

namespace {

constexpr std::array<HardwareProfile, 3> kProfiles = {{
    {"m2-base", "M2/M3 base 16 GB, 7B at 4 bit", {200, 400}, {25, 40}},
    {"m3-pro", "M3 Pro, 13B", {150, 300}, {15, 22}},
    {"m4-max", "M4 Max, 30-70B", {400, 800}, {30, 45}},
}};

void describeBand(std::ostream& out, const char* what, const SpeedBand& band) {
    out << what << ' ' << band.middle() << " tokens/s (band " << band.low << '-' << band.high << ')';
}

}  // namespace

std::span<const HardwareProfile> hardwareProfiles() { return kProfiles; }

const HardwareProfile* findHardwareProfile(std::string_view id) {
    const auto found = std::find_if(kProfiles.begin(), kProfiles.end(),
                                    [id](const HardwareProfile& profile) { return profile.id == id; });
    return found == kProfiles.end() ? nullptr : &*found;
}

std::string describeProfile(const HardwareProfile& profile) {
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << profile.title << ": ";
    describeBand(out, "prefill", profile.prefill);
    describeBand(out << ", ", "decode", profile.decode);
    return out.str();
}

}  // namespace turntable::endpoints
