package dev.nereid.server.repository.folders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a model is made of on disk: a folder with a folder a version, or a single file, which is version 1. */
public sealed interface ModelFiles {
    /** Where the files lie that belong to no version: labels and data for warm-up. */
    Path folder();

    /** Every version that is there. */
    NavigableSet<Long> versions();

    /** Where a version is looked for; it need not exist. Its name is the version's number. */
    Path versionFolder(long version);

    /** The size of a version's files in bytes: about what its weights take in memory. */
    long bytes(long version);

    /** The model's files at a path of the repository. */
    static ModelFiles at(Path place) {
        return isModelFile(place) ? new SingleFile(place) : new Folder(place);
    }

    /** Whether a path is a file that may be a model by itself. */
    static boolean isModelFile(Path path) {
        return ModelFileKind.of(path).isPresent() && Files.isRegularFile(path);
    }

    /** What a model is called that lies at a path: as its folder, or as its file without the ending. */
    static String modelName(Path place) {
        String name = String.valueOf(place.getFileName());
        return isModelFile(place)
                ? ModelFileKind.of(place).map(kind -> kind.stem(name)).orElse(name)
                : name;
    }

    /** A model as Triton's repositories hold it. */
    record Folder(Path folder) implements ModelFiles {
        public Folder {
            Objects.requireNonNull(folder, "folder");
        }

        @Override
        public NavigableSet<Long> versions() {
            return VersionFolders.available(folder);
        }

        @Override
        public Path versionFolder(long version) {
            return folder.resolve(Long.toString(version));
        }

        @Override
        public long bytes(long version) {
            try (Stream<Path> tree = Files.walk(versionFolder(version).toRealPath())) {
                return sum(tree.filter(Files::isRegularFile).toList());
            } catch (IOException | UncheckedIOException e) {
                throw ModelLoadException.internal("cannot read folder " + versionFolder(version) + ": " + e, e);
            }
        }
    }

    /** A model that is one file and, where it is large, others beside it with its weights. */
    record SingleFile(Path file) implements ModelFiles {
        private static final long VERSION = 1;

        public SingleFile {
            file = file.toAbsolutePath();
        }

        @Override
        public Path folder() {
            return Objects.requireNonNull(file.getParent(), "a file has a folder");
        }

        /** The name of the file as a config tells it, which is relative to the version's folder. */
        public String fileName() {
            return "../" + file.getFileName();
        }

        /** What kind of file it is. */
        public ModelFileKind kind() {
            return ModelFileKind.of(file).orElse(ModelFileKind.ONNX);
        }

        /** The file and those whose names begin with its name, which is what ONNX's exporters call files of weights. */
        public List<Path> files() {
            if (kind() != ModelFileKind.ONNX) {
                return List.of(file);
            }
            String name = String.valueOf(file.getFileName());
            try (Stream<Path> entries = Files.list(folder())) {
                return entries.filter(
                                entry -> String.valueOf(entry.getFileName()).startsWith(name))
                        .filter(Files::isRegularFile)
                        .sorted()
                        .toList();
            } catch (IOException e) {
                throw ModelLoadException.internal("cannot read folder " + folder() + ": " + e, e);
            }
        }

        @Override
        public NavigableSet<Long> versions() {
            NavigableSet<Long> versions = new TreeSet<>();
            if (Files.isRegularFile(file)) {
                versions.add(VERSION);
            }
            return versions;
        }

        @Override
        public Path versionFolder(long version) {
            return folder().resolve(Long.toString(version));
        }

        @Override
        public long bytes(long version) {
            try {
                return sum(files());
            } catch (IOException e) {
                throw ModelLoadException.internal("cannot read " + file + ": " + e, e);
            }
        }
    }

    private static long sum(List<Path> files) throws IOException {
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
