package dev.nereid.server.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Where calls are logged, and which.
 *
 * @param file empty for nowhere
 * @param sample share of the calls that succeed, 0 to 1; those that fail are all logged
 */
public record AccessLogConfig(Optional<Path> file, double sample) {
    public static final AccessLogConfig NONE = new AccessLogConfig(Optional.empty(), 1);

    public AccessLogConfig {
        Objects.requireNonNull(file, "file");
        if (!(sample >= 0 && sample <= 1)) {
            throw new IllegalArgumentException("expected a share from 0 to 1, got " + sample);
        }
    }

    /**
     * Makes sure that the file can be written.
     *
     * @throws IllegalArgumentException with a sentence that names it if it cannot
     */
    public void check() {
        file.ifPresent(path -> open(path, AccessLog.MOST_BYTES).close());
    }

    static RotatingFile open(Path path, long mostBytes) {
        try {
            return new RotatingFile(path, mostBytes, AccessLog.OLDER_FILES);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the access log '" + path + "' cannot be opened (" + e + "); --access-log names a file in a folder "
                            + "that exists and may be written",
                    e);
        }
    }
}
