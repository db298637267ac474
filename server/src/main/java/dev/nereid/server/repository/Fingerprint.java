package dev.nereid.server.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a part of a model's folder looked like: names, sizes and times of its files. Two that are equal mean that nothing
 * changed; contents are not read.
 */
record Fingerprint(List<String> files) {
    /** Equal to nothing that is on disk: of models that clients brought along. */
    static final Fingerprint NONE = new Fingerprint(List.of("override"));

    Fingerprint {
        files = List.copyOf(files);
    }

    /** Of a version and of what concerns all versions of its model: config and labels. */
    static Fingerprint of(Path modelFolder, long version) {
        String name = Long.toString(version);
        return of(modelFolder, entry -> !VersionFolders.isVersion(entry) || entry.endsWith(name));
    }

    private static Fingerprint of(Path folder, Predicate<Path> wanted) {
        List<String> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(wanted).sorted().toList()) {
                collect(entry, files);
            }
        } catch (IOException | UncheckedIOException e) {
            // A folder that changes under our hands: whatever is seen of it differs from before and after.
            files.add("unreadable: " + Objects.requireNonNullElse(e.getMessage(), ""));
        }
        return new Fingerprint(files);
    }

    private static void collect(Path entry, List<String> files) throws IOException {
        try (Stream<Path> tree = Files.walk(entry)) {
            for (Path file : tree.sorted().toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                if (!attributes.isDirectory()) {
                    files.add(file + " " + attributes.size() + " " + attributes.lastModifiedTime());
                }
            }
        }
    }
}
