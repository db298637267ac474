// TESTS ONLY: see ptx.h. One line of text is one instruction; registers are slots of 8 bytes, whatever their type.
#include "ptx.h"

#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace emulated {
namespace {

// Where an operand comes from: a slot, or a number that the text gives.
struct Operand {
    int slot = -1;
    std::uint64_t number = 0;
};

struct Thread {
    std::vector<std::uint64_t> slots;
    const unsigned char* arguments;
};

struct Instruction;
using Operation = std::uint64_t (*)(const Thread& thread, const Instruction& instruction);

struct Instruction {
    int guard = -1;  // the slot of the predicate that must hold; -1 for none
    bool returns = false;
    Operation operation = nullptr;
    int result = -1;
    Operand operands[3];
};

struct Program {
    std::vector<Instruction> instructions;
    std::map<std::string, int> slots;
};

template <typename T>
T as(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

template <typename T>
std::uint64_t bitsOf(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
}

template <typename T>
T get(const Thread& thread, const Instruction& instruction, int operand) {
    const Operand& from = instruction.operands[operand];
    return as<T>(from.slot >= 0 ? thread.slots[from.slot] : from.number);
}

template <typename T>
T parameter(const Thread& thread, const Instruction& instruction) {
    T value;
    std::memcpy(&value, thread.arguments + instruction.operands[0].number, sizeof(T));
    return value;
}

// A row: the instruction, the type of its operands, and its result of x, y and z.
#define ROW(name, T, expression)                              \
    {                                                         \
        name, [](const Thread& t, const Instruction& i) {     \
            [[maybe_unused]] T x = get<T>(t, i, 0);           \
            [[maybe_unused]] T y = get<T>(t, i, 1);           \
            [[maybe_unused]] T z = get<T>(t, i, 2);           \
            return bitsOf(expression);                        \
        }                                                     \
    }

#define OTHER(name, expression) \
    { name, [](const Thread& t, const Instruction& i) -> std::uint64_t { return expression; } }

const std::map<std::string, Operation>& operations() {
    static const std::map<std::string, Operation> rows = {
        ROW("add.rn.f32", float, x + y),
        ROW("sub.rn.f32", float, x - y),
        ROW("mul.rn.f32", float, x * y),
        ROW("div.rn.f32", float, x / y),
        ROW("fma.rn.f32", float, std::fmaf(x, y, z)),
        ROW("abs.f32", float, std::fabs(x)),
        ROW("neg.f32", float, -x),
        ROW("rcp.rn.f32", float, 1.0f / x),
        ROW("sqrt.rn.f32", float, std::sqrt(x)),
        ROW("cvt.rmi.f32.f32", float, std::floor(x)),
        ROW("cvt.rpi.f32.f32", float, std::ceil(x)),
        ROW("cvt.rni.f32.f32", float, std::rint(x)),
        ROW("cvt.rn.f32.s32", std::int32_t, static_cast<float>(x)),
        ROW("setp.lt.f32", float, x < y),
        ROW("setp.le.f32", float, x <= y),
        ROW("setp.gt.f32", float, x > y),
        ROW("setp.ge.f32", float, x >= y),
        ROW("setp.eq.f32", float, x == y),
        ROW("setp.ge.u32", std::uint32_t, x >= y),
        ROW("setp.ne.s32", std::int32_t, x != y),
        ROW("mov.b32", std::uint32_t, x),
        ROW("mov.u32", std::uint32_t, x),
        ROW("add.s32", std::uint32_t, x + y),
        ROW("sub.s32", std::uint32_t, x - y),
        ROW("mad.lo.s32", std::uint32_t, x * y + z),
        ROW("div.u32", std::uint32_t, x / y),
        ROW("rem.u32", std::uint32_t, x % y),
        ROW("shl.b32", std::uint32_t, y < 32 ? x << y : 0),
        ROW("shr.s32", std::int32_t, x >> (y < 31 ? y : 31)),
        ROW("mul.wide.u32", std::uint32_t, static_cast<std::uint64_t>(x) * y),
        ROW("add.s64", std::uint64_t, x + y),
        ROW("cvta.to.global.u64", std::uint64_t, x),
        OTHER("selp.f32", bitsOf(get<bool>(t, i, 2) ? get<float>(t, i, 0) : get<float>(t, i, 1))),
        OTHER("selp.s32", bitsOf(get<bool>(t, i, 2) ? get<std::int32_t>(t, i, 0) : get<std::int32_t>(t, i, 1))),
        OTHER("ld.param.u32", bitsOf(parameter<std::uint32_t>(t, i))),
        OTHER("ld.param.u64", bitsOf(parameter<std::uint64_t>(t, i))),
        OTHER("ld.global.f32", bitsOf(*get<const float*>(t, i, 0))),
        OTHER("ld.global.u8", *get<const std::uint8_t*>(t, i, 0)),
        OTHER("st.global.f32", bitsOf(*get<float*>(t, i, 0) = get<float>(t, i, 1))),
        OTHER("st.global.u8", *get<std::uint8_t*>(t, i, 0) = get<std::uint8_t>(t, i, 1)),
    };
    return rows;
}

#undef ROW
#undef OTHER

bool isStore(const std::string& name) { return name.rfind("st.", 0) == 0; }

// Slots of registers come in the order in which the text names them.
int slot(Program& program, const std::string& name) {
    return program.slots.emplace(name, static_cast<int>(program.slots.size())).first->second;
}

bool parseOperand(Program& program, std::string text, std::size_t argumentBytes, Operand& operand) {
    static const std::regex argument("\\[arguments\\+(\\d+)\\]");
    std::smatch found;
    if (std::regex_match(text, found, argument)) {
        operand.number = std::stoul(found[1]);
        return operand.number + 4 <= argumentBytes;
    }
    if (text.front() == '[') {
        text = text.substr(1, text.size() - 2);
    }
    if (text.front() == '%') {
        operand.slot = slot(program, text);
    } else if (text.rfind("0f", 0) == 0) {
        operand.number = std::stoul(text.substr(2), nullptr, 16);
    } else {
        operand.number = static_cast<std::uint64_t>(std::stoll(text));
    }
    return true;
}

bool parseLine(Program& program, const std::string& line, std::size_t argumentBytes) {
    static const std::regex shape("\\s*(?:@(%p\\d+)\\s+)?([a-z][\\w.]*)\\s*([^;]*);");
    std::smatch found;
    if (!std::regex_match(line, found, shape)) {
        return false;
    }
    Instruction instruction;
    if (found[1].matched) {
        instruction.guard = slot(program, found[1]);
    }
    std::string name = found[2];
    if (name == "ret") {
        instruction.returns = true;
        program.instructions.push_back(instruction);
        return true;
    }
    auto row = operations().find(name);
    if (row == operations().end()) {
        return false;
    }
    instruction.operation = row->second;
    std::istringstream rest(found[3]);
    std::string operand;
    int count = 0;
    bool expectsResult = !isStore(name);
    while (rest >> operand) {
        if (operand.back() == ',') {
            operand.pop_back();
        }
        if (expectsResult) {
            instruction.result = slot(program, operand);
            expectsResult = false;
        } else if (count == 3 || !parseOperand(program, operand, argumentBytes, instruction.operands[count++])) {
            return false;
        }
    }
    program.instructions.push_back(instruction);
    return true;
}

void run(const Program& program, const void* arguments) {
    // Registers begin as what a card may have in them: anything.
    Thread thread = {
        std::vector<std::uint64_t>(program.slots.size(), 0xdeadbeefdeadbeefu),
        static_cast<const unsigned char*>(arguments)};
    thread.slots[program.slots.at("%tid.x")] = threadIdx.x;
    thread.slots[program.slots.at("%ctaid.x")] = blockIdx.x;
    thread.slots[program.slots.at("%ntid.x")] = blockDim.x;
    for (const Instruction& instruction : program.instructions) {
        if (instruction.guard >= 0 && !as<bool>(thread.slots[instruction.guard])) {
            continue;
        }
        if (instruction.returns) {
            return;
        }
        std::uint64_t result = instruction.operation(thread, instruction);
        if (instruction.result >= 0) {
            thread.slots[instruction.result] = result;
        }
    }
}

}  // namespace

std::unique_ptr<Kernel> interpretKernel(const std::string& text, const std::string& name, std::string& problem) {
    static const std::regex head("\\.param\\s+\\.align\\s+8\\s+\\.b8\\s+arguments\\[(\\d+)\\]");
    std::smatch found;
    if (!std::regex_search(text, found, head)) {
        problem = "the emulator was not built with a kernel '" + name + "', nor is it one that it interprets";
        return nullptr;
    }
    std::size_t argumentBytes = std::stoul(found[1]);
    auto program = std::make_shared<Program>();
    for (const char* special : {"%tid.x", "%ctaid.x", "%ntid.x"}) {
        slot(*program, special);
    }
    std::istringstream lines(text.substr(text.find('{') + 1, text.rfind('}') - text.find('{') - 1));
    for (std::string line; std::getline(lines, line);) {
        bool declares = line.find(".reg") != std::string::npos || line.find_first_not_of(" \t") == std::string::npos;
        if (!declares && !parseLine(*program, line, argumentBytes)) {
            problem = "the emulator cannot interpret '" + line + "'";
            return nullptr;
        }
    }
    return std::make_unique<Kernel>(
        Kernel{name, argumentBytes, [program](const void* arguments) { run(*program, arguments); }});
}

}  // namespace emulated
