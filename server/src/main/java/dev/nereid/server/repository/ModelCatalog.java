package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.schedule.ensemble.StepModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Every model that was asked for, by name, and the look-ups over all of them. Any thread; nothing waits. */
final class ModelCatalog implements StepModels {
    private final ConcurrentMap<String, ModelEntry> entries = new ConcurrentHashMap<>();
    private final Collection<Model> live = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** The entry of a name; made where there is none. */
    ModelEntry entry(String name) {
        ModelEntry entry = entries.computeIfAbsent(name, key -> new ModelEntry(key, live));
        if (closed) {
            CompletableFuture<Void> _ = entry.close();
        }
        return entry;
    }

    /** Closes every entry, and those that are made later at once. Completes when loads under way have ended. */
    CompletableFuture<Void> close() {
        closed = true;
        return CompletableFuture.allOf(
                entries.values().stream().map(ModelEntry::close).toArray(CompletableFuture<?>[]::new));
    }

    Optional<ModelEntry> existing(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    Collection<ModelEntry> all() {
        return Collections.unmodifiableCollection(entries.values());
    }

    SortedSet<String> names() {
        return new TreeSet<>(entries.keySet());
    }

    /** Every model whose memory is not given back. */
    Collection<Model> live() {
        return Collections.unmodifiableCollection(live);
    }

    /** See {@link ModelRepository#find}. */
    Model find(String name, String version) {
        long number = versionNumber(version);
        if (number < 0) {
            return readyVersions(name).getLast();
        }
        ModelEntry.Version found = known(name).versions().get(number);
        if (found == null) {
            throw InferException.notFound(LookUpErrors.unknownVersion(name, number));
        }
        return found.ready().orElseThrow(() -> InferException.unavailable(LookUpErrors.notReady(name, number)));
    }

    @Override
    public StepModel hold(String name, long version) {
        while (true) {
            // A model that has just been replaced is found no more by the next look.
            Optional<StepModel> held =
                    find(name, version < 0 ? "" : Long.toString(version)).hold();
            if (held.isPresent()) {
                return held.get();
            }
            Thread.onSpinWait();
        }
    }

    /** See {@link ModelRepository#isReady(String, String)}. */
    boolean isReady(String name, String version) {
        long number = versionNumber(version);
        return existing(name)
                .map(entry -> entry.ready().stream().anyMatch(model -> number < 0 || model.version() == number))
                .orElse(false);
    }

    /** See {@link ModelRepository#readyVersions}. */
    List<Model> readyVersions(String name) {
        List<Model> ready = known(name).ready();
        if (ready.isEmpty()) {
            throw InferException.notFound(LookUpErrors.noVersions(name));
        }
        return ready;
    }

    /** See {@link ModelRepository#readyModels}. */
    List<Model> readyModels() {
        return names().stream().flatMap(name -> entry(name).ready().stream()).toList();
    }

    /** See {@link ModelRepository#forStatistics}. */
    List<Model> forStatistics(String name, String version) {
        long number = versionNumber(version);
        if (name.isEmpty()) {
            return readyModels();
        }
        List<Model> ready = existing(name).map(ModelEntry::ready).orElse(List.of());
        if (ready.isEmpty()) {
            throw InferException.invalid(LookUpErrors.noStatistics(name));
        }
        List<Model> wanted = ready.stream()
                .filter(model -> number < 0 || model.version() == number)
                .toList();
        if (wanted.isEmpty()) {
            throw InferException.invalid(LookUpErrors.noVersionStatistics(name));
        }
        return wanted;
    }

    /** See {@link ModelRepository#index}; {@code scanned} is what the folders hold. */
    List<IndexEntry> index(SortedMap<String, List<Path>> scanned, boolean readyOnly) {
        SortedSet<String> names = names();
        names.addAll(scanned.keySet());
        List<IndexEntry> index = new ArrayList<>();
        for (String name : names) {
            if (scanned.getOrDefault(name, List.of()).size() > 1) {
                // Whatever of it is still loaded, and whoever asks for what is ready: as Triton does.
                index.add(new IndexEntry(name, "", ModelState.UNAVAILABLE.name(), ModelFolders.AMBIGUOUS));
                continue;
            }
            Optional<ModelEntry> entry = existing(name);
            SortedMap<Long, ModelEntry.Version> versions =
                    entry.map(ModelEntry::versions).orElse(Collections.emptySortedMap());
            versions.forEach((number, version) -> {
                if (!readyOnly || version.state() == ModelState.READY) {
                    index.add(new IndexEntry(
                            name, Long.toString(number), version.state().name(), version.reason()));
                }
            });
            if (versions.isEmpty() && !readyOnly) {
                String problem = entry.map(each -> each.problem().isEmpty() ? each.failure() : each.problem())
                        .orElse("");
                index.add(new IndexEntry(name, "", problem.isEmpty() ? "" : ModelState.UNAVAILABLE.name(), problem));
            }
        }
        return index;
    }

    /** The entry of a model that has, had, or ought to have a version; there are none of models that could never be read. */
    private ModelEntry known(String name) {
        return existing(name)
                .filter(entry -> !entry.versions().isEmpty() || entry.lacksVersions())
                .orElseThrow(() -> InferException.notFound(LookUpErrors.unknownModel(name)));
    }

    /** The number of a version; -1 for none. */
    private static long versionNumber(String version) {
        if (version.isEmpty()) {
            return -1;
        }
        long number;
        try {
            number = Long.parseLong(version);
        } catch (NumberFormatException e) {
            throw InferException.invalid(LookUpErrors.notANumber(version));
        }
        if (number < 0) {
            throw InferException.invalid(LookUpErrors.notPositive(version));
        }
        return number;
    }
}
