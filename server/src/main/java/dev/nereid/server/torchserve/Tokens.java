package dev.nereid.server.torchserve;

import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys that requests must show, and the file {@code key_file.json} that tells them to who can read it. Requests for inference,
 * for management and for new keys have one each. Any thread.
 */
public final class Tokens implements AutoCloseable {
    private static final String FILE = "key_file.json";
    private static final String BEARER = "Bearer ";

    /** Eight characters of base64, as TorchServe's. */
    private static final int KEY_BYTES = 6;

    /** What a key is for. */
    public enum Scope {
        MANAGEMENT("management"),
        INFERENCE("inference"),
        /** New keys. */
        API("API");

        private final String title;

        Scope(String title) {
            this.title = title;
        }
    }

    private record Key(String text, Instant expires) {}

    private static final Key NONE = new Key("", Instant.EPOCH);

    private final TorchServeConfig.Tokens config;
    private final Path file;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<Scope, Key> keys = new ConcurrentHashMap<>();

    private Tokens(TorchServeConfig config, InstantSource clock) {
        this.config = config.tokens();
        this.file = config.home().resolve(FILE);
        this.clock = clock;
    }

    /** Makes keys and writes the file, where requests have to show one. */
    public static Tokens open(TorchServeConfig config) {
        return open(config, InstantSource.system());
    }

    static Tokens open(TorchServeConfig config, InstantSource clock) {
        Tokens tokens = new Tokens(config, clock);
        if (tokens.config.enabled()) {
            for (Scope scope : Scope.values()) {
                tokens.renew(scope);
            }
            tokens.write();
        }
        return tokens;
    }

    /**
     * Lets a request pass, or not.
     *
     * @param authorization the header, or the metadata of a call
     * @throws TorchServeException if it does not show the key
     */
    public void check(Scope scope, Optional<String> authorization) {
        if (!config.enabled()) {
            return;
        }
        Key key = keys.get(scope);
        boolean passes = key != null
                && authorization
                        .filter(text -> text.startsWith(BEARER))
                        .map(text -> text.substring(BEARER.length()))
                        .filter(text -> equal(text, key.text()))
                        .isPresent()
                && (scope == Scope.API || clock.instant().isBefore(key.expires()));
        if (!passes) {
            throw new TorchServeException(
                    Kind.BAD_KEY,
                    "Token Authorization failed. Token either incorrect, expired, or not provided correctly");
        }
    }

    /** Compares in a time that does not tell how much of a guess was right. */
    private static boolean equal(String guess, String key) {
        return MessageDigest.isEqual(guess.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes a new key.
     *
     * @param type {@code management} or {@code inference}
     * @return the document that tells it
     * @throws TorchServeException if there is no such type, or requests need no keys
     */
    public synchronized byte[] renew(String type) {
        if (!config.enabled()) {
            throw new TorchServeException(
                    Kind.NO_RESOURCE, "Requested resource is not found, please refer to API document.");
        }
        for (Scope scope : Scope.values()) {
            if (scope != Scope.API && scope.title.equals(type)) {
                renew(scope);
                write();
                return GsonText.of(GsonText.object(scope.title, told(scope)));
            }
        }
        throw new TorchServeException(Kind.BAD_REQUEST, "type: expected management or inference, got '" + type + "'");
    }

    private void renew(Scope scope) {
        byte[] bytes = new byte[KEY_BYTES];
        random.nextBytes(bytes);
        Duration life = Duration.ofMillis(
                (long) (config.minutes() * Duration.ofMinutes(1).toMillis()));
        keys.put(
                scope,
                new Key(
                        Base64.getUrlEncoder().encodeToString(bytes),
                        clock.instant().plus(life)));
    }

    private Map<String, Object> told(Scope scope) {
        Key key = keys.getOrDefault(scope, NONE);
        return scope == Scope.API
                ? GsonText.object("key", key.text())
                : GsonText.object(
                        "key", key.text(), "expiration time", key.expires().toString());
    }

    /** Writes the file so that its owner alone can read it. */
    private void write() {
        Map<String, Object> document = GsonText.object();
        for (Scope scope : Scope.values()) {
            document.put(scope.title, told(scope));
        }
        Path part = file.resolveSibling("." + FILE);
        try {
            Files.deleteIfExists(part);
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.write(part, GsonText.of(document));
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("the keys cannot be written to " + file, e);
        }
    }

    /** Deletes the file. */
    @Override
    public void close() {
        if (config.enabled()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("the file of the keys cannot be deleted: " + file, e);
            }
        }
    }
}
