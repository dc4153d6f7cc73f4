#include "tests/fuzz/logs_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    turntable::logs::fuzz::checkLog({reinterpret_cast<const char*>(data), size});
    return 0;
}
