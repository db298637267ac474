package dev.nereid.server.observe;

/**
 * The response cache at one moment.
 *
 * @param capacityBytes what entries may take together
 * @param bytes what they take
 * @param hits look-ups that found an entry
 * @param misses look-ups that found none
 * @param evictions entries that made room for others
 * @param lookupNanos time of all look-ups
 * @param insertionNanos time of all insertions
 */
public record CacheSnapshot(
        long capacityBytes,
        long bytes,
        long entries,
        long hits,
        long misses,
        long evictions,
        long lookupNanos,
        long insertionNanos) {}
