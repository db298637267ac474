#define _DEFAULT_SOURCE
#include "amx.h"
#include "nereid.h"

#include <sys/syscall.h>
#include <unistd.h>

/* In EDX of CPUID's leaf 7. */
#define AMX_TILE (1u << 24)
#define AMX_INT8 (1u << 25)
#define AMX_BF16 (1u << 22)

/* In XCR0: shapes and contents of tiles. */
#define TILE_STATE (3u << 17)

/* Linux lets a process use tiles that has asked for them; the threads it has and will have may then, too. */
static int permitted(void) {
    const long arch_req_xcomp_perm = 0x1023;
    const long tile_data = 18;
    return syscall(SYS_arch_prctl, arch_req_xcomp_perm, tile_data) == 0;
}

uint32_t nereid_amx_features(uint64_t state, uint32_t leaf7_d) {
    if ((state & TILE_STATE) != TILE_STATE || !(leaf7_d & AMX_TILE) || !permitted()) {
        return 0;
    }
    return (leaf7_d & AMX_INT8 ? NEREID_CPU_AMX_INT8 : 0) | (leaf7_d & AMX_BF16 ? NEREID_CPU_AMX_BF16 : 0);
}
