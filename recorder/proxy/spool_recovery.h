#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "recorder/proxy/spool_format.h"
#include "recorder/turns/exchange_privacy.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"

namespace turntable::proxy {

/// Brings what spool files of dead recorders tell into the store. One thread, that of reader and writer, which must
/// outlive it. Errors: those of the store.
class SpoolRecovery {
public:
    SpoolRecovery(const storage::TraceReader& reader, storage::TraceWriter& writer)
        : m_reader(reader), m_writer(writer) {}

    /// Finishes the turn of an exchange. True when a turn was completed or closed; false when there was nothing left to
    /// do: its turn is whole already, or the request never came so far as to be told (then a gap mark says so).
    [[nodiscard]] support::Result<bool> finish(SpooledExchange exchange);

private:
    [[nodiscard]] support::Result<bool> completeRequest(SpooledExchange& exchange);
    [[nodiscard]] support::Result<std::optional<support::TurnId>> openTurn(const SpoolOwner& owner) const;
    [[nodiscard]] support::Result<std::optional<model::Turn>> endedTurn(const SpoolOwner& owner);
    [[nodiscard]] support::Result<support::TurnId> beginAnew(const turns::RequestReceived& request,
                                                             support::RecorderId recorder,
                                                             turns::ExchangePrivacy& privacy);
    [[nodiscard]] support::Result<std::unique_ptr<turns::ExchangePrivacy>> privacyOf(const SpoolOwner& owner);
    [[nodiscard]] support::Result<support::SessionId> sessionFor(const turns::RequestReceived& request,
                                                                 const model::Turn& turn) const;

    const storage::TraceReader& m_reader;
    storage::TraceWriter& m_writer;
    std::map<support::WallTime, support::TurnId> m_begun;  ///< what was begun anew here, by its start
    std::optional<std::map<support::WallTime, model::Turn>>
        m_turns;  ///< every turn by its start; read when first needed
};

}  // namespace turntable::proxy
