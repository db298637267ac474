package dev.nereid.server.repository.folders;

import com.google.protobuf.TextFormat;
import dev.nereid.files.TemporaryFolder;
import dev.nereid.proto.inference.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A repository whose models are put together from folders elsewhere: each has a config of its own here, and a link for each of
 * its versions. One thread at a time for each model; the owner closes it.
 */
public final class StagedRepository implements AutoCloseable {
    private static final String CONFIG = "config.pbtxt";
    private static final Logger LOG = LoggerFactory.getLogger(StagedRepository.class);

    private final TemporaryFolder folder;

    private StagedRepository(TemporaryFolder folder) {
        this.folder = folder;
    }

    /**
     * An empty one, in the system's place for temporary files.
     *
     * @throws UncheckedIOException if that is not possible
     */
    public static StagedRepository create() {
        try {
            return new StagedRepository(TemporaryFolder.create("models"));
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder for the models can be made: " + e.getMessage(), e);
        }
    }

    /** The folder to look into for models. */
    public Path root() {
        return folder.path();
    }

    /**
     * Makes a model consist of these versions, or changes it to do so.
     *
     * @param name the name of a folder
     * @param versions number to the folder with the files
     * @throws UncheckedIOException if a file or link cannot be made
     */
    public void put(String name, ModelConfig config, Map<Long, Path> versions) {
        Path model = root().resolve(name);
        try {
            Files.createDirectories(model);
            Files.writeString(model.resolve(CONFIG), TextFormat.printer().printToString(config));
            for (long gone : new TreeSet<>(VersionFolders.available(model))) {
                if (!versions.containsKey(gone)) {
                    Files.deleteIfExists(model.resolve(Long.toString(gone)));
                }
            }
            for (Map.Entry<Long, Path> version : versions.entrySet()) {
                Path link = model.resolve(Long.toString(version.getKey()));
                Path wanted = version.getValue().toRealPath();
                if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).equals(wanted)) {
                    Files.deleteIfExists(link); // where it led to another folder
                    Files.createSymbolicLink(link, wanted);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + name + "' cannot be put together: " + e.getMessage(), e);
        }
    }

    /** Takes a model away; what lies elsewhere stays. */
    public void remove(String name) {
        Path model = root().resolve(name);
        try (Stream<Path> entries = Files.list(model)) {
            for (Path entry : entries.toList()) {
                Files.deleteIfExists(entry);
            }
            Files.deleteIfExists(model);
        } catch (IOException e) {
            LOG.warn("the links of model '{}' cannot be deleted: {}", name, e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            folder.close();
        } catch (IOException e) {
            LOG.warn("the temporary folder {} cannot be deleted: {}", root(), e.getMessage());
        }
    }
}
