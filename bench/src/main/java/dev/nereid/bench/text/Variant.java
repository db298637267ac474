package dev.nereid.bench.text;

import java.util.List;

/**
 * One way to serve the same texts.
 *
 * @param model of the repository that requests go to
 * @param padded whether clients pad
 */
record Variant(String name, String model, boolean padded) {
    static final Variant PACKED = new Variant("adaptive, packed", "packed", false);
    static final Variant EQUAL = new Variant("Triton, equal shapes", "equal", false);
    static final Variant ADAPTIVE_EQUAL = new Variant("adaptive, equal shapes", "adaptive_equal", false);
    static final Variant BUCKETS = new Variant("adaptive, padded in buckets", "buckets", false);
    static final Variant PADDED = new Variant("Triton, clients pad to 512", "equal", true);

    static final List<Variant> ALL = List.of(PACKED, EQUAL, ADAPTIVE_EQUAL, BUCKETS, PADDED);
}
