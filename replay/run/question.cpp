#include "replay/run/question.h"

#include <utility>

#include "recorder/wire/request.h"
#include "recorder/wire/translate.h"

namespace turntable::run {

std::string_view targetOf(model::Api api) {
    return api == model::Api::anthropicMessages ? "/v1/messages" : "/v1/chat/completions";
}

support::Result<endpoints::Question> prepareQuestion(const model::Turn& source, std::string body,
                                                     const Treatment& treatment) {
    endpoints::Question question;
    question.source = source;
    question.api = treatment.api.value_or(source.api);
    question.body = std::move(body);
    if (question.api != source.api) {
        auto translated = wire::translateRequest(question.body, source.api, question.api);
        if (!translated) return support::withContext(std::move(translated).error(), "the recorded request");
        question.body = std::move(translated->body);
    }
    if (!treatment.model.empty()) {
        auto parsed = wire::parseRequest(question.api, question.body);
        if (!parsed) return support::withContext(std::move(parsed).error(), "the recorded request");
        question.body = wire::withModel(question.body, *parsed, treatment.model);
    }
    if (treatment.stream) {
        auto streaming = wire::withStreaming(question.body, question.api);
        if (!streaming) return support::withContext(std::move(streaming).error(), "the recorded request");
        question.body = *std::move(streaming);
    }
    return question;
}

}  // namespace turntable::run
