// Modules of the emulated driver: which kernels a PTX text names. TESTS ONLY.
#pragma once

#include <map>
#include <string>

#include "emulated.h"

namespace emulated {

struct Module {
    std::map<std::string, const Kernel*> kernels;
};

// Reads the entries of a PTX text and finds the kernels that g++ has compiled of the same sources.
//
// problem: set where the text is no PTX, or its arguments are not those of the sources
Module* loadModule(const char* text, std::string& problem);

}  // namespace emulated
