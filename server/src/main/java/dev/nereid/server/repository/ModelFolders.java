package dev.nereid.server.repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The folders of a repository: one a model, in one or several roots. Looks anew every time. */
final class ModelFolders {
    /** Why a model is not loaded whose name occurs in several roots. */
    static final String AMBIGUOUS = "model appears in two or more repositories";

    private final List<Path> roots;
    private final boolean namespaces;

    /**
     * Folders below some roots.
     *
     * @param namespaces whether each root is a namespace of its own
     * @throws IllegalArgumentException if a root is not a folder that can be read
     */
    ModelFolders(List<Path> roots, boolean namespaces) {
        this.roots = roots.stream().distinct().toList();
        this.namespaces = namespaces;
        for (Path root : roots) {
            if (!Files.isDirectory(root)) {
                throw new IllegalArgumentException("failed to stat file " + root + ": the model repository "
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

    /** Every model with its folders: more than one where roots without namespaces have the name. */
    SortedMap<ModelId, List<Path>> scan() {
        SortedMap<ModelId, List<Path>> folders = new TreeMap<>();
        for (Path root : roots) {
            for (Path entry : list(root)) {
                String name = String.valueOf(entry.getFileName());
                if (Files.isDirectory(entry) && !name.startsWith(".")) {
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
        for (Path root : roots) {
            Path folder = root.resolve(name);
            if (Files.isDirectory(folder)) {
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

    /** Says that there is no model, with a hint where a root is a model itself. */
    String emptyText() {
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
