package dev.nereid.server.repository.folders;

import dev.nereid.server.storage.RemoteUrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Where models lie, as a flag or an argument names it. A value; nothing is opened yet. */
public sealed interface RepositoryRoot {
    /** As it was named; the namespace of its models, where there are namespaces. */
    String text();

    /**
     * A folder of this machine.
     *
     * @param path has one folder a model
     */
    record Local(Path path) implements RepositoryRoot {
        public Local {
            Objects.requireNonNull(path, "path");
        }

        @Override
        public String text() {
            return path.toString();
        }
    }

    /**
     * An ONNX file that is a model by itself, or a folder with such files and with folders of models.
     *
     * @param path of this machine
     */
    record Direct(Path path) implements RepositoryRoot {
        public Direct {
            Objects.requireNonNull(path, "path");
        }

        @Override
        public String text() {
            return path.toString();
        }
    }

    /**
     * A folder of a store.
     *
     * @param text begins with {@code s3://}, {@code gs://} or {@code as://}
     * @param environment variables that say who may read it, and where copies of models go
     */
    record Remote(String text, Map<String, String> environment) implements RepositoryRoot {
        public Remote {
            Objects.requireNonNull(text, "text");
            environment = Map.copyOf(environment);
        }

        /** Without the environment, in which there are passwords. */
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * Reads what a flag says.
     *
     * @param environment the variables of the process
     * @throws IllegalArgumentException with one sentence if a remote repository is named in a way that there is not
     */
    static RepositoryRoot parse(String text, Map<String, String> environment) {
        if (!RemoteUrl.isRemote(text)) {
            return new Local(Path.of(text));
        }
        RemoteUrl.parse(text);
        return new Remote(text, environment);
    }

    /**
     * Reads an argument that is no flag: an ONNX file, a folder with ONNX files, or a repository.
     *
     * @param environment the variables of the process
     * @throws IllegalArgumentException with one sentence if a remote repository is named in a way that there is not
     */
    static RepositoryRoot parseOperand(String text, Map<String, String> environment) {
        if (RemoteUrl.isRemote(text)) {
            return parse(text, environment);
        }
        Path path = Path.of(text);
        boolean files = !Files.isDirectory(path) || RepositoryLayoutHints.holdsModelFile(path);
        return files ? new Direct(path) : new Local(path);
    }
}
