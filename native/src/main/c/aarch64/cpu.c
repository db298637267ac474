/* What the kernel says of the processor; where a kernel is too old to know a bit, its instructions are left out. */
#include "nereid.h"

#include <asm/hwcap.h>
#include <sys/auxv.h>

#define SVE __attribute__((target("+sve")))

SVE static uint32_t sve_bytes(void) {
    uint64_t bytes;
    __asm__("cntb %0" : "=r"(bytes));
    return (uint32_t)bytes;
}

int32_t nereid_cpu_features(void) {
    const unsigned long one = getauxval(AT_HWCAP);
    const unsigned long two = getauxval(AT_HWCAP2);
    uint32_t features = 0;
    features |= one & HWCAP_ASIMDDP ? NEREID_CPU_DOTPROD : 0;
    features |= two & HWCAP2_I8MM ? NEREID_CPU_I8MM : 0;
    features |= two & HWCAP2_BF16 ? NEREID_CPU_BF16 : 0;
    if (one & HWCAP_SVE) {
        features |= sve_bytes() << NEREID_CPU_SVE_BYTES;
        features |= two & HWCAP2_SVEI8MM ? NEREID_CPU_SVE_I8MM : 0;
    }
    return (int32_t)features;
}
