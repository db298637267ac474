package dev.nereid.server.repository.folders;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of files that are models by themselves: how they end, and which backend serves them. */
@SuppressWarnings("ImmutableEnumChecker") // the lists are unmodifiable
public enum ModelFileKind {
    ONNX("onnxruntime", ".onnx"),
    EXPORTED_PROGRAM("pytorch", ".pt2"),
    TORCHSCRIPT("pytorch", ".pt", ".ts", ".torchscript"),
    TREES("fil", ".ubj", ".bst", ".xgboost.json", ".lightgbm.txt"),
    TFLITE("tflite", ".tflite");

    private final String backend;
    private final List<String> endings;

    ModelFileKind(String backend, String... endings) {
        this.backend = backend;
        this.endings = List.of(endings);
    }

    /** How such files' names usually end, in any case of letters. */
    public String ending() {
        return endings.getFirst();
    }

    /** The backend that a config would name. */
    public String backend() {
        return backend;
    }

    /** The kind that a file's name says; empty for other files. */
    public static Optional<ModelFileKind> of(Path file) {
        String name = String.valueOf(file.getFileName());
        return Stream.of(values())
                .filter(kind -> kind.stem(name).length() < name.length())
                .findFirst();
    }

    /** A file's name without the ending of this kind; the whole name if it has none, or is nothing else. */
    public String stem(String name) {
        return endings.stream()
                .filter(name.toLowerCase(Locale.ROOT)::endsWith)
                .filter(ending -> ending.length() < name.length())
                .map(ending -> name.substring(0, name.length() - ending.length()))
                .findFirst()
                .orElse(name);
    }
}
