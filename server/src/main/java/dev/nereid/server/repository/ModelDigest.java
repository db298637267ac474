package dev.nereid.server.repository;

import com.google.protobuf.CodedOutputStream;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.repository.folders.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a model is, so that servers that share a response cache have each other's answers where they have the same model: a
 * SHA-256 of its name, version, config and files, and of the server's own version.
 */
final class ModelDigest {
    private static final int CHUNK = 1 << 16;

    private static final Logger LOG = LoggerFactory.getLogger(ModelDigest.class);

    private final MessageDigest digest;

    private ModelDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /**
     * The digest of a model as it lies in its folder when somebody first asks for it.
     *
     * @param config complete
     */
    static Supplier<String> of(ModelSource source, ModelConfig config, long version) {
        return new Supplier<>() {
            private String digest = "";

            @Override
            public synchronized String get() {
                if (digest.isEmpty()) {
                    digest = digest(source, config, version);
                }
                return digest;
            }
        };
    }

    /** One that nobody else has, now or later. */
    static String ofNoOther() {
        return UUID.randomUUID().toString();
    }

    private static String digest(ModelSource source, ModelConfig config, long version) {
        if (source.files() instanceof ModelFiles.SingleFile) {
            return ofNoOther(); // it has no folder that holds all of it and nothing else
        }
        ModelDigest digest = new ModelDigest();
        try {
            digest.add(Objects.requireNonNullElse(ModelDigest.class.getPackage().getImplementationVersion(), ""));
            digest.add(source.id().name());
            digest.add(Long.toString(version));
            digest.add(bytes(config));
            for (Path file : files(source.folder(), version)) {
                digest.add(source.folder().relativize(file).toString());
                digest.add(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn(
                    "model '{}' cannot be read as a whole: it does not share answers with other servers",
                    source.id(),
                    e);
            return ofNoOther();
        }
        return HexFormat.of().formatHex(digest.digest.digest());
    }

    /** In an order that depends on the config alone. */
    private static byte[] bytes(ModelConfig config) throws IOException {
        byte[] bytes = new byte[config.getSerializedSize()];
        CodedOutputStream stream = CodedOutputStream.newInstance(bytes);
        stream.useDeterministicSerialization();
        config.writeTo(stream);
        stream.flush();
        return bytes;
    }

    /** The files of a model in the order of their paths, without those of its other versions. */
    private static List<Path> files(Path folder, long version) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile)
                    .filter(file -> isOf(folder.relativize(file), version))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isOf(Path file, long version) {
        String first = file.getName(0).toString();
        if (first.equals(TrafficDocument.FILE)) {
            return false; // says who is asked, not what is answered
        }
        return file.getNameCount() == 1 || first.equals(Long.toString(version)) || !isNumber(first);
    }

    private static boolean isNumber(String text) {
        return text.chars().allMatch(letter -> letter >= '0' && letter <= '9');
    }

    private void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    private void add(byte[] bytes) {
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(long length) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(length).flip());
    }

    private void add(Path file) throws IOException {
        add(Files.size(file));
        byte[] chunk = new byte[CHUNK];
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
    }
}
