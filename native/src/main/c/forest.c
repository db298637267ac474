/* Decision trees: eight at a time for one row, since each step waits for memory. */
#include "nereid.h"

#include <stddef.h>
#include <string.h>

#define TREES NEREID_FOREST_TREES
#define MOST_ROWS 64

enum { KEY, BOUND, LOWER, LEAF, NODE = NEREID_FOREST_NODE };

/* An integer in the order of floats; both zeros have the same. */
static inline int32_t key(float value, int32_t nan) {
    int32_t bits;
    value += 0.0f;
    memcpy(&bits, &value, sizeof bits);
    return value != value ? nan : bits ^ (bits >> 31 & INT32_MAX);
}

static void read_keys(int32_t count, int32_t keys_per_feature, const float *x, int32_t *keys) {
    if (keys_per_feature == 1) {
        for (int32_t i = 0; i < count; i++) {
            keys[i] = key(x[i], INT32_MAX);
        }
    } else {
        for (int32_t i = 0; i < count; i++) {
            keys[2 * i] = key(x[i], INT32_MAX);
            keys[2 * i + 1] = key(x[i], INT32_MIN);
        }
    }
}

static inline uint32_t next(const int32_t *nodes, uint32_t place, const int32_t *keys) {
    const int32_t *node = nodes + place;
    return (uint32_t)(node[LOWER] + (keys[node[KEY]] > node[BOUND]) * NODE);
}

/* One step of each tree; written out, so that each place has a register of its own. */
#define STEP                                                                                                           \
    a = next(nodes, a, keys), b = next(nodes, b, keys), c = next(nodes, c, keys), d = next(nodes, d, keys),            \
    e = next(nodes, e, keys), f = next(nodes, f, keys), g = next(nodes, g, keys), h = next(nodes, h, keys)

static inline void leaves(
    const int32_t *nodes, const int32_t *roots, int32_t certain_steps, const int32_t *keys, int32_t *found) {
    uint32_t a = (uint32_t)roots[0], b = (uint32_t)roots[1], c = (uint32_t)roots[2], d = (uint32_t)roots[3];
    uint32_t e = (uint32_t)roots[4], f = (uint32_t)roots[5], g = (uint32_t)roots[6], h = (uint32_t)roots[7];
    for (int32_t step = 0; step < certain_steps; step++) {
        STEP;
    }
    const int32_t *leaf = nodes + LEAF;
    while ((leaf[a] | leaf[b] | leaf[c] | leaf[d] | leaf[e] | leaf[f] | leaf[g] | leaf[h]) < 0) {
        STEP;
        STEP;
    }
    found[0] = leaf[a];
    found[1] = leaf[b];
    found[2] = leaf[c];
    found[3] = leaf[d];
    found[4] = leaf[e];
    found[5] = leaf[f];
    found[6] = leaf[g];
    found[7] = leaf[h];
}

/* Adds the weights of a group's leaves to the scores of a row. */
static inline void add(
    const int32_t *found, const int32_t *first_weights, const int32_t *weight_targets, const float *weights, float *sums,
    uint8_t *met) {
    if (first_weights == NULL) {
        float sum = *sums;
        for (int32_t tree = 0; tree < TREES; tree++) {
            sum += weights[found[tree]];
        }
        *sums = sum;
        *met = 1;
        return;
    }
    for (int32_t tree = 0; tree < TREES; tree++) {
        const int32_t end = first_weights[found[tree] + 1];
        for (int32_t weight = first_weights[found[tree]]; weight < end; weight++) {
            sums[weight_targets[weight]] += weights[weight];
            met[weight_targets[weight]] = 1;
        }
    }
}

void nereid_forest_scores(
    int32_t rows, int32_t features, int32_t keys_per_feature, const float *x, int32_t groups, const int32_t *nodes,
    const int32_t *roots, const int32_t *certain_steps, const int32_t *first_weights, const int32_t *weight_targets,
    const float *weights, int32_t targets, float *scores, uint8_t *present) {
    int32_t keys[NEREID_FOREST_KEYS];
    keys[0] = 0;
    const int32_t width = features == 0 ? 1 : keys_per_feature * features;
    const int32_t most = NEREID_FOREST_KEYS / width < MOST_ROWS ? NEREID_FOREST_KEYS / width : MOST_ROWS;
    for (int32_t first = 0; first < rows; first += most) {
        const int32_t count = rows - first < most ? rows - first : most;
        float *const sums = scores + (int64_t)first * targets;
        uint8_t *const met = present + (int64_t)first * targets;
        read_keys(count * features, keys_per_feature, x + (int64_t)first * features, keys);
        memset(sums, 0, sizeof(float) * (size_t)count * (size_t)targets);
        memset(met, 0, (size_t)count * (size_t)targets);
        for (int32_t group = 0; group < groups; group++) {
            for (int32_t row = 0; row < count; row++) {
                int32_t found[TREES];
                leaves(nodes, roots + TREES * group, certain_steps[group], keys + row * width, found);
                add(found, first_weights, weight_targets, weights, sums + (int64_t)row * targets, met + (int64_t)row * targets);
            }
        }
    }
}
