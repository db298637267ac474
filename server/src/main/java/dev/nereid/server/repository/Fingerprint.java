package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.VersionFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a version of a model is made of: the config as written, and names, sizes and times of the other files. Two that
 * are equal mean that nothing changed; contents of files are not read.
 *
 * @param config as written, with the model's name; not completed
 */
record Fingerprint(ModelConfig config, List<String> files) {
    Fingerprint {
        files = List.copyOf(files);
    }

    /** Of a version and of what concerns all versions of its model: labels and data for warm-up, say. */
    static Fingerprint of(ModelConfig config, ModelFiles files, long version) {
        return switch (files) {
            case ModelFiles.Folder(Path folder) -> of(config, folder, version);
            case ModelFiles.SingleFile file -> new Fingerprint(config, files(file));
        };
    }

    private static List<String> files(ModelFiles.SingleFile model) {
        List<String> files = new ArrayList<>();
        try {
            for (Path file : model.files()) {
                collect(file, files);
            }
        } catch (IOException | ModelLoadException e) {
            files.add(unreadable(e));
        }
        return files;
    }

    private static Fingerprint of(ModelConfig config, Path modelFolder, long version) {
        String name = Long.toString(version);
        return new Fingerprint(
                config,
                files(
                        modelFolder,
                        entry -> !VersionFolders.isVersion(entry)
                                ? !entry.endsWith("config.pbtxt")
                                        && !entry.endsWith("configs")
                                        && !entry.endsWith(TrafficDocument.FILE)
                                : entry.endsWith(name)));
    }

    /** Names, sizes and times of all files of a model, the configs in its folder among them, but not the traffic document. */
    static List<String> filesOf(ModelFiles files) {
        return switch (files) {
            case ModelFiles.Folder(Path folder) -> files(folder, entry -> !entry.endsWith(TrafficDocument.FILE));
            case ModelFiles.SingleFile file -> files(file);
        };
    }

    /** Whether the files are the same, whatever the configs. */
    boolean hasFilesOf(Fingerprint other) {
        return files.equals(other.files);
    }

    private static List<String> files(Path folder, Predicate<Path> wanted) {
        List<String> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(wanted).sorted().toList()) {
                collect(entry, files);
            }
        } catch (IOException | UncheckedIOException e) {
            // A folder that changes under our hands: whatever is seen of it differs from before and after.
            files.add(unreadable(e));
        }
        return files;
    }

    private static String unreadable(Exception e) {
        return "unreadable: " + Objects.requireNonNullElse(e.getMessage(), "");
    }

    private static void collect(Path entry, List<String> files) throws IOException {
        // What the server itself records is no change of the model, and comes and goes while this looks.
        Path recorded = entry.resolveSibling(VersionFolders.WARMUP).resolve(RecordedRequests.FOLDER);
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(entry, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return folder.equals(recorded) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                found.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(found);
        for (Path file : found) {
            // Of what a link leads to.
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isDirectory()) {
                files.add(file + " " + attributes.size() + " " + attributes.lastModifiedTime());
            }
        }
    }
}
