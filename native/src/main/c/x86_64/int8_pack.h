#include "nereid.h"

/* nereid_int8_pack with panels that begin so many bytes behind each other. */
void nereid_int8_pack_panels(NEREID_INT8_PACK_PARAMETERS, int64_t panel_bytes);
