package dev.nereid.spark;

import dev.nereid.engine.Engine;
import dev.nereid.engine.ModelOptions;
import dev.nereid.engine.RowModel;
import dev.nereid.engine.RowOptions;
import dev.nereid.server.storage.RemoteFolder;
import dev.nereid.server.storage.RemoteFolders;
import dev.nereid.server.storage.RemoteUrl;
import java.io.Serializable;
import java.nio.file.Path;
import org.apache.spark.SparkFiles;

/**
 * Where every executor finds the model.
 *
 * @param text a path of each machine, a model's folder in {@code s3://}, {@code gs://} or {@code as://}, or
 *     {@code sparkfile:NAME} of a file or folder that was added to the job
 */
record ModelSource(String text, long version, RowOptionsKey rows) implements Serializable {
    static final String SPARK_FILE = "sparkfile:";

    /** What of {@link RowOptions} makes another model. */
    record RowOptionsKey(int maxRows, long maxTokens) implements Serializable {}

    static ModelSource of(String text, InferOptions options) {
        RowOptions rows = options.rows();
        return new ModelSource(text, options.version(), new RowOptionsKey(rows.maxRows(), rows.maxTokens()));
    }

    /** The same with the version that was loaded, so that executors load no other. */
    ModelSource pinned(RowModel loaded) {
        return new ModelSource(text, loaded.version().orElse(version), rows);
    }

    /** Loads the model here. */
    RowModel load(Engine engine) {
        if (RemoteUrl.isRemote(text)) {
            String trimmed = text.replaceAll("/+$", "");
            int slash = trimmed.lastIndexOf('/');
            String name = trimmed.substring(slash + 1);
            // The file is not needed once the model is loaded.
            try (RemoteFolder folder = RemoteFolders.open(trimmed.substring(0, slash), System.getenv())) {
                folder.fetch(name);
                return load(engine, folder.copy(name));
            }
        }
        return load(
                engine,
                Path.of(text.startsWith(SPARK_FILE) ? SparkFiles.get(text.substring(SPARK_FILE.length())) : text));
    }

    private RowModel load(Engine engine, Path path) {
        return engine.loadRows(
                path,
                ModelOptions.DEFAULT.withVersion(version),
                new RowOptions(rows.maxRows(), rows.maxTokens(), true));
    }
}
