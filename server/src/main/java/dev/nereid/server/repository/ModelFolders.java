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

    /**
     * Folders below some roots.
     *
     * @throws IllegalArgumentException if a root is not a folder that can be read
     */
    ModelFolders(List<Path> roots) {
        this.roots = List.copyOf(roots);
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

    /** Every model's name with its folders: more than one where a name occurs in several roots. */
    SortedMap<String, List<Path>> scan() {
        SortedMap<String, List<Path>> folders = new TreeMap<>();
        for (Path root : roots) {
            for (Path entry : list(root)) {
                String name = String.valueOf(entry.getFileName());
                if (Files.isDirectory(entry) && !name.startsWith(".")) {
                    folders.computeIfAbsent(name, key -> new ArrayList<>()).add(entry);
                }
            }
        }
        return folders;
    }

    /** The folders of one model; more than one where the name occurs in several roots. */
    List<Path> find(String name) {
        return roots.stream()
                .map(root -> root.resolve(name))
                .filter(Files::isDirectory)
                .toList();
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
