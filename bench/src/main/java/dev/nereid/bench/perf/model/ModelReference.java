package dev.nereid.bench.perf.model;

/**
 * A model by its name.
 *
 * @param version empty for any
 */
public record ModelReference(String name, String version) {}
