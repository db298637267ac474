package dev.nereid.bench.cores;

/** How copies of a model get their workers. */
enum Pooling {
    /** One pool for all, as in the server. */
    SHARED,
    /** A pool for each. */
    OWN
}
