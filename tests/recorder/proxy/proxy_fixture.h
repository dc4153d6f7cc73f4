#pragma once

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "recorder/proxy/recording_proxy.h"
#include "storage/trace_reader.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/temporary_folder.h"

namespace turntable::proxy {

/// A recording proxy on a free port with a store of its own.
class ProxyFixture : public testing::Test {
protected:
    void startProxy(const std::string& upstream) {
        ProxyOptions options = m_options;
        options.upstream = upstream;
        options.listenPort = 0;
        options.store = store();
        options.sessionName = "test";
        options.groupFor = m_groupFor;
        ProxyListener listener;
        listener.onTurn = [this](const model::Turn& turn, const model::Session&, bool stored) {
            const std::scoped_lock lock(m_mutex);
            m_turns.push_back(turn);
            m_allStored = m_allStored && stored;
            m_heard.notify_all();
        };
        listener.onNotice = [this](const std::string& notice) {
            const std::scoped_lock lock(m_mutex);
            m_notices.push_back(notice);
            m_heard.notify_all();
        };
        auto proxy = RecordingProxy::start(options, std::move(listener));
        ASSERT_TRUE(proxy.ok()) << proxy.error().message;
        m_proxy = *std::move(proxy);
    }

    [[nodiscard]] std::filesystem::path store() const { return m_folder / "trace.db"; }
    [[nodiscard]] std::uint16_t port() const { return test::portOf(m_proxy->listenUrl()); }

    /// Waits for the recording of `count` turns.
    std::vector<model::Turn> waitForTurns(std::size_t count) {
        std::unique_lock lock(m_mutex);
        m_heard.wait(lock, [&] { return m_turns.size() >= count; });
        return m_turns;
    }
    std::string waitForNotice(std::size_t number = 1) {
        std::unique_lock lock(m_mutex);
        m_heard.wait(lock, [&] { return m_notices.size() >= number; });
        return m_notices[number - 1];
    }

    [[nodiscard]] storage::TraceReader reader() const {
        auto opened = storage::TraceReader::open(store());
        EXPECT_TRUE(opened.ok());
        return *std::move(opened);
    }

    [[nodiscard]] int spoolFiles() const {
        int count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
            if (entry.path().filename().string().find("-spool-") != std::string::npos) ++count;
        }
        return count;
    }

    ProxyOptions m_options;
    std::chrono::milliseconds m_groupFor{0};  ///< each turn is there once it is heard of, without waiting for others
    test::TemporaryFolder m_folder;
    std::mutex m_mutex;
    std::condition_variable m_heard;
    std::vector<model::Turn> m_turns;
    std::vector<std::string> m_notices;
    bool m_allStored = true;
    std::unique_ptr<RecordingProxy> m_proxy;
};

inline std::string turnBody(const std::string& text, bool streaming = true) {
    return R"({"model":"claude-x","max_tokens":16,"stream":)" + std::string(streaming ? "true" : "false") +
           R"(,"messages":[{"role":"user","content":")" + text + R"("}]})";
}

inline std::string postRequest(const std::string& target, const std::string& body,
                               const std::string& extraHeaders = {}) {
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + extraHeaders +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A reply's body as it goes over the wire, a chunk a piece.
inline std::string chunked(const std::vector<std::string>& pieces) {
    std::string all;
    for (const auto& piece : pieces) {
        char size[32];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        all += size + piece + "\r\n";
    }
    return all + "0\r\n\r\n";
}

}  // namespace turntable::proxy
