package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.traffic.ModelTraffic;
import dev.nereid.server.traffic.ValidationContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The traffic document that lies with a model: {@code traffic.json} in its folder, else a parameter of its config.
 *
 * @param text empty where there is none
 * @param problem why it cannot be read; empty where it can
 */
record TrafficDocument(Optional<String> text, String problem) {
    /** The name of the file. */
    static final String FILE = "traffic.json";

    private static final String PARAMETER = "nereid.traffic";
    private static final long MOST_BYTES = 1 << 20;

    static TrafficDocument of(ModelSource source) {
        Path file = source.folder().resolve(FILE);
        try {
            if (source.files() instanceof ModelFiles.Folder && Files.exists(file)) {
                long bytes = Files.size(file);
                return bytes > MOST_BYTES
                        ? unreadable(FILE + " has " + bytes + " bytes; expected at most " + MOST_BYTES)
                        : new TrafficDocument(Optional.of(Files.readString(file, StandardCharsets.UTF_8)), "");
            }
        } catch (IOException e) {
            return unreadable("cannot read " + file + ": " + e);
        }
        return new TrafficDocument(
                source.config().containsParameters(PARAMETER)
                        ? Optional.of(
                                source.config().getParametersOrThrow(PARAMETER).getStringValue())
                        : Optional.empty(),
                "");
    }

    private static TrafficDocument unreadable(String problem) {
        return new TrafficDocument(Optional.empty(), problem);
    }

    /** Puts it in force, or leaves the one before in force where it is not right. */
    void update(ModelTraffic traffic, ValidationContext facts) {
        if (problem.isEmpty()) {
            traffic.update(text, facts);
        } else {
            traffic.refuse(problem);
        }
    }
}
