#include "modules.h"

#include <memory>
#include <regex>
#include <utility>

#include "ptx.h"
#include "warpgroups.h"

namespace emulated {
namespace {

SourceKernel* first = nullptr;

const Kernel* find(const std::string& name) {
    for (const SourceKernel* each = first; each != nullptr; each = each->next) {
        if (name == each->kernel.name) {
            return &each->kernel;
        }
    }
    return nullptr;
}

// Text for an architecture is for later ones too, but where its name ends with a letter.
bool isFor(const std::string& ptx, int capability) {
    static const std::regex target("\\.target\\s+sm_(\\d+)(a?)");
    std::smatch found;
    if (!std::regex_search(ptx, found, target)) {
        return false;
    }
    int wanted = std::stoi(found[1]);
    return found[2].length() == 0 ? capability >= wanted : capability == wanted && spoiled() != Spoiled::TEXT;
}

}  // namespace

SourceKernel::SourceKernel(const char* name, std::size_t argumentBytes, Body body)
    : kernel{name, argumentBytes, std::move(body)}, next(first) {
    first = this;
}

Module* loadModule(const char* text, int capability, std::string& problem) {
    std::string ptx = text;
    if (ptx.find(".version") == std::string::npos || ptx.find(".target") == std::string::npos) {
        problem = "no PTX: .version or .target is missing";
        return nullptr;
    }
    if (!isFor(ptx, capability)) {
        problem = "PTX for other devices than those of " + std::to_string(capability);
        return nullptr;
    }
    auto module = std::make_unique<Module>();
    static const std::regex entry("\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)");
    static const std::regex size("\\[(\\d+)\\]");
    for (std::sregex_iterator found(ptx.begin(), ptx.end(), entry), end; found != end; ++found) {
        std::string name = (*found)[1];
        std::string parameters = (*found)[2];
        const Kernel* kernel = find(name);
        std::smatch bytes;
        if (kernel == nullptr) {
            std::unique_ptr<Kernel> written = interpretKernel(ptx, name, problem);
            if (written == nullptr) {
                return nullptr;
            }
            kernel = written.get();
            module->written.push_back(std::move(written));
        }
        if (!std::regex_search(parameters, bytes, size) || std::stoul(bytes[1]) != kernel->argumentBytes) {
            problem = "the arguments of '" + name + "' in the PTX text are not those of the sources";
            return nullptr;
        }
        module->kernels[name] = kernel;
    }
    return module.release();
}

}  // namespace emulated
