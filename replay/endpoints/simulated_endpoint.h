#pragma once

#include <string>

#include "replay/endpoints/endpoint.h"
#include "replay/endpoints/hardware_profiles.h"
#include "replay/endpoints/prompt_cache.h"

namespace turntable::endpoints {

/// Answers from the recording at the speed of a hardware profile: the recorded reply, byte for byte, with times that
/// are computed from its tokens, the profile's rates and a prefix cache of one slot. Nothing waits. One thread. Errors
/// of ask: notFound when the recording has no whole reply to the turn; those of the reader.
class SimulatedEndpoint final : public Endpoint {
public:
    /// `reader` and `profile` must outlive the endpoint.
    SimulatedEndpoint(const HardwareProfile& profile, const storage::TraceReader& reader);

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] bool simulated() const override { return true; }
    [[nodiscard]] support::Result<model::ModelIdentity> probe(std::stop_token stop) override;
    [[nodiscard]] support::Result<Answer> ask(const Question& question, std::stop_token stop) override;
    void goOnAfter(const Question& question) override;
    [[nodiscard]] std::string profile() const override { return describeProfile(m_profile); }

private:
    [[nodiscard]] model::TokenBreakdown price(const Question& question, std::string_view reply,
                                              std::string_view headers);

    const HardwareProfile& m_profile;
    const storage::TraceReader& m_reader;
    PromptCache m_cache;
};

}  // namespace turntable::endpoints
