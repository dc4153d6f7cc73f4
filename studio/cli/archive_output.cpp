#include "studio/cli/archive_output.h"

#include <array>
#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include "studio/cli/care_text.h"

namespace turntable::cli {
namespace {

constexpr std::chrono::milliseconds kPause{500};

std::string hexText(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += kDigits[static_cast<unsigned char>(byte) >> 4];
        text += kDigits[static_cast<unsigned char>(byte) & 0x0F];
    }
    return text;
}

}  // namespace

void ArchiveProgressPrinter::operator()(const storage::ArchiveProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - m_last < kPause) return;
    m_last = now;
    const bool checks = progress.phase == storage::ArchiveProgress::Phase::checking;
    std::cerr << (checks ? "checking " : "copying ") << progress.session << ": " << progress.turnsDone << " of "
              << progress.turnsTotal << " turns, " << bytesText(progress.bytesDone) << std::endl;
}

nlohmann::ordered_json exportToJson(const storage::ExportReport& report, const std::string& file) {
    nlohmann::ordered_json json;
    json["file"] = file;
    json["file_bytes"] = report.fileBytes;
    json["verified_turns"] = report.verified.turns;
    json["verified_bytes"] = report.verified.bytes;
    json["sessions"] = nlohmann::ordered_json::array();
    for (const auto& session : report.sessions) {
        json["sessions"].push_back({{"name", session.name},
                                    {"uid", hexText(session.uid)},
                                    {"turns", session.turnsAdded},
                                    {"notes", session.notesAdded},
                                    {"gaps", session.gapMarksAdded}});
    }
    json["missing_links"] = report.missingLinks;
    return json;
}

void printExport(const storage::ExportReport& report, const std::string& file) {
    for (const auto& session : report.sessions) {
        std::cout << session.name << ": " << session.turnsAdded << (session.turnsAdded == 1 ? " turn" : " turns")
                  << '\n';
    }
    for (const auto& sentence : report.missingLinks) std::cerr << "note: " << sentence << '\n';
    std::cout << file << ": " << bytesText(report.fileBytes) << "; " << report.verified.turns << " turns with "
              << bytesText(report.verified.bytes) << " read back and found equal\n";
}

nlohmann::ordered_json leavingToJson(const storage::LeavingReport& report) {
    nlohmann::ordered_json json;
    json["sessions"] = nlohmann::ordered_json::array();
    for (const auto& session : report.sessions) {
        json["sessions"].push_back(
            {{"id", session.id.value}, {"name", session.name}, {"turns", session.turns}, {"notes", session.notes}});
    }
    json["bytes"] = nlohmann::ordered_json::array();
    for (const auto& row : report.bytes) {
        json["bytes"].push_back({{"kind", row.kind}, {"count", row.count}, {"bytes", row.bytes}});
    }
    json["file_paths"] = report.filePaths;
    json["private"] = nlohmann::ordered_json::array();
    for (const auto& row : report.found) {
        json["private"].push_back({{"kind", privacy::privateKindName(row.kind)},
                                   {"distinct", row.distinct},
                                   {"turns", row.turns},
                                   {"example", row.example},
                                   {"session", row.session},
                                   {"turn", row.turn}});
    }
    json["replies_unread"] = report.repliesUnread;
    return json;
}

void printLeaving(const storage::LeavingReport& report) {
    std::cout << "would leave:\n";
    for (const auto& session : report.sessions) {
        std::cout << "  " << session.name << "  " << session.turns << " turns, " << session.notes << " notes\n";
    }
    std::cout << "bytes, what is sent again counted once:\n";
    for (const auto& row : report.bytes) {
        if (row.count > 0) std::cout << "  " << row.kind << "  " << row.count << ", " << bytesText(row.bytes) << '\n';
    }
    for (const auto& path : report.filePaths) std::cout << "  linked file  " << path << '\n';
    std::cout << (report.found.empty() ? "nothing looks private\n" : "looks private:\n");
    for (const auto& row : report.found) {
        std::cout << "  " << privacy::privateKindName(row.kind) << "  " << row.distinct << " different, in "
                  << row.turns << " turns, e.g. " << row.example << " (" << row.session;
        if (row.turn > 0) std::cout << ", turn " << row.turn;
        std::cout << ")\n";
    }
    if (report.repliesUnread > 0) {
        std::cout << report.repliesUnread << " replies are compressed in a way that is not looked into\n";
    }
    std::cout << "pictures are not looked into; names and addresses are not recognised: read before you share\n";
}

}  // namespace turntable::cli
