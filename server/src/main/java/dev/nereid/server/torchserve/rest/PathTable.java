package dev.nereid.server.torchserve.rest;

import dev.nereid.server.http.PathSegments;
import dev.nereid.server.torchserve.Tokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Paths with what answers them; the first row that fits wins. Filled before it is used. */
final class PathTable {
    /** Stands for any method. */
    static final String ANY = "*";

    private final List<Row> rows = new ArrayList<>();

    /** Answers the requests of a row. */
    @FunctionalInterface
    interface Handler {
        /**
         * Answers one request.
         *
         * @throws dev.nereid.server.torchserve.TorchServeException answered as JSON
         */
        void handle(RestCall call);
    }

    /**
     * One row.
     *
     * @param scope the key that it needs; empty for none
     * @param path segments; <code>{name}</code> stands for any text, perhaps with more behind it, <code>{name...}</code> for the rest
     */
    record Row(Optional<Tokens.Scope> scope, String method, List<String> path, Handler handler) {
        private boolean fits(String asked) {
            return method.equals(ANY) || method.equals(asked);
        }

        private Optional<Map<String, String>> match(List<String> segments) {
            Map<String, String> variables = new HashMap<>();
            for (int i = 0; i < path.size(); i++) {
                String pattern = path.get(i);
                if (pattern.endsWith("...}")) {
                    if (i >= segments.size()) {
                        return Optional.empty();
                    }
                    variables.put(name(pattern), String.join("/", segments.subList(i, segments.size())));
                    return Optional.of(variables);
                }
                if (i >= segments.size() || !fits(pattern, segments.get(i), variables)) {
                    return Optional.empty();
                }
            }
            return segments.size() == path.size() ? Optional.of(variables) : Optional.empty();
        }

        private static String name(String pattern) {
            return pattern.substring(1, pattern.indexOf('}')).replace("...", "");
        }

        private static boolean fits(String pattern, String segment, Map<String, String> variables) {
            if (!pattern.startsWith("{")) {
                return pattern.equals(segment);
            }
            String behind = pattern.substring(pattern.indexOf('}') + 1);
            if (!segment.endsWith(behind) || segment.length() == behind.length()) {
                return false;
            }
            String value = segment.substring(0, segment.length() - behind.length());
            variables.put(name(pattern), PathSegments.decode(value));
            return true;
        }
    }

    /** A row that fits a path; {@code methodFits}: and the method too. */
    record Found(Row row, Map<String, String> variables, boolean methodFits) {}

    /** Adds a row that needs a key. */
    PathTable add(Tokens.Scope scope, String method, String path, Handler handler) {
        rows.add(new Row(Optional.of(scope), method, segments(path), handler));
        return this;
    }

    /** Adds a row that needs no key. */
    PathTable addOpen(String method, String path, Handler handler) {
        rows.add(new Row(Optional.empty(), method, segments(path), handler));
        return this;
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** The first row that fits path and method; where there is none, the first that fits the path. */
    Optional<Found> find(String path, String method) {
        if (!path.startsWith("/")) {
            return Optional.empty();
        }
        List<String> segments = segments(path);
        Optional<Found> first = Optional.empty();
        for (Row row : rows) {
            Optional<Map<String, String>> variables = row.match(segments);
            if (variables.isPresent()) {
                if (row.fits(method)) {
                    return Optional.of(new Found(row, variables.get(), true));
                }
                first = first.isPresent() ? first : Optional.of(new Found(row, variables.get(), false));
            }
        }
        return first;
    }
}
