// Modules of the emulated driver: which kernels a PTX text names. TESTS ONLY.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulated.h"

namespace emulated {

struct Module {
    std::map<std::string, const Kernel*> kernels;
    // Those that no source has: the text itself is interpreted.
    std::vector<std::unique_ptr<Kernel>> written;
};

// Reads the entries of a PTX text and finds the kernels that g++ has compiled of the same sources.
//
// capability: of the device, times ten
// problem: set where the text is no PTX or for other devices, or its arguments are not those of the sources
Module* loadModule(const char* text, int capability, std::string& problem);

}  // namespace emulated
