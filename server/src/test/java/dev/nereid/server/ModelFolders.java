package dev.nereid.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes folders of models without files, and has configs of built-in backends. */
public final class ModelFolders {
    /** The backend {@code repeat}, which answers a request several times. */
    public static final String REPEAT = """
            backend: "repeat"
            model_transaction_policy { decoupled: true }
            input [ { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] },
                    { name: "DELAY" data_type: TYPE_UINT32 dims: [ -1 ] },
                    { name: "WAIT" data_type: TYPE_UINT32 dims: [ 1 ] } ]
            output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] },
                     { name: "IDX" data_type: TYPE_UINT32 dims: [ 1 ] } ]
            """;

    /** The backend {@code square}, which answers a number as many times as it says. */
    public static final String SQUARE = """
            backend: "square"
            model_transaction_policy { decoupled: true }
            input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]
            output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
            """;

    private ModelFolders() {}

    /** Writes a model of one version. */
    public static void write(Path repository, String name, String config) {
        try {
            Files.createDirectories(repository.resolve(name).resolve("1"));
            Files.writeString(repository.resolve(name).resolve("config.pbtxt"), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
