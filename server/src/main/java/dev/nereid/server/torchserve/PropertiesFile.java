package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** Finds and reads {@code config.properties}. */
public final class PropertiesFile {
    private static final String VARIABLE = "TS_CONFIG_FILE";
    private static final String USUAL = "config.properties";
    private static final long MOST_BYTES = 1 << 20;

    private PropertiesFile() {}

    /**
     * The file that counts: the one of the command line, else of {@code TS_CONFIG_FILE}, else the newest snapshot, else {@code
     * config.properties} in the working folder; empty where there is none of these.
     *
     * @param snapshots whether the newest snapshot counts
     * @throws InferException if a file that is named is not there
     */
    public static Optional<Path> find(
            Optional<String> named, Map<String, String> environment, Path home, boolean snapshots) {
        Optional<Path> wanted = named.or(() -> Optional.ofNullable(environment.get(VARIABLE)))
                .filter(text -> !text.isEmpty())
                .map(home::resolve);
        if (wanted.isPresent()) {
            if (!Files.isRegularFile(wanted.get())) {
                throw InferException.invalid(
                        "--ts-config (or " + VARIABLE + "): expected a file, got '" + wanted.get() + "'");
            }
            return wanted;
        }
        try {
            Optional<Path> newest = snapshots ? Snapshots.newest(home) : Optional.empty();
            return newest.or(() -> Optional.of(home.resolve(USUAL)).filter(Files::isRegularFile));
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "the snapshots in " + home + " cannot be read: " + e, e);
        }
    }

    /**
     * Reads a file in the syntax of Java's properties.
     *
     * @throws InferException if it cannot be read
     */
    public static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (InputStream stream = Files.newInputStream(file)) {
            if (Files.size(file) > MOST_BYTES) {
                throw InferException.invalid(file + ": expected at most " + MOST_BYTES + " bytes");
            }
            properties.load(stream);
        } catch (IOException | IllegalArgumentException e) { // the latter of escapes that are none
            throw new InferException(
                    InferException.Code.INVALID_ARG, file + ": it cannot be read as properties: " + e.getMessage(), e);
        }
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }
}
