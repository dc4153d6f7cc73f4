#include "storage/digest/sha256.h"

#include <openssl/evp.h>

namespace turntable::digest {

Sha256 sha256(std::string_view bytes) {
    Sha256 digest{};
    unsigned int size = 0;
    // Fails only when the library has no SHA-256 at all; an all-zero digest then matches nothing that was ever stored.
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) digest.fill(0);
    return digest;
}

std::string toHex(const Sha256& digest) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(digest.size() * 2);
    for (const unsigned char byte : digest) {
        text.push_back(kDigits[byte >> 4]);
        text.push_back(kDigits[byte & 0x0F]);
    }
    return text;
}

}  // namespace turntable::digest
