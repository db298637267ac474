package dev.nereid.server.traffic;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What {@code traffic.json} says, as far as it can be checked without the model. Immutable.
 *
 * @param labels the versions that the labels name
 * @param defaultTarget where requests go that name no version and match no rule; empty for the split, or without one for the
 *     latest version
 * @param split the parts of the traffic; may be empty
 * @param sticky where the key of a request is looked for, in this order; may be empty
 * @param salt what the hash of a key depends on beside the key and the target
 * @param rules the first one that matches decides
 */
public record TrafficConfig(
        Map<String, Long> labels,
        Optional<Target> defaultTarget,
        List<Share> split,
        List<StickyKey> sticky,
        String salt,
        List<Rule> rules,
        List<Shadow> shadows,
        Optional<Rollback> rollback,
        Optional<FallbackTo> fallback) {
    /** Nothing is decided here. */
    public static final TrafficConfig NONE = new TrafficConfig(
            Map.of(),
            Optional.empty(),
            List.of(),
            List.of(),
            "",
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty());

    public TrafficConfig {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        split = List.copyOf(split);
        sticky = List.copyOf(sticky);
        rules = List.copyOf(rules);
        shadows = List.copyOf(shadows);
    }

    /**
     * A part of the traffic.
     *
     * @param weight 0 or more; the part is the weight divided by the sum of all
     */
    public record Share(Target to, double weight) {}

    /** Where the key of a request may be. */
    public sealed interface StickyKey {
        /** A header of the request. */
        record Header(String name) implements StickyKey {}

        /** A parameter of the request. */
        record Parameter(String name) implements StickyKey {}

        /** The correlation id of a sequence. */
        record SequenceId() implements StickyKey {}

        /** Who the client is. */
        record Principal() implements StickyKey {}
    }

    /**
     * Sends requests that match to a target.
     *
     * @param headers name in lower case to the value that it must have
     * @param parameters name to the value that it must have, as text
     */
    public record Rule(Map<String, String> headers, Map<String, String> parameters, Target to) {
        public Rule {
            headers = Map.copyOf(headers);
            parameters = Map.copyOf(parameters);
        }
    }

    /**
     * A version that gets copies of requests, whose answers are compared.
     *
     * @param percent of the requests, above 0 and up to 100
     * @param maxInFlight copies that wait or run at a time; others are dropped
     * @param maxBytes the most that the inputs of a request may have
     * @param outputs the tolerances of the outputs that are compared
     * @param argmax the outputs of which the place of the largest number is compared
     */
    public record Shadow(
            Target to,
            double percent,
            int maxInFlight,
            long maxBytes,
            Map<String, Tolerance> outputs,
            Set<String> argmax) {
        public Shadow {
            outputs = Map.copyOf(outputs);
            argmax = Set.copyOf(argmax);
        }
    }

    /**
     * When a version loses its traffic.
     *
     * @param watch the target that is watched
     * @param to what it is compared with, and what gets the traffic
     * @param minRequests that the watched version must have had in the window
     * @param maxErrorRate from 0 to 1; empty for any
     * @param maxP99Ratio the most that the watched version's 99th percentile may be, divided by the other one's; empty for any
     * @param hold for so long a changed document does not give the traffic back
     */
    public record Rollback(
            Target watch,
            Target to,
            Duration window,
            long minRequests,
            OptionalDouble maxErrorRate,
            OptionalDouble maxP99Ratio,
            Duration hold) {}

    /**
     * Who takes requests that cannot be answered.
     *
     * @param model another model; empty for a version of this one
     * @param to the version; empty for the one that the other model's own traffic says
     * @param evenExplicit whether requests that name a version are given to it too
     */
    public record FallbackTo(
            Set<FallbackCondition> on, Optional<String> model, Optional<Target> to, boolean evenExplicit) {
        public FallbackTo {
            on = Set.copyOf(on);
        }
    }

    /** Every target that a request may be sent to. */
    Set<Target> targets() {
        Set<Target> targets = new LinkedHashSet<>();
        defaultTarget.ifPresent(targets::add);
        split.forEach(share -> targets.add(share.to()));
        rules.forEach(rule -> targets.add(rule.to()));
        shadows.forEach(shadow -> targets.add(shadow.to()));
        rollback.ifPresent(watch -> {
            targets.add(watch.watch());
            targets.add(watch.to());
        });
        fallback.flatMap(FallbackTo::to).ifPresent(targets::add);
        return targets;
    }
}
