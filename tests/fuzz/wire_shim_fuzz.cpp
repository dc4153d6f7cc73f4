#include "tests/fuzz/wire_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    turntable::wire::fuzz::checkShim({reinterpret_cast<const char*>(data), size});
    return 0;
}
