package dev.nereid.server.observe;

import dev.nereid.server.protocol.ClientNames;
import dev.nereid.server.protocol.InferException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The trace settings that clients may read and change, of the server and of single models. What a model does not have a
 * setting of its own for is as the server's is, and that as the command line said. Any thread.
 */
public final class TraceSettings {
    private final TraceConfig config;
    /** What clients changed of the server's. Guarded by this. */
    private final Map<TraceSetting, List<String>> global = new EnumMap<>(TraceSetting.class);
    /** What clients changed of single models'. Guarded by this. */
    private final Map<String, Map<TraceSetting, List<String>>> models = new HashMap<>();
    /** What holds now, for those who only read. */
    private volatile Samplers samplers;

    /**
     * The samplers that hold at one time.
     *
     * @param off whether none of them chooses anything, unless settings change
     * @param models of those that have settings of their own
     */
    private record Samplers(boolean off, TraceSampler server, Map<String, TraceSampler> models) {
        /** @param on whether a sampler may choose anything */
        static Samplers of(TraceSampler server, Map<String, TraceSampler> models, Predicate<TraceSampler> on) {
            boolean off = !on.test(server) && models.values().stream().noneMatch(on);
            return new Samplers(off, server, ClientNames.copyOf(models));
        }

        TraceSampler of(String model) {
            return models.getOrDefault(model, server);
        }
    }

    public TraceSettings(TraceConfig config) {
        this.config = config;
        this.samplers = samplers(new TraceSampler(config.settings()), Map.of());
    }

    /** Clients can only have a request traced out of turn where traces have parents. */
    private Samplers samplers(TraceSampler server, Map<String, TraceSampler> own) {
        boolean forced = config.mode().equals(TraceConfig.OPENTELEMETRY);
        return Samplers.of(server, own, forced ? TraceSampler::hasLevel : TraceSampler::isOn);
    }

    /** What the command line said, of which clients can change a part. */
    public TraceConfig config() {
        return config;
    }

    /** Whether no request is traced at all, whatever its model. Costs one volatile read. */
    public boolean off() {
        return samplers.off();
    }

    /** What chooses among the requests to a model. */
    public TraceSampler sampler(String model) {
        return samplers.of(model);
    }

    /**
     * The settings that hold. The number of requests to trace is that of those that are left.
     *
     * @param model empty for the server's
     */
    public synchronized Map<TraceSetting, List<String>> of(String model) {
        Map<TraceSetting, List<String>> all = effective(model);
        all.put(TraceSetting.COUNT, List.of(Long.toString(samplers.of(model).left())));
        return all;
    }

    /** The settings as they were set. */
    private Map<TraceSetting, List<String>> effective(String model) {
        Map<TraceSetting, List<String>> all = new EnumMap<>(config.settings());
        all.putAll(global);
        all.putAll(models.getOrDefault(model, Map.of()));
        return all;
    }

    /**
     * Changes settings, all or none of them, and answers those that hold afterwards.
     *
     * @param model empty for the server's
     * @param changes new values; none for the setting that holds without
     * @throws InferException if values are not those of their setting, or nothing could be traced with them
     */
    public synchronized Map<TraceSetting, List<String>> change(
            String model, Map<TraceSetting, Optional<List<String>>> changes) {
        Map<TraceSetting, Optional<List<String>>> checked = new EnumMap<>(TraceSetting.class);
        changes.forEach((setting, values) -> {
            if (values.isEmpty()) {
                checked.put(setting, Optional.empty());
            } else {
                setting.checked(values.get()).ifPresent(valid -> checked.put(setting, Optional.of(valid)));
            }
        });
        checkUsable(changed(model, checked));
        Map<TraceSetting, List<String>> target =
                model.isEmpty() ? global : models.computeIfAbsent(model, _ -> new EnumMap<>(TraceSetting.class));
        checked.forEach((setting, values) -> {
            if (values.isPresent()) {
                target.put(setting, values.get());
            } else {
                target.remove(setting);
            }
        });
        if (target.isEmpty() && !model.isEmpty()) {
            models.remove(model);
        }
        Map<String, TraceSampler> own = new HashMap<>();
        models.keySet().forEach(name -> own.put(name, renewed(name, name.equals(model), checked)));
        samplers = samplers(renewed("", model.isEmpty(), checked), own);
        return of(model);
    }

    /** The settings that will hold for a model after these changes; none is as without. */
    private Map<TraceSetting, List<String>> changed(String model, Map<TraceSetting, Optional<List<String>>> changes) {
        Map<TraceSetting, List<String>> without = new EnumMap<>(config.settings());
        if (!model.isEmpty()) {
            without.putAll(global);
        }
        Map<TraceSetting, List<String>> all = effective(model);
        changes.forEach((setting, values) ->
                all.put(setting, values.orElseGet(() -> without.getOrDefault(setting, setting.whenAbsent()))));
        return all;
    }

    /** Refuses settings that name a level and trace nothing, in Triton's words. */
    private void checkUsable(Map<TraceSetting, List<String>> all) {
        if (all.getOrDefault(TraceSetting.LEVEL, List.of()).contains(TraceSetting.OFF)) {
            return;
        }
        String zero = "0";
        Optional<String> reason = Optional.empty();
        if (all.getOrDefault(TraceSetting.RATE, List.of()).contains(zero)) {
            reason = Optional.of("sample rate must be non-zero");
        } else if (config.mode().equals(TraceConfig.TRITON) && config.file().isEmpty()) {
            reason = Optional.of("trace file name is not given");
        } else if (all.getOrDefault(TraceSetting.COUNT, List.of()).contains(zero)) {
            reason = Optional.of("");
        }
        if (reason.isPresent()) {
            throw InferException.invalid("Attempting to set invalid trace setting :" + reason.get());
        }
    }

    /** The sampler of settings that may have changed; goes on counting unless the count is among the changes. */
    private TraceSampler renewed(String model, boolean changed, Map<TraceSetting, Optional<List<String>>> changes) {
        Map<TraceSetting, List<String>> now = effective(model);
        TraceSampler before = samplers.of(model);
        boolean recount = changed && changes.containsKey(TraceSetting.COUNT);
        if (!model.isEmpty() && !samplers.models().containsKey(model)) {
            return new TraceSampler(now);
        }
        if (before.has(now) && !recount) {
            return before;
        }
        List<String> count = now.getOrDefault(TraceSetting.COUNT, List.of());
        return recount || !before.count().equals(count) ? new TraceSampler(now) : before.continuedWith(now);
    }

    /** Says that the file is not a client's to choose. */
    public static InferException fileIsFixed() {
        return InferException.unsupported("trace file location can not be updated through network protocol");
    }

    /**
     * Refuses the name of a model that cannot have settings.
     *
     * @param look throws where no such model is ready
     * @throws InferException in Triton's words for this extension
     */
    public static void checkModel(String model, Consumer<String> look) {
        try {
            look.accept(model);
        } catch (InferException e) {
            throw new InferException(InferException.Code.INVALID_ARG, "Request for unknown model : " + model, e);
        }
    }
}
