#include "storage/care/turn_contents.h"

#include <utility>

#include "storage/arrival_codec.h"
#include "storage/digest/sha256.h"
#include "storage/screen_codec.h"

namespace turntable::care {

using storage::HeaderStore;
using storage::PartKind;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;
using support::TurnId;

const PartFacts* TurnContents::use(std::int64_t part, PartKind kind, Damage damage, const std::string& where,
                                   const std::string& meaning) {
    const auto found = m_check.census.find(part);
    if (found == m_check.census.end()) {
        m_check.findings.add(damage, where, "part " + std::to_string(part) + " is not in the store", meaning);
        return nullptr;
    }
    found->second.uses |= useBit(kind);
    if (!found->second.broken) return &found->second;
    m_check.findings.add(damage, where, "part " + std::to_string(part) + " is damaged", meaning);
    return nullptr;
}

Status TurnContents::checkRequestParts(TurnId turn, const std::string& where) {
    // A recipe that cannot be read has been found out with the body.
    const auto recipe = m_check.prompts.recipeOf(turn);
    if (recipe) {
        for (const auto& entry : recipe->own) {
            const auto found = entry.isPart ? m_check.census.find(entry.part.value) : m_check.census.end();
            if (found != m_check.census.end()) found->second.uses |= useBit(PartKind::prompt);
        }
    } else if (recipe.error().code == ErrorCode::cancelled) {
        return recipe.error();
    }
    const std::string meaning = "the headers of its request are lost; its body is not affected";
    auto select = m_check.database.prepare("SELECT headers_part FROM request WHERE turn_id = ?1");
    if (!select) return m_check.findings.addError(Damage::request, where, select.error(), meaning);
    const auto found = select->bind(1, turn.value).step();
    if (!found) return m_check.findings.addError(Damage::request, where, found.error(), meaning);
    if (!*found || select->isNull(0)) return {};
    const auto* part = use(select->integer(0), PartKind::headers, Damage::request, where, meaning);
    return part == nullptr ? Status() : checkHeaders(HeaderStore::Side::request, turn, where);
}

Status TurnContents::checkReply(const model::Turn& turn, const std::string& where) {
    const std::string lost = "its reply bytes are lost; its timeline row is whole";
    auto select =
        m_check.database.prepare("SELECT sha256, body_part, headers_part, arrivals FROM response WHERE turn_id = ?1");
    if (!select) return m_check.findings.addError(Damage::reply, where, select.error(), lost);
    const auto found = select->bind(1, turn.id.value).step();
    if (!found) return m_check.findings.addError(Damage::reply, where, found.error(), lost);
    if (!*found) {
        const bool mayLack = turn.status == model::TurnStatus::open || turn.status == model::TurnStatus::interrupted;
        if (!mayLack || turn.responseBytes != 0)
            m_check.findings.add(Damage::reply, where, "it has no reply row", lost);
        return {};
    }
    const auto recorded = storage::digestFrom(select->blob(0));
    digest::Sha256 stored = digest::sha256({});
    std::int64_t size = 0;
    bool whole = true;
    if (const auto body = select->maybeInteger(1)) {
        const PartFacts* part = use(*body, PartKind::response, Damage::reply, where, lost);
        whole = part != nullptr;
        if (part != nullptr) stored = part->sha256;
        if (part != nullptr) size = part->size;
    }
    if (whole && (!recorded || stored != *recorded)) {
        m_check.findings.add(Damage::reply, where, "its reply does not have the recorded SHA-256", lost);
    } else if (whole && size != turn.responseBytes) {
        m_check.findings.add(
            Damage::reply, where,
            "its row says " + std::to_string(turn.responseBytes) + " reply bytes, there are " + std::to_string(size),
            "the figure is wrong; the bytes are whole");
    }
    if (const auto headers = select->maybeInteger(2)) {
        const auto* part = use(*headers, PartKind::headers, Damage::reply, where,
                               "the headers of its reply are lost; its body is not");
        if (part != nullptr) {
            if (auto done = checkHeaders(HeaderStore::Side::response, turn.id, where); !done) return done;
        }
    }
    if (!select->isNull(3)) checkArrivals(select->blob(3), turn.responseBytes, where);
    return {};
}

Status TurnContents::checkHeaders(HeaderStore::Side side, support::TurnId turn, const std::string& where) {
    HeaderStore headers(m_check.parts);
    const auto read = headers.readOf(m_check.database, side, turn);
    if (read) return {};
    const Damage damage = side == HeaderStore::Side::request ? Damage::request : Damage::reply;
    return m_check.findings.addError(damage, where, read.error(), "these headers are lost; the body is not affected");
}

void TurnContents::checkArrivals(std::string_view stored, std::int64_t responseBytes, const std::string& where) {
    const std::string meaning = "when the pieces of its reply came is lost; the bytes are not affected";
    const auto arrivals = storage::decodeArrivals(stored, m_zstandard);
    if (!arrivals) {
        m_check.findings.add(Damage::reply, where, arrivals.error().message, meaning);
        return;
    }
    std::uint64_t sum = 0;
    for (const auto& arrival : *arrivals) sum += arrival.size;
    if (sum == static_cast<std::uint64_t>(responseBytes)) return;
    m_check.findings.add(
        Damage::reply, where,
        "its arrivals have " + std::to_string(sum) + " bytes, its reply " + std::to_string(responseBytes), meaning);
}

Result<const model::ScreenSummary*> TurnContents::summaryOf(std::int64_t part) {
    if (const auto known = m_screens.find(part); known != m_screens.end()) return &known->second;
    const auto bytes = m_check.parts.readUnchecked(PartId{part});
    if (!bytes) return bytes.error();
    const auto screen = storage::decodeScreen(*bytes);
    if (!screen) return screen.error();
    return &m_screens.emplace(part, model::summarize(*screen)).first->second;
}

Status TurnContents::checkScreen(const model::Turn& turn, const std::string& where) {
    if (!turn.screenId) return {};
    const std::string lost = "the screen it was shown is lost; its timeline row is whole";
    if (use(turn.screenId->value, PartKind::screen, Damage::screen, where, lost) == nullptr) return {};
    const auto summary = summaryOf(turn.screenId->value);
    if (!summary) return m_check.findings.addError(Damage::screen, where, summary.error(), lost);
    auto expected = **summary;
    if (turn.screen) expected.note = turn.screen->note;
    if (turn.screen == expected) return {};
    m_check.findings.add(Damage::screen, where, "its row does not say of its screen what the screen says of itself",
                         "the row's figures of the screen, or the reference to it, are wrong");
    return {};
}

Status TurnContents::checkFiles(TurnId turn, const std::string& where) {
    const std::string meaning = "a file that it was shown is lost; its bodies are not affected";
    auto select = m_check.database.prepare("SELECT part_id FROM turn_file WHERE turn_id = ?1 ORDER BY position");
    if (!select) return m_check.findings.addError(Damage::reference, where, select.error(), meaning);
    select->bind(1, turn.value);
    for (;;) {
        const auto found = select->step();
        if (!found) return m_check.findings.addError(Damage::reference, where, found.error(), meaning);
        if (!*found) return {};
        use(select->integer(0), PartKind::file, Damage::reference, where, meaning);
    }
}

}  // namespace turntable::care
