package dev.nereid.server.torchserve.archive;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelFileKind;
import dev.nereid.server.torchserve.handler.ModelHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model archive of TorchServe that can be served: its files in a folder, its manifest and config, a handler and a model file
 * that there are. Closing deletes what was unpacked; an archive that is a folder stays as it is. Not thread-safe.
 */
public final class TorchArchive implements AutoCloseable {
    /** What an archive may hold: networks. */
    private static final List<ModelFileKind> KINDS =
            List.of(ModelFileKind.ONNX, ModelFileKind.EXPORTED_PROGRAM, ModelFileKind.TORCHSCRIPT);

    private static final Logger LOG = LoggerFactory.getLogger(TorchArchive.class);
    private static final String MANIFEST_FOLDER = "MAR-INF";
    private static final String MANIFEST = MANIFEST_FOLDER + "/MANIFEST.json";
    private static final long MOST_MANIFEST_BYTES = 1 << 20;
    private static final long MOST_CONFIG_BYTES = 256 << 10;
    private static final String JAR = ".jar";

    private final Path archive;
    private final Path folder;
    private final Optional<TemporaryFolder> unpacked;
    private final Manifest manifest;
    private final Path serializedFile;
    private final String handler;
    private final String handlerClass;
    private final FrontEndConfig config;

    private TorchArchive(
            Path archive, Path folder, Optional<TemporaryFolder> unpacked, Optional<String> wantedHandler) {
        this.archive = archive;
        this.folder = folder;
        this.unpacked = unpacked;
        manifest = readManifest();
        serializedFile = serializedFile();
        String wanted = wantedHandler.orElse(manifest.handler());
        handler = isCode() ? ModelHandler.JAVA : checkedHandler(wanted);
        handlerClass = isCode() ? wanted : "";
        config = readConfig();
    }

