package dev.nereid.server.repository.folders;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The kinds of files that are models by themselves: how they end, and which backend serves them. */
public enum ModelFileKind {
    ONNX(".onnx", "onnxruntime"),
    EXPORTED_PROGRAM(".pt2", "pytorch"),
    TORCHSCRIPT(".pt", "pytorch");

    private final String ending;
    private final String backend;

    ModelFileKind(String ending, String backend) {
        this.ending = ending;
        this.backend = backend;
    }

    /** How such files' names end, in any case of letters. */
    public String ending() {
        return ending;
    }

    /** The backend that a config would name. */
    public String backend() {
        return backend;
    }

    /** The kind that a file's name says; empty for other files. */
    public static Optional<ModelFileKind> of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        for (ModelFileKind kind : values()) {
            if (name.length() > kind.ending.length() && name.endsWith(kind.ending)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
