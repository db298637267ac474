package dev.nereid.perf.compare;

import dev.nereid.perf.measure.Summary;

/** A window of the first server and the one of the second that followed it. */
public record Round(Summary first, Summary second) {}
