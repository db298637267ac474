package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.OverrideFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the models that the start, a poll or a client asks for, and has them loaded. Any thread. */
final class RequestedLoads {
    private static final String POLL_FAILED = "Poll failed for model directory '{}': {}";

    private static final Logger LOG = LoggerFactory.getLogger(RequestedLoads.class);

    private final ModelFolders folders;
    private final ModelSources sources;
    private final ModelCatalog catalog;
    private final DependentLoads loads;

    RequestedLoads(ModelFolders folders, ModelSources sources, ModelCatalog catalog, DependentLoads loads) {
        this.folders = folders;
        this.sources = sources;
        this.catalog = catalog;
        this.loads = loads;
    }

    /**
     * Finds the models of the start, which are known from then on, and returns what loads them: it answers what went wrong, a
     * sentence each.
     */
    Supplier<List<String>> startup(RepositoryConfig config) {
        List<String> failures = new ArrayList<>();
        Map<ModelId, List<Path>> wanted = new LinkedHashMap<>();
        if (config.mode().takesRequests() && !config.startupModels().equals(List.of("*"))) {
            for (String name : config.startupModels()) {
                try {
                    wanted.putAll(sources.find(name));
                } catch (ModelLoadException e) {
                    failures.add(cannotBeUsed(ModelId.of(name), e.text()));
                }
            }
        } else {
            try {
                wanted.putAll(folders.scan());
            } catch (IllegalArgumentException e) {
                LOG.error("{}", e.getMessage());
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        wanted.keySet().forEach(catalog::entry);
        return () -> {
            failures.addAll(load(wanted, Set.of(), true));
            return failures;
        };
    }

    /** Brings what is loaded in line with what the folders hold. Throws nothing: the next poll may do better. */
    void poll() {
        try {
            SortedMap<ModelId, List<Path>> found = folders.scan();
            found.forEach((id, places) -> {
                if (places.size() > 1 && loads.wants(id)) {
                    LOG.error("failed to poll model '{}': not unique across all model repositories", id);
                    loads.unload(Set.of(id), false);
                }
            });
            List<ModelId> gone = catalog.ids().stream()
                    .filter(id -> !found.containsKey(id) && loads.wants(id))
                    .toList();
            gone.forEach(id -> LOG.info("model '{}' is gone from the repository", id));
            load(found, gone, false);
        } catch (RuntimeException e) {
            LOG.error("the model repository cannot be polled; trying again", e);
        }
    }

    private List<String> load(Map<ModelId, List<Path>> wanted, Collection<ModelId> gone, boolean retry) {
        List<String> failures = new ArrayList<>();
        folders.whileReading(() -> failures.addAll(tryLoad(wanted, gone, retry)));
        folders.retain(loads::wants);
        return failures;
    }

    /** Loads the models that changed and unloads others; answers what went wrong, a sentence a model. */
    private List<String> tryLoad(Map<ModelId, List<Path>> wanted, Collection<ModelId> gone, boolean retry) {
        Map<ModelId, CompletableFuture<ModelSource>> reading = new LinkedHashMap<>();
        wanted.forEach((id, places) -> reading.put(
                id,
                CompletableFuture.supplyAsync(
                        () -> sources.read(id, places, retry),
                        Thread.ofVirtual().name("read-" + id.name())::start)));
        List<ModelSource> read = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        reading.forEach((id, source) -> {
            try {
                read.add(source.join());
            } catch (CompletionException e) {
                failures.add(cannotBeUsed(
                        id, e.getCause() instanceof ModelLoadException failure ? failure.text() : e.toString()));
            }
        });
        loads.load(read, gone, retry)
                .values()
                .forEach(failure -> failure.ifPresent(e -> failures.add(e.text().strip())));
        return failures;
    }

    /** Notes, and logs once, why a model cannot be read; answers the sentence about it. */
    private String cannotBeUsed(ModelId id, String reason) {
        if (catalog.entry(id).cannotBeUsed(reason)) {
            LOG.error(POLL_FAILED, id, reason);
        }
        return "failed to load '" + id + "': " + reason;
    }

    /**
     * Loads or reloads the model of a name, in every namespace that has one, and returns when that is done.
     *
     * @throws InferException with Triton's text if the load fails
     */
    void load(String name, LoadParameters parameters) {
        folders.whileReading(() -> tryLoad(name, parameters));
        folders.retain(loads::wants);
    }

    private void tryLoad(String name, LoadParameters parameters) {
        if (parameters.files().isEmpty()) {
            try {
                loadFrom(name, sources.find(name), parameters);
            } catch (ModelLoadException e) {
                throw notPolled(name, e.text());
            }
            return;
        }
        if (parameters.configJson().isEmpty()) {
            throw notPolled(name, "a load with files needs a config too, in its parameter 'config'");
        }
        try (OverrideFolder folder = new OverrideFolder(parameters.files())) {
            loadFrom(name, Map.of(ModelId.of(name), List.of(folder.folder())), parameters);
        } catch (IOException e) {
            throw notPolled(name, String.valueOf(e.getMessage()));
        }
    }

    /** @param candidates every model of the name with its folders */
    private void loadFrom(String name, Map<ModelId, List<Path>> candidates, LoadParameters parameters) {
        List<ModelSource> read = new ArrayList<>();
        List<InferException> unread = new ArrayList<>();
        candidates.forEach((id, places) -> {
            try {
                read.add(sources.read(id, places, parameters));
            } catch (ModelLoadException e) {
                unread.add(notPolled(name, e.text()));
                if (!places.isEmpty() && parameters.files().isEmpty()) {
                    catalog.entry(id).cannotBeUsed(e.text());
                }
            }
        });
        List<InferException> failures = new ArrayList<>();
        if (!read.isEmpty()) {
            Map<ModelId, Optional<InferException>> results = loads.load(read, Set.of(), true);
            results.values().forEach(failure -> failure.ifPresent(failures::add));
            read.stream()
                    .filter(source ->
                            Objects.requireNonNull(results.get(source.id())).isEmpty())
                    .forEach(sources::loaded);
        }
        if (!failures.isEmpty()) {
            throw together(failures);
        }
        if (!unread.isEmpty()) {
            throw unread.getFirst();
        }
    }

    /** What a client reads when several models of a name cannot be loaded: all of it, as in Triton. */
    private static InferException together(List<InferException> failures) {
        return failures.size() == 1
                ? failures.getFirst()
                : InferException.invalid(
                        failures.stream().map(InferException::text).collect(Collectors.joining()));
    }

    /** Triton's sentence with the reason behind it, for the client; the log has it too. */
    private static InferException notPolled(String name, String reason) {
        LOG.error(POLL_FAILED, name, reason);
        return InferException.internal(
                "failed to load '" + name + "', failed to poll from model repository: " + reason);
    }
}
