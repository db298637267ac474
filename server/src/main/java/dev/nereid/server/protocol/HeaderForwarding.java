package dev.nereid.server.protocol;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which headers of a request become parameters of it: those with the pattern somewhere in their names, whatever the case.
 * Immutable.
 */
public final class HeaderForwarding {
    /** No header becomes a parameter. */
    public static final HeaderForwarding NONE = new HeaderForwarding(Optional.empty());

    private static final String RESERVED_PREFIX = "triton_";
    private static final Set<String> RESERVED = Set.of(
            "sequence_id", "sequence_start", "sequence_end", "priority", "timeout", "headers", "binary_data_output");

    private final Optional<Pattern> pattern;

    private HeaderForwarding(Optional<Pattern> pattern) {
        this.pattern = pattern;
    }

    /**
     * Forwards headers whose names contain the pattern.
     *
     * @param pattern in RE2's syntax; empty for none
     * @throws IllegalArgumentException if it is no pattern
     */
    public static HeaderForwarding of(String pattern) {
        try {
            return pattern.isEmpty()
                    ? NONE
                    : new HeaderForwarding(Optional.of(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE)));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("expected a regular expression. Got " + pattern, e);
        }
    }

    /** Whether no header is ever forwarded. */
    public boolean isNone() {
        return pattern.isEmpty();
    }

    /** One header of a request. */
    public record Header(String name, String value) {}

    /**
     * The parameters with those of the headers; what the client says itself has precedence.
     *
     * @throws InferException if a header has the name of a parameter with a meaning of its own
     */
    public InferRequest.Header addTo(InferRequest.Header request, Iterable<Header> headers) {
        Map<String, Parameter> parameters = new HashMap<>();
        for (Header header : headers) {
            if (pattern.isPresent() && pattern.get().matcher(header.name()).find()) {
                if (RESERVED.contains(header.name()) || header.name().startsWith(RESERVED_PREFIX)) {
                    throw InferException.invalid(
                            "Header '" + header.name() + "' is reserved for Triton usage and cannot be forwarded.");
                }
                parameters.putIfAbsent(header.name(), new Parameter.Text(header.value()));
            }
        }
        return parameters.isEmpty() ? request : request.withMore(parameters);
    }
}
