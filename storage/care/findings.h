#pragma once

// Private to storage/care: what a check collects while it runs.

#include <string>
#include <utility>

#include "storage/care/check.h"
#include "storage/support/result.h"

namespace turntable::care {

inline constexpr std::size_t kMaxFindings = 1000;

/// Adds findings to a report, up to `kMaxFindings`, and counts the rest. One thread.
class Findings {
public:
    explicit Findings(CheckReport& report) : m_report(report) {}

    void add(Damage damage, std::string where, std::string what, std::string meaning) {
        if (m_report.findings.size() >= kMaxFindings) {
            ++m_report.findingsLeftOut;
            return;
        }
        m_report.findings.push_back({damage, std::move(where), std::move(what), std::move(meaning)});
    }

    /// An error while reading is a finding, and the check goes on, unless it says nothing about the file.
    [[nodiscard]] support::Status addError(Damage damage, std::string where, const support::Error& error,
                                           std::string meaning) {
        const bool isAboutTheFile =
            error.code != support::ErrorCode::cancelled && error.code != support::ErrorCode::busy;
        if (!isAboutTheFile) return error;
        add(damage, std::move(where), error.message, std::move(meaning));
        return {};
    }

private:
    CheckReport& m_report;
};

}  // namespace turntable::care
