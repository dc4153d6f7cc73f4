#include "storage/digest/stream_cipher.h"

#include <limits>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace turntable::digest {
namespace {

using support::Error;
using support::ErrorCode;

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

void putBigEndian(unsigned char* at, std::uint64_t number) {
    for (int byte = 7; byte >= 0; --byte, number >>= 8) at[byte] = static_cast<unsigned char>(number & 0xFF);
}

}  // namespace

support::Result<CipherKey> randomKey() {
    CipherKey key{};
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
        return Error{ErrorCode::internal, "the cryptography library gives no random bytes"};
    }
    return key;
}

support::Result<std::string> applyStream(const CipherKey& key, std::uint64_t nonce, std::uint64_t position,
                                         std::string_view text) {
    std::array<unsigned char, 16> counter{};
    putBigEndian(counter.data(), nonce);
    putBigEndian(counter.data() + 8, position);
    const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
    std::string out(text.size(), '\0');
    int size = 0;
    const bool fits = text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
    const bool done =
        fits && context &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key.data(), counter.data()) == 1 &&
        EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) == 1 &&
        static_cast<std::size_t>(size) == text.size();
    if (!done) return Error{ErrorCode::internal, "the cryptography library cannot encrypt"};
    return out;
}

}  // namespace turntable::digest
