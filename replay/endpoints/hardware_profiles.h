#pragma once

#include <span>
#include <string>
#include <string_view>

namespace turntable::endpoints {

/// Tokens a second, from slow to fast machines of one kind.
struct SpeedBand {
    double low = 0;
    double high = 0;
    [[nodiscard]] double middle() const { return (low + high) / 2; }
};

/// A kind of machine with the kind of model that fits it, as a band of speeds.
struct HardwareProfile {
    std::string_view id;     ///< "m2-base"
    std::string_view title;  ///< "M2/M3 base 16 GB, 7B at 4 bit"
    SpeedBand prefill;
    SpeedBand decode;
};

[[nodiscard]] std::span<const HardwareProfile> hardwareProfiles();
/// Null when there is none of that id.
[[nodiscard]] const HardwareProfile* findHardwareProfile(std::string_view id);
/// "M2/M3 base 16 GB, 7B at 4 bit: prefill 300 tokens/s (band 200-400), decode 32.5 tokens/s (band 25-40)".
[[nodiscard]] std::string describeProfile(const HardwareProfile& profile);

}  // namespace turntable::endpoints
