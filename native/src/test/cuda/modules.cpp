#include "modules.h"

#include <memory>
#include <regex>
#include <utility>

#include "ptx.h"

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

}  // namespace

SourceKernel::SourceKernel(const char* name, std::size_t argumentBytes, Body body)
    : kernel{name, argumentBytes, std::move(body)}, next(first) {
    first = this;
}

Module* loadModule(const char* text, std::string& problem) {
    std::string ptx = text;
    if (ptx.find(".version") == std::string::npos || ptx.find(".target") == std::string::npos) {
        problem = "no PTX: .version or .target is missing";
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
