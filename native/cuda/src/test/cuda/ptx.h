// Kernels that exist as PTX text alone, since Nereid writes them at run time: an interpreter of the instructions that it
// writes. TESTS ONLY.
#pragma once

#include <memory>
#include <string>

#include "emulated.h"

namespace emulated {

// A kernel that the sources do not have.
//
// text: of a whole module with this one entry
// problem: set where the text has something that this interpreter does not know; it knows what dev.nereid.cuda.driver
// writes, and no jumps
std::unique_ptr<Kernel> interpretKernel(const std::string& text, const std::string& name, std::string& problem);

}  // namespace emulated
