package dev.nereid.server.tensorflow.rest;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.tensorflow.ServableSpec;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a path means: a model, and what is asked of it. Source: http_rest_api_handler.cc.
 *
 * @param method {@code predict}, {@code classify}, {@code regress}, {@code metadata}, or empty for the status
 */
record RestPath(ServableSpec spec, String method) {
    private static final String VERSION = "(?:/versions/(\\d+)|/labels/([^/:]+))?";
    private static final Pattern INFERENCE =
            Pattern.compile("(?i)/v1/models/([^/:]+)" + VERSION + ":(classify|regress|predict)");
    private static final Pattern STATUS =
            Pattern.compile("(?i)/v1/models(?:/([^/:]+))?" + VERSION + "(?:/(metadata))?");

    /** Group numbers of both patterns. */
    private static final int NAME = 1;

    private static final int NUMBER = 2;
    private static final int LABEL = 3;
    private static final int METHOD = 4;

    /**
     * Reads a path.
     *
     * @param path as the client wrote it
     * @return empty if there is no such path for that verb
     * @throws InferException if it names no model, or a version that is no number
     */
    static Optional<RestPath> read(String path, String verb) {
        Matcher matcher = (verb.equals("POST") ? INFERENCE : STATUS).matcher(path);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String name = matcher.group(NAME);
        if (name == null) {
            throw InferException.invalid("Missing model name in request.");
        }
        ServableSpec spec = new ServableSpec(
                decoded(name),
                version(matcher.group(NUMBER)),
                Optional.ofNullable(matcher.group(LABEL)).map(RestPath::decoded));
        String method = matcher.group(METHOD);
        return Optional.of(new RestPath(spec, method == null ? "" : method.toLowerCase(Locale.ROOT)));
    }

    /** Whether a path is one of the API's whatever the verb. */
    static boolean isKnown(String path) {
        return INFERENCE.matcher(path).matches() || STATUS.matcher(path).matches();
    }

    private static OptionalLong version(@org.jspecify.annotations.Nullable String digits) {
        if (digits == null) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(digits));
        } catch (NumberFormatException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "Failed to convert version: " + digits + " to numeric.", e);
        }
    }

    /** Percent signs that stand for nothing are left as they are. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
