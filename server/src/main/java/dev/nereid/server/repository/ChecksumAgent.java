package dev.nereid.server.repository;

import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The agent {@code checksum}: a model is only loaded if its files are what its config says. Each parameter's key is an
 * algorithm and a file, as in {@code MD5:1/model.onnx}, its value the digest in hexadecimal. Texts and rules are those of
 * Triton's agent of that name.
 */
final class ChecksumAgent {
    private static final String ALGORITHM = "MD5";
    private static final int CHUNK = 1 << 16;

    private ChecksumAgent() {}

    /**
     * Compares the files with their digests.
     *
     * @throws ModelLoadException with the first one that differs or cannot be read
     */
    static void check(ModelSource source, Map<String, String> parameters) {
        new TreeMap<>(parameters).forEach((key, expected) -> check(source.folder(), key, expected));
    }

    private static void check(Path folder, String key, String expected) {
        int colon = key.indexOf(':');
        if (colon < 0) {
            throw ModelLoadException.invalid("failed to parse key: " + key);
        }
        String algorithm = key.substring(0, colon);
        if (!algorithm.toUpperCase(Locale.ROOT).equals(ALGORITHM)) {
            throw new ModelLoadException(Code.UNSUPPORTED, "Unsupported checksum algorithm: " + algorithm);
        }
        String file = key.substring(colon + 1);
        String found = digest(folder, file);
        if (!found.equals(expected)) {
            throw ModelLoadException.invalid(
                    "Mismatched " + ALGORITHM + " hash for file " + file + ", expect: " + expected + ", got: " + found);
        }
    }

    /** The digest of a file of the model; a config may come from a client, so it is no other file's. */
    private static String digest(Path folder, String name) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(ALGORITHM);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
        try (InputStream in = Files.newInputStream(ConfigFiles.below(folder, name))) {
            byte[] chunk = new byte[CHUNK];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        } catch (IOException e) {
            String reason =
                    e instanceof NoSuchFileException ? "No such file or directory" : String.valueOf(e.getMessage());
            throw new ModelLoadException(
                    Code.INVALID_ARG, "failed to open text file for read " + name + ": " + reason, e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
