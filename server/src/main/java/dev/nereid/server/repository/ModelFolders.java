package dev.nereid.server.repository;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;

/**
 * The folders of a repository: one a model, in one or several roots. Looks anew every time. Any thread; the owner closes it.
 */
final class ModelFolders implements AutoCloseable {
    /** Why a model is not loaded whose name occurs in several roots. */
    static final String AMBIGUOUS = "model appears in two or more repositories";

    private final List<OpenRoot> roots = new ArrayList<>();
    private final boolean namespaces;
    /** Loads have it to read: as long as there are any, no copy goes. */
    private final ReadWriteLock copies = new ReentrantReadWriteLock();

    /**
     * Folders below some roots.
     *
     * @param namespaces whether each root is a namespace of its own
     * @throws IllegalArgumentException if a root cannot be read
     */
    ModelFolders(List<RepositoryRoot> roots, boolean namespaces) {
        this.namespaces = namespaces;
        try {
            roots.stream().distinct().map(OpenRoot::open).forEach(this.roots::add);
        } catch (IllegalArgumentException e) {
            close();
            throw e;
        }
    }

    /** Whether a text can be the name of a folder directly below a root. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && !text.contains("/")
                && !text.contains("\\")
                && !text.equals(".")
                && !text.equals("..");
    }

    /** Every model with its folders: more than one where roots without namespaces have the name. */
    SortedMap<ModelId, List<Path>> scan() {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        for (OpenRoot root : roots) {
            for (Path folder : root.models()) {
                String name = String.valueOf(folder.getFileName());
                if (!name.startsWith(".")) {
                    folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>())
                            .add(folder);
                }
            }
        }
        return folders;
    }

    /** Every model of a name with its folders; the name in no namespace, without a folder, where there is none. */
    SortedMap<ModelId, List<Path>> find(String name) {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        for (OpenRoot root : roots) {
            root.model(name)
                    .ifPresent(folder -> folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>())
                            .add(folder));
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
    void fetch(Path folder) {
        for (OpenRoot root : roots) {
            if (root.owns(folder)) {
                root.fetch(String.valueOf(folder.getFileName()));
            }
        }
    }

    /** Does what reads folders and loads models from them; meanwhile no copy goes. */
    void whileReading(Runnable loads) {
        copies.readLock().lock();
        try {
            loads.run();
        } finally {
            copies.readLock().unlock();
        }
    }

    /** Deletes copies that are not needed, unless models are being loaded: the end of their loads will do it then. */
    void retain(Predicate<ModelId> needed) {
        if (copies.writeLock().tryLock()) {
            try {
                roots.forEach(root -> root.retain(name -> needed.test(id(root, name))));
            } finally {
                copies.writeLock().unlock();
            }
        }
    }

    private ModelId id(OpenRoot root, String name) {
        return namespaces ? new ModelId(root.text(), name) : ModelId.of(name);
    }

    /** Says that there is no model, with a hint where a root is a model itself. */
    String emptyText() {
        StringBuilder text = new StringBuilder("no model in repository ");
        text.append(String.join(
                ", ", roots.stream().map(root -> "'" + root.text() + "'").toList()));
        text.append(": expected a folder a model, as in <model>/1/model.onnx");
        for (OpenRoot root : roots) {
            if (root.isModel()) {
                text.append("; '")
                        .append(root.text())
                        .append("' is a model itself, its parent folder is the repository");
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        roots.forEach(OpenRoot::close);
    }
}
