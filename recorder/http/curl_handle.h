#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

namespace turntable::http {

struct EasyCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiCleanup {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;
using MultiHandle = std::unique_ptr<CURLM, MultiCleanup>;

/// The header lines of a request in the form libcurl takes them. Owns the list.
class HeaderLines {
public:
    void add(const std::string& line) {
        curl_slist* longer = curl_slist_append(m_list.get(), line.c_str());
        if (longer == nullptr) return;  // out of memory: the list is as it was
        static_cast<void>(m_list.release());
        m_list.reset(longer);
    }
    [[nodiscard]] curl_slist* get() const { return m_list.get(); }

private:
    std::unique_ptr<curl_slist, ListCleanup> m_list;
};

/// Puts an easy handle into a multi handle and takes it out again; taking it out in the middle closes its connection.
class Attachment {
public:
    Attachment(CURLM* multi, CURL* easy)
        : m_multi(multi), m_easy(easy), m_ok(curl_multi_add_handle(multi, easy) == CURLM_OK) {}
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;
    ~Attachment() { curl_multi_remove_handle(m_multi, m_easy); }
    [[nodiscard]] bool ok() const { return m_ok; }

private:
    CURLM* m_multi;
    CURL* m_easy;
    bool m_ok;
};

}  // namespace turntable::http
