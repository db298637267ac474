package dev.nereid.server.http;

import dev.nereid.server.protocol.ApiGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * The table of routes, matched on the path as the client wrote it: no slash more or less is forgiven, the first row that fits
 * wins. A model's name in it is decoded after that; names of regions are what the client wrote. Immutable.
 */
public final class Routes implements Router {
    /** The variable that names a model. */
    static final String MODEL = "model";

    /** The variable that names a version. */
    static final String VERSION = "version";

    private static final String VERSION_SEGMENT = "{" + VERSION + "}";

    private final List<Route> routes;
    private final BiPredicate<String, String> isLabel;

    /**
     * One row.
     *
     * @param group the API group that may restrict it; empty if it cannot be restricted
     * @param path segments between slashes; <code>{name}</code> stands for any text, {@code {version}} for digits or, of
     *     a model with labels, what may be one
     */
    public record Route(
            Optional<ApiGroup> group, String method, List<String> path, ContentType errorType, RouteHandler handler) {
        public Route {
            path = List.copyOf(path);
        }

        /** The path with its variables; empty for a row that is for any path. */
        String template() {
            return path.isEmpty() ? "" : "/" + String.join("/", path);
        }

        /** The values of the variables; empty if the path is another one. */
        private Optional<Map<String, String>> match(List<String> segments, BiPredicate<String, String> isLabel) {
            if (segments.size() != path.size()) {
                return Optional.empty();
            }
            int label = -1;
            for (int i = 0; i < path.size(); i++) {
                if (!fits(path.get(i), segments.get(i))) {
                    if (!path.get(i).equals(VERSION_SEGMENT)) {
                        return Optional.empty();
                    }
                    label = i;
                }
            }
            if (label >= 0 && !isLabelled(segments, label, isLabel)) {
                return Optional.empty();
            }
            Map<String, String> variables = new HashMap<>();
            for (int i = 0; i < path.size(); i++) {
                String pattern = path.get(i);
                if (pattern.startsWith("{")) {
                    String name = pattern.substring(1, pattern.length() - 1);
                    variables.put(name, name.equals(MODEL) ? PathSegments.decode(segments.get(i)) : segments.get(i));
                }
            }
            return Optional.of(variables);
        }

        /** Whether what may be a label of the model stands where the number of a version may stand. */
        private boolean isLabelled(List<String> segments, int index, BiPredicate<String, String> isLabel) {
            int model = path.indexOf("{" + MODEL + "}");
            return model >= 0 && isLabel.test(PathSegments.decode(segments.get(model)), segments.get(index));
        }

        private static boolean fits(String pattern, String segment) {
            return pattern.startsWith("{")
                    ? !segment.isEmpty() && (!pattern.equals(VERSION_SEGMENT) || isDigits(segment))
                    : pattern.equals(segment);
        }

        private static boolean isDigits(String text) {
            return text.chars().allMatch(letter -> letter >= '0' && letter <= '9');
        }
    }

    /**
     * A row that fits a path.
     *
     * @param variables what those of the path stand for
     * @param methodFits whether the row is for the request's method
     */
    public record Match(Route route, Map<String, String> variables, boolean methodFits) {
        private static final byte[] NOTHING = new byte[0];

        /** A row for any path and method that answers with a status and no body. */
        public static Match always(int status) {
            return always(exchange -> exchange.respond(status, ContentType.PLAIN, NOTHING));
        }

        /** A row for any path and method, which no key restricts. */
        public static Match always(RouteHandler handler) {
            return new Match(
                    new Route(Optional.empty(), "POST", List.of(), ContentType.PLAIN, handler), Map.of(), true);
        }

        /** The same, whatever the method. */
        public Match forAnyMethod() {
            return new Match(route, variables, true);
        }
    }

    private Routes(List<Route> routes, BiPredicate<String, String> isLabel) {
        this.routes = List.copyOf(routes);
        this.isLabel = isLabel;
    }

    /** A table without rows, in which no version has a label. */
    public static Builder builder() {
        return builder((_, _) -> false);
    }

    /**
     * A table without rows.
     *
     * @param isLabel whether a text may be a label of a model
     */
    static Builder builder(BiPredicate<String, String> isLabel) {
        return new Builder(isLabel);
    }

    @Override
    public String title() {
        return "HTTP";
    }

    @Override
    public Optional<Match> find(String path, String method, Function<String, Optional<String>> header) {
        return find(path, method);
    }

    /** The first row that fits path and method; where the path has only other methods, the first that fits the path. */
    public Optional<Match> find(String path, String method) {
        if (!path.startsWith("/")) {
            return Optional.empty();
        }
        List<String> segments = List.of(path.substring(1).split("/", -1));
        Optional<Match> first = Optional.empty();
        for (Route route : routes) {
            boolean methodFits = route.method().equals(method);
            Optional<Match> match =
                    route.match(segments, isLabel).map(variables -> new Match(route, variables, methodFits));
            if (match.isPresent() && methodFits) {
                return match;
            }
            first = first.or(() -> match);
        }
        return first;
    }

    /** Collects rows in the order in which they are tried. */
    public static final class Builder {
        private final List<Route> routes = new ArrayList<>();
        private Optional<ApiGroup> group = Optional.empty();

        private final BiPredicate<String, String> isLabel;

        private Builder(BiPredicate<String, String> isLabel) {
            this.isLabel = isLabel;
        }

        /** Puts the rows that follow into a group. */
        public Builder of(ApiGroup next) {
            group = Optional.of(next);
            return this;
        }

        /**
         * Adds a row.
         *
         * @param errorType the type of the answer to a wrong method
         */
        public Builder add(String method, String path, ContentType errorType, RouteHandler handler) {
            routes.add(new Route(group, method, List.of(path.substring(1).split("/", -1)), errorType, handler));
            return this;
        }

        /** Adds a row for a model, and one for a version of it. */
        public Builder addModel(String method, String rest, ContentType errorType, RouteHandler handler) {
            return add(method, "/v2/models/{model}" + rest, errorType, handler)
                    .add(method, "/v2/models/{model}/versions/{version}" + rest, errorType, handler);
        }

        public Routes build() {
            return new Routes(routes, isLabel);
        }
    }
}
