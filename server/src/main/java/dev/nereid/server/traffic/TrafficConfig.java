package dev.nereid.server.traffic;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code traffic.json} says, as far as it can be checked without the model. Immutable.
 *
 * @param labels the versions that the labels name
 * @param fixed where requests go that name no version and match no rule; empty for the split, or without one for the
 *     latest version
 * @param split the parts of the traffic; may be empty
 * @param sticky where the key of a request is looked for, in this order; may be empty
 * @param salt what the hash of a key depends on beside the key and the target
 * @param rules the first one that matches decides
 */
public record TrafficConfig(
        Map<String, Long> labels,
        Optional<Target> fixed,
        List<Share> split,
        List<StickyKey> sticky,
        String salt,
        List<Rule> rules) {
    /** Nothing is decided here. */
    public static final TrafficConfig NONE =
            new TrafficConfig(Map.of(), Optional.empty(), List.of(), List.of(), "", List.of());

    public TrafficConfig {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        split = List.copyOf(split);
        sticky = List.copyOf(sticky);
        rules = List.copyOf(rules);
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

    /** Every target that a request may be sent to. */
    Set<Target> targets() {
        Set<Target> targets = new LinkedHashSet<>();
        fixed.ifPresent(targets::add);
        split.forEach(share -> targets.add(share.to()));
        rules.forEach(rule -> targets.add(rule.to()));
        return targets;
    }
}
