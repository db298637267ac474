package dev.nereid.bench.text;

/**
 * One way to serve the same texts.
 *
 * @param model of the repository that requests go to
 * @param padded whether clients pad
 */
record Variant(String name, String model, boolean padded) {}
