package dev.nereid.perf.model;

/**
 * A model by its name.
 *
 * @param version empty for any
 */
public record ModelReference(String name, String version) {}
