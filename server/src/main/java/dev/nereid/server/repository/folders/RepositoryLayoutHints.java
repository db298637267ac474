package dev.nereid.server.repository.folders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Hints for the owner of a folder whose layout is not that of a repository or a model: what was found, what is expected, and
 * the command that changes it. Folders of this machine alone; reads names, never contents.
 */
public final class RepositoryLayoutHints {
    private static final String CONFIG = "config.pbtxt";
    /** The default name of a version's model file. */
    public static final String MODEL = "model.onnx";

    private static final String LAYOUT = "expected <model>/<version>/" + MODEL;
    private static final String SERVE = "nereid serve ";
    private static final int MOST_NAMES = 5;

    private RepositoryLayoutHints() {}

    /** Why a repository folder holds no model. */
    static String emptyRepository(Path root) {
        if (isFile(root.resolve(CONFIG))) {
            return modelAsRepository(root, CONFIG);
        }
        return looseFiles(root)
                .orElseGet(() -> contents(root) + "; " + LAYOUT + ": mkdir -p " + quoted(root.resolve("my_model/1"))
                        + " && cp FILE.onnx " + quoted(root.resolve("my_model/1/" + MODEL))
                        + "; or serve a file as it lies: " + SERVE + "FILE.onnx");
    }

    /** Suspicious entries of a repository that has models; empty if there are none. */
    static List<String> repository(Path root) {
        List<String> advice = new ArrayList<>();
        if (folders(root).isEmpty()) {
            return advice;
        }
        looseFiles(root).ifPresent(text -> advice.add("model repository '" + root + "': " + text));
        if (isFile(root.resolve(CONFIG))) {
            advice.add("model repository '" + root + "': " + modelAsRepository(root, CONFIG));
        }
        return advice;
    }

    /** Models' files where folders of models are expected. */
    private static Optional<String> looseFiles(Path root) {
        List<Path> files = modelFiles(root);
        if (files.isEmpty()) {
            return Optional.empty();
        }
        Path first = files.getFirst();
        return Optional.of("found " + names(files) + " directly in it, where no model is looked for; " + LAYOUT + ": "
                + moving(first, root.resolve(ModelFiles.modelName(first)).resolve("1"))
                + "; or serve such files as they lie: " + SERVE + quoted(root));
    }

    private static String modelAsRepository(Path model, String sign) {
        Path parent = model.toAbsolutePath().normalize().getParent();
        return "it is a model and no repository, for it holds " + sign + "; the repository is its parent folder: "
                + SERVE + "--model-repository=" + quoted(parent == null ? model : parent);
    }

    /**
     * Why a model's folder has no version to serve.
     *
     * @param available the versions that are there and that the config does not choose
     * @param onnx whether a version is an ONNX file, as far as the config says
     */
    public static String noVersion(Path model, SortedSet<Long> available, boolean onnx) {
        if (!available.isEmpty()) {
            return "'" + model + "' has the versions " + available
                    + ", of which the version_policy of its config chooses none";
        }
        Path root = model.toAbsolutePath().normalize().getParent();
        if (root != null && VersionFolders.isVersion(model) && !files(model).isEmpty()) {
            return "'" + root + "' is given as a repository, but "
                    + modelAsRepository(
                            root,
                            model.getFileName() + "/" + files(model).getFirst().getFileName());
        }
        String expected = "'" + model + "' has no version folder, which is one whose name is a number";
        List<Path> files = modelFiles(model);
        if (!files.isEmpty()) {
            return expected + "; found " + names(files) + ": " + moving(files.getFirst(), model.resolve("1"));
        }
        List<Path> folders = folders(model);
        Optional<Path> version =
                folders.stream().filter(each -> !modelFiles(each).isEmpty()).findFirst();
        if (version.isPresent()) {
            return expected + "; found "
                    + relative(model, modelFiles(version.get()).getFirst()) + ": mv " + quoted(version.get()) + " "
                    + quoted(model.resolve("1"));
        }
        if (folders.stream().anyMatch(RepositoryLayoutHints::looksLikeModel)) {
            return expected + ", but folders of models: it is a repository itself: " + SERVE + "--model-repository="
                    + quoted(model);
        }
        return expected + "; " + contents(model) + ": mkdir -p " + quoted(model.resolve("1"))
                + (onnx ? " && cp FILE.onnx " + quoted(model.resolve("1").resolve(MODEL)) : "");
    }

    /** What a version's folder holds in place of the expected file. */
    public static String noModelFile(Path version, String file) {
        String missing = "'" + version + "' has no " + file + "; ";
        List<Path> onnx = modelFiles(version);
        if (onnx.isEmpty()) {
            return missing + contents(version) + ": cp FILE.onnx " + quoted(version.resolve(file));
        }
        Path first = onnx.getFirst();
        return missing + "found " + names(onnx) + ": mv " + quoted(first) + " " + quoted(version.resolve(file))
                + "; or write into " + CONFIG + ": backend: \"" + backend(first) + "\" default_model_filename: \""
                + first.getFileName() + "\"";
    }

    /** Whether a folder has anything of a model: a config, a version or a model's file. */
    static boolean looksLikeModel(Path folder) {
        return Files.isDirectory(folder)
                && !String.valueOf(folder.getFileName()).startsWith(".")
                && (isFile(folder.resolve(CONFIG))
                        || !modelFiles(folder).isEmpty()
                        || folders(folder).stream().anyMatch(VersionFolders::isVersion));
    }

    /** Whether there is a model's file directly in a folder. */
    public static boolean holdsModelFile(Path folder) {
        return !modelFiles(folder).isEmpty();
    }

    /** The command that makes a file the model of a version, its weights beside it. */
    private static String moving(Path file, Path version) {
        String model =
                "model" + ModelFileKind.of(file).orElse(ModelFileKind.ONNX).ending();
        List<String> moves = new ArrayList<>();
        for (Path each : new ModelFiles.SingleFile(file).files()) {
            boolean isModel = each.getFileName().equals(file.getFileName());
            moves.add("mv " + quoted(file.resolveSibling(each.getFileName())) + " "
                    + quoted(isModel ? version.resolve(model) : version.resolve(each.getFileName())));
        }
        return "mkdir -p " + quoted(version) + " && " + String.join(" && ", moves);
    }

    private static String backend(Path file) {
        return ModelFileKind.of(file).orElse(ModelFileKind.ONNX).backend();
    }

    private static String contents(Path folder) {
        List<Path> all = list(folder);
        return all.isEmpty() ? "it is empty" : "it holds " + names(all);
    }

    private static String names(List<Path> paths) {
        String names = paths.stream()
                .limit(MOST_NAMES)
                .map(path -> "'" + path.getFileName() + "'")
                .collect(Collectors.joining(", "));
        return paths.size() > MOST_NAMES ? names + " and " + (paths.size() - MOST_NAMES) + " more" : names;
    }

    private static String relative(Path folder, Path file) {
        return "'" + folder.relativize(file) + "'";
    }

    private static List<Path> modelFiles(Path folder) {
        return list(folder).stream().filter(ModelFiles::isModelFile).toList();
    }

    private static List<Path> files(Path folder) {
        return list(folder).stream().filter(RepositoryLayoutHints::isFile).toList();
    }

    private static List<Path> folders(Path folder) {
        return list(folder).stream().filter(Files::isDirectory).toList();
    }

    private static boolean isFile(Path path) {
        return Files.isRegularFile(path);
    }

    /** The entries that are not hidden; none where the folder cannot be read, which others say. */
    private static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** A path as a word of a shell. */
    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./:@%+=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
