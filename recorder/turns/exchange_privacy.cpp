#include "recorder/turns/exchange_privacy.h"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "recorder/turns/reply_headers.h"

namespace turntable::turns {

using privacy::PrivateKind;
using privacy::RedactedText;
using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

std::string redactedLine(std::int64_t count) {
    return std::string(kRedactedHeader) + ": " + std::to_string(count) + "\n";
}

}  // namespace

std::int64_t redactedIn(std::string_view headers) {
    const std::string_view text = headerLine(headers, kRedactedHeader);
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

Result<std::unique_ptr<ExchangePrivacy>> ExchangePrivacy::make(const PrivacyOptions& options, const std::string& salt) {
    privacy::PrivateTextFinder finder(options.redact ? privacy::secretKinds() : std::set<PrivateKind>());
    for (const std::string& expression : options.expressions) {
        if (auto added = finder.alsoMatch(expression, PrivateKind::custom); !added) return added.error();
    }
    std::optional<privacy::TextRedactor> redactor;
    if (hidesAnything(options)) redactor.emplace(std::move(finder), salt);
    return std::unique_ptr<ExchangePrivacy>(new ExchangePrivacy(options, std::move(redactor)));
}

std::string ExchangePrivacy::request(RequestReceived& request, std::string_view body) {
    if (!m_redactor) return std::string(body);
    std::size_t count = 0;
    const auto redact = [&](std::string_view text) {
        RedactedText redacted = m_redactor->redact(text, &m_memory);
        count += redacted.replaced.size();
        return std::move(redacted.text);
    };
    request.target = redact(request.target);
    request.sessionHint = redact(request.sessionHint);
    request.headers = redact(request.headers);
    std::string stored;
    if (headerLine(request.headers, "content-encoding").empty()) {
        stored = redact(body);
    } else {
        stored = body;
        std::vector<model::Arrival> none;
        const auto done = privacy::redactBody(*m_redactor, {request.headers, stored, none});
        count += done.replaced.size();
        if (!done.unread.empty()) ++m_unread;
    }
    if (count > 0) request.headers += redactedLine(static_cast<std::int64_t>(count));
    m_replaced += static_cast<std::int64_t>(count);
    return stored;
}

void ExchangePrivacy::reply(ReplyReceived& reply) {
    if (!m_redactor) return;
    const auto done = privacy::redactBody(*m_redactor, {reply.headers, reply.body, reply.arrivals});
    std::size_t count = done.replaced.size();
    for (std::string* text : {&reply.error, &reply.sentToAgent}) {
        RedactedText redacted = m_redactor->redact(*text);
        count += redacted.replaced.size();
        *text = std::move(redacted.text);
    }
    if (!done.unread.empty()) ++m_unread;
    if (count > 0) reply.headers += redactedLine(static_cast<std::int64_t>(count));
    m_replaced += static_cast<std::int64_t>(count);
}

screen::LinkedFileSource ExchangePrivacy::files(screen::LinkedFileSource source) {
    if (!m_redactor) return source;
    return [this, source = std::move(source)](std::string_view path) -> Result<std::string> {
        auto content = source(path);
        if (!content) return content;
        RedactedText redacted = m_redactor->redact(*content);
        m_replaced += static_cast<std::int64_t>(redacted.replaced.size());
        return std::move(redacted.text);
    };
}

std::string toText(const PrivacyOptions& options) {
    const nlohmann::ordered_json json{
        {"redact", options.redact}, {"expressions", options.expressions}, {"without_content", options.withoutContent}};
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<PrivacyOptions> privacyFromText(std::string_view text) try {
    const auto json = nlohmann::ordered_json::parse(text);
    PrivacyOptions options;
    json.at("redact").get_to(options.redact);
    json.at("expressions").get_to(options.expressions);
    json.at("without_content").get_to(options.withoutContent);
    return options;
} catch (const nlohmann::ordered_json::exception& failure) {
    return Error{ErrorCode::corrupt, std::string("options of privacy cannot be read: ") + failure.what()};
}

}  // namespace turntable::turns
