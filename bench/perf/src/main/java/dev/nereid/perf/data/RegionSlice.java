package dev.nereid.perf.data;

/**
 * A part of a shared-memory region that the server knows.
 *
 * @param region its name with the server
 * @param bytes length of the part
 */
public record RegionSlice(String region, long offset, long bytes) {}
