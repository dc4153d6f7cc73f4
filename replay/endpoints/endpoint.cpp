#include "replay/endpoints/endpoint.h"

#include "replay/endpoints/http_endpoint.h"
#include "replay/endpoints/simulated_endpoint.h"

namespace turntable::endpoints {

namespace {

constexpr std::string_view kSimulated = "simulated:";

std::string knownProfiles() {
    std::string text;
    for (const HardwareProfile& profile : hardwareProfiles()) {
        text += (text.empty() ? "" : ", ") + std::string(profile.id);
    }
    return text;
}

}  // namespace

support::Result<std::unique_ptr<Endpoint>> makeEndpoint(const EndpointOptions& options,
                                                        const storage::TraceReader& reader) {
    const std::string_view specification = options.specification;
    if (specification.starts_with("http://") || specification.starts_with("https://"))
        return HttpEndpoint::make(options);
    if (!specification.starts_with(kSimulated)) {
        return support::Error{support::ErrorCode::invalidArgument,
                              "unknown endpoint \"" + options.specification +
                                  "\": expected an http or https URL, or simulated:PROFILE with one of " +
                                  knownProfiles()};
    }
    const std::string_view id = specification.substr(kSimulated.size());
    const HardwareProfile* profile = findHardwareProfile(id);
    if (profile == nullptr) {
        return support::Error{support::ErrorCode::invalidArgument, "unknown hardware profile \"" + std::string(id) +
                                                                       "\": expected one of " + knownProfiles()};
    }
    return std::unique_ptr<Endpoint>(std::make_unique<SimulatedEndpoint>(*profile, reader));
}

}  // namespace turntable::endpoints
