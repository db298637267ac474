package dev.nereid.bench.perf.client;

/** A request as its transport sends it, encoded once and sent any number of times. Immutable. */
public interface Payload {}
