// Random texts and queries: what the index finds is what reading everything finds.
#include <algorithm>
#include <random>

#include "tests/storage/search/search_fixture.h"

namespace turntable::search {
namespace {

class SearchPropertyTest : public SearchFixture {
protected:
    /// Plain text of words that repeat, in several scripts, without anything that needs an escape.
    std::string randomText() {
        static const std::vector<std::string> kWords = {"Save",    "save as", "OK",   "o",        "Größe", "größer",
                                                        "Файл",    "файлы",   "設定", "設定画面", "开始",  "始开",
                                                        "Σίσυφος", "42",      "4217", "-"};
        std::string text;
        const std::size_t words = m_random() % 900;
        for (std::size_t index = 0; index < words; ++index) {
            text += m_random() % 3 == 0 ? std::to_string(m_random() % 5000) : kWords[m_random() % kWords.size()];
            text += m_random() % 4 == 0 ? "" : m_random() % 9 == 0 ? "  " : " ";
        }
        return text;
    }
    /// Mostly a stretch of one of the texts, sometimes with something else put to it.
    std::string randomQuery(const std::vector<std::string>& texts) {
        const std::string& text = texts[m_random() % texts.size()];
        const auto characters = charactersOf(text);
        if (characters.empty()) return "zz";
        const std::size_t begin = m_random() % characters.size();
        const std::size_t size = 1 + m_random() % (m_random() % 5 == 0 ? 200 : 6);
        std::string query;
        for (std::size_t index = begin; index < std::min(begin + size, characters.size()); ++index) {
            query += characters[index];
        }
        if (m_random() % 8 == 0) query += "q";
        return query;
    }
    static std::vector<std::string> charactersOf(const std::string& text) {
        std::vector<std::string> characters;
        for (const char byte : text) {
            if ((static_cast<unsigned char>(byte) & 0xC0U) == 0x80) {
                characters.back() += byte;
            } else {
                characters.emplace_back(1, byte);
            }
        }
        return characters;
    }
    /// Folding of the letters that these texts have, and no others; white space as one space.
    static std::string plainly(const std::string& text) {
        static const std::vector<std::pair<std::string, std::string>> kCases = {
            {"Ф", "ф"}, {"Σ", "σ"}, {"ς", "σ"}, {"S", "s"}, {"O", "o"}, {"K", "k"}, {"G", "g"}};
        std::string plain;
        for (std::string character : charactersOf(text)) {
            for (const auto& [upper, lower] : kCases) {
                if (character == upper) character = lower;
            }
            if (character == " " && plain.ends_with(' ')) continue;
            plain += character;
        }
        return plain;
    }
    static std::string trimmed(std::string text) {
        while (text.ends_with(' ')) text.pop_back();
        while (text.starts_with(' ')) text.erase(0, 1);
        return text;
    }

    /// Turns whose part has the phrase; what stands around the part does not count here.
    static std::string partsWith(SearchIndex& index, support::SessionId session, const std::string& phrase) {
        const auto result = index.search({"\"" + phrase + "\"", session, Kind::prompt, 1000});
        if (!result) return result.error().message;
        std::string found;
        for (const Hit& hit : result->hits) {
            if (hit.part) found += "s/" + std::to_string(hit.places.front().number) + " prompt\n";
        }
        return found;
    }

    std::mt19937 m_random{20261124};
};

TEST_F(SearchPropertyTest, FindsWhatReadingEverythingFinds) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::vector<std::string> texts;
    SearchIndex index = openIndex();
    for (int round = 0; round < 40; ++round) {
        // A text of its own, or an older one with a change in the middle, as screens change.
        std::string text = randomText();
        if (round % 3 == 2) {
            text = texts[m_random() % texts.size()];
            text.insert(charactersOf(text).empty() ? 0 : text.find(charactersOf(text)[0]),
                        "new" + std::to_string(round));
        }
        texts.push_back(text);
        addText(writer, session, "\"" + text + "\"");
        ASSERT_TRUE(index.update().ok());
        for (int query = 0; query < 12; ++query) {
            const std::string phrase = trimmed(plainly(randomQuery(texts)));
            if (phrase.empty()) continue;
            std::string expected;
            for (std::size_t number = texts.size(); number > 0; --number) {
                if (plainly(texts[number - 1]).find(phrase) == std::string::npos) continue;
                expected += "s/" + std::to_string(number) + " prompt\n";
            }
            ASSERT_EQ(partsWith(index, session, phrase), expected) << "round " << round << ", looking for " << phrase;
        }
    }
}

}  // namespace
}  // namespace turntable::search
