#include "nereid.h"

int32_t nereid_abi_version(void) { return NEREID_ABI_VERSION; }