    /**
     * Opens an archive: a file that is unpacked, ZIP if its name ends in {@code .mar} and tar.gz otherwise, or a folder.
     *
     * @param archive an entry of the model store
     * @param workspace folder in which a file is unpacked; on the disk where the model's folder will be, it is not copied again
     * @param wantedHandler what is used instead of the manifest's handler, if anything
     * @throws InferException that says what is wrong with the archive, or why it cannot be served
     */
    public static TorchArchive open(Path archive, Path workspace, Optional<String> wantedHandler) {
        if (!Files.exists(archive)) {
            throw InferException.notFound("model archive '" + archive.getFileName() + "' not found");
        }
        if (Files.isDirectory(archive)) {
            return new TorchArchive(archive, archive.normalize(), Optional.empty(), wantedHandler);
        }
        TemporaryFolder target;
        try {
            target = TemporaryFolder.create(workspace, "archive");
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INTERNAL, "no folder can be made in '" + workspace + "': " + e, e);
        }
        try {
            Unpacking.unpack(archive, target.path());
            return new TorchArchive(archive, target.path(), Optional.of(target), wantedHandler);
        } catch (IOException e) {
            delete(target);
            throw refused(
                    archive, "it cannot be unpacked: " + Objects.requireNonNullElse(e.getMessage(), e.toString()), e);
        } catch (RuntimeException | Error e) {
            delete(target);
            throw e;
        }
    }

    private Manifest readManifest() {
        Path file = folder.resolve(MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw refused("expected " + MANIFEST + " in it, got none: make it with torch-model-archiver");
        }
        try {
            return Manifest.parse(bytes(file, MOST_MANIFEST_BYTES));
        } catch (InferException e) {
            throw refused(archive, MANIFEST + ": " + e.text(), e);
        }
    }

    private FrontEndConfig readConfig() {
        if (manifest.configFile().isEmpty()) {
            return FrontEndConfig.EMPTY;
        }
        Path file = inside("configFile", manifest.configFile());
        try {
            return FrontEndConfig.parse(new String(bytes(file, MOST_CONFIG_BYTES), StandardCharsets.UTF_8));
        } catch (InferException e) {
            throw refused(archive, manifest.configFile() + ": " + e.text(), e);
        }
    }

    /** Whether the model is a jar. */
    private boolean isCode() {
        return serializedFile.toString().endsWith(JAR);
    }

    private Path serializedFile() {
        if (!manifest.modelFile().isEmpty()) {
            throw refused("model file '" + manifest.modelFile()
                    + "' is a Python class (eager mode), which is not run here: " + export());
        }
        String name = manifest.serializedFile();
        if (name.isEmpty()) {
            throw refused("its manifest names no 'serializedFile', the file with the model");
        }
        Path file = inside("serializedFile", name);
        if (ModelFileKind.of(file).filter(KINDS::contains).isEmpty() && !name.endsWith(JAR)) {
            throw refused("serialized file '" + name + "' is no model that can be served, which end in "
                    + KINDS.stream().map(ModelFileKind::ending).collect(Collectors.joining(", "))
                    + ": " + export());
        }
        return file;
    }

    private static String export() {
        return "export the model with torch.export.save(torch.export.export(model, (example,)), 'model.pt2') or"
                + " torch.onnx.export(model, example, 'model.onnx') and pack that as the serialized file";
    }

    private String checkedHandler(String wanted) {
        if (!ModelHandler.names().contains(wanted)) {
            throw refused("handler '" + wanted + "' is "
                    + (wanted.matches(".*\\.py(:.*)?") ? "Python, which is not run here" : "unknown")
                    + "; there are " + String.join(", ", ModelHandler.names())
                    + ", and one of your own can be written in Java (docs/java-models.md)");
        }
        return wanted;
    }

    /** A file that the manifest names. */
    private Path inside(String field, String name) {
        try {
            Path file = folder.resolve(name).normalize();
            if (file.startsWith(folder) && Files.isRegularFile(file)) {
                return file;
            }
        } catch (InvalidPathException e) {
            // Refused below.
        }
        throw refused("its manifest names '" + name + "' as '" + field + "', expected a file that is in it");
    }

    private static byte[] bytes(Path file, long most) {
        try {
            if (Files.size(file) > most) {
                throw InferException.invalid("expected at most " + most + " bytes, got " + Files.size(file));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InferException(InferException.Code.INVALID_ARG, "it cannot be read: " + e, e);
        }
    }

    private InferException refused(String what) {
        return InferException.invalid("model archive '" + archive.getFileName() + "': " + what);
    }

    private static InferException refused(Path archive, String what, Exception cause) {
        return new InferException(
                InferException.Code.INVALID_ARG, "model archive '" + archive.getFileName() + "': " + what, cause);
    }

    public Manifest manifest() {
        return manifest;
    }

    public FrontEndConfig config() {
        return config;
    }

    /** The name of the handler that is used, of {@link ModelHandler}. */
    public String handler() {
        return handler;
    }

    /** Where the handler is {@link ModelHandler#JAVA}: the class in the jar. */
    String handlerClass() {
        return handlerClass;
    }

    /** Whether the files are the archive's own, which nobody else changes. */
    boolean isUnpacked() {
        return unpacked.isPresent();
    }

    /** The file with the model, ONNX or a jar. */
    Path serialized() {
        return serializedFile;
    }

    /** The folder with the archive's files, until it is closed. */
    public Path folder() {
        return folder;
    }

    /** The files beside the model that it may refer to, such as its weights: all but the manifest's folder. */
    List<Path> otherFiles() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(serializedFile))
                    .filter(file -> !file.startsWith(folder.resolve(MANIFEST_FOLDER)))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public void close() {
        unpacked.ifPresent(TorchArchive::delete);
    }

    private static void delete(TemporaryFolder folder) {
        try {
            folder.close();
        } catch (IOException e) {
            LOG.warn("the unpacked archive in {} could not be deleted", folder.path(), e);
        }
    }
}
