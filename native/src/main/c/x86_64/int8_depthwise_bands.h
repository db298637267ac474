/* The function itself; int8_depthwise.h says what is defined before. */

/* Rows of outputs that some channels do before the next ones read the same rows of x. */
#define BAND_ROWS 4
#define BLOCK NEREID_DEPTHWISE_BLOCK
#define PARTS (BLOCK / CHANNELS)

/* Bytes from a part of a block to the next, in each vector of it. */
#define PART_BYTES (QUAD * CHANNELS / VECTORS)

TARGET void FUNCTION(NEREID_INT8_DEPTHWISE_PARAMETERS) {
    const int64_t blocks = (channels + BLOCK - 1) / BLOCK;
    const int64_t block_bytes = (int64_t)columns * quads_of(rows) * QUAD * BLOCK;
    const int64_t y_cell = (int64_t)channels * (scale ? 1 : 4);
    uint8_t beyond[CHANNELS];
    memset(beyond, edge, sizeof beyond);
    struct row row = {.edge = beyond, .width = width, .tap_rows = rows, .tap_columns = columns};
    row.dilation = dilation_across;
    row.planes = planes;
    row.plane = blocks * block_bytes;
    row.flip = EVERY_BYTE((char)flip);
    row.quantizes = scale != 0;
    row.lowest = lowest;
    row.high = EVERY_FLOAT((float)(lowest + 255 - zero_point));
    row.shift = EVERY_SHORT((int16_t)zero_point);
    row_function *const outputs = row_of(rows, columns, stride_across, dilation_across);
    const int64_t reach = (int64_t)(columns - 1) * dilation_across;
    const int64_t from = padding_left <= 0 ? 0 : (padding_left + stride_across - 1) / stride_across;
    int64_t to = width - 1 - reach + padding_left;
    to = to < 0 ? 0 : to / stride_across + 1;
    to = to > out_width ? out_width : to;
    for (int32_t band = out_from; band < out_to; band += BAND_ROWS) {
        for (int64_t part = 0; part < PARTS * blocks; part++) {
            /* The last of several blocks ends with the last channel: it begins with ones that the one before has too. */
            const int64_t block = part / PARTS;
            const int64_t last = channels > BLOCK ? channels - BLOCK : 0;
            const int64_t first = (block * BLOCK < last ? block * BLOCK : last) + part % PARTS * CHANNELS;
            if (first >= channels || first + CHANNELS <= block * BLOCK) {
                continue;
            }
            const int64_t place = block * block_bytes + part % PARTS * PART_BYTES;
            row.channels = FIRST(channels - first < CHANNELS ? channels - first : CHANNELS);
            row.w = w + place;
            row.more = more ? more + place : 0;
            prepare(&row, filter_sums + first, zero, bias ? bias + first : 0, scale ? scale + first : 0);
            for (int64_t out = band; out < out_to && out < band + BAND_ROWS; out++) {
                for (int32_t tap = 0; tap < rows; tap++) {
                    const int64_t at = out * stride_down + (int64_t)tap * dilation_down - padding_top;
                    const int inside = at >= 0 && at < height;
                    row.from[tap] = inside ? x + at * width * channels + first : beyond;
                    row.step[tap] = inside ? channels : 0;
                }
                char *const to_row = (char *)y + out * out_width * y_cell + first * (scale ? 1 : 4);
                outputs(&row, stride_across, padding_left, from, to, out_width, to_row, y_cell);
            }
        }
    }
}
