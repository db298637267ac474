package dev.nereid.server.schedule.limit;

import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.protocol.InferException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resources that loaded instances ask for, by name. There is one device here, the machine's processors, so that a
 * resource of a device and a global one differ in where their limit is said. Plain data under the limiter's lock.
 */
final class ResourceTable {
    /** The number by which a command line means the processors. */
    private static final int DEVICE = 0;

    /** The order in which Triton looks at them. */
    private static final Comparator<Map.Entry<Resource, Long>> GLOBAL_FIRST =
            Comparator.<Map.Entry<Resource, Long>, Boolean>comparing(
                            need -> !need.getKey().global())
                    .thenComparing(need -> need.getKey().name());

    private static final Logger LOG = LoggerFactory.getLogger(ResourceTable.class);

    private final List<RateLimitConfig.Available> available;
    private final Map<String, Resource> resources = new HashMap<>();

    ResourceTable(List<RateLimitConfig.Available> available) {
        this.available = List.copyOf(available);
    }

    /**
     * Adds an instance's demands.
     *
     * @return how much it needs of what
     * @throws InferException if it could never start, or contradicts others; nothing has changed then
     */
    Map<Resource, Long> add(ModelRateLimiter settings) {
        Map<String, ModelRateLimiter.Resource> wanted = new LinkedHashMap<>();
        for (ModelRateLimiter.Resource each : settings.getResourcesList()) {
            ModelRateLimiter.Resource other = wanted.get(each.getName());
            if (other != null && other.getGlobal() != each.getGlobal()) {
                throw ambiguous(each.getName());
            }
            if (other == null || count(other) < count(each)) {
                wanted.put(each.getName(), each);
            }
        }
        Map<Resource, Long> needs = new LinkedHashMap<>();
        wanted.forEach((name, each) -> needs.put(resource(name, each.getGlobal()), count(each)));
        needs.entrySet().stream().sorted(GLOBAL_FIRST).forEach(need -> checkLimit(need.getKey(), need.getValue()));
        needs.forEach((resource, count) -> {
            resources.put(resource.name(), resource);
            resource.addDemand(count);
        });
        log();
        return needs;
    }

    void remove(Map<Resource, Long> needs) {
        needs.forEach((resource, count) -> {
            resource.removeDemand(count);
            if (!resource.hasDemands()) {
                resources.remove(resource.name());
            }
        });
        log();
    }

    /** How much there is of what, as Triton lists it. */
    private void log() {
        if (resources.isEmpty() || !LOG.isDebugEnabled()) {
            return;
        }
        StringBuilder text = new StringBuilder("\nMax Resource Map===>\n");
        for (boolean global : new boolean[] {true, false}) {
            List<Resource> listed = resources.values().stream()
                    .filter(resource -> resource.global() == global)
                    .sorted(Comparator.comparing(Resource::name))
                    .toList();
            if (!listed.isEmpty()) {
                text.append("\tDevice: ").append(global ? "GLOBAL" : DEVICE).append('\n');
            }
            for (Resource resource : listed) {
                text.append("\t\tResource: ")
                        .append(resource.name())
                        .append("\t Count: ")
                        .append(resource.count())
                        .append('\n');
            }
        }
        LOG.debug(text.toString());
    }

    private Resource resource(String name, boolean global) {
        Resource known = resources.get(name);
        if (known == null) {
            return new Resource(name, global, limit(name, global));
        }
        if (known.global() != global) {
            throw ambiguous(name);
        }
        return known;
    }

    /**
     * As Triton reads its command line: where it names resources, of others there is nothing; of what it says twice of one
     * place the smaller number counts, of what it says of several places the greater.
     */
    private OptionalLong limit(String name, boolean global) {
        if (available.isEmpty()) {
            return OptionalLong.empty();
        }
        Map<OptionalInt, Long> places = new HashMap<>();
        for (RateLimitConfig.Available each : available) {
            boolean here = global || each.device().isEmpty() || each.device().equals(OptionalInt.of(DEVICE));
            if (here && each.name().equals(name)) {
                places.merge(each.device(), each.count(), Math::min);
            }
        }
        return OptionalLong.of(
                places.values().stream().mapToLong(Long::longValue).max().orElse(0));
    }

    private static void checkLimit(Resource resource, long count) {
        if (resource.limit().isPresent() && resource.limit().getAsLong() < count) {
            throw InferException.invalid("Resource count for \"" + resource.name() + "\" is limited to "
                    + resource.limit().getAsLong()
                    + " which will prevent scheduling of one or more model instances, the minimum required count is "
                    + count);
        }
    }

    /** The config's number is unsigned. */
    private static long count(ModelRateLimiter.Resource resource) {
        return Integer.toUnsignedLong(resource.getCount());
    }

    private static InferException ambiguous(String name) {
        return InferException.invalid("Resource \"" + name
                + "\" is present as both global and device-specific resource in the model configuration.");
    }
}
