package dev.nereid.server.repository.folders;

import dev.nereid.server.protocol.InferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The folders of a repository: one a model, in one or several roots, of which some may come and go. Looks anew every time. Any
 * thread; the owner closes it.
 */
public final class ModelFolders implements AutoCloseable {
    /** Why a model is not loaded whose name occurs in several roots. */
    public static final String AMBIGUOUS = "model appears in two or more repositories";

    private final boolean namespaces;
    private volatile ModelPlaces places;
    /** Loads have it to read: as long as there are any, no copy goes. */
    private final ReadWriteLock copies = new ReentrantReadWriteLock();

    /**
     * Folders below some roots.
     *
     * @param namespaces whether each root is a namespace of its own
     * @throws IllegalArgumentException if a root cannot be read
     */
    public ModelFolders(List<RepositoryRoot> roots, boolean namespaces) {
        this.namespaces = namespaces;
        List<OpenRoot> opened = new ArrayList<>();
        try {
            roots.stream().distinct().map(OpenRoot::open).forEach(opened::add);
        } catch (IllegalArgumentException e) {
            opened.forEach(OpenRoot::close);
            throw e;
        }
        this.places = ModelPlaces.of(opened);
    }

    /** Whether a text can be the name of a folder directly below a root. */
    public static boolean isName(String text) {
        return !text.isEmpty()
                && !text.contains("/")
                && !text.contains("\\")
                && !text.equals(".")
                && !text.equals("..");
    }

    /**
     * Looks into one more folder of this machine from now on.
     *
     * @param name what the model of one of its folders is called
     * @param folder that folder's name
     * @throws InferException in Triton's words if it is no folder, is looked into already, or another model is called so
     */
    public synchronized void register(Path root, String name, String folder) {
        if (!Files.isDirectory(root)) {
            throw InferException.invalid("failed to register '" + root + "', repository not found");
        }
        if (places.has(root)) {
            throw alreadyExists("model repository '" + root + "' has already been registered");
        }
        if (isRenamed(name)) {
            throw alreadyExists("failed to register '" + name + "', there is a conflicting mapping for '" + name + "'");
        }
        places = places.with(new LocalRoot(root), name, root.resolve(folder));
    }

    /**
     * Looks no more into a folder that was registered.
     *
     * @throws InferException in Triton's words if it was not
     */
    public synchronized void unregister(Path path) {
        ModelPlaces before = places;
        LocalRoot root = new LocalRoot(path);
        if (!before.registered().contains(root)) {
            throw InferException.invalid("failed to unregister '" + path + "', repository not found");
        }
        Set<ModelId> withdrawn = new HashSet<>(before.withdrawn());
        withdrawn.addAll(scan(before).keySet());
        before.renamed().forEach((name, place) -> {
            if (place.root().equals(root)) {
                withdrawn.add(id(root, name)); // also where its folder has gone
            }
        });
        ModelPlaces after = before.without(root);
        withdrawn.removeAll(scan(after).keySet());
        places = after.withWithdrawn(withdrawn);
    }

    private static InferException alreadyExists(String text) {
        return new InferException(InferException.Code.ALREADY_EXISTS, text);
    }

    /** Whether a model is called so whatever its folder and its config say. */
    public boolean isRenamed(String name) {
        return places.renamed().containsKey(name);
    }

    /** The models that lay in roots that are looked into no more. */
    public Set<ModelId> withdrawn() {
        return places.withdrawn();
    }

    /** Every model with its folders: more than one where roots without namespaces have the name. */
    public SortedMap<ModelId, List<Path>> scan() {
        return scan(places);
    }

    private SortedMap<ModelId, List<Path>> scan(ModelPlaces now) {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        for (OpenRoot root : now.roots()) {
            if (root instanceof LocalRoot local
                    && now.registered().contains(local)
                    && !Files.isDirectory(local.path())) {
                continue; // whoever registered it may delete it before it says so
            }
            for (Path entry : root.models()) {
                String own = ModelFiles.modelName(entry);
                if (!own.startsWith(".")) {
                    String name = now.nameOf(entry).orElse(own);
                    folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>())
                            .add(entry);
                }
            }
        }
        return folders;
    }

    /** Every model of a name with its folders; the name in no namespace, without a folder, where there is none. */
    public SortedMap<ModelId, List<Path>> find(String name) {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        ModelPlaces now = places;
        ModelPlaces.Place renamed = now.renamed().get(name);
        if (renamed != null && Files.isDirectory(renamed.folder())) {
            folders.put(id(renamed.root(), name), List.of(renamed.folder()));
        } else if (renamed == null) {
            for (OpenRoot root : now.roots()) {
                for (Path place : root.models(name)) {
                    if (now.nameOf(place).isEmpty()) {
                        folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>())
                                .add(place);
                    }
                }
            }
        }
        if (folders.isEmpty()) {
            folders.put(ModelId.of(name), List.of());
        }
        return folders;
    }

    /**
     * Brings a model's folder up to date before it is read.
     *
     * @throws ModelLoadException if it cannot be
     */
    public void fetch(Path folder) {
        for (OpenRoot root : places.roots()) {
            if (root.owns(folder)) {
                root.fetch(String.valueOf(folder.getFileName()));
            }
        }
    }

    /** Does what reads folders and loads models from them; meanwhile no copy goes. */
    public void whileReading(Runnable loads) {
        copies.readLock().lock();
        try {
            loads.run();
        } finally {
            copies.readLock().unlock();
        }
    }

    /** Deletes copies that are not needed, unless models are being loaded: the end of their loads will do it then. */
    public void retain(Predicate<ModelId> needed) {
        if (copies.writeLock().tryLock()) {
            try {
                places.roots().forEach(root -> root.retain(name -> needed.test(id(root, name))));
            } finally {
                copies.writeLock().unlock();
            }
        }
    }

    private ModelId id(OpenRoot root, String name) {
        return namespaces ? new ModelId(root.text(), name) : ModelId.of(name);
    }

    /** Says that there is no model, and for each root why. */
    public String emptyText() {
        return places.roots().stream()
                .map(root -> "no model in repository '" + root.text() + "': " + root.emptyText())
                .collect(Collectors.joining("; "));
    }

    /** What is conspicuous in the roots, a sentence each. */
    public List<String> advice() {
        return places.roots().stream().flatMap(root -> root.advice().stream()).toList();
    }

    /** Whether a model lies where the owner of the server can change it on this machine. */
    public boolean isLocal(Path place) {
        return places.roots().stream().anyMatch(root -> root.isLocal() && root.owns(place));
    }

    @Override
    public void close() {
        places.roots().forEach(OpenRoot::close);
    }
}
