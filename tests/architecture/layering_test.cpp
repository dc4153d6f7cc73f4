#include <gtest/gtest.h>

#include "tests/architecture/rules.h"
#include "tests/architecture/source_tree.h"

namespace turntable::architecture {
namespace {

const std::vector<SourceFile>& sourceTree() {
    static const std::vector<SourceFile> kFiles = readSourceTree(TURNTABLE_SOURCE_DIR);
    return kFiles;
}

std::string joined(const Violations& violations) {
    std::string text;
    for (const std::string& violation : violations) text += violation + "\n";
    return text;
}

std::string violationsInTree(Rule rule) {
    Violations all;
    for (const SourceFile& file : sourceTree()) {
        const Violations found = rule(file);
        all.insert(all.end(), found.begin(), found.end());
    }
    return joined(all);
}

// Composed, so that this file holds no directive of its own that a rule would find.
std::string include(const std::string& name) { return "#include " + name + "\n"; }

std::string check(Rule rule, const std::string& path, const std::string& text) { return joined(rule({path, text})); }

TEST(SourceTree, HoldsTheSourcesOfAllLayers) {
    for (const char* folder : {"storage", "recorder", "replay", "tests"}) {
        const bool any = std::any_of(sourceTree().begin(), sourceTree().end(),
                                     [&](const SourceFile& file) { return liesIn(file.path, folder); });
        EXPECT_TRUE(any) << "no source below " << folder << " of " << TURNTABLE_SOURCE_DIR;
    }
}

TEST(Layering, QtStaysInTheWindow) { EXPECT_EQ(violationsInTree(qtOnlyInTheWindow), ""); }

TEST(Layering, LibrariesStayBesideTheirWrappers) { EXPECT_EQ(violationsInTree(librariesBesideTheirWrappers), ""); }

TEST(Layering, IncludesGoDownwardOnly) { EXPECT_EQ(violationsInTree(includesGoDownward), ""); }

TEST(Layering, NoHeaderIsLinuxOnly) { EXPECT_EQ(violationsInTree(noLinuxOnlyHeaders), ""); }

TEST(Layering, NoCallIsLinuxOnly) { EXPECT_EQ(violationsInTree(noLinuxOnlyCalls), ""); }

TEST(Layering, OneFileReadsProcfs) { EXPECT_EQ(violationsInTree(procfsInOneFile), ""); }

TEST(Layering, FilesStaySmall) { EXPECT_EQ(violationsInTree(filesStaySmall), ""); }

TEST(Layering, HeadersAreGuarded) { EXPECT_EQ(violationsInTree(headersAreGuarded), ""); }

TEST(LayeringRules, FindQtOutsideOfTheWindow) {
    const std::string text = "\n" + include("<QString>");
    EXPECT_EQ(check(qtOnlyInTheWindow, "replay/diff/x.cpp", text), "replay/diff/x.cpp:2: Qt outside of studio/gui\n");
    EXPECT_NE(check(qtOnlyInTheWindow, "studio/cli/x.cpp", include("<QtCore/qglobal.h>")), "");
    EXPECT_NE(check(qtOnlyInTheWindow, "studio/guide/x.cpp", text), "");
    EXPECT_EQ(check(qtOnlyInTheWindow, "studio/gui/panels/x.cpp", text), "");
    EXPECT_EQ(check(qtOnlyInTheWindow, "tests/studio/gui/x_test.cpp", text), "");
}

TEST(LayeringRules, FindALibraryAwayFromItsWrapper) {
    const auto found = [](const std::string& path, const std::string& header) {
        return check(librariesBesideTheirWrappers, path, include(header));
    };
    EXPECT_EQ(found("storage/trace_store.cpp", "<sqlite3.h>"),
              "storage/trace_store.cpp:1: \"sqlite3.h\" is for storage/sqlite only\n");
    EXPECT_NE(found("storage/x.cpp", "\"zstd.h\""), "");
    EXPECT_NE(found("recorder/wire/x.cpp", "<zlib.h>"), "");
    EXPECT_NE(found("storage/x.cpp", "<openssl/evp.h>"), "");
    EXPECT_NE(found("recorder/proxy/x.cpp", "<curl/curl.h>"), "");
    EXPECT_NE(found("recorder/http/x.cpp", "<boost/beast.hpp>"), "");
    EXPECT_EQ(found("storage/sqlite/x.cpp", "<sqlite3.h>"), "");
    EXPECT_EQ(found("tests/support/x.cpp", "<boost/beast.hpp>"), "");
}

TEST(LayeringRules, FindAnIncludeThatReachesUpward) {
    const auto found = [](const std::string& path, const std::string& header) {
        return check(includesGoDownward, path, include("\"" + header + "\""));
    };
    EXPECT_EQ(found("storage/model/turn.h", "storage/trace_reader.h"),
              "storage/model/turn.h:1: storage/model may not include \"storage/trace_reader.h\"\n");
    EXPECT_NE(found("storage/support/x.h", "storage/model/turn.h"), "");
    EXPECT_NE(found("storage/x.cpp", "recorder/wire/request.h"), "");
    EXPECT_NE(found("recorder/wire/x.cpp", "recorder/turns/lineage.h"), "");
    EXPECT_NE(found("recorder/turns/x.cpp", "recorder/proxy/recording_proxy.h"), "");
    EXPECT_NE(found("recorder/proxy/x.cpp", "replay/run/replay_run.h"), "");
    EXPECT_NE(found("replay/endpoints/x.cpp", "replay/run/replay_run.h"), "");
    EXPECT_NE(found("replay/run/x.cpp", "studio/cli/verbs.h"), "");
    EXPECT_NE(found("studio/cli/x.cpp", "tests/support/fake_server.h"), "");
    EXPECT_EQ(found("replay/run/x.cpp", "storage/model/turn.h"), "");
    EXPECT_EQ(found("tests/recorder/x_test.cpp", "studio/cli/verbs.h"), "");
}

TEST(LayeringRules, AskForARoomForANewFolder) {
    EXPECT_NE(check(includesGoDownward, "recorder/cellar/x.cpp", ""), "");
    EXPECT_NE(check(includesGoDownward, "replay/x.cpp", ""), "");
}

TEST(LayeringRules, FindALinuxOnlyHeader) {
    EXPECT_EQ(check(noLinuxOnlyHeaders, "recorder/proxy/x.cpp", "int a;\n" + include("<sys/epoll.h>")),
              "recorder/proxy/x.cpp:2: <sys/epoll.h> is there on Linux only\n");
    EXPECT_NE(check(noLinuxOnlyHeaders, "tests/support/x.cpp", include("<linux/limits.h>")), "");
    EXPECT_EQ(check(noLinuxOnlyHeaders, "recorder/proxy/x.cpp", include("<sys/socket.h>")), "");
}

TEST(LayeringRules, FindALinuxOnlyCall) {
    EXPECT_EQ(check(noLinuxOnlyCalls, "recorder/proxy/x.cpp", "int a;\nint b = accept4(a, 0, 0, 0);"),
              "recorder/proxy/x.cpp:2: accept4 is there on Linux only\n");
    EXPECT_NE(check(noLinuxOnlyCalls, "tests/support/x.cpp", "socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)"), "");
    EXPECT_EQ(check(noLinuxOnlyCalls, "recorder/x.cpp", "list.splice(a, b); int my_gettid(); // gettid() there"), "");
    EXPECT_EQ(check(noLinuxOnlyCalls, "storage/support/process.cpp", "prctl(1);"), "");
}

TEST(LayeringRules, FindProcfsElsewhere) {
    EXPECT_EQ(check(procfsInOneFile, "recorder/x.cpp", "open(\"/proc/self/fd\");"),
              "recorder/x.cpp:1: /proc is for storage/support/process.cpp only\n");
    EXPECT_EQ(check(procfsInOneFile, "recorder/x.cpp", include("\"storage/support/process.h\"")), "");
    EXPECT_EQ(check(procfsInOneFile, "storage/support/process.cpp", "open(\"/proc/1/stat\");"), "");
}

TEST(LayeringRules, FindAFileThatGrewTooLong) {
    const auto lines = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += "\n";
        return text;
    };
    EXPECT_EQ(check(filesStaySmall, "storage/x.cpp", lines(501)),
              "storage/x.cpp:501: 501 lines, at most 500 are allowed\n");
    EXPECT_NE(check(filesStaySmall, "storage/x.h", lines(251)), "");
    EXPECT_EQ(check(filesStaySmall, "storage/x.cpp", lines(500)), "");
    EXPECT_EQ(check(filesStaySmall, "storage/x.h", lines(250)), "");
}

TEST(LayeringRules, FindAHeaderWithoutGuard) {
    EXPECT_EQ(check(headersAreGuarded, "storage/x.h", "int a;\n"), "storage/x.h:1: no #pragma once\n");
    EXPECT_EQ(check(headersAreGuarded, "storage/x.h", "// Why.\n#pragma once\n"), "");
    EXPECT_EQ(check(headersAreGuarded, "storage/x.cpp", "int a;\n"), "");
}

}  // namespace
}  // namespace turntable::architecture
