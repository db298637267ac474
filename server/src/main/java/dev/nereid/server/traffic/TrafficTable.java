package dev.nereid.server.traffic;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.traffic.TrafficConfig.Rule;
import dev.nereid.server.traffic.TrafficConfig.StickyKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * A traffic document that was checked against its model: decides where requests go that name no version. Immutable; a
 * decision takes no lock. Labels are replaced by versions when it is made.
 */
final class TrafficTable {
    /** Decides nothing: every request goes to the latest version. */
    static final TrafficTable NONE = new TrafficTable(TrafficConfig.NONE, new WeightedSplit(List.of()));

    private static final String SALT = "nereid";

    private final TrafficConfig config;
    private final WeightedSplit split;

    private TrafficTable(TrafficConfig config, WeightedSplit split) {
        this.config = config;
        this.split = split;
    }

    /**
     * Checks a document against its model.
     *
     * @throws InferException with one sentence if it names what the model does not have
     */
    static TrafficTable of(TrafficConfig config, ValidationContext model) {
        config.labels().forEach((label, version) -> {
            if (!model.versions().contains(version)) {
                throw InferException.invalid("labels." + label + ": " + notReady(version, model));
            }
        });
        for (Target target : config.targets()) {
            check(config, target, model);
        }
        List<WeightedSplit.Part> parts = new ArrayList<>();
        Map<Long, Target> seen = new HashMap<>();
        for (TrafficConfig.Share share : config.split()) {
            long version = version(config, share.to()).orElseThrow();
            Target other = seen.putIfAbsent(version, share.to());
            if (other != null) {
                throw InferException.invalid(
                        "split: '" + other + "' and '" + share.to() + "' are both version " + version);
            }
            String name = share.to().text();
            parts.add(new WeightedSplit.Part(name, version, share.weight(), KeyHash.of(SALT, config.salt(), name)));
        }
        for (int i = 0; i < config.shadows().size(); i++) {
            check(config.shadows().get(i), "shadow[" + i + "]", model);
        }
        config.rollback().ifPresent(rollback -> {
            if (version(config, rollback.watch()).equals(version(config, rollback.to()))) {
                throw InferException.invalid("rollback: '" + rollback.watch() + "' and '" + rollback.to()
                        + "' are the same version; expected another one in 'to'");
            }
        });
        config.fallback()
                .flatMap(TrafficConfig.FallbackTo::model)
                .flatMap(model.mismatch())
                .ifPresent(problem -> {
                    throw InferException.invalid("fallback.to: " + problem);
                });
        return new TrafficTable(config, new WeightedSplit(parts));
    }

    private static void check(TrafficConfig.Shadow shadow, String path, ValidationContext model) {
        if (!model.answersOnce()) {
            throw InferException.invalid(path + ": expected a model that is not decoupled and has no sequences");
        }
        Set<String> outputs = new TreeSet<>(shadow.outputs().keySet());
        outputs.addAll(shadow.argmax());
        outputs.removeAll(model.outputs());
        if (!outputs.isEmpty()) {
            throw InferException.invalid(path + ".compare: the model has no output " + outputs + "; it has "
                    + new TreeSet<>(model.outputs()));
        }
    }

    private static void check(TrafficConfig config, Target target, ValidationContext model) {
        OptionalLong version = version(config, target);
        if (version.isEmpty()) {
            throw InferException.invalid("'" + target + "' is no label of this document; it has "
                    + (config.labels().isEmpty()
                            ? "none"
                            : String.join(", ", new TreeSet<>(config.labels().keySet()))));
        }
        if (!model.versions().contains(version.getAsLong())) {
            throw InferException.invalid("to '" + target + "': " + notReady(version.getAsLong(), model));
        }
    }

    private static String notReady(long version, ValidationContext model) {
        return "version " + version + " is not ready; ready are "
                + (model.versions().isEmpty() ? "none" : new TreeSet<>(model.versions()));
    }

    private static OptionalLong version(TrafficConfig config, Target target) {
        OptionalLong number = target.number();
        if (number.isPresent()) {
            return number;
        }
        Long version = config.labels().get(target.text());
        return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    TrafficConfig config() {
        return config;
    }

    /** The parts of the split with the versions that they lead to. */
    List<WeightedSplit.Part> parts() {
        return split.parts();
    }

    OptionalLong find(Target target) {
        return version(config, target);
    }

    /** The version that a target of the document leads to. */
    long version(Target target) {
        return version(config, target).orElseThrow();
    }

    /**
     * Where a request goes that names no version; empty for the latest one.
     *
     * @param available whether a version is ready
     * @param random draws the keys of requests that have none
     */
    Optional<Route> decide(
            InferRequest.Header header, RequestOrigin origin, LongPredicate available, LongSupplier random) {
        List<Rule> rules = config.rules();
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            long version = version(rule.to());
            if (matches(rule, header, origin) && available.test(version)) {
                return Optional.of(new Route(version, "rule:" + i));
            }
        }
        if (config.defaultTarget().isPresent()) {
            Target target = config.defaultTarget().get();
            long version = version(target);
            if (available.test(version)) {
                return Optional.of(new Route(version, "default:" + target));
            }
        }
        return split.choose(key(header, origin, random), available)
                .map(part -> new Route(part.version(), "split:" + part.name()));
    }

    private static boolean matches(Rule rule, InferRequest.Header header, RequestOrigin origin) {
        for (Map.Entry<String, String> wanted : rule.headers().entrySet()) {
            if (!origin.header(wanted.getKey()).equals(Optional.of(wanted.getValue()))) {
                return false;
            }
        }
        for (Map.Entry<String, String> wanted : rule.parameters().entrySet()) {
            if (!parameter(header, wanted.getKey()).equals(Optional.of(wanted.getValue()))) {
                return false;
            }
        }
        return true;
    }

    /** The key of a request: the first that it has, of a sequence its id, else one by chance. */
    private long key(InferRequest.Header header, RequestOrigin origin, LongSupplier random) {
        for (StickyKey sticky : config.sticky()) {
            Optional<String> key = switch (sticky) {
                case StickyKey.Header(String name) -> origin.header(name);
                case StickyKey.Parameter(String name) -> parameter(header, name);
                case StickyKey.SequenceId _ -> sequence(header);
                case StickyKey.Principal _ -> origin.principal();
            };
            if (key.isPresent() && !key.get().isEmpty()) {
                return KeyHash.of(key.get());
            }
        }
        return sequence(header).map(KeyHash::of).orElseGet(random::getAsLong);
    }

    private static Optional<String> sequence(InferRequest.Header header) {
        return isSequence(header) ? Optional.of(header.correlationId().text()) : Optional.empty();
    }

    /** Whether a request says that it belongs to a sequence. */
    static boolean isSequence(InferRequest.Header header) {
        return switch (header.correlationId()) {
            case CorrelationId.Numeric(long value) -> value != 0;
            case CorrelationId.Textual(String value) -> !value.isEmpty();
        };
    }

    private static Optional<String> parameter(InferRequest.Header header, String name) {
        Parameter value = header.parameters().get(name);
        return Optional.ofNullable(value).map(given -> switch (given) {
            case Parameter.Bool(boolean bool) -> Boolean.toString(bool);
            case Parameter.Int(long integer) -> Long.toString(integer);
            case Parameter.Real(double real) -> Double.toString(real);
            case Parameter.Text(String text) -> text;
        });
    }
}
