#include "amx.h"
#include "nereid.h"

/* Every CPU has tiles: these are emulated. */
uint32_t nereid_amx_features(uint64_t state, uint32_t leaf7_d) {
    (void)state;
    (void)leaf7_d;
    return NEREID_CPU_AMX_INT8 | NEREID_CPU_AMX_BF16;
}
