#include "studio/gui/models/latency_model.h"

#include <utility>

#include "studio/gui/format.h"

namespace turntable::models {

void LatencyModel::setTurn(const model::Turn* turn, const turns::DecodeShares& shares) {
    beginResetModel();
    m_rows.clear();
    if (turn) {
        const model::Latency& latency = turn->latency;
        const model::ServerTimings& server = turn->server;
        const auto rate = [](std::optional<std::int64_t> tokens, std::optional<support::Nanoseconds> time) {
            return gui::formatRate(model::tokensPerSecond(tokens, time));
        };
        const auto add = [&](const QString& name, const QString& explanation, std::optional<support::Nanoseconds> time,
                             const QString& speed, const QString& serverSays) {
            m_rows.push_back({name, explanation, gui::formatDuration(time), speed, serverSays,
                              time ? gui::timeSourceSentence(latency.source) : tr("the server did not say")});
        };
        add(tr("Queue"), tr("until the server began to work"), latency.queue, {}, gui::formatDuration(server.queue));
        if (server.load) add(tr("Load"), tr("loading the model"), {}, {}, gui::formatDuration(server.load));
        add(tr("Prefill"), tr("reading the prompt, up to the first content"), latency.prefill,
            rate(model::prefilledTokens(*turn), latency.prefill), gui::formatDuration(server.prefill));
        add(tr("Decode"), tr("writing the answer; its speed is that of the tokens behind the first"), latency.decode,
            rate(model::decodedTokens(*turn), latency.decode), gui::formatDuration(server.decode));
        const auto addShare = [&](const QString& name, std::optional<support::Nanoseconds> time) {
            if (time && shares.areSeveral())
                add(QStringLiteral("   ") + name, tr("its part of the decode time"), time, {}, {});
        };
        addShare(tr("thinking"), shares.thinking);
        addShare(tr("text"), shares.text);
        addShare(tr("tool calls"), shares.calls);
        addShare(tr("other content"), shares.other);
        add(tr("Total"), tr("request complete to last byte"), latency.total, {}, {});
        add(tr("Gap"), tr("until the agent's next request: tool, agent and person together"), latency.gap, {}, {});
        if (!latency.gap) m_rows.back().source = tr("no next request of this conversation was recorded");
        if (latency.tool) add(tr("Tool"), tr("the tool alone"), latency.tool, {}, {});
    }
    endResetModel();
}

int LatencyModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int LatencyModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : columnCountValue; }

QVariant LatencyModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
            case nameColumn: return row.name;
            case timeColumn: return row.time;
            case rateColumn: return row.rate;
            case serverColumn: return row.server;
            default: return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        if (index.column() == nameColumn) return row.explanation;
        if (index.column() == timeColumn) return row.source;
        if (index.column() == serverColumn && row.server == gui::kUnknown) return tr("the server did not say");
    }
    if (role == Qt::TextAlignmentRole && index.column() != nameColumn) return int(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant LatencyModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return int((section == nameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case nameColumn: return tr("Time");
        case timeColumn: return tr("Agent saw");
        case rateColumn: return tr("Tokens/s");
        case serverColumn: return tr("Server says");
        default: return {};
    }
}

}  // namespace turntable::models
