package dev.nereid.bench.schedule;

/** How batches of several instances run on one device. */
enum Sharing {
    /** Every instance has a device of its own, or the queues themselves let only as many run as fit. */
    OWN,
    /** All at the same time, each the slower the more there are. */
    AT_ONCE,
    /** One after the other, in the order in which they were formed. */
    IN_ORDER,
    /** One after the other; formed only when the device is free, for the model that had the fewest executions. */
    FEWEST_FIRST
}
