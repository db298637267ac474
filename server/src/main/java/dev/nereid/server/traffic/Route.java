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
    public Route {
        Objects.requireNonNull(reason, "reason");
    }
}
