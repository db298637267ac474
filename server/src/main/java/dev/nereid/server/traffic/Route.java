package dev.nereid.server.traffic;

import java.util.Objects;

/**
 * Where a request goes, and why.
 *
 * @param version the number of the version
 * @param reason such as {@code split:canary}, {@code rule:0}, {@code default:stable}, {@code label:canary},
 *     {@code sequence}, {@code latest} or {@code explicit}
 */
public record Route(long version, String reason) {
    /** Of a request that names a version by its number. */
    static final String EXPLICIT = "explicit";

    /** Of a request that a version could not answer; the version is 0 then. */
    static final String FALLBACK = "fallback";

    public Route {
        Objects.requireNonNull(reason, "reason");
    }
}
