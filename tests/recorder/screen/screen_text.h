#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/wire/request.h"
#include "storage/model/screen.h"

namespace turntable::screen::testing {

inline std::string fixturePath(const std::string& name) {
    return std::string(TURNTABLE_SOURCE_DIR) + "/fixtures/sessions/" + name;
}

inline std::string fixture(const std::string& name) {
    std::ifstream stream(fixturePath(name), std::ios::binary);
    EXPECT_TRUE(stream.is_open()) << name;
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

/// One element a line, indented by depth: `button "Add" #e7 [404,86 41x24] {disabled} = value`.
inline std::string outline(const model::Screen& screen) {
    std::ostringstream out;
    for (const model::Element& element : screen.elements) {
        out << std::string(static_cast<std::size_t>(element.depth) * 2, ' ') << element.role;
        if (!element.roleDescription.empty()) out << "/" << element.roleDescription;
        if (!element.text.empty()) out << " \"" << element.text << "\"";
        if (!element.ref.empty()) out << " #" << element.ref;
        if (element.box) {
            out << " [" << element.box->x << "," << element.box->y << " " << element.box->width << "x"
                << element.box->height << "]";
        }
        for (const std::string& state : element.states) out << " {" << state << "}";
        if (element.value) out << " = " << *element.value;
        out << "\n";
    }
    return out.str();
}

/// What every screen promises, whatever text it was made from.
inline void expectInvariants(const model::Screen& screen) {
    ASSERT_LE(screen.elements.size(), model::kMaxElements);
    ASSERT_LE(screen.elements.size(), screen.elementsSeen);
    for (std::size_t i = 0; i < screen.elements.size(); ++i) {
        const model::Element& element = screen.elements[i];
        ASSERT_LT(element.parent, static_cast<int>(i));
        const int above = element.parent < 0 ? -1 : screen.elements[static_cast<std::size_t>(element.parent)].depth;
        ASSERT_EQ(element.depth, above + 1);
        ASSERT_LT(element.depth, model::kMaxDepth);
        ASSERT_FALSE(element.role.empty());
    }
    ASSERT_EQ(screen.truncation == model::Truncation::none, screen.truncationReason.empty());
}

/// A prompt whose tool results are `texts`, one a message, oldest first.
struct Prompt {
    std::string body;
    std::vector<model::PromptPart> parts;

    [[nodiscard]] std::optional<Observation> observe(const LinkedFileSource& files = {}) const {
        return observeScreen(body, parts, files);
    }
};

inline Prompt promptOf(const nlohmann::ordered_json& body) {
    Prompt prompt;
    prompt.body = body.dump();
    auto parsed = wire::parseRequest(model::Api::anthropicMessages, prompt.body);
    EXPECT_TRUE(parsed.ok());
    if (parsed) prompt.parts = std::move(parsed->parts);
    return prompt;
}

inline Prompt resultsPrompt(const std::vector<std::string>& texts) {
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    messages.push_back({{"role", "user"}, {"content", "Do it."}});
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string id = "call" + std::to_string(i);
        messages.push_back(
            {{"role", "assistant"},
             {"content", nlohmann::ordered_json::array({{{"type", "tool_use"},
                                                         {"id", id},
                                                         {"name", "act"},
                                                         {"input", nlohmann::ordered_json::object()}}})}});
        messages.push_back(
            {{"role", "user"},
             {"content",
              nlohmann::ordered_json::array(
                  {{{"type", "tool_result"},
                    {"tool_use_id", id},
                    {"content", nlohmann::ordered_json::array({{{"type", "text"}, {"text", texts[i]}}})}}})}});
    }
    return promptOf(nlohmann::ordered_json{{"model", "m"}, {"messages", messages}});
}

/// The recorded session up to its tool result number `results`, from 1.
inline Prompt sessionPrompt(const std::string& session, int results) {
    const auto recorded = nlohmann::ordered_json::parse(fixture(session));
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    for (const auto& message : recorded.at("messages")) {
        if (results == 0) break;
        messages.push_back(message);
        if (message.at("role") == "user" && message.at("content").is_array()) --results;
    }
    return promptOf(nlohmann::ordered_json{{"model", "m"}, {"messages", messages}});
}

}  // namespace turntable::screen::testing
