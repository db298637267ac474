package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The folders of a repository: one a model, in one or several roots, of which some may come and go. Looks anew every time. Any
 * thread.
 */
final class ModelFolders {
    /** Why a model is not loaded whose name occurs in several roots. */
    static final String AMBIGUOUS = "model appears in two or more repositories";

    private final boolean namespaces;
    private volatile Places places;

    /** A model's folder in a root. */
    private record Place(Path root, Path folder) {}

    /**
     * Where is looked; never changed but for another one.
     *
     * @param roots the folders of models' folders
     * @param registered those of them that came later
     * @param renamed models whose folder has another name
     * @param withdrawn models that went with their root
     */
    private record Places(List<Path> roots, Set<Path> registered, Map<String, Place> renamed, Set<ModelId> withdrawn) {
        Optional<String> nameOf(Path folder) {
            return renamed.entrySet().stream()
                    .filter(entry -> entry.getValue().folder().equals(folder))
                    .map(Map.Entry::getKey)
                    .findFirst();
        }

        boolean has(Path root) {
            return roots.stream().map(ModelFolders::canonical).anyMatch(canonical(root)::equals);
        }
    }

    /**
     * Folders below some roots.
     *
     * @param namespaces whether each root is a namespace of its own
     * @throws IllegalArgumentException if a root is not a folder that can be read
     */
    ModelFolders(List<Path> roots, boolean namespaces) {
        this.places = new Places(roots.stream().distinct().toList(), Set.of(), Map.of(), Set.of());
        this.namespaces = namespaces;
        for (Path root : roots) {
            if (!Files.isDirectory(root)) {
                throw new IllegalArgumentException("model repository '" + root + "' "
                        + (Files.exists(root) ? "is not a folder" : "does not exist"));
            }
            list(root);
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

    /**
     * Looks into one more root from now on.
     *
     * @param name what the model of one of its folders is called
     * @param folder that folder's name
     * @throws InferException in Triton's words if it is no folder, is looked into already, or another model is called so
     */
    synchronized void register(Path root, String name, String folder) {
        if (!Files.isDirectory(root)) {
            throw InferException.invalid("failed to register '" + root + "', repository not found");
        }
        Places before = places;
        if (before.has(root)) {
            throw alreadyExists("model repository '" + root + "' has already been registered");
        }
        if (before.renamed().containsKey(name)) {
            throw alreadyExists("failed to register '" + name + "', there is a conflicting mapping for '" + name + "'");
        }
        List<Path> roots = new ArrayList<>(before.roots());
        roots.add(root);
        Set<Path> registered = new HashSet<>(before.registered());
        registered.add(root);
        Map<String, Place> renamed = new HashMap<>(before.renamed());
        renamed.put(name, new Place(root, root.resolve(folder)));
        places = new Places(roots, registered, renamed, before.withdrawn());
    }

    /**
     * Looks no more into a root that was registered.
     *
     * @throws InferException in Triton's words if it was not
     */
    synchronized void unregister(Path root) {
        Places before = places;
        if (!before.registered().contains(root)) {
            throw InferException.invalid("failed to unregister '" + root + "', repository not found");
        }
        Set<ModelId> withdrawn = new HashSet<>(before.withdrawn());
        withdrawn.addAll(scan(before).keySet());
        List<Path> roots = new ArrayList<>(before.roots());
        roots.remove(root);
        Set<Path> registered = new HashSet<>(before.registered());
        registered.remove(root);
        Map<String, Place> renamed = new HashMap<>(before.renamed());
        renamed.forEach((name, place) -> {
            if (place.root().equals(root)) {
                withdrawn.add(id(root, name)); // also where its folder has gone
            }
        });
        renamed.values().removeIf(place -> place.root().equals(root));
        Places after = new Places(roots, registered, renamed, withdrawn);
        withdrawn.removeAll(scan(after).keySet());
        places = after;
    }

    private static InferException alreadyExists(String text) {
        return new InferException(InferException.Code.ALREADY_EXISTS, text);
    }

    /** Whether a model is called so whatever its folder and its config say. */
    boolean isRenamed(String name) {
        return places.renamed().containsKey(name);
    }

    /** The models that lay in roots that are looked into no more. */
    Set<ModelId> withdrawn() {
        return places.withdrawn();
    }

    /** Every model with its folders: more than one where roots without namespaces have the name. */
    SortedMap<ModelId, List<Path>> scan() {
        return scan(places);
    }

    private SortedMap<ModelId, List<Path>> scan(Places now) {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        for (Path root : now.roots()) {
            if (now.registered().contains(root) && !Files.isDirectory(root)) {
                continue; // whoever registered it may delete it before it says so
            }
            for (Path entry : list(root)) {
                String folder = String.valueOf(entry.getFileName());
                if (Files.isDirectory(entry) && !folder.startsWith(".")) {
                    String name = now.nameOf(entry).orElse(folder);
                    folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>())
                            .add(entry);
                }
            }
        }
        return folders;
    }

    /** Every model of a name with its folders; the name in no namespace, without a folder, where there is none. */
    SortedMap<ModelId, List<Path>> find(String name) {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        Places now = places;
        Place renamed = now.renamed().get(name);
        if (renamed != null) {
            if (Files.isDirectory(renamed.folder())) {
                folders.put(id(renamed.root(), name), List.of(renamed.folder()));
            } else {
                folders.put(ModelId.of(name), List.of());
            }
            return folders;
        }
        for (Path root : now.roots()) {
            Path folder = root.resolve(name);
            if (Files.isDirectory(folder) && now.nameOf(folder).isEmpty()) {
                folders.computeIfAbsent(id(root, name), _ -> new ArrayList<>()).add(folder);
            }
        }
        if (folders.isEmpty()) {
            folders.put(ModelId.of(name), List.of());
        }
        return folders;
    }

    private ModelId id(Path root, String name) {
        return namespaces ? new ModelId(root.toString(), name) : ModelId.of(name);
    }

    private static Path canonical(Path root) {
        return root.toAbsolutePath().normalize();
    }

    /** Says that there is no model, with a hint where a root is a model itself. */
    String emptyText() {
        List<Path> roots = places.roots();
        StringBuilder text = new StringBuilder("no model in repository ");
        text.append(
                String.join(", ", roots.stream().map(root -> "'" + root + "'").toList()));
        text.append(": expected a folder a model, as in <model>/1/model.onnx");
        for (Path root : roots) {
            if (Files.exists(root.resolve("config.pbtxt"))) {
                text.append("; '").append(root).append("' is a model itself, its parent folder is the repository");
            }
        }
        return text.toString();
    }

    private static List<Path> list(Path root) {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("model repository '" + root + "' cannot be read: " + e, e);
        }
    }
}
